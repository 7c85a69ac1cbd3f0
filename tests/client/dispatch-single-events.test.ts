// Streams that send one event per chunk. The listener is the only one, because such events have a faster loop.

import { EventRecorder, expect, test, turn } from './fixture/index.ts'

const encoder = new TextEncoder()

/** Single events before the chunks of a case. */
const BEFORE = ['data: one\n\n', 'data: two\n\n']

const AFTER = ['data: last\n\n', 'data: but one\n\n']

/** The parts `[type, data, id, lastEventId]` of what the only listener of `message` gets from a stream in these chunks. */
async function delivered(fixture, chunks, options?) {
  const { client, stream } = await fixture.open({ reconnect: 'never', parse: 'text', ...options })
  const events = []
  client.on('message', (data, event) => events.push([event.type, data, event.id, event.lastEventId]))
  const recorder = new EventRecorder(client, 'close')
  stream.push(...chunks).end()
  const { reason } = await recorder.nextData()
  return { events, reason, stats: { ...client.stats(), lastByteAt: 0, connectedAt: 0 } }
}

const joined = async (chunks) => new Uint8Array(await new Blob(chunks).arrayBuffer())

/** A client after some single events, whose listener calls `next.act` at each event. */
async function acting(fixture) {
  const { client, stream } = await fixture.open()
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

/** Chunks that are not one event of one line, or differ from it in a detail. */
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
  'a character cut in two': [
    Uint8Array.of(...encoder.encode('data: '), 0xf0, 0x9f),
    Uint8Array.of(0x8e, 0x88, 0x0a, 0x0a),
    'data: b\n\n',
  ],
  'malformed UTF-8': [Uint8Array.of(...encoder.encode('data: a'), 0xff, 0x0a, 0x0a), 'data: b\n\n'],
  'a byte order mark': ['\uFEFFdata: a\n\n', 'data: \uFEFFb\n\n', 'data: c\n\n'],
  'a NUL': ['data: a\0b\n\n', 'id: a\0b\ndata: c\n\n', 'data: d\n\n'],
  'line ends of other alphabets': ['data: a\u2028b\u0085c\vd\n\n'],
}

test('a chunk with one event gives the same result as in a larger chunk', async ({ fixture }) => {
  // A byte stream has no empty chunks.
  fixture.server.bytes = false
  for (const [what, odd] of Object.entries(ODD)) {
    const chunks = [...BEFORE, ...odd, ...AFTER]
    expect(await delivered(fixture, chunks), what).toStrictEqual(await delivered(fixture, [await joined(chunks)]))
  }
})

test('a stream may begin with a single event or a byte order mark', async ({ fixture }) => {
  for (const chunks of [['data: a\n\n'], ['\uFEFFdata: a\n\n'], ['data: a\n\n', '\uFEFFdata: lost\n\n', 'data: b\n\n']]) {
    expect((await delivered(fixture, chunks)).events, chunks[0]).toStrictEqual(
      (await delivered(fixture, [await joined(chunks)])).events,
    )
  }
})

test('every stream of a client starts from the beginning', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ parse: 'text' })
  const recorder = new EventRecorder(client, 'message')
  stream.push(...BEFORE)
  await recorder.take(2)
  client.reconnect()
  const call = await fixture.server.next()
  call.stream().push('\uFEFFdata: marked\n\n', 'data: three\n\n', 'data: four\n\n')
  expect(await recorder.take(3)).toStrictEqual(['marked', 'three', 'four'])
  client.reconnect()
  const next = await fixture.server.next()
  // It is a byte order mark only at the beginning.
  next.stream().push('data: five\n\n', '\uFEFFdata: lost\n\n', 'data: six\n\n')
  expect(await recorder.take(2)).toStrictEqual(['five', 'six'])
})

test('the last event ID is kept', async ({ fixture }) => {
  const chunks = ['id: 7\ndata: a\n\n', 'data: b\n\n', 'data: c\n\n', 'data: d\n\n']
  expect((await delivered(fixture, chunks)).events).toStrictEqual(
    ['a', 'b', 'c', 'd'].map((data, n) => ['message', data, n === 0 ? '7' : '', '7']),
  )
})

test('an event beyond maxEventBytes is an error', async ({ fixture }) => {
  const line = (length) => `data: ${'x'.repeat(length - 'data: '.length)}\n\n`
  const { events } = await delivered(fixture, [...BEFORE, line(100), ...AFTER], { maxEventBytes: 100 })
  expect(events.length).toBe(5)
  const { events: before, reason } = await delivered(fixture, [...BEFORE, line(101), ...AFTER], { maxEventBytes: 100 })
  expect([before.length, reason]).toStrictEqual([2, 'fatal'])
})

test('a large event is delivered', async ({ fixture }) => {
  const large = `data: ${'0123456789'.repeat(60_000)}\n\n`
  const { events } = await delivered(fixture, [...BEFORE, large, ...AFTER])
  expect(events.map(([, data]) => data.length)).toStrictEqual([3, 3, 600_000, 4, 7])
})

test('a listener may pause at any of the events', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push(...BEFORE)
  await recorder.take(2)
  client.off('message')
  const heardSince = []
  client.on('message', (data) => {
    heardSince.push(data)
    client.pause()
  })
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    if (expected.length === 1) stream.push('data: a\n\n', 'data: b\n\n', 'data: c\n\n')
    for (let n = 0; n < 5; n++) await turn()
    expect([heardSince, client.state]).toStrictEqual([expected, 'paused'])
    client.resume()
  }
})

test('a listener may disconnect or reconnect at any of the events', async ({ fixture }) => {
  const { client, stream, events, next } = await acting(fixture)
  next.act = () => client.reconnect()
  stream.push('data: a\n\n', 'data: lost\n\n')
  const call = await fixture.server.next()
  next.act = () => client.disconnect()
  call.stream().push('data: b\n\n', 'data: lost too\n\n')
  for (let n = 0; n < 5; n++) await turn()
  expect([events, client.state]).toStrictEqual([['one', 'two', 'a', 'b'], 'closed'])
})

test('a client that is paused between two events waits', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push(...BEFORE)
  await recorder.take(2)
  client.pause()
  stream.push('data: a\n\n', 'data: b\n\n')
  for (let n = 0; n < 5; n++) await turn()
  expect(recorder.recorded.length).toBe(2)
  client.resume()
  expect(await recorder.take(2)).toStrictEqual(['a', 'b'])
})

test('no event of a cancelled stream is delivered later', async ({ fixture }) => {
  for (const give of [(client) => (client.pause(), client.reconnect()), (client) => (client.reconnect(), client.pause())]) {
    const { client, stream, events, next } = await acting(fixture)
    next.act = () => {
      next.act = () => {}
      give(client)
    }
    stream.push('data: a\n\n', 'data: lost\n\n')
    const call = await fixture.server.next()
    call.stream().push('data: b\n\n', 'data: c\n\n')
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
    for (let n = 0; n < 5; n++) await turn()
    expect(events).toStrictEqual(['one', 'two', 'a', 'b', 'c'])
    client.disconnect()
  }
})

test('listeners that are added and removed between events are respected', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
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
  expect(events).toStrictEqual(['1 a', '1 b', '1 c', '2 c', '2 d', '2 e', '1 g'])
  expect(client.stats().events).toBe(7)
})

test('data that does not parse is an error', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ parse: 'json' })
  const recorder = new EventRecorder(client, 'message', 'error')
  stream.push('data: 1\n\n', 'data: 2\n\n', 'data: {\n\n', 'data: 3\n\n')
  expect(await recorder.take(2)).toStrictEqual([1, 2])
  expect((await recorder.nextData()).code).toBe('parse')
  expect([await recorder.nextData(), client.state, client.stats().events]).toStrictEqual([3, 'open', 4])
})

test('a listener that throws does not stop later events', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const mistake = new Error('my mistake')
  const events = []
  client.on('message', (data) => {
    events.push(data)
    throw mistake
  })
  stream.push(...BEFORE, 'data: three\n\n')
  for (let n = 0; n < 3; n++) expect((await fixture.reports.next()) === mistake, 'it was reported').toBeTruthy()
  expect([events, client.state]).toStrictEqual([['one', 'two', 'three'], 'open'])
})
