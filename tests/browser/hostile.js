// Servers, and functions given as options, that mean no good. Nothing of theirs may wedge the client or grow its memory.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, ok, rejection } from './bed/expect.js'

const MEGABYTE = 2 ** 20

const memoryOf = (bed) => bed.engine.memory.buffer.byteLength

/** Sends a text so many times, one megabyte in each chunk, and waits until all of it has been taken. */
async function flood({ client, stream }, text, megabytes) {
  const chunk = text.repeat(MEGABYTE / text.length)
  for (let n = 0; n < megabytes; n++) {
    const expected = client.stats().bytes + chunk.length
    stream.push(chunk)
    while (client.stats().bytes < expected) await turn()
  }
}

/** Floods a client twice: what the first megabytes took must do for all others. */
async function takesNoMemory(bed, text, { listen = () => {}, ...options } = {}) {
  const open = await bed.open(options)
  listen(open.client)
  await flood(open, text, 2)
  const before = memoryOf(bed)
  await flood(open, text, 10)
  equal(memoryOf(bed), before, 'bytes of memory')
  const ear = new Ear(open.client, 'after')
  open.stream.push('\n\nevent: after\ndata: it still works\n\n')
  equal(await ear.data(), 'it still works')
  return open.client
}

export async function comments_for_ever_take_no_memory(bed) {
  const client = await takesNoMemory(bed, ': and on\n')
  ok(client.stats().comments > MEGABYTE, 'they are counted')
}

export async function comments_for_ever_take_no_memory_when_they_are_listened_to(bed) {
  let heard = 0
  const client = await takesNoMemory(bed, ': and so on and so on and so on\n', { listen: (it) => it.on('comment', () => heard++) })
  equal(heard, client.stats().comments)
}

export async function millions_of_empty_lines_are_nothing(bed) {
  for (const end of ['\n', '\r', '\r\n\r\n']) {
    const client = await takesNoMemory(bed, end)
    equal([client.stats().events, client.stats().comments], [1, 0])
    client.disconnect()
  }
}

export async function fields_nobody_knows_take_no_memory(bed) {
  const client = await takesNoMemory(bed, 'what: ever\nid\u0000: 1\nretry: soon\n')
  equal([client.stats().events, client.lastEventId], [1, ''])
}

export async function ids_and_reconnection_times_for_ever_take_no_memory(bed) {
  const client = await takesNoMemory(bed, 'id: 12345\nretry: 1\n\n')
  equal(client.lastEventId, '12345')
}

export async function events_nobody_listens_to_take_no_memory(bed) {
  const client = await takesNoMemory(bed, 'event: e\ndata: x\n\n')
  ok(client.stats().events > MEGABYTE / 2, 'they are counted')
}

export async function ever_new_types_take_no_memory(bed) {
  const { client, stream } = await bed.open()
  client.on('*', () => {})
  let count = 0
  const types = (number) => Array.from({ length: number }, () => `event: type-${count++}\ndata: x\n\n`).join('')
  const send = async (number) => {
    const ear = new Ear(client, 'after')
    stream.push(types(number), 'event: after\ndata\n\n')
    await ear.next()
    client.off('after')
  }
  await send(10_000)
  const before = memoryOf(bed)
  for (let n = 0; n < 10; n++) await send(10_000)
  equal([memoryOf(bed), client.stats().events], [before, 110_011])
}

export async function a_line_that_never_ends_is_cut_off_whatever_it_is(bed) {
  // Empty chunks are none of a byte stream.
  bed.server.bytes = false
  for (const begin of [':', 'data: ', 'event: ', 'id: ', 'retry: ', 'unknown: ', '']) {
    const { client, stream } = await bed.open({ maxEventBytes: 100_000 })
    const ear = new Ear(client, 'close')
    stream.push(begin)
    for (let n = 0; n < 12; n++) stream.push('9'.repeat(10_000))
    const { reason, error } = await ear.data()
    equal([reason, error.code, stream.cancelled], ['fatal', 'too-large', true], begin)
  }
}

export async function an_event_that_never_ends_is_cut_off(bed) {
  const { client, stream } = await bed.open({ maxEventBytes: 100_000 })
  const ear = new Ear(client, 'close')
  for (let n = 0; n < 200; n++) stream.push('data: 0123456789\n'.repeat(100))
  equal((await ear.data()).error.code, 'too-large')
}

export async function memory_of_an_event_that_was_too_large_is_used_again(bed) {
  const client = bed.client({ maxEventBytes: 4 * MEGABYTE })
  const ear = new Ear(client, 'close')
  let before
  for (let n = 0; n < 5; n++) {
    const { stream } = await bed.opened(client)
    for (let sent = 0; sent < 6; sent++) stream.push('x'.repeat(MEGABYTE))
    equal((await ear.data()).error.code, 'too-large')
    before ??= memoryOf(bed)
  }
  equal(memoryOf(bed), before)
}

export async function ids_and_types_of_megabytes_are_delivered_as_they_are(bed) {
  const { client, stream } = await bed.open()
  const long = 'длинно'.repeat(100_000)
  const ear = new Ear(client, '*')
  stream.push(`id: ${long}\nevent: ${long}\ndata: x\n\n`)
  const { event } = await ear.next()
  ok(event.id === long && event.type === long && client.lastEventId === long, 'they are what was sent')
}

export async function a_listener_may_wait_for_a_type_of_megabytes(bed) {
  const { client, stream } = await bed.open()
  const long = 'x'.repeat(2 * MEGABYTE)
  const ear = new Ear(client, long)
  stream.push(`event: ${long}y\ndata: other\n\nevent: ${long}\ndata: x\n\n`)
  equal(await ear.data(), 'x')
}

export async function a_reconnection_time_of_megabytes_is_no_time(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'retry')
  stream.push(`retry: ${'9'.repeat(MEGABYTE)}\n\n`).end()
  const { delay } = await ear.data()
  ok(delay <= 24 * 60 * 60 * 1000, `a day at most, not ${delay}`)
}

export async function nul_is_a_character_like_any_other_except_in_an_id(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, '*', 'a\0b', 'comment')
  stream.push('id: 1\nevent: a\0b\ndata: c\0d\n\n: \0\nid: 2\0\ndata: \0\n\n\0data: ignored\ndata\0: ignored\n\n')
  const heard = [await ear.next(), await ear.next(), await ear.next(), await ear.next()]
  equal(heard.map(({ type, data }) => [type, data]), [['*', 'c\0d'], ['a\0b', 'c\0d'], ['comment', '\0'], ['*', '\0']])
  equal([heard[0].event.type, heard[3].event.id, client.lastEventId], ['a\0b', '', '1'])
}

export async function half_characters_may_be_emitted(bed) {
  const { client } = await bed.open()
  for (const half of ['\ud83c', '\udf88', 'a\ud83cb']) {
    const ear = new Ear(client, half, `event:${half}`, '*')
    client.emit(half, half)
    equal(ear.heard, [[half, half], [`event:${half}`, half], ['*', half]])
    const { event } = await ear.next()
    equal([event.type, event.data], [half, half])
    client.emit('x', { half })
    equal((await ear.until('*'), ear.heard.at(-1)), ['*', { half }])
    client.off()
  }
}

export async function a_type_with_half_a_character_is_never_one_of_the_servers(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, '\uFFFD', '\ud83c', 'after')
  stream.push('event: \uFFFD\ndata: x\n\nevent: after\ndata\n\n')
  await ear.until('after')
  equal(ear.heard, [['\uFFFD', 'x'], ['after', '']])
}

const throwing = () => {
  throw new Error('no')
}
const STREAM = { 'content-type': 'text/event-stream' }
const trap = (name, target) => Object.defineProperty(target, name, { get: throwing })

/** What a `fetch` of the application's own may return at its worst. */
const NONSENSE = {
  'a thenable that throws': () => ({ then: throwing }),
  'a thenable that answers twice': () => ({ then: (resolve) => (resolve(7), resolve(new Response('', { headers: STREAM }))) }),
  'a thenable that is none': () => ({ then: 7 }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return { status: 200, headers: proxy, body: proxy }
  },
  'a status that throws': () => trap('status', { headers: new Headers(STREAM), body: null }),
  'headers that throw': () => trap('headers', { status: 200, body: null }),
  'headers that cannot be asked': () => ({ status: 200, headers: { get: 7 }, body: null }),
  'headers that throw when asked': () => ({ status: 200, headers: { get: throwing }, body: null }),
  'headers of another kind': () => ({ status: 200, headers: { get: () => ({}) }, body: null }),
  'a status of another kind': () => ({ status: '200', headers: new Headers(STREAM), body: null }),
  'a status that is no number': () => ({ status: NaN, headers: new Headers(STREAM), body: null }),
  'a body that throws': () => trap('body', { status: 200, headers: new Headers(STREAM) }),
  'a reader that throws': () => ({ status: 200, headers: new Headers(STREAM), body: { getReader: throwing } }),
  'a reader that cannot read': () => ({ status: 200, headers: new Headers(STREAM), body: { getReader: () => ({ read: throwing }) } }),
  'a reader that reads at once': () => ({ status: 200, headers: new Headers(STREAM), body: { getReader: () => ({ read: () => ({ done: true }) }) } }),
  'a reader whose answer throws': () => ({
    status: 200,
    headers: new Headers(STREAM),
    body: { getReader: () => ({ read: async () => trap('value', { done: false }), cancel: throwing, releaseLock: throwing }) },
  }),
}

export async function a_fetch_that_returns_the_worst_ends_the_client_and_nothing_else(bed) {
  for (const [name, nonsense] of Object.entries(NONSENSE)) {
    bed.stage = name
    let worst = true
    const fetch = (...given) => (worst ? nonsense() : bed.server.fetch(...given))
    const client = bed.client({ fetch, reconnect: 'never' })
    const ear = new Ear(client, 'close')
    client.connect()
    const { reason, error } = await ear.data()
    ok(reason === 'fatal' || (reason === 'server' && !error), `${name}: ${reason}`)
    for (const _ of bed.reports.rest) equal((await bed.reports.next()).message, 'no', name)
    worst = false
    const { stream } = await bed.opened(client)
    stream.push('data: it still works\n\n')
    equal(await new Ear(client, 'message').data(), 'it still works', name)
    client.disconnect()
  }
}

export async function a_status_that_throws_at_the_second_look_is_an_error(bed) {
  let looks = 0
  const response = { headers: new Headers(STREAM), body: null }
  Object.defineProperty(response, 'status', { get: () => (looks++ === 0 ? 200 : throwing()) })
  // Without a timeout, which would end a client that hangs.
  const client = bed.client({ fetch: () => response, reconnect: 'never', connectTimeout: 0 })
  const ear = new Ear(client, 'close')
  const opened = rejection(client.connect())
  const { reason, error } = await ear.data()
  equal([reason, error.code, client.state], ['fatal', 'status', 'closed'])
  ok((await opened) === error, 'connect() rejects with it')
  await turn()
  equal(bed.reports.rest, [])
}

export async function bytes_in_shared_memory_are_bytes_too(bed) {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const text = new TextEncoder().encode('data: é\n\n')
  const bytes = new Uint8Array(buffer, 0, text.length)
  bytes.set(text)
  const reads = [{ done: false, value: bytes }, { done: true }]
  const reader = { read: async () => reads.shift(), cancel: async () => {}, releaseLock() {} }
  const response = { status: 200, headers: new Headers(STREAM), body: { getReader: () => reader } }
  const client = bed.client({ fetch: () => response, reconnect: 'never' })
  const ear = new Ear(client, 'message', 'close')
  client.connect()
  equal(await ear.all(2), ['é', { reason: 'server' }])
}

export async function listeners_may_do_their_worst_to_each_other(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  const unsubscribe = []
  const self = () => {
    heard.push('removes itself and throws')
    client.off('message', self)
    throw new Error('no')
  }
  client.on('message', self)
  client.on('message', () => {
    heard.push('removes everybody')
    for (const off of unsubscribe) off()
    client.off('message')
  })
  unsubscribe.push(client.on('message', () => heard.push('was removed')))
  unsubscribe.push(client.on('*', () => heard.push('was removed')))
  client.on('*', (data) => {
    heard.push(`all: ${data}`)
    // One more at every event, each of them heard from the next event on.
    client.once('message', () => heard.push(`late: ${data}`))
  })
  stream.push('data: 1\n\ndata: 2\n\ndata: 3\n\n')
  while (heard.length < 7) await turn()
  equal(heard, ['removes itself and throws', 'removes everybody', 'all: 1', 'all: 2', 'late: 1', 'all: 3', 'late: 2'])
  equal((await bed.reports.next()).message, 'no')
}

export async function a_listener_that_throws_during_a_pause_loses_nothing(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.once('message', () => {
    client.pause()
    throw new Error('no')
  })
  stream.push('data: 1\n\ndata: 2\n\n')
  equal(await ear.data(), '1')
  equal((await bed.reports.next()).message, 'no')
  client.resume()
  equal(await ear.data(), '2')
}
