// Flow control: pausing, and consumers that take events one by one at their own pace.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { Server } from './bed/server.js'
import { equal, ok, rejection } from './bed/expect.js'

/** Text and bytes in a row. */
const bytesOf = async (...parts) => new Uint8Array(await new Blob(parts).arrayBuffer())

/** Lets everything happen that would happen if nothing held it. */
async function quiet() {
  for (let n = 0; n < 5; n++) await turn()
}

/** The states a client goes through, from now on. */
function statesOf(client) {
  const states = []
  client.on('state', ({ state }) => states.push(state))
  return states
}

/** Events with the numbers from `from` up to `to`, in both data and id. */
const numbered = (from, to) => Array.from({ length: to - from }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')
const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

export async function a_paused_client_delivers_nothing_until_it_is_resumed(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'comment')
  const states = statesOf(client)
  stream.push('data: a\n\n')
  equal(await ear.data(), 'a')
  client.pause()
  equal([client.state, client.readyState], ['paused', 1])
  stream.push('data: b\n\n', ': c\n', 'data: d\n\n')
  await quiet()
  equal(ear.heard.length, 1)
  client.resume()
  equal([client.state, client.readyState], ['open', 1])
  equal(await ear.all(3), ['b', 'c', 'd'])
  equal(states, ['paused', 'open'])
}

export async function after_pause_in_a_listener_not_even_what_was_received_is_delivered(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, '*', 'comment')
  client.once('message', () => client.pause())
  stream.push('id: 1\ndata: a\n\n: c\nid: 2\nevent: note\ndata: b\n\nid: 3\n\ndata: {"d":1}\n\n')
  await quiet()
  equal([ear.heard, client.state, client.lastEventId, client.stats().events], [[['*', 'a']], 'paused', '1', 1])
  client.resume()
  equal(await ear.all(4), ['a', 'c', 'b', { d: 1 }])
  equal([client.lastEventId, client.stats().events], ['3', 3])
}

export async function all_listeners_hear_the_event_that_one_of_them_pauses_at(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  client.on('message', (data) => (heard.push(`first ${data}`), client.pause()))
  client.on('message', (data) => heard.push(`second ${data}`))
  stream.push('data: a\n\ndata: b\n\n')
  await quiet()
  equal(heard, ['first a', 'second a'])
}

/** What a stream of one chunk delivers to a client that pauses at every so many events. */
async function deliveredInPauses(bed, bytes, every, options) {
  const { client, stream } = await bed.open({ reconnect: 'never', ...options })
  const events = []
  let pauses = 0
  client.on('*', (data, event) => {
    events.push([event.type, data, event.id, event.lastEventId])
    equal(event.lastEventId, client.lastEventId)
    if (events.length % every > 0) return
    pauses++
    client.pause()
    turn().then(() => client.resume())
  })
  const ear = new Ear(client, 'close')
  stream.push(bytes).end()
  await ear.next()
  return { events, pauses }
}

export async function nothing_is_lost_however_often_a_client_is_paused(bed) {
  const malformed = Uint8Array.of(0xff, 0xe2, 0x82)
  const texts = {
    'few events': [1, 'data: a\n\nevent: наука\ndata: 🎈\n\nid\ndata: {"a":1}\n\n'],
    'malformed text': [1, 'id: 1\ndata: ключ \n\ndata: ', malformed, '\n\nevent: ü\ndata: 🎈\n\n'],
    // More than one batch of records.
    'many events': [100, numbered(0, 5000)],
    'a pause at the end of every batch': [1024, numbered(0, 5000)],
    // More than one piece of a chunk.
    'large events': [1, `id: é\ndata: ${'ключ'.repeat(10_000)}\n\n`.repeat(30)],
    'many pieces of malformed text': [5000, 'data: x\n\n'.repeat(40_000), malformed, '\ndata: end\n\n'],
  }
  const { bytes: areByteStreams } = bed.server
  for (const [name, [every, ...parts]] of Object.entries(texts)) {
    const bytes = await bytesOf(...parts)
    bed.stage = name
    // A byte stream would not hand it over in one chunk.
    bed.server.bytes = false
    const expected = await deliveredInPauses(bed, bytes, Infinity)
    for (const isByteStream of [false, areByteStreams]) {
      bed.server.bytes = isByteStream
      const actual = await deliveredInPauses(bed, bytes, every)
      ok(actual.pauses > 0 && expected.events.length > 1, name)
      equal(actual.events, expected.events, name)
    }
  }
}

export async function nothing_is_lost_when_memory_grows_during_a_pause(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  client.on('message', (data) => {
    heard.push(data)
    if (data === '2') client.pause()
  })
  stream.push(numbered(0, 3000))
  await quiet()
  equal(heard, ['0', '1', '2'])
  bed.engine.memory.grow(1)
  const ear = new Ear(client, 'end')
  client.resume()
  stream.push('event: end\ndata\n\n')
  await ear.next()
  equal(heard, numbers(0, 3000))
}

export async function listeners_may_come_and_go_during_a_pause(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  client.on('a', (data) => (heard.push(`a ${data}`), client.pause()))
  stream.push('event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: c\ndata: 3\n\nevent: a\ndata: 4\n\n')
  await quiet()
  client.off('a')
  client.on('b', (data) => heard.push(`b ${data}`))
  client.on('*', (data) => heard.push(`* ${data}`))
  client.resume()
  await quiet()
  equal(heard, ['a 1', 'b 2', '* 2', '* 3', '* 4'])
}

export async function a_paused_client_reads_nothing(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push('data: 0\n\n')
  await ear.next()
  await quiet()
  client.pause()
  const { pulls } = stream
  for (let n = 1; n <= 100; n++) stream.push(`data: ${n}\n\n`)
  await quiet()
  equal(stream.pulls, pulls, 'what was asked for before the pause is all')
  client.resume()
  equal(await ear.all(100), numbers(1, 101))
}

export async function pause_before_connect_holds(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'message')
  const states = statesOf(client)
  client.pause()
  equal(client.state, 'idle')
  const { stream } = await bed.opened(client)
  stream.push('data: a\n\n', 'data: b\n\n', 'data: c\n\n')
  await quiet()
  equal([client.state, ear.heard], ['paused', []])
  ok(stream.pulls <= 1, 'no more than one chunk is read')
  client.resume()
  equal(await ear.all(3), ['a', 'b', 'c'])
  equal(states, ['connecting', 'open', 'paused', 'open'])
}

export async function pause_while_reconnecting_holds(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  const states = statesOf(client)
  stream.end()
  const call = await bed.server.next()
  client.pause()
  client.pause()
  equal(client.state, 'reconnecting')
  call.stream().push('data: a\n\n')
  await quiet()
  equal([client.state, ear.heard], ['paused', []])
  client.resume()
  client.resume()
  equal(await ear.data(), 'a')
  equal(states, ['reconnecting', 'open', 'paused', 'open'])
}

export async function pausing_or_resuming_twice_is_like_once(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  const states = statesOf(client)
  client.resume()
  client.pause()
  client.pause()
  stream.push('data: a\n\ndata: b\n\n')
  await quiet()
  client.resume()
  client.pause()
  client.resume()
  client.resume()
  equal(await ear.all(2), ['a', 'b'])
  equal(states, ['paused', 'open', 'paused', 'open'])
}

export async function resume_in_the_same_listener_is_as_if_nothing_was(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.on('message', () => (client.pause(), client.resume()))
  stream.push(numbered(0, 2000))
  equal(await ear.all(2000), numbers(0, 2000))
}

export async function pause_on_a_closed_client_holds_when_it_is_connected_again(bed) {
  const { client } = await bed.open()
  const states = statesOf(client)
  client.disconnect()
  client.pause()
  equal([client.state, client.readyState], ['closed', 2])
  const { stream } = await bed.opened(client)
  const ear = new Ear(client, 'message')
  stream.push('data: a\n\n')
  await quiet()
  equal([client.state, ear.heard], ['paused', []])
  client.resume()
  equal(await ear.data(), 'a')
  equal(states, ['closed', 'connecting', 'open', 'paused', 'open'])
}

export async function disconnect_while_paused_drops_what_was_held(bed) {
  const { client, call, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'close')
  client.once('message', () => client.pause())
  stream.push('data: a\n\ndata: b\n\n')
  equal(await ear.data(), 'a')
  client.disconnect()
  equal([client.state, call.signal.aborted, stream.cancelled], ['closed', true, true])
  client.resume()
  await quiet()
  equal(ear.heard, [['message', 'a'], ['close', { reason: 'client' }]])
  const { stream: next } = await bed.opened(client)
  next.push('data: c\n\n')
  equal(await ear.until('message'), 'c', 'the pause ended with the connection')
}

export async function reconnect_while_paused_goes_on_after_what_was_delivered_and_stays_paused(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4))
  equal(await ear.data(), '1')
  const states = statesOf(client)
  client.reconnect()
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '1')
  call.stream().push(numbered(2, 4))
  await quiet()
  equal([client.state, ear.heard.length], ['paused', 1])
  client.resume()
  equal(await ear.all(2), ['2', '3'])
  equal(states, ['reconnecting', 'open', 'paused', 'open'])
}

export async function the_end_of_a_stream_is_noticed_after_everything_before_it(bed) {
  const ends = { ended: (stream) => stream.end(), broken: (stream) => stream.break(), done: (stream) => stream.push('data: [DONE]\n\n') }
  for (const [name, end] of Object.entries(ends)) {
    const { client, stream } = await bed.open({ until: '[DONE]', reconnect: 'never' })
    const ear = new Ear(client, 'message', 'error', 'close')
    client.pause()
    end(stream.push('data: a\n\n', 'data: b\n\n'))
    await quiet()
    equal([ear.heard, client.state], [[], 'paused'], name)
    client.resume()
    equal(await ear.all(2), ['a', 'b'], name)
    await ear.until('close')
  }
}

export async function what_is_emitted_locally_is_no_matter_of_the_stream(bed) {
  const { client } = await bed.open()
  const ear = new Ear(client, 'note')
  client.pause()
  equal(client.emit('note', 1), true)
  equal(ear.heard, [['note', 1]])
}

/** From now on the engine reads what nobody wants, as Firefox does. */
const readAhead = (bed) => bed.replace(navigator, 'userAgent', { value: 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0' })

/** Five chunks of one event each, together more than is kept of what nobody takes. */
const flood = (from) => Array.from({ length: 5 }, (_, n) => `id: ${from + n}\ndata: ${'x'.repeat(300_000)}\n\n`)

export async function where_the_engine_reads_ahead_what_comes_while_paused_is_kept_and_delivered_in_order(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'error')
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), numbered(4, 7), numbered(7, 9), 'id: 9\ndata: 9\n')
  equal(await ear.data(), '1')
  await quiet()
  equal([client.state, client.lastEventId, stream.cancelled, ear.heard.length], ['paused', '1', false, 1])
  client.resume()
  equal(await ear.all(7), numbers(2, 9))
  stream.push('\n')
  equal([await ear.data(), bed.server.calls.length], ['9', 1])
}

export async function where_the_engine_reads_ahead_the_end_waits_for_what_is_left(bed) {
  readAhead(bed)
  for (const end of [(stream) => stream.end(), (stream) => stream.break()]) {
    const { client, stream } = await bed.open({ method: 'POST' })
    const ear = new Ear(client, 'message', 'close')
    client.once('message', () => client.pause())
    stream.push('data: a\n\ndata: b\n\n', 'data: c\n\n')
    end(stream)
    equal(await ear.data(), 'a')
    await quiet()
    equal([client.state, ear.heard.length], ['paused', 1])
    client.resume()
    equal([await ear.data(), await ear.data()], ['b', 'c'])
    ok(['server', 'fatal'].includes((await ear.data()).reason), 'then it is over')
  }
}

export async function where_the_engine_reads_ahead_a_flood_is_let_go_of_while_paused(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'retry', 'error', 'close')
  const states = statesOf(client)
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), ...flood(4))
  equal(await ear.data(), '1')
  await quiet()
  equal([client.state, client.readyState, stream.cancelled, bed.server.open], ['paused', 1, true, 0])
  client.resume()
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '1')
  call.stream().push(numbered(2, 4))
  equal(await ear.all(2), ['2', '3'])
  equal([states, client.retryCount, ear.heard.length], [['paused', 'reconnecting', 'open'], 0, 3])
}

export async function where_the_engine_reads_ahead_reconnect_opens_a_stream_that_is_paused(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), ...flood(4))
  await quiet()
  equal([client.state, stream.cancelled], ['paused', true])
  const opened = client.reconnect()
  ;(await bed.server.next()).stream()
  await opened
  await quiet()
  equal([client.state, bed.server.open], ['paused', 1])
}

export async function where_the_engine_reads_ahead_a_fast_loop_over_a_large_chunk_is_not_slow(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  const chunk = [...flood(1), ...flood(6), ...flood(11)].join('')
  stream.push(chunk)
  const ids = []
  for await (const { id } of client) {
    ids.push(id)
    if (ids.length === 15) break
  }
  equal([ids, bed.server.calls.length], [numbers(1, 16), 1])
}

export async function where_the_engine_reads_ahead_a_slow_loop_over_a_large_chunk_is_slow(bed) {
  readAhead(bed)
  const clock = new Clock(bed)
  const { client, stream } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  stream.push([...flood(1), ...flood(6)].join(''))
  equal((await events.next()).value.id, '1')
  clock.pass(999)
  equal([client.state, stream.cancelled], ['open', false])
  clock.pass(1)
  equal([client.state, stream.cancelled], ['reconnecting', true])
  const next = events.next()
  clock.pass(100)
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '1')
  call.stream().push(numbered(2, 4))
  equal((await next).value.data, '2')
  await events.return()
}

export async function where_the_engine_reads_ahead_a_chunk_that_comes_as_it_goes_on_is_no_flood(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  const large = (id) => `id: ${id}\ndata: ${'x'.repeat(700_000)}\n\n`
  client.once('message', () => client.pause())
  stream.push('id: 1\ndata: 1\n\n')
  await ear.data()
  stream.push(large(2))
  await quiet()
  // It is taken before the delivery of what was held goes on.
  stream.push(large(3))
  client.resume()
  equal((await ear.all(2)).map(({ length }) => length), [700_000, 700_000])
  equal([client.state, client.lastEventId, bed.server.calls.length], ['open', '3', 1])
}

/** A prompt is not sent twice for the sake of memory, and a place in a stream without ids cannot be found again. */
export async function where_the_engine_reads_ahead_what_cannot_be_had_again_is_kept(bed) {
  readAhead(bed)
  const numbered = 'id: 1\ndata: 1\n\n'
  // An id of white space, or a very long one, is no position to resume from.
  const noPositions = ['id:  \u00a0\ndata: 1\n\n', `id: ${'x'.repeat(5000)}\ndata: 1\n\n`, 'id: 7\n\nid: \u00a0\ndata: 1\n\n']
  const cases = [
    [{}, 'data: 1\n\n'],
    [{ method: 'POST' }, numbered],
    [{ method: 'POST', reconnect: 'on-error' }, numbered],
    [{ reconnect: 'never' }, numbered],
    ...noPositions.map((first) => [{}, first]),
  ]
  for (const [options, first] of cases) {
    const { client, stream } = await bed.open(options)
    const ear = new Ear(client, 'message')
    client.once('message', () => client.pause())
    stream.push(first, ...flood(2), 'data: last\n\n')
    equal(await ear.data(), '1')
    await quiet()
    const { pulls } = stream
    await quiet()
    equal([client.state, stream.cancelled, ear.heard.length, stream.pulls], ['paused', false, 1, pulls])
    client.resume()
    equal((await ear.all(6)).at(-1), 'last')
    client.disconnect()
  }
}

export async function where_the_engine_reads_ahead_a_flood_is_let_go_of_while_a_loop_is_busy(bed) {
  readAhead(bed)
  const { client, stream } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  stream.push(numbered(1, 10), ...flood(10))
  equal((await events.next()).value.data, '1')
  await quiet()
  equal([client.state, stream.cancelled], ['reconnecting', true])
  const next = events.next()
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '1')
  call.stream().push(numbered(2, 10))
  equal((await next).value.data, '2')
  equal([(await events.next()).value.data, client.retryCount], ['3', 0])
  await events.return()
}

// One by one.

export async function a_loop_connects_and_gets_every_event_in_order(bed) {
  const client = bed.client()
  const seen = []
  const loop = (async () => {
    for await (const { type, data, id } of client) {
      seen.push([type, data, id])
      if (data === 'enough') break
    }
  })()
  const call = await bed.server.next()
  const stream = call.stream().push('id: 1\ndata: {"a":1}\n\n: comment\nevent: note\ndata: b\n\n', 'data: enough\n\ndata: too much\n\n')
  await loop
  equal(seen, [['message', '{"a":1}', '1'], ['note', 'b', ''], ['message', 'enough', '']])
  equal([client.state, call.signal.aborted, stream.cancelled], ['closed', true, true])
}

export async function a_loop_goes_on_across_reconnects(bed) {
  const client = bed.client()
  const events = client[Symbol.asyncIterator]()
  ;(await bed.server.next()).stream().push(numbered(0, 2)).break()
  equal([(await events.next()).value.data, (await events.next()).value.data], ['0', '1'])
  const next = events.next()
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '1')
  call.stream().push(numbered(2, 3))
  equal((await next).value.data, '2')
}

export async function a_loop_ends_when_the_client_closes(bed) {
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    signal: ({ controller }) => controller.abort(),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
    server: ({ stream }) => stream.end(),
  }
  for (const [name, end] of Object.entries(ends)) {
    const controller = new AbortController()
    const until = name === 'until' ? '[DONE]' : undefined
    const { client, stream } = await bed.open({ until, reconnect: 'on-error', signal: controller.signal })
    const seen = []
    const loop = (async () => {
      for await (const { data } of client) {
        seen.push(data)
        if (data === 'b') end({ client, stream, controller })
      }
    })()
    stream.push('data: a\n\ndata: b\n\n')
    await loop
    equal([seen, client.state], [['a', 'b'], 'closed'], name)
  }
}

export async function no_content_ends_a_loop(bed) {
  const client = bed.client()
  const next = client[Symbol.asyncIterator]().next()
  ;(await bed.server.next()).respond(new Response(null, { status: 204 }))
  equal(await next, { value: undefined, done: true })
}

/** Every way for a connection to fail for good, and the code of its error. */
const FATAL = {
  status: (call) => call.respond(new Response('', { status: 404 })),
  'too-large': (call) => call.stream().push(`data: ${'x'.repeat(200)}\n\n`),
  'content-type': (call) => call.respond(new Response('')),
  network: (call) => call.fail(),
}

export async function a_fatal_error_is_thrown_once(bed) {
  for (const [code, fail] of Object.entries(FATAL)) {
    const client = bed.client({ maxEventBytes: 100, maxReconnects: 0 })
    const events = client[Symbol.asyncIterator]()
    const waiting = [events.next(), events.next(), events.next()]
    fail(await bed.server.next())
    const error = await rejection(waiting[0])
    equal([error.name, error.code], ['SSEError', code])
    equal([await waiting[1], await waiting[2], await events.next()].map(({ done }) => done), [true, true, true], code)
  }
}

export async function a_fatal_error_nobody_waits_for_is_thrown_at_the_next_request(bed) {
  const { client, stream } = await bed.open({ maxEventBytes: 100 })
  const ear = new Ear(client, 'close')
  const events = client[Symbol.asyncIterator]()
  const others = client[Symbol.asyncIterator]()
  stream.push('data: a\n\n', `data: ${'x'.repeat(200)}\n\n`)
  equal([(await events.next()).value.data, (await others.next()).value.data], ['a', 'a'])
  // The next one asks on behalf of both.
  const waiting = events.next()
  const { error } = await ear.data()
  ok((await rejection(waiting)) === error, 'who waits is told')
  ok((await rejection(others.next())) === error, 'who asks later is told too')
  equal([(await events.next()).done, (await others.next()).done], [true, true])
}

export async function a_loop_over_a_closed_client_ends_or_throws_what_closed_it(bed) {
  const { client } = await bed.open()
  client.disconnect()
  for await (const event of client) ok(false, `there is no event: ${event.data}`)
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  const error = await rejection(opened)
  for (let n = 0; n < 2; n++) {
    const events = client[Symbol.asyncIterator]()
    ok((await rejection(events.next())) === error, 'every loop is told')
    equal(await events.next(), { value: undefined, done: true })
  }
  const again = client.connect()
  client.disconnect()
  await rejection(again)
  for await (const event of client) ok(false, `there is no event: ${event.data}`)
}

export async function a_loop_that_throws_cancels_the_request(bed) {
  const mistake = new Error('my mistake')
  const { client, call, stream } = await bed.open()
  stream.push('data: a\n\n')
  const loop = (async () => {
    for await (const { data } of client) if (data) throw mistake
  })()
  ok((await rejection(loop)) === mistake, 'it is the mistake itself')
  equal([client.state, call.signal.aborted], ['closed', true])
}

export async function after_a_break_another_loop_goes_on_after_the_last_event_seen(bed) {
  const { client, stream } = await bed.open()
  stream.push(numbered(1, 10))
  for await (const { data } of client) if (data === '3') break
  equal([client.state, client.lastEventId], ['closed', '3'])
  client.connect()
  const call = await bed.server.next()
  equal(call.headers.get('last-event-id'), '3')
  call.stream().push(numbered(4, 10))
  const seen = []
  for await (const { data } of client) {
    seen.push(data)
    if (data === '6') break
  }
  equal(seen, ['4', '5', '6'])
}

export async function several_loops_each_see_every_event_from_their_start_on(bed) {
  const { client, stream } = await bed.open()
  const first = client[Symbol.asyncIterator]()
  stream.push(numbered(0, 2))
  equal([(await first.next()).value.data, (await first.next()).value.data], ['0', '1'])
  const second = client[Symbol.asyncIterator]()
  stream.push(numbered(2, 4))
  const seen = { first: [], second: [] }
  const collect = async (events, into) => {
    for await (const { data } of events) into.push(data)
  }
  const loops = [collect(first, seen.first), collect(second, seen.second)]
  while (seen.second.length < 2) await turn()
  client.disconnect()
  await Promise.all(loops)
  equal(seen, { first: ['2', '3'], second: ['2', '3'] })
  equal(bed.server.calls.length, 1)
}

export async function leaving_one_of_several_loops_leaves_the_others_alone(bed) {
  const { client, stream } = await bed.open()
  const [first, second] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 3))
  equal([(await first.next()).value.data, (await second.next()).value.data], ['0', '0'])
  equal(await first.return('value'), { value: 'value', done: true })
  equal((await first.next()).done, true)
  equal([(await second.next()).value.data, (await second.next()).value.data, client.state], ['1', '2', 'open'])
  await second.return()
  equal(client.state, 'closed')
}

export async function loops_of_different_pace_see_the_same_and_the_slowest_sets_it(bed) {
  const { client, stream } = await bed.open()
  const [swift, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 50))
  const seen = []
  const loop = (async () => {
    for await (const { data } of swift) seen.push(data)
  })()
  for (let n = 0; n < 50; n++) {
    await turn()
    ok(seen.length <= n + 1, `the swift one is at most one ahead: ${seen.length} at ${n}`)
    equal((await slow.next()).value.data, String(n))
  }
  await turn()
  client.disconnect()
  await loop
  equal(seen, numbers(0, 50))
}

export async function a_slower_loop_yields_nothing_more_after_disconnect_or_abort(bed) {
  const ends = {
    disconnect: (client) => client.disconnect(),
    close: (client) => client.close(),
    'disconnect with an error': (client) => client.disconnect(new Error('enough')),
    abort: (client, controller) => controller.abort(),
    dispose: (client) => client[Symbol.dispose ?? Symbol.for('Symbol.dispose')](),
  }
  for (const [name, end] of Object.entries(ends)) {
    for (const isFast of [false, true]) {
      const controller = new AbortController()
      const { client, stream } = await bed.open({ signal: controller.signal })
      const [swift, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
      const reader = client.stream().getReader()
      stream.push(numbered(0, 5))
      equal((await swift.next()).value.data, '0', name)
      // At once, or when all that can has been taken.
      if (!isFast) await quiet()
      end(client, controller)
      const left = []
      for (const next of [() => swift.next(), () => slow.next(), () => reader.read()]) {
        const { value, done } = await next().catch(({ message }) => ({ value: message, done: message === 'enough' }))
        left.push(done)
      }
      equal(left, [true, true, true], name)
    }
  }
}

export async function a_slower_loop_yields_the_last_event_of_a_stream_that_is_done_and_nothing_after_disconnect(bed) {
  for (const isDisconnected of [false, true]) {
    const { client, stream } = await bed.open({ until: () => 'deliver' })
    const [swift, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
    const ear = new Ear(client, 'close')
    stream.push(numbered(0, 1))
    equal((await swift.next()).value.data, '0')
    await ear.next()
    if (isDisconnected) client.disconnect()
    const { value, done } = await slow.next()
    equal([value?.data, done], isDisconnected ? [undefined, true] : ['0', false])
    equal((await slow.next()).done, true)
  }
}

export async function loops_go_on_in_the_connection_that_is_asked_for_right_after_disconnect(bed) {
  const { client, stream } = await bed.open()
  const [swift, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 2))
  equal((await swift.next()).value.data, '0')
  client.once('state', () => {
    client.disconnect()
    client.connect()
  })
  client.pause()
  client.resume()
  ;(await bed.server.next()).stream().push(numbered(7, 9))
  const { value, done } = await slow.next()
  ok(done || value.data === '7', `nothing of the connection before: ${value?.data}`)
}

export async function a_slow_consumer_holds_delivery_and_reading(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'comment')
  const events = client[Symbol.asyncIterator]()
  stream.push(numbered(0, 100))
  for (let n = 0; n < 100; n++) stream.push(`: ${n}\n`)
  await quiet()
  equal(ear.heard, [], 'nothing is delivered before the first is asked for')
  const { pulls } = stream
  equal((await events.next()).value.data, '0')
  await quiet()
  equal([ear.heard, client.lastEventId, client.stats().events, stream.pulls], [[['message', '0']], '0', 1, pulls])
  const rest = Array.from({ length: 99 }, () => events.next())
  equal(await Promise.all(rest.map(async (next) => (await next).value.data)), numbers(1, 100))
  await quiet()
  equal(ear.heard.filter(([type]) => type === 'message').map(([, data]) => data), numbers(0, 100))
  await events.return()
}

export async function many_may_be_asked_for_in_advance(bed) {
  const client = bed.client()
  const events = client[Symbol.asyncIterator]()
  const waiting = Array.from({ length: 5 }, () => events.next())
  ;(await bed.server.next()).stream().push(numbered(0, 3), numbered(3, 4)).break()
  ;(await bed.server.next()).stream().push(numbered(4, 10))
  equal(await Promise.all(waiting.map(async (next) => (await next).value.data)), numbers(0, 5))
  equal((await events.next()).value.data, '5')
}

export async function leaving_while_an_event_is_awaited_ends_the_wait(bed) {
  const { client } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  const waiting = [events.next(), events.next()]
  await events.return()
  equal([await waiting[0], await waiting[1], await events.next()].map(({ done }) => done), [true, true, true])
  equal(client.state, 'closed')
  await events.return()
}

export async function leaving_an_ended_loop_does_not_end_the_connection_after_it(bed) {
  const { client } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  client.disconnect()
  await bed.opened(client)
  await events.return()
  equal(client.state, 'open')
}

export async function a_loop_waits_while_the_client_is_paused(bed) {
  const { client, stream } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  client.pause()
  let got
  const next = events.next().then(({ value }) => (got = value.data))
  stream.push('data: a\n\n')
  await quiet()
  equal(got, undefined)
  client.resume()
  equal(await next, 'a')
  await events.return()
}

export async function listeners_hear_everything_again_when_the_last_loop_has_ended_with_the_connection(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  const events = client[Symbol.asyncIterator]()
  stream.push('data: held\n\n')
  await quiet()
  client.disconnect()
  equal((await events.next()).done, true)
  const { stream: next } = await bed.opened(client)
  next.push(numbered(0, 3))
  equal(await ear.all(3), numbers(0, 3))
}

export async function off_takes_no_events_from_a_loop(bed) {
  const { client, stream } = await bed.open()
  const events = client[Symbol.asyncIterator]()
  client.on('*', () => ok(false, 'it was taken away'))
  client.off('*')
  client.off()
  stream.push(numbered(0, 2))
  equal([(await events.next()).value.data, (await events.next()).value.data], ['0', '1'])
}

export async function a_loop_gets_what_a_named_listener_gets_too(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'note', 'event:open')
  const events = client[Symbol.asyncIterator]()
  stream.push('event: note\ndata: 1\n\nevent: open\ndata: 2\n\nevent: unheard\ndata: 3\n\n')
  const seen = []
  for (let n = 0; n < 3; n++) seen.push((await events.next()).value.type)
  equal([seen, ear.heard], [['note', 'open', 'unheard'], [['note', '1'], ['event:open', '2']]])
}

// As a stream.

export async function a_stream_gives_the_events_and_ends_with_the_client(bed) {
  const client = bed.client({ until: '[DONE]' })
  const reader = client.stream().getReader()
  ;(await bed.server.next()).stream().push(`${numbered(0, 2)}data: [DONE]\n\n`)
  equal([(await reader.read()).value.data, (await reader.read()).value.data], ['0', '1'])
  equal(await reader.read(), { value: undefined, done: true })
  equal(client.state, 'closed')
}

export async function a_stream_takes_nothing_before_it_is_read(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  const reader = client.stream().getReader()
  stream.push(numbered(0, 10))
  await quiet()
  equal(ear.heard, [])
  equal((await reader.read()).value.data, '0')
  await quiet()
  equal(ear.heard, [['message', '0']])
}

export async function cancelling_a_stream_disconnects(bed) {
  const { client, call } = await bed.open()
  const stream = client.stream()
  await stream.cancel('enough')
  equal([client.state, call.signal.aborted], ['closed', true])
}

export async function a_stream_fails_with_the_fatal_error(bed) {
  const client = bed.client()
  const reader = client.stream().getReader()
  const read = reader.read()
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  equal((await rejection(read)).status, 404)
  equal((await rejection(reader.closed)).status, 404)
}

export async function a_stream_can_be_piped_and_the_sink_sets_the_pace(bed) {
  const { client, stream } = await bed.open({ until: '[DONE]' })
  const ear = new Ear(client, 'message')
  const written = []
  let proceed
  const sink = new WritableStream({
    write({ data }) {
      written.push(data)
      return new Promise((resolve) => (proceed = resolve))
    },
  })
  const piped = client.stream().pipeTo(sink)
  stream.push(`${numbered(0, 20)}data: [DONE]\n\n`)
  await quiet()
  equal(written, ['0'])
  ok(ear.heard.length <= 2, `the sink holds delivery: ${ear.heard.length}`)
  while (client.state !== 'closed' || written.length < 20) {
    proceed()
    await turn()
  }
  proceed()
  await piped
  equal(written, numbers(0, 20))
}

export async function a_stream_can_be_looped_over_where_streams_can(bed) {
  if (!(Symbol.asyncIterator in ReadableStream.prototype)) return
  const { client, stream } = await bed.open()
  stream.push(numbered(0, 10))
  const seen = []
  for await (const { data } of client.stream()) {
    seen.push(data)
    if (data === '2') break
  }
  equal([seen, client.state], [['0', '1', '2'], 'closed'])
}

export async function a_stream_of_one_client_may_be_slow_without_slowing_another(bed) {
  const [a, b] = [new Server(), new Server()]
  const [slow, swift] = [bed.clientOf(a), bed.clientOf(b)]
  slow.stream()
  const ear = new Ear(swift, 'message')
  swift.connect()
  ;(await a.next()).stream().push(numbered(0, 10))
  ;(await b.next()).stream().push(numbered(0, 10))
  equal(await ear.all(10), numbers(0, 10))
}
