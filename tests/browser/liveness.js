// A stream that says nothing: when it is given up, and when silence is nobody's fault.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { Tab } from './bed/tab.js'
import { turn } from './bed/bed.js'
import { equal, ok } from './bed/expect.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** How long after a request was broken off the next one is sent. */
const SETTLING = 100

/** An open client that gives a silent stream one minute, and what is heard of it. */
async function watched(bed, options) {
  const clock = new Clock(bed)
  const { client, stream } = await bed.open({ idleTimeout: MINUTE, ...options })
  return { clock, client, stream, ear: new Ear(client, 'error', 'retry', 'close') }
}

/** Sends text, and waits until it has arrived. */
async function arrive({ client, stream }, text) {
  const arrived = client.stats().bytes + text.length
  stream.push(text)
  while (client.stats().bytes < arrived) await turn()
}

export async function a_stream_that_says_nothing_is_given_up_and_asked_for_again(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  await arrive({ client, stream }, 'id: 3\ndata: x\n\n')
  clock.pass(MINUTE - 1)
  equal([ear.heard, client.state], [[], 'open'])
  clock.pass(1)
  const error = await ear.data()
  equal([error.code, error.retryable, error.attempt, client.state, stream.cancelled], ['idle', true, 0, 'reconnecting', true])
  equal((await ear.data()).error === error, true)
  clock.pass(SETTLING)
  const second = await bed.server.next()
  equal(second.headers.get('last-event-id'), '3')
  second.stream()
  await new Ear(client, 'open').next()
  clock.pass(MINUTE)
  equal((await ear.data()).code, 'idle', 'the next stream is watched as well')
}

export async function every_byte_counts_and_so_do_comments(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  for (const text of [':', ' still here', '\n', '\n', 'd', 'ata: x', '\n\n', ': ping\n\n', 'retry: 5\n', '\r']) {
    clock.pass(MINUTE - 1)
    await arrive({ client, stream }, text)
  }
  equal([ear.heard, client.state], [[], 'open'])
  clock.pass(MINUTE)
  equal((await ear.data()).code, 'idle')
}

export async function silence_is_no_failure_unless_it_is_asked_for(bed) {
  for (const options of [{}, { idleTimeout: 0 }]) {
    const clock = new Clock(bed)
    const { client } = await bed.open(options)
    clock.pass(24 * HOUR)
    equal(client.state, 'open')
    equal(clock.timers, 0)
    client.disconnect()
  }
}

export async function the_wait_for_the_response_is_no_silence(bed) {
  const clock = new Clock(bed)
  const client = bed.client({ idleTimeout: MINUTE, connectTimeout: 0 })
  const ear = new Ear(client, 'error', 'open')
  client.connect()
  const call = await bed.server.next()
  clock.pass(HOUR)
  call.stream()
  await ear.next()
  clock.pass(MINUTE - 1)
  equal(ear.heard.map(([type]) => type), ['open'])
  clock.pass(1)
  equal((await ear.data()).code, 'idle')
}

export async function a_timer_that_fires_far_too_late_finds_the_silence_at_once(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  clock.pass(MINUTE / 2)
  await arrive({ client, stream }, ': ping\n')
  clock.sleep(HOUR)
  // By the page's clock there was a word half a minute ago.
  clock.pass(MINUTE / 2)
  equal(ear.heard, [], 'what came meanwhile may not have been read yet')
  clock.pass(100)
  equal((await ear.data()).code, 'idle')
}

export async function what_happens_to_the_page_after_a_sleep_finds_the_silence_without_a_timer(bed) {
  const tab = new Tab(bed)
  const clock = new Clock(bed)
  for (const wake of [() => tab.show(), () => tab.goOnline()]) {
    const { client } = await bed.open({ idleTimeout: MINUTE })
    const ear = new Ear(client, 'error')
    clock.pass(MINUTE / 2)
    wake()
    equal(ear.heard, [], 'half a minute is nothing')
    clock.sleep(HOUR)
    wake()
    clock.pass(100)
    equal(ear.heard.map(([, { code }]) => code), ['idle'])
    client.disconnect()
  }
}

export async function the_watch_rests_while_the_client_is_paused(bed) {
  const { clock, client, ear } = await watched(bed)
  clock.pass(MINUTE - 1)
  client.pause()
  clock.pass(HOUR)
  clock.sleep(HOUR)
  equal([ear.heard, client.state, clock.timers], [[], 'paused', 0])
  client.resume()
  clock.pass(MINUTE - 1)
  equal([ear.heard, client.state], [[], 'open'], 'it begins anew')
  clock.pass(1)
  equal((await ear.data()).code, 'idle')
}

export async function the_watch_rests_while_an_iterator_takes_its_time(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  const events = client[Symbol.asyncIterator]()
  stream.push('data: 1\n\ndata: 2\n\n')
  equal((await events.next()).value.data, '1')
  clock.pass(HOUR)
  clock.sleep(HOUR)
  clock.pass(MINUTE)
  equal([ear.heard, client.state], [[], 'open'])
  equal((await events.next()).value.data, '2')
  const next = events.next()
  clock.pass(MINUTE - 1)
  equal(ear.heard, [], 'it begins anew')
  clock.pass(MINUTE)
  equal((await ear.data()).code, 'idle')
  client.disconnect()
  equal((await next).done, true)
}

export async function a_prompt_whose_answer_falls_silent_is_not_sent_again(bed) {
  const { clock, ear } = await watched(bed, { body: 'prompt' })
  clock.pass(MINUTE)
  const error = await ear.data()
  equal([error.code, error.retryable], ['idle', true])
  ok((await ear.data()).error === error, 'it closes for this reason')
}

export async function a_stream_that_is_over_is_watched_no_longer(bed) {
  const { clock, client, ear } = await watched(bed)
  client.disconnect()
  equal(clock.timers, 0)
  clock.pass(HOUR)
  equal(ear.heard, [['close', { reason: 'client' }]])
}

export async function the_browsers_own_timers_find_the_silence_too(bed) {
  const { client } = await bed.open({ idleTimeout: 5 })
  const ear = new Ear(client, 'error')
  equal((await ear.data()).code, 'idle')
}

/** The computer's clock stands still from now on, as test set-ups make it do; the page's goes on. */
function stopComputersClock(bed) {
  const noon = Date.now()
  bed.replace(Date, 'now', { value: () => noon })
}

export async function a_clock_that_stands_still_kills_no_stream_that_speaks(bed) {
  const { clock, client, stream, ear } = await watched(bed, { reconnect: 'never' })
  stopComputersClock(bed)
  const messages = new Ear(client, 'message')
  for (const data of ['1', '2', '3', '4', '5', '6']) {
    clock.pass(MINUTE / 2)
    equal([ear.heard, client.state], [[], 'open'], `before ${data}`)
    // Not by `arrive`, which asks for the stats: that would make the client look at its clocks.
    stream.push(`data: ${data}\n\n`)
    equal(await messages.data(), data)
  }
  equal([ear.heard, client.state], [[], 'open'])
  // When exactly the last word came could not be seen; the next look is a minute after one that saw that it had come.
  clock.pass(2 * MINUTE)
  equal((await ear.data()).code, 'idle', 'but when it falls silent, that is found')
}

export async function a_clock_that_stands_still_makes_no_burst_of_what_comes_now_and_then(bed) {
  const { clock, client, stream, ear } = await watched(bed, { reconnect: 'never' })
  stopComputersClock(bed)
  for (let i = 0; i < 20; i++) {
    clock.pass(46_000)
    equal([ear.heard, client.state], [[], 'open'], `before ${i}`)
    await burst({ client, stream }, 1)
    equal(clock.timers, 1, 'only the one that watches')
  }
}

export async function a_clock_that_stands_still_hides_no_silence(bed) {
  const { clock, ear } = await watched(bed, { reconnect: 'never' })
  stopComputersClock(bed)
  clock.pass(MINUTE - 1)
  equal(ear.heard, [])
  clock.pass(1)
  equal((await ear.data()).code, 'idle')
}

/** Sends so many chunks without a pause. */
async function burst({ client, stream }, chunks) {
  const heard = new Ear(client, 'message')
  for (let i = 0; i < chunks; i++) stream.push(`data: ${i}\n\n`)
  await heard.all(chunks)
}

/** Longer than the clocks are left alone after a burst. */
const CALM = 20

export async function in_a_burst_the_clocks_are_hardly_looked_at(bed) {
  const { clock, client, stream } = await watched(bed)
  let looks = 0
  for (const shown of [Date, performance]) {
    const { now } = shown
    bed.replace(shown, 'now', { value: () => (looks++, now.call(shown)) })
  }
  await burst({ client, stream }, 1000)
  ok(looks < 30, `${looks} times for 1,000 chunks`)
  let before = looks
  clock.pass(5)
  await burst({ client, stream }, 100)
  ok(looks <= before + 1, 'the burst continues; the reader alone reads the clock, once after 128 chunks')
  equal(client.stats().lastByteAt, performance.now(), 'but who asks is told')
  clock.pass(CALM)
  before = looks
  await burst({ client, stream }, 1)
  equal(looks, before + 2, 'a single chunk is seen when it comes')
}

export async function silence_after_a_burst_is_found_as_soon_as_after_anything_else(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  await burst({ client, stream }, 100)
  clock.pass(MINUTE - 1)
  equal([ear.heard, client.state], [[], 'open'])
  clock.pass(1 + CALM)
  equal((await ear.data()).code, 'idle')
}

export async function a_burst_that_ends_when_it_is_noticed_is_seen_to_its_end(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  // From the eleventh chunk on nothing is looked at.
  await burst({ client, stream }, 10)
  clock.pass(MINUTE - 1)
  equal([ear.heard, client.state], [[], 'open'])
  clock.pass(1)
  equal((await ear.data()).code, 'idle')
}

export async function a_word_after_a_burst_counts_as_any_other(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  for (const pause of [1, CALM, MINUTE - 1]) {
    await burst({ client, stream }, 100)
    clock.pass(pause)
    await burst({ client, stream }, 1)
    clock.pass(MINUTE - 1)
    equal([ear.heard, client.state], [[], 'open'], `${pause} ms after a burst`)
  }
  clock.pass(1 + CALM)
  equal((await ear.data()).code, 'idle')
}

export async function a_sleep_in_a_burst_is_noticed(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  clock.pass(MINUTE / 2)
  await burst({ client, stream }, 100)
  clock.sleep(HOUR)
  // By the page's clock the burst was half a minute ago.
  clock.pass(MINUTE / 2)
  equal(ear.heard, [], 'what came meanwhile may not have been read yet')
  clock.pass(100)
  equal((await ear.data()).code, 'idle')
}

export async function a_pause_in_a_burst_is_no_silence(bed) {
  const tab = new Tab(bed)
  const { clock, client, stream, ear } = await watched(bed)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  client.pause()
  clock.sleep(HOUR)
  client.resume()
  clock.stall(5)
  tab.show()
  clock.pass(MINUTE - CALM)
  equal([ear.heard, client.state], [[], 'open'])
}

export async function a_burst_is_over_with_its_stream(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  const end = performance.now()
  stream.break()
  await ear.until('retry')
  clock.pass(SETTLING)
  const opened = new Ear(client, 'open')
  ;(await bed.server.next()).stream()
  await opened.next()
  clock.pass(CALM)
  equal(client.stats().lastByteAt, end, 'the next stream has said nothing yet')
  client.disconnect()
  equal(clock.timers, 0)
}

export async function a_client_that_disconnects_in_a_burst_leaves_no_timer(bed) {
  const { clock, client, stream } = await watched(bed)
  await burst({ client, stream }, 100)
  client.disconnect()
  equal(clock.timers, 0)
}

export async function a_burst_before_the_network_went_is_no_word_since(bed) {
  const tab = new Tab(bed)
  const { clock, client, stream } = await watched(bed)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  tab.goOffline()
  clock.stall(MINUTE / 2)
  tab.goOnline()
  equal([client.state, stream.cancelled], ['reconnecting', true], 'it may have gone with the network')
}

export async function without_timers_a_burst_is_looked_at_chunk_by_chunk(bed) {
  const { clock, client, stream, ear } = await watched(bed)
  const { setTimeout } = globalThis
  let fails = true
  bed.replace(globalThis, 'setTimeout', {
    value: (...given) => {
      if (fails) throw new Error('there are no timers')
      return setTimeout(...given)
    },
  })
  await burst({ client, stream }, 100)
  fails = false
  clock.pass(MINUTE / 2)
  await burst({ client, stream }, 1)
  clock.pass(MINUTE - 1)
  equal([ear.heard, client.state], [[], 'open'])
  clock.pass(1)
  equal((await ear.data()).code, 'idle')
}
