// Streams that come one event at a time, as servers send them that flush after each: such a chunk takes a shorter way, and
// nothing shows it. The listener is the only one, or it would take the way of all others.

import { turn } from './bed/bed.js'
import { Ear } from './bed/ear.js'
import { equal, ok } from './bed/expect.js'

const encoder = new TextEncoder()

/** Enough of them for what follows to be expected to be alike. */
const BEFORE = ['data: one\n\n', 'data: two\n\n']
const AFTER = ['data: last\n\n', 'data: but one\n\n']

/** The parts `[type, data, id, lastEventId]` of what the only listener to `message` hears of a stream in these chunks. */
async function heard(bed, chunks, options) {
  const { client, stream } = await bed.open({ reconnect: 'never', parse: 'text', ...options })
  const events = []
  client.on('message', (data, event) => events.push([event.type, data, event.id, event.lastEventId]))
  const ear = new Ear(client, 'close')
  stream.push(...chunks).end()
  const { reason } = await ear.data()
  return { events, reason, stats: { ...client.stats(), lastByteAt: 0, connectedAt: 0 } }
}

const joined = async (chunks) => new Uint8Array(await new Blob(chunks).arrayBuffer())

/** A client after some of them, whose listener does at each event what is put into `next`. */
async function acting(bed) {
  const { client, stream } = await bed.open()
  const events = []
  const next = { act: () => {} }
  client.on('message', (data) => {
    events.push(data)
    next.act()
  })
  stream.push(...BEFORE)
  for (let n = 0; n < 5; n++) await turn()
  return { client, stream, events, next }
}

/** What is not one event of one line, or nearly not. */
const ODD = {
  'no space': ['data:a\n\n'],
  'two spaces': ['data:  a\n\n'],
  'no value': ['data:\n\n'],
  'a space and no value': ['data: \n\n'],
  'no colon': ['data\n\n'],
  'another name that begins like it': ['database: x\n\n'],
  'several lines': ['data: a\ndata: b\n\n'],
  'several lines by CR': ['data: a\rdata: b\n\n'],
  'an end by CR LF': ['data: a\r\n\r\n'],
  'mixed ends': ['data: a\r\n\n', 'data: b\n\n'],
  'several events': ['data: a\n\ndata: b\n\n', 'data: c\n\n'],
  'a type': ['event: other\ndata: a\n\n', 'event: message\ndata: b\n\n'],
  'a type in the data': ['data: a\nevent: other\n\n', 'data: b\n\n'],
  'an id': ['id: 7\ndata: a\n\n', 'data: b\n\n', 'id\ndata: c\n\n', 'data: d\n\n'],
  'an id alone': ['id: 7\n\n', 'data: a\n\n'],
  'an id that is not finished': ['id: 7\n', 'data: a\n\n', 'data: b\n\n'],
  'a type that is not finished': ['event: other\n', 'data: a\n\n', 'data: b\n\n'],
  'an event and the id of the next': ['data: a\n\nid: 7\n', 'data: b\n\n', 'data: c\n\n'],
  'half a line': ['data: a', 'data: b\n\n', 'data: c\n\n'],
  'half an event': ['data: a\n', 'data: b\n\n', 'data: c\n\n'],
  'half an end': ['data: a\n', '\n', 'data: b\n\n'],
  'a CR at the end': ['data: a\n\r', '\ndata: b\n\n', 'data: c\n\n'],
  'a CR at the end, and no LF': ['data: a\n\r', 'data: b\n\n', '\n\ndata: c\n\n'],
  'blank lines': ['\n\n', 'data: a\n\n\n', 'data: b\n\n'],
  comments: [': c\n\n', 'data: a\n\n', ': data: x\n\n', 'data: b\n\n'],
  'a reconnection time': ['retry: 5\n\n', 'data: a\n\n'],
  'no chunk to speak of': ['', '\n', 'd', 'ata: x\n\n'],
  'characters of several bytes': ['data: é中🎈\n\n', 'data: 🎈\n\n'],
  'a character cut in two': [Uint8Array.of(...encoder.encode('data: '), 0xf0, 0x9f), Uint8Array.of(0x8e, 0x88, 0x0a, 0x0a), 'data: b\n\n'],
  'malformed UTF-8': [Uint8Array.of(...encoder.encode('data: a'), 0xff, 0x0a, 0x0a), 'data: b\n\n'],
  'a byte order mark': ['\uFEFFdata: a\n\n', 'data: \uFEFFb\n\n', 'data: c\n\n'],
  'a NUL': ['data: a\0b\n\n', 'id: a\0b\ndata: c\n\n', 'data: d\n\n'],
  'line ends of other alphabets': ['data: a\u2028b\u0085c\vd\n\n'],
}

export async function a_chunk_means_what_it_means_amid_others(bed) {
  // Empty chunks are none of a byte stream.
  bed.server.bytes = false
  for (const [what, odd] of Object.entries(ODD)) {
    const chunks = [...BEFORE, ...odd, ...AFTER]
    equal(await heard(bed, chunks), await heard(bed, [await joined(chunks)]), what)
  }
}

export async function such_a_chunk_never_enters_wasm(bed) {
  const { Scanner } = bed.engine
  const { parse } = Scanner.prototype
  let parsed = 0
  bed.replace(Scanner.prototype, 'parse', {
    value(length) {
      parsed++
      return parse.call(this, length)
    },
  })
  const many = Array.from({ length: 100 }, (_, n) => `data: ${n}\n\n`)
  const { events } = await heard(bed, many)
  equal([events.length, parsed], [100, 1])
}

export async function a_stream_may_begin_with_a_single_event_or_a_mark(bed) {
  for (const chunks of [['data: a\n\n'], ['\uFEFFdata: a\n\n'], ['data: a\n\n', '\uFEFFdata: lost\n\n', 'data: b\n\n']]) {
    equal((await heard(bed, chunks)).events, (await heard(bed, [await joined(chunks)])).events, chunks[0])
  }
}

export async function every_stream_begins_anew(bed) {
  const { client, stream } = await bed.open({ parse: 'text' })
  const ear = new Ear(client, 'message')
  stream.push(...BEFORE)
  await ear.all(2)
  client.reconnect()
  const call = await bed.server.next()
  call.stream().push('\uFEFFdata: marked\n\n', 'data: three\n\n', 'data: four\n\n')
  equal(await ear.all(3), ['marked', 'three', 'four'])
  client.reconnect()
  const next = await bed.server.next()
  // Only at the beginning is it a mark.
  next.stream().push('data: five\n\n', '\uFEFFdata: lost\n\n', 'data: six\n\n')
  equal(await ear.all(2), ['five', 'six'])
}

export async function the_last_event_id_stays(bed) {
  const chunks = ['id: 7\ndata: a\n\n', 'data: b\n\n', 'data: c\n\n', 'data: d\n\n']
  equal((await heard(bed, chunks)).events, ['a', 'b', 'c', 'd'].map((data, n) => ['message', data, n === 0 ? '7' : '', '7']))
}

export async function no_event_is_beyond_the_limit(bed) {
  const line = (length) => `data: ${'x'.repeat(length - 'data: '.length)}\n\n`
  const { events } = await heard(bed, [...BEFORE, line(100), ...AFTER], { maxEventBytes: 100 })
  equal(events.length, 5)
  const { events: before, reason } = await heard(bed, [...BEFORE, line(101), ...AFTER], { maxEventBytes: 100 })
  equal([before.length, reason], [2, 'fatal'])
}

export async function a_large_event_is_one_all_the_same(bed) {
  const large = `data: ${'0123456789'.repeat(60_000)}\n\n`
  const { events } = await heard(bed, [...BEFORE, large, ...AFTER])
  equal(events.map(([, data]) => data.length), [3, 3, 600_000, 4, 7])
}

export async function a_listener_may_pause_at_any_of_them(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push(...BEFORE)
  await ear.all(2)
  client.off('message')
  const heardSince = []
  client.on('message', (data) => {
    heardSince.push(data)
    client.pause()
  })
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    if (expected.length === 1) stream.push('data: a\n\n', 'data: b\n\n', 'data: c\n\n')
    for (let n = 0; n < 5; n++) await turn()
    equal([heardSince, client.state], [expected, 'paused'])
    client.resume()
  }
}

export async function a_listener_may_disconnect_or_reconnect_at_any_of_them(bed) {
  const { client, stream, events, next } = await acting(bed)
  next.act = () => client.reconnect()
  stream.push('data: a\n\n', 'data: lost\n\n')
  const call = await bed.server.next()
  next.act = () => client.disconnect()
  call.stream().push('data: b\n\n', 'data: lost too\n\n')
  for (let n = 0; n < 5; n++) await turn()
  equal([events, client.state], [['one', 'two', 'a', 'b'], 'closed'])
}

export async function a_client_that_is_paused_between_two_of_them_waits(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push(...BEFORE)
  await ear.all(2)
  client.pause()
  stream.push('data: a\n\n', 'data: b\n\n')
  for (let n = 0; n < 5; n++) await turn()
  equal(ear.heard.length, 2)
  client.resume()
  equal(await ear.all(2), ['a', 'b'])
}

export async function of_a_stream_that_was_given_up_nothing_comes_back(bed) {
  for (const give of [(client) => (client.pause(), client.reconnect()), (client) => (client.reconnect(), client.pause())]) {
    const { client, stream, events, next } = await acting(bed)
    next.act = () => {
      next.act = () => {}
      give(client)
    }
    stream.push('data: a\n\n', 'data: lost\n\n')
    const call = await bed.server.next()
    call.stream().push('data: b\n\n', 'data: c\n\n')
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
    for (let n = 0; n < 5; n++) await turn()
    equal(events, ['one', 'two', 'a', 'b', 'c'])
    client.disconnect()
  }
}

export async function listeners_that_come_and_go_are_heeded(bed) {
  const { client, stream } = await bed.open()
  const events = []
  const one = (data) => events.push(`1 ${data}`)
  const other = (data) => events.push(`2 ${data}`)
  const push = async (text) => {
    stream.push(`data: ${text}\n\n`)
    for (let n = 0; n < 5; n++) await turn()
  }
  client.on('message', one)
  await push('a')
  await push('b')
  client.on('message', other)
  await push('c')
  client.off('message', one)
  await push('d')
  await push('e')
  client.off('message')
  await push('f')
  client.on('message', one)
  await push('g')
  equal(events, ['1 a', '1 b', '1 c', '2 c', '2 d', '2 e', '1 g'])
  equal(client.stats().events, 7)
}

export async function what_does_not_parse_is_an_error(bed) {
  const { client, stream } = await bed.open({ parse: 'json' })
  const ear = new Ear(client, 'message', 'error')
  stream.push('data: 1\n\n', 'data: 2\n\n', 'data: {\n\n', 'data: 3\n\n')
  equal(await ear.all(2), [1, 2])
  equal((await ear.data()).code, 'parse')
  equal([await ear.data(), client.state, client.stats().events], [3, 'open', 4])
}

export async function a_listener_that_throws_keeps_none_from_coming(bed) {
  const { client, stream } = await bed.open()
  const mistake = new Error('my mistake')
  const events = []
  client.on('message', (data) => {
    events.push(data)
    throw mistake
  })
  stream.push(...BEFORE, 'data: three\n\n')
  for (let n = 0; n < 3; n++) ok((await bed.reports.next()) === mistake, 'it was reported')
  equal([events, client.state], [['one', 'two', 'three'], 'open'])
}
