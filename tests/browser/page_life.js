// The life of the page: without network, in the background, in the back/forward cache.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { Tab } from './bed/tab.js'
import { turn } from './bed/bed.js'
import { Server } from './bed/server.js'
import { equal, ok, rejection } from './bed/expect.js'

/** How long after a request was broken off the next one is sent. */
const SETTLING = 100
/** How often it is tried while there seems to be no network. */
const PROBE = 60_000

/** Everything that is told of a connection. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'max-reconnects-reached', 'close']

/** A page whose life and time the test controls. */
function page(bed, state) {
  return { tab: new Tab(bed, state), clock: new Clock(bed) }
}

/** All that has been told, in short. */
const told = (ear) => ear.heard.map(([type, data]) => (type === 'state' ? data.state : type))

/** Has a client received this? Resolves when it has. */
async function hears(client, stream, text) {
  const ear = new Ear(client, 'message')
  stream.push(`data: ${text}\n\n`)
  equal(await ear.data(), text)
}

/** The next request, which is made as soon as the server has seen the end of the last one. */
function comesBack(bed, clock) {
  clock.pass(SETTLING)
  return bed.server.next()
}

export async function a_page_that_comes_back_at_once_lets_the_server_see_the_end_of_the_last_request(bed) {
  const { tab, clock } = page(bed)
  const comings = [() => (tab.hide(), tab.show()), () => (tab.leave(), tab.comeBack())]
  const { client } = await bed.open({ closeWhenHidden: true })
  for (const goAndComeBack of comings) {
    const before = bed.server.calls.length
    goAndComeBack()
    clock.pass(SETTLING - 1)
    await turn()
    equal([client.state, bed.server.calls.length], ['reconnecting', before])
    clock.pass(1)
    ;(await bed.server.next()).stream()
    await new Ear(client, 'open').next()
  }
}

export async function a_page_that_was_away_for_long_asks_at_once(bed) {
  const { tab, clock } = page(bed)
  await bed.open({ closeWhenHidden: true })
  tab.hide()
  clock.pass(PROBE)
  tab.show()
  await bed.server.next()
}

export async function being_offline_cuts_nothing(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, ...LIFECYCLE)
  tab.goOffline()
  await hears(client, stream, 'a server on this machine')
  clock.pass(10 * PROBE)
  equal([ear.heard, client.state], [[], 'open'])
}

export async function failures_while_offline_spend_no_attempt(bed) {
  const { tab, clock } = page(bed)
  const ends = {
    broken: { end: (stream) => stream.break(), says: ['error', 'reconnecting'] },
    ended: { end: (stream) => stream.end(), says: ['reconnecting'] },
    silent: { end: () => clock.pass(1000), says: ['error', 'reconnecting'], idleTimeout: 1000 },
  }
  for (const [name, { end, says, ...options }] of Object.entries(ends)) {
    const { client, stream } = await bed.open({ maxReconnects: 0, ...options })
    stream.push('id: 7\ndata: x\n\n')
    await new Ear(client, 'message').next()
    const ear = new Ear(client, ...LIFECYCLE)
    tab.goOffline()
    end(stream)
    await turn()
    clock.pass(PROBE - 2000)
    await turn()
    equal([told(ear), client.state, client.retryCount, bed.server.open], [says, 'reconnecting', 0, 0], name)
    tab.goOnline()
    const call = await comesBack(bed, clock)
    equal(call.headers.get('last-event-id'), '7')
    call.stream()
    await ear.until('open')
    equal([client.state, client.retryCount], ['open', 0], name)
    client.disconnect()
  }
}

export async function a_first_connection_is_tried_at_once_even_when_offline(bed) {
  const { tab, clock } = page(bed, { online: false })
  const client = bed.client({ maxReconnects: 0 })
  const ear = new Ear(client, ...LIFECYCLE)
  const opened = client.connect()
  ;(await bed.server.next()).fail()
  await ear.until('error')
  await turn()
  equal(told(ear), ['connecting', 'error', 'reconnecting'])
  tab.goOnline()
  ;(await comesBack(bed, clock)).stream()
  await opened
}

export async function reconnect_is_tried_at_once_even_when_offline(bed) {
  const { tab } = page(bed)
  const { client, stream } = await bed.open()
  tab.goOffline()
  stream.break()
  await new Ear(client, 'error').next()
  const opened = client.reconnect()
  ;(await bed.server.next()).stream()
  await opened
  equal(client.state, 'open')
}

export async function being_online_again_cuts_a_wait_short(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open({ backoff: { initial: 30_000, jitter: 0 } })
  const ear = new Ear(client, 'retry')
  stream.break()
  equal((await ear.data()).delay, 30_000)
  tab.goOffline()
  tab.goOnline()
  await comesBack(bed, clock)
}

export async function a_wait_that_was_asked_for_is_not_cut_short(bed) {
  const { tab, clock } = page(bed)
  const client = bed.client()
  const ear = new Ear(client, 'retry')
  client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 503, headers: { 'retry-after': '120' } }))
  await ear.next()
  tab.goOffline()
  tab.goOnline()
  clock.pass(119_999)
  await turn()
  equal(bed.server.calls.length, 1)
  clock.pass(1)
  await bed.server.next()
}

export async function a_wait_that_ends_while_offline_goes_on_until_online(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open({ backoff: { initial: 1000, jitter: 0 } })
  const ear = new Ear(client, 'retry', 'error')
  stream.break()
  await ear.until('retry')
  tab.goOffline()
  clock.pass(1000)
  await turn()
  equal([bed.server.calls.length, client.state], [1, 'reconnecting'])
  tab.goOnline()
  await comesBack(bed, clock)
  equal(ear.heard.length, 2, 'one failure, one retry')
}

export async function a_browser_that_is_wrong_about_being_offline_costs_a_minute(bed) {
  const { tab, clock } = page(bed, { online: false })
  const client = bed.client({ maxReconnects: 0 })
  const ear = new Ear(client, 'error', 'retry', 'open')
  client.connect()
  for (let n = 0; n < 3; n++) {
    ;(await bed.server.next()).fail()
    await ear.until('error')
    clock.pass(PROBE - 1)
    await turn()
    equal([bed.server.calls.length, client.retryCount], [n + 1, 0])
    clock.pass(1)
  }
  ;(await bed.server.next()).stream()
  await ear.until('open')
  equal(told(ear), ['error', 'error', 'error', 'open'])
  tab.goOnline()
  clock.pass(SETTLING)
  equal(client.state, 'open')
}

export async function an_answer_that_refuses_counts_even_when_offline(bed) {
  page(bed, { online: false })
  const client = bed.client({ maxReconnects: 0 })
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 503 }))
  equal((await rejection(opened)).status, 503)
}

export async function a_stream_silent_since_before_the_network_went_is_reopened(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open()
  stream.push('id: 4\ndata: x\n\n')
  await new Ear(client, 'message').next()
  const ear = new Ear(client, ...LIFECYCLE)
  clock.pass(1000)
  tab.goOffline()
  clock.pass(1000)
  tab.goOnline()
  equal([told(ear), client.retryCount, stream.cancelled], [['reconnecting'], 0, true])
  equal((await comesBack(bed, clock)).headers.get('last-event-id'), '4')
}

export async function a_stream_that_spoke_while_offline_is_kept(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open()
  tab.goOffline()
  clock.pass(1000)
  await hears(client, stream, 'still here')
  clock.pass(1000)
  tab.goOnline()
  clock.pass(SETTLING)
  equal([client.state, bed.server.calls.length], ['open', 1])
}

export async function an_answer_to_a_prompt_is_reopened_only_where_it_may_be_repeated(bed) {
  const { tab, clock } = page(bed)
  for (const [options, state] of [[{}, 'open'], [{ maxReconnects: 3 }, 'reconnecting'], [{ reconnect: 'always' }, 'reconnecting']]) {
    const { client, stream } = await bed.open({ body: 'prompt', ...options })
    stream.push('id: 1\ndata: x\n\n')
    await new Ear(client, 'message').next()
    clock.pass(1000)
    tab.goOffline()
    clock.pass(1000)
    tab.goOnline()
    equal(client.state, state)
    client.disconnect()
  }
}

export async function the_network_is_not_watched_by_those_who_do_not_want_it(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open({ watchNetwork: false, backoff: { initial: 30_000, jitter: 0 } })
  clock.pass(1000)
  tab.goOffline()
  clock.pass(1000)
  tab.goOnline()
  equal(client.state, 'open')
  tab.goOffline()
  const ear = new Ear(client, 'retry')
  stream.break()
  equal((await ear.data()).attempt, 1)
  tab.goOnline()
  clock.pass(29_999)
  await turn()
  equal(bed.server.calls.length, 1)
  clock.pass(1)
  await bed.server.next()
}

export async function a_hidden_page_keeps_its_stream(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, ...LIFECYCLE)
  tab.hide()
  clock.pass(10 * PROBE)
  await hears(client, stream, 'in the background')
  tab.show()
  clock.pass(SETTLING)
  equal([ear.heard, client.state, bed.server.calls.length], [[], 'open', 1])
}

export async function a_hidden_page_lets_go_of_its_stream_where_that_is_wanted(bed) {
  const { tab, clock } = page(bed)
  const { client, call, stream } = await bed.open({ closeWhenHidden: true })
  stream.push('id: 4\ndata: x\n\n')
  await new Ear(client, 'message').next()
  const ear = new Ear(client, ...LIFECYCLE)
  tab.hide()
  equal([told(ear), call.signal.aborted, stream.cancelled, clock.timers], [['reconnecting'], true, true, 0])
  clock.pass(10 * PROBE)
  await turn()
  equal(bed.server.calls.length, 1)
  tab.show()
  const second = await comesBack(bed, clock)
  equal(second.headers.get('last-event-id'), '4')
  second.stream()
  await ear.until('open')
  equal([told(ear), client.retryCount], [['reconnecting', 'open', 'open'], 0])
}

export async function a_hidden_page_connects_when_it_is_seen(bed) {
  const { tab, clock } = page(bed, { visible: false })
  const client = bed.client({ closeWhenHidden: true })
  const opened = client.connect()
  clock.pass(10 * PROBE)
  await turn()
  equal([client.state, bed.server.calls.length, clock.timers], ['connecting', 0, 0])
  tab.show()
  ;(await comesBack(bed, clock)).stream()
  await opened
}

export async function a_client_that_waits_to_be_seen_can_be_disconnected(bed) {
  const { tab, clock } = page(bed, { visible: false })
  const client = bed.client({ closeWhenHidden: true })
  const opened = client.connect()
  client.disconnect()
  equal([(await rejection(opened)).code, client.state, tab.listeners], ['aborted', 'closed', []])
  tab.show()
  clock.pass(PROBE)
  await turn()
  equal(bed.server.calls.length, 0)
}

export async function reconnect_opens_a_stream_in_a_hidden_page(bed) {
  const { tab, clock } = page(bed)
  const { client } = await bed.open({ closeWhenHidden: true })
  tab.hide()
  const opened = client.reconnect()
  ;(await comesBack(bed, clock)).stream()
  await opened
  equal(client.state, 'open')
  tab.show()
  tab.hide()
  equal(client.state, 'reconnecting', 'until it is hidden again')
}

export async function a_wait_goes_on_in_a_hidden_page_and_ends_when_it_is_seen(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open({ closeWhenHidden: true, backoff: { initial: 1000, jitter: 0 } })
  const ear = new Ear(client, 'retry')
  stream.break()
  await ear.next()
  tab.hide()
  clock.pass(10_000)
  await turn()
  equal([bed.server.calls.length, client.state], [1, 'reconnecting'])
  tab.show()
  await comesBack(bed, clock)
}

export async function a_hidden_page_lets_go_of_a_request_that_asks_for_a_stream(bed) {
  const { tab, clock } = page(bed)
  const client = bed.client({ closeWhenHidden: true })
  const opened = client.connect()
  const call = await bed.server.next()
  tab.hide()
  equal([call.signal.aborted, client.state], [true, 'connecting'])
  tab.show()
  ;(await comesBack(bed, clock)).stream()
  await opened
}

export async function a_prompt_is_left_alone(bed) {
  const { tab, clock } = page(bed)
  const goings = { hide: [() => tab.hide(), () => tab.show()], leave: [() => tab.leave(), () => tab.comeBack()] }
  for (const [name, [go, comeBack]] of Object.entries(goings)) {
    const client = bed.client({ closeWhenHidden: true, body: 'prompt' })
    const opened = client.connect()
    const call = await bed.server.next()
    go()
    comeBack()
    equal([call.signal.aborted, client.state], [false, 'connecting'], `${name} while it is on its way`)
    const stream = call.stream()
    await opened
    stream.push('id: 1\ndata: x\n\n')
    await new Ear(client, 'message').next()
    go()
    comeBack()
    clock.pass(SETTLING)
    equal([client.state, stream.cancelled], ['open', false], `${name} while it is answered`)
    client.disconnect()
  }
}

/** What a page may go through: how each begins and ends. */
const happeningsOf = (tab) => ({
  'the network goes and comes': [() => tab.goOffline(), () => tab.goOnline()],
  'the page is hidden and shown': [() => tab.hide(), () => tab.show()],
  'the page is left and comes back': [() => tab.leave(), () => tab.comeBack()],
})

export async function a_prompt_with_no_reconnects_reaches_the_server_once_whatever_the_page_goes_through(bed) {
  const { tab, clock } = page(bed)
  for (const [name, [go, comeBack]] of Object.entries(happeningsOf(tab))) {
    const calls = bed.server.calls.length
    const { client, stream } = await bed.open({ body: 'prompt', maxReconnects: 0, closeWhenHidden: true })
    clock.pass(1000)
    go()
    clock.pass(1000)
    comeBack()
    clock.pass(SETTLING)
    await turn()
    equal([client.state, stream.cancelled, bed.server.calls.length - calls], ['open', false, 1], name)
    client.disconnect()
  }
}

export async function a_subscription_by_post_is_let_go_of_and_asked_for_again(bed) {
  const { tab, clock } = page(bed)
  const goings = { hide: [() => tab.hide(), () => tab.show()], leave: [() => tab.leave(), () => tab.comeBack()] }
  for (const [name, [go, comeBack]] of Object.entries(goings)) {
    const { client, stream } = await bed.open({ closeWhenHidden: true, body: 'prompt', maxReconnects: 3 })
    stream.push('id: 1\ndata: x\n\n')
    await new Ear(client, 'message').next()
    go()
    equal([client.state, stream.cancelled], ['reconnecting', true], name)
    comeBack()
    const next = await comesBack(bed, clock)
    equal([next.method, next.headers.get('last-event-id')], ['POST', '1'])
    client.disconnect()
  }
}

export async function reconnect_never_is_one_request_whatever_the_page_goes_through(bed) {
  const { tab, clock } = page(bed)
  for (const options of [{}, { body: 'prompt' }]) {
    for (const [name, [go, comeBack]] of Object.entries(happeningsOf(tab))) {
      const calls = bed.server.calls.length
      const client = bed.client({ reconnect: 'never', closeWhenHidden: true, ...options })
      const opened = client.connect()
      const call = await bed.server.next()
      const happens = async () => {
        clock.pass(1000)
        go()
        clock.pass(1000)
        comeBack()
        clock.pass(SETTLING)
        await turn()
        equal([call.signal.aborted, bed.server.calls.length - calls], [false, 1], name)
      }
      await happens()
      const stream = call.stream()
      await opened
      stream.push('id: 1\ndata: x\n\n')
      await new Ear(client, 'message').next()
      await happens()
      equal(client.state, 'open', name)
      client.disconnect()
    }
  }
}

export async function a_token_is_asked_for_to_the_end_and_then_nothing_is_sent(bed) {
  const { tab, clock } = page(bed)
  const answers = []
  const getToken = ({ signal }) => new Promise((resolve) => answers.push({ signal, resolve }))
  bed.client({ closeWhenHidden: true, getToken }).connect()
  await turn()
  tab.hide()
  equal(answers[0].signal.aborted, false)
  answers[0].resolve('one')
  await turn()
  equal(bed.server.calls.length, 0)
  tab.show()
  clock.pass(SETTLING)
  await turn()
  answers[1].resolve('two')
  equal((await bed.server.next()).headers.get('authorization'), 'Bearer two')
}

export async function hidden_and_visible_a_hundred_times_is_never_two_requests(bed) {
  const { tab, clock } = page(bed)
  const { client } = await bed.open({ closeWhenHidden: true })
  for (let n = 0; n < 100; n++) {
    tab.hide()
    tab.show()
  }
  ;(await comesBack(bed, clock)).stream()
  await new Ear(client, 'open').next()
  equal(bed.server.calls.length, 2)
  // And once more, at every moment of an attempt.
  let answered = bed.server.calls.length
  for (let n = 0; n < 100; n++) {
    tab.hide()
    equal(bed.server.open, 0)
    tab.show()
    clock.pass((n * 17) % 150)
    if (n % 2) await turn()
    const fresh = bed.server.calls.slice(answered)
    answered = bed.server.calls.length
    if (n % 3) for (const call of fresh) if (call.open) call.stream()
  }
  ok(answered > 10, 'attempts were made')
  equal(bed.server.overlaps, 0)
}

export async function hidden_and_visible_a_hundred_times_in_real_time(bed) {
  const tab = new Tab(bed)
  const { client, stream } = await bed.open({ closeWhenHidden: true })
  stream.push('id: 1\ndata: x\n\n')
  await new Ear(client, 'message').next()
  for (let n = 0; n < 100; n++) {
    tab.hide()
    if (n % 2) await turn()
    tab.show()
    await turn()
  }
  // A slow browser takes long enough for this to let some requests be sent in between.
  let call = await bed.server.next()
  while (call.signal.aborted) call = await bed.server.next()
  call.stream()
  await new Ear(client, 'open').next()
  equal([client.state, call.headers.get('last-event-id'), bed.server.overlaps], ['open', '1', 0])
}

export async function a_page_in_the_back_forward_cache_has_no_stream(bed) {
  const { tab, clock } = page(bed)
  const { client, call, stream } = await bed.open()
  stream.push('id: 4\ndata: x\n\n')
  await new Ear(client, 'message').next()
  const ear = new Ear(client, ...LIFECYCLE)
  tab.leave()
  equal([told(ear), call.signal.aborted, stream.cancelled, clock.timers], [['reconnecting'], true, true, 0])
  tab.comeBack()
  const second = await comesBack(bed, clock)
  equal(second.headers.get('last-event-id'), '4')
  second.stream()
  await ear.until('open')
  equal([told(ear), client.retryCount], [['reconnecting', 'open', 'open'], 0])
}

export async function a_page_that_goes_for_good_is_the_browsers_matter(bed) {
  const { tab, clock } = page(bed)
  const { client } = await bed.open()
  tab.leave({ persisted: false })
  tab.comeBack({ persisted: false })
  clock.pass(SETTLING)
  equal([client.state, bed.server.calls.length], ['open', 1])
}

export async function a_page_that_comes_back_hidden_waits_to_be_seen(bed) {
  const { tab, clock } = page(bed)
  await bed.open({ closeWhenHidden: true })
  tab.hide()
  tab.leave()
  tab.comeBack()
  clock.pass(PROBE)
  await turn()
  equal(bed.server.calls.length, 1)
  tab.show()
  await comesBack(bed, clock)
}

export async function a_client_stays_paused_while_the_page_is_away(bed) {
  const { tab, clock } = page(bed)
  const { client, stream } = await bed.open({ closeWhenHidden: true })
  const ear = new Ear(client, 'state', 'message')
  client.pause()
  stream.push('data: lost with its stream\n\n')
  tab.hide()
  tab.show()
  const call = await comesBack(bed, clock)
  call.stream().push('data: of the second\n\n')
  while (client.state !== 'paused') await turn()
  client.resume()
  equal(await ear.until('message'), 'of the second')
  equal(ear.heard.filter(([type]) => type === 'state').map(([, { state }]) => state), ['paused', 'reconnecting', 'open', 'paused', 'open'])
}

export async function a_client_may_be_used_while_the_page_tells_it_something(bed) {
  const { tab, clock } = page(bed)
  const uses = {
    disconnect: (client) => client.disconnect(),
    reconnect: (client) => client.reconnect(),
    'disconnect and connect': (client) => (client.disconnect(), client.connect()),
    pause: (client) => client.pause(),
    show: () => tab.show(),
    'come back': () => tab.comeBack(),
  }
  for (const [name, use] of Object.entries(uses)) {
    for (const go of [() => tab.hide(), () => tab.leave()]) {
      const server = new Server()
      const client = bed.clientOf(server, { closeWhenHidden: true })
      client.connect()
      ;(await server.next()).stream()
      await new Ear(client, 'open').next()
      client.once('state', () => use(client))
      go()
      tab.show()
      tab.comeBack()
      clock.pass(SETTLING)
      await turn()
      equal([client.state === 'closed', server.overlaps], [name === 'disconnect', 0], name)
      client.disconnect()
      equal([server.open, client.state], [0, 'closed'], name)
    }
  }
  equal([tab.listeners, clock.timers], [[], 0])
}

const LISTENERS = ['offline', 'online', 'pagehide', 'pageshow', 'visibilitychange']

export async function a_client_that_is_closed_listens_to_nothing(bed) {
  const tab = new Tab(bed)
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    reconnect: ({ client }) => (client.reconnect(), client.disconnect()),
    signal: ({ controller }) => controller.abort(),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
    'too large': ({ stream }) => stream.push(`data: ${'x'.repeat(200)}`),
    'the server': ({ stream }) => stream.end(),
    'too many failures': ({ stream }) => stream.break(),
  }
  equal(tab.listeners, [])
  for (const [name, end] of Object.entries(ends)) {
    const controller = new AbortController()
    const options = { signal: controller.signal, until: '[DONE]', maxEventBytes: 100, maxReconnects: 0, reconnect: 'on-error' }
    const client = bed.client(options)
    equal(tab.listeners, [], 'nothing before it is connected')
    const { stream } = await bed.opened(client)
    client.connect()
    equal(tab.listeners, LISTENERS, name)
    const ear = new Ear(client, 'close')
    end({ client, stream, controller })
    await ear.next()
    equal(tab.listeners, [], name)
    const again = client.connect()
    equal(tab.listeners, controller.signal.aborted ? [] : LISTENERS, `${name}, and connected again`)
    client.disconnect()
    await rejection(again)
    equal(tab.listeners, [], `${name}, and connected again`)
    bed.server = new Server()
  }
}

export async function nothing_is_listened_to_before_there_is_a_connection(bed) {
  const tab = new Tab(bed)
  const client = bed.client()
  client.on('message', () => {})
  client.pause()
  client.resume()
  client.disconnect()
  equal(tab.listeners, [])
}
