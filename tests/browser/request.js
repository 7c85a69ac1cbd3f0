// What is requested: method, headers, body, and everything else that `fetch` is given.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, match, ok, rejection } from './bed/expect.js'

/** The call that a client with these options makes. */
async function call(bed, options, url) {
  bed.client(options, url).connect()
  return bed.server.next()
}

/** What a server would receive as the body of this call. */
const received = ({ body }) => new Response(body)

export async function without_a_body_it_is_a_get(bed) {
  const { method, body, init } = await call(bed)
  equal([method, body, 'body' in init], ['GET', undefined, false])
}

export async function with_a_body_it_is_a_post(bed) {
  const { method } = await call(bed, { body: 'x' })
  equal(method, 'POST')
}

export async function the_method_is_the_one_given_in_capitals(bed) {
  const { method } = await call(bed, { method: 'patch', body: 'x' })
  equal(method, 'PATCH')
}

export async function a_post_may_have_no_body(bed) {
  const { method, body } = await call(bed, { method: 'POST' })
  equal([method, body], ['POST', undefined])
}

export async function the_url_resolves_against_the_page(bed) {
  const { url } = await call(bed, {}, '../events?room=ä')
  equal(url, new URL('../events?room=ä', location.href).href)
  equal(bed.client({}, new URL('https://example.test/a')).url, 'https://example.test/a')
}

export async function an_event_stream_is_accepted_and_nothing_is_cached(bed) {
  const { headers, init } = await call(bed)
  equal(headers.get('accept'), 'text/event-stream')
  equal(init.cache, 'no-store')
}

export async function accept_and_cache_can_be_overridden(bed) {
  const { headers, init } = await call(bed, { headers: { Accept: 'application/x-ndjson' }, cache: 'reload' })
  equal(headers.get('accept'), 'application/x-ndjson')
  equal(init.cache, 'reload')
}

export async function every_field_of_request_init_passes_through(bed) {
  const given = {
    credentials: 'include', mode: 'same-origin', redirect: 'error', referrer: '', referrerPolicy: 'no-referrer',
    integrity: 'sha256-x', keepalive: true, priority: 'high',
  }
  const { init } = await call(bed, given)
  equal(Object.fromEntries(Object.keys(given).map((name) => [name, init[name]])), given)
}

export async function headers_are_taken_as_a_record_as_pairs_and_as_headers(bed) {
  for (const headers of [{ 'X-Room': '7' }, [['X-Room', '7']], new Headers({ 'X-Room': '7' })]) {
    const given = await call(bed, { headers })
    equal(given.headers.get('x-room'), '7')
    given.fail()
    for (const client of bed.clients) client.disconnect()
  }
}

export async function the_headers_that_were_given_are_left_alone(bed) {
  const headers = new Headers({ 'X-Room': '7' })
  await call(bed, { headers, lastEventId: '5', body: {} })
  equal([...headers.keys()], ['x-room'])
}

export async function a_function_for_headers_is_asked_again_for_every_attempt(bed) {
  const asked = []
  const client = bed.client({
    headers: (context) => {
      asked.push(context)
      return { Authorization: `Bearer ${asked.length}` }
    },
  })
  client.connect()
  const first = await bed.server.next()
  first.stream().push('id: 5\ndata: x\n\n').break()
  const second = await bed.server.next()
  equal([first, second].map(({ headers }) => headers.get('authorization')), ['Bearer 1', 'Bearer 2'])
  equal(asked.map(({ attempt, lastEventId, error }) => [attempt, lastEventId, error?.code]), [[0, '', undefined], [1, '5', 'network']])
  ok(asked[0].signal === first.signal && asked[0].signal.aborted, 'the signal of the first attempt is aborted')
  ok(asked[1].signal === second.signal && !asked[1].signal.aborted, 'the signal of the second attempt is not')
}

export async function headers_may_take_their_time(bed) {
  let resolve
  const client = bed.client({ headers: () => new Promise((yes) => (resolve = yes)) })
  const opened = client.connect()
  equal(client.state, 'connecting')
  await Promise.resolve()
  resolve(new Headers({ Authorization: 'Bearer late' }))
  const { headers, ...given } = await bed.server.next()
  equal(headers.get('authorization'), 'Bearer late')
  bed.server.calls[0].stream()
  await opened
}

/** The functions that make a request. */
const MAKERS = {
  headers: (make) => [{ headers: make }],
  body: (make) => [{ body: make, method: 'PUT' }],
  url: (make) => [{}, make],
}

export async function a_function_that_rejects_once_is_asked_again_and_named(bed) {
  const cause = new Error('no session here')
  const failing = [() => { throw cause }, () => Promise.reject(cause), async () => { throw cause }]
  for (const [name, options] of Object.entries(MAKERS)) {
    for (const fail of failing) {
      bed.stage = name
      let asked = 0
      const client = bed.client(...options(() => (asked++ === 0 ? fail() : name === 'url' ? '/stream' : undefined)))
      const ear = new Ear(client, 'error', 'retry')
      client.connect()
      const error = await ear.data()
      equal([error.code, error.retryable, error.attempt, error.message], ['callback', true, 0, `SSEClient: ${name}() failed: no session here`])
      ok(error.cause === cause, 'the cause is what was thrown')
      ok((await ear.data()).error === error, 'it is why there is a retry')
      await bed.server.next()
      equal(asked, 2)
      client.disconnect()
    }
  }
}

export async function a_function_that_always_rejects_ends_when_the_reconnects_are_used_up(bed) {
  for (const [name, options] of Object.entries(MAKERS)) {
    bed.stage = name
    let asked = 0
    const [given, url] = options(() => Promise.reject(asked++))
    const client = bed.client({ ...given, maxReconnects: 2 }, url)
    const ear = new Ear(client, 'close')
    client.connect()
    const { reason, error } = await ear.data()
    equal([reason, error.code, error.message, asked], ['max-reconnects', 'callback', `SSEClient: ${name}() failed: 2`, 3])
  }
  equal(bed.server.calls.length, 0)
}

export async function a_url_may_be_a_function_that_is_asked_for_every_attempt(bed) {
  const asked = []
  const url = ({ attempt, lastEventId, error }) => {
    asked.push([attempt, lastEventId, error?.code])
    return [new URL('/rooms?after=0', location.href), Promise.resolve('rooms?after=7')][attempt]
  }
  const client = bed.client({}, url)
  equal(client.url, '')
  client.connect()
  const first = await bed.server.next()
  equal([first.url, client.url], [`${location.origin}/rooms?after=0`, first.url])
  const ear = new Ear(client, 'message')
  const stream = first.stream()
  stream.push('id: 7\ndata: x\n\n')
  equal((await ear.next()).event.origin, location.origin)
  stream.break()
  const second = await bed.server.next()
  equal([second.url, client.url], [new URL('rooms?after=7', location.href).href, second.url])
  equal(asked, [[0, '', undefined], [1, '7', 'network']])
}

export async function a_function_that_answers_a_wrong_url_is_named_and_final(bed) {
  for (const [answer, told] of [[7, /the URL that url\(\) returned: 7 was given; it must be a string or a URL/], [undefined, /undefined was given/], ['file:///etc', /http:, https:, blob: or data:/], ['localhost:80/x?token=s3cret', /such as 'http:\/\/localhost:80\/x'$/]]) {
    const error = await rejection(bed.client({}, () => answer).connect())
    equal([error.code, error.retryable], ['callback', false])
    match(error.message, told)
  }
  equal(bed.server.calls.length, 0)
}

export async function headers_that_are_none_are_a_callback_error(bed) {
  for (const made of [7, 'Authorization: x', { 'no name': 'x' }]) {
    const error = await rejection(bed.client({ headers: () => made }).connect())
    equal([error.code, error.retryable], ['callback', false], String(made))
    match(error.message, /^SSEClient: headers\(\) returned (a number|a string|an object) that `new Headers\(\)` does not take$/)
  }
}

export async function a_function_may_have_no_headers_to_add(bed) {
  for (const none of [undefined, null]) {
    bed.client({ headers: () => none }).connect()
    const given = await bed.server.next()
    equal([...given.headers.keys()], ['accept'])
    given.stream()
    for (const client of bed.clients) client.disconnect()
  }
}

export async function an_object_goes_as_json(bed) {
  const { body, headers } = await call(bed, { body: { message: 'hé', to: [1, 2] } })
  equal(JSON.parse(body), { message: 'hé', to: [1, 2] })
  equal(headers.get('content-type'), 'application/json')
}

export async function an_array_goes_as_json(bed) {
  const { body, headers } = await call(bed, { body: [1, { a: 2 }] })
  equal(body, '[1,{"a":2}]')
  equal(headers.get('content-type'), 'application/json')
}

export async function the_content_type_of_json_can_be_overridden(bed) {
  const { headers } = await call(bed, { body: {}, headers: { 'Content-Type': 'application/vnd.api+json' } })
  equal(headers.get('content-type'), 'application/vnd.api+json')
}

export async function a_string_goes_as_it_is(bed) {
  const { body, headers } = await call(bed, { body: '{"a":1}' })
  equal([body, headers.has('content-type')], ['{"a":1}', false])
}

export async function what_fetch_can_send_goes_as_it_is(bed) {
  const form = new FormData()
  form.set('a', '1')
  const bytes = new Uint8Array([97, 98])
  const bodies = [new Blob(['ab']), form, new URLSearchParams('a=1'), bytes, bytes.buffer, new DataView(bytes.buffer)]
  for (const body of bodies) {
    const given = await call(bed, { body })
    ok(given.body === body, `${body} goes as it is`)
    equal([given.method, given.headers.has('content-type'), 'duplex' in given.init], ['POST', false, false])
    given.stream()
    for (const client of bed.clients) client.disconnect()
  }
}

export async function a_function_for_the_body_is_asked_again_for_every_attempt(bed) {
  const attempts = []
  const body = async ({ attempt, lastEventId }) => {
    attempts.push(attempt)
    return { attempt, lastEventId }
  }
  bed.client({ body, reconnect: 'on-error' }).connect()
  const first = await bed.server.next()
  first.fail()
  const second = await bed.server.next()
  equal([first.body, second.body].map(JSON.parse), [{ attempt: 0, lastEventId: '' }, { attempt: 1, lastEventId: '' }])
  equal([first.method, second.method], ['POST', 'POST'])
  equal(attempts, [0, 1])
}

export async function a_function_may_have_no_body_to_send(bed) {
  const { method, body } = await call(bed, { body: () => undefined })
  equal([method, body], ['POST', undefined])
}

export async function a_body_that_fails_is_a_callback_error(bed) {
  const cyclic = {}
  cyclic.self = cyclic
  for (const made of [7, true, cyclic, { toJSON: () => undefined }]) {
    const error = await rejection(bed.client({ body: () => made }).connect())
    equal([error.code, error.retryable], ['callback', false])
  }
  equal(bed.server.calls.length, 0)
}

export async function a_stream_is_sent_half_duplex(bed) {
  const body = new Blob(['ab']).stream()
  const given = await call(bed, { body })
  ok(given.body === body, 'it goes as it is')
  equal(given.init.duplex, 'half')
}

export async function a_stream_that_has_been_sent_cannot_be_sent_again(bed) {
  const client = bed.client({ body: new Blob(['ab']).stream(), reconnect: 'on-error' })
  const ear = new Ear(client, 'close')
  client.connect()
  const first = await bed.server.next()
  equal(await received(first).text(), 'ab')
  first.fail()
  const { reason, error } = await ear.data()
  equal([reason, error.code, error.attempt], ['fatal', 'callback', 1])
  match(error.message, /a stream that has been sent: give a function/)
}

export async function a_function_makes_a_new_stream_for_every_attempt(bed) {
  bed.client({ body: () => new Blob(['ab']).stream(), reconnect: 'on-error' }).connect()
  const first = await bed.server.next()
  equal(await received(first).text(), 'ab')
  first.fail()
  equal(await received(await bed.server.next()).text(), 'ab')
}

export async function no_last_event_id_is_sent_when_there_is_none(bed) {
  const { headers } = await call(bed)
  equal(headers.has('last-event-id'), false)
}

export async function the_last_event_id_can_be_given(bed) {
  const { headers } = await call(bed, { lastEventId: '42' })
  equal(headers.get('last-event-id'), '42')
}

export async function the_last_event_id_is_sent_as_utf8_bytes(bed) {
  const client = bed.client()
  client.connect()
  const first = await bed.server.next()
  first.stream().push('id: ключ-🎈\ndata: x\n\n').end()
  const { headers } = await bed.server.next()
  const bytes = Uint8Array.from(headers.get('last-event-id'), (character) => character.charCodeAt(0))
  equal(new TextDecoder().decode(bytes), 'ключ-🎈')
  equal(client.lastEventId, 'ключ-🎈')
}

export async function an_empty_id_takes_the_header_away(bed) {
  bed.client({ lastEventId: '42' }).connect()
  const first = await bed.server.next()
  first.stream().push('id\ndata: x\n\n').end()
  const { headers } = await bed.server.next()
  equal(headers.has('last-event-id'), false)
}

/** The `Last-Event-ID` of three requests: at first, after a stream that sets 6, and after one that resets it. */
async function three_positions(bed, options) {
  const client = bed.client(options)
  client.connect()
  const calls = []
  for (const text of ['id: 6\ndata: x\n\n', 'id\ndata: x\n\n', '']) {
    calls.push(await bed.server.next())
    if (text) calls.at(-1).stream().push(text).end()
  }
  client.disconnect()
  return calls.map(({ headers }) => headers.get('last-event-id'))
}

export async function a_last_event_id_in_the_headers_is_where_to_start_and_does_not_come_back(bed) {
  const given = [{ 'Last-Event-ID': '5' }, [['last-event-id', '5']], new Headers({ 'LAST-EVENT-ID': '5' })]
  for (const headers of given) equal(await three_positions(bed, { headers }), ['5', '6', null])
  for (const headers of given) equal(await three_positions(bed, { headers: async () => headers }), ['5', '6', null])
}

export async function the_option_wins_over_a_last_event_id_in_the_headers(bed) {
  const headers = { 'Last-Event-ID': '5' }
  equal(await three_positions(bed, { headers, lastEventId: '4' }), ['4', '6', null])
  equal(await three_positions(bed, { headers: () => headers, lastEventId: '4' }), ['4', '6', null])
}

export async function a_last_event_id_in_the_headers_is_seen_like_the_option(bed) {
  const client = bed.client({ headers: { 'Last-Event-ID': 'Ã©' } })
  equal(client.lastEventId, 'é')
  client.connect()
  equal((await bed.server.next()).headers.get('last-event-id'), 'Ã©')
  // No UTF-8: written as text.
  equal(bed.client({ headers: { 'Last-Event-ID': 'é' } }).lastEventId, 'é')
}

export async function a_post_that_is_asked_anew_starts_again_from_the_headers(bed) {
  const client = bed.client({ headers: () => ({ 'Last-Event-ID': '5' }), body: 'x' })
  for (const id of ['6', '7']) {
    client.connect()
    const call = await bed.server.next()
    equal(call.headers.get('last-event-id'), '5')
    const ear = new Ear(client, 'message')
    call.stream().push(`id: ${id}\ndata: x\n\n`)
    await ear.next()
    client.disconnect()
  }
}

/** The `Last-Event-ID` of the request that follows a stream with this id. */
async function resumedAfter(bed, id) {
  const client = bed.client()
  client.connect()
  ;(await bed.server.next()).stream().push(`id: 1\ndata: x\n\nid:${id}\ndata: x\n\n`).end()
  const next = await bed.server.next()
  ok(client.lastEventId === id, 'lastEventId is what the stream set')
  client.disconnect()
  return next.headers.get('last-event-id')
}

export async function an_id_of_white_space_is_not_sent(bed) {
  for (const id of ['\t', '\t \t', '\u3000']) equal(await resumedAfter(bed, id), null, JSON.stringify(id))
}

export async function an_id_beyond_4096_bytes_is_not_sent_and_no_shorter_one_in_its_place(bed) {
  equal((await resumedAfter(bed, 'x'.repeat(4096))).length, 4096)
  equal((await resumedAfter(bed, '€'.repeat(1365))).length, 4095)
  for (const id of ['x'.repeat(4097), '€'.repeat(1366), 'x'.repeat(200_000), 'é'.repeat(7_500_000)]) equal(await resumedAfter(bed, id), null, `${id.length}`)
}

export async function an_id_with_control_characters_is_sent_by_browsers(bed) {
  for (const id of ['a\x01b', 'a\x7f', '\x1b[0m', 'a\tb']) equal(await resumedAfter(bed, id), id, JSON.stringify(id))
}

export async function an_id_with_control_characters_is_not_sent_by_node(bed) {
  bed.replace(globalThis, 'process', { value: { versions: { node: '24.0.0' } } })
  for (const id of ['a\x01b', 'a\x7f', '\x1b[0m']) equal(await resumedAfter(bed, id), null, JSON.stringify(id))
  equal(await resumedAfter(bed, 'a\tb é'), 'a\tb Ã©')
}

export async function the_global_fetch_is_the_one_at_the_time_of_the_call(bed) {
  const client = bed.client({ fetch: undefined })
  const { fetch } = globalThis
  globalThis.fetch = bed.server.fetch
  try {
    await bed.opened(client)
  } finally {
    globalThis.fetch = fetch
  }
  equal(bed.server.calls.length, 1)
}

export async function the_global_fetch_is_the_one_after_the_headers_were_asked_for(bed) {
  const early = []
  bed.replace(globalThis, 'fetch', { value: (...given) => (early.push(given), bed.server.fetch(...given)), writable: true })
  const headers = async () => void bed.replace(globalThis, 'fetch', { value: bed.server.fetch, writable: true })
  await bed.open({ fetch: undefined, headers })
  equal([early.length, bed.server.calls.length], [0, 1])
}

export async function fetch_is_called_like_a_function(bed) {
  let self
  const client = bed.client({
    fetch(...given) {
      self = this
      return bed.server.fetch(...given)
    },
  })
  await bed.opened(client)
  equal(self, undefined)
}

export async function the_signal_is_aborted_on_disconnect(bed) {
  const { client, call } = await bed.open()
  equal(call.signal.aborted, false)
  client.disconnect()
  equal(call.signal.aborted, true)
}

export async function the_signal_of_an_unanswered_request_is_aborted_on_disconnect(bed) {
  const client = bed.client()
  client.connect()
  const { signal } = await bed.server.next()
  client.disconnect()
  equal(signal.aborted, true)
}

export async function a_client_given_up_at_once_sends_nothing(bed) {
  const asked = []
  const client = bed.client({ headers: () => void asked.push('headers'), body: () => void asked.push('body') })
  client.connect()
  client.disconnect()
  await new Promise((resolve) => setTimeout(resolve))
  equal([asked, bed.server.calls.length], [[], 0])
}

export async function a_client_given_up_while_it_is_asked_for_headers_sends_nothing(bed) {
  const asked = []
  let answer
  const headers = ({ signal }) => {
    asked.push(signal)
    return new Promise((resolve) => (answer = resolve))
  }
  const client = bed.client({ headers, body: () => void asked.push('body') })
  client.connect()
  await Promise.resolve()
  client.disconnect()
  equal(asked.map((signal) => signal.aborted), [true])
  answer({})
  await new Promise((resolve) => setTimeout(resolve))
  equal([asked.length, bed.server.calls.length], [1, 0])
}

export async function a_client_given_up_within_the_first_microtasks_sends_nothing(bed) {
  for (const ticks of [1, 2, 3]) {
    const client = bed.client()
    client.connect()
    for (let tick = 0; tick < ticks; tick++) await null
    client.disconnect()
    await turn()
    equal(bed.server.calls.length, 0, `after ${ticks} microtasks`)
  }
}

export async function a_client_that_starts_over_within_the_first_microtasks_sends_one_request(bed) {
  for (const ticks of [1, 2, 3]) {
    const client = bed.client()
    const before = bed.server.calls.length
    client.connect()
    for (let tick = 0; tick < ticks; tick++) await null
    const opened = client.reconnect()
    const call = await bed.server.next()
    equal(call.signal.aborted, false, `the first request after ${ticks} microtasks`)
    call.stream()
    await opened
    equal(bed.server.calls.length - before, 1, `requests after ${ticks} microtasks`)
    client.disconnect()
  }
}
