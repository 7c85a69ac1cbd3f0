// From the chunks of a stream to the listeners: nothing lost, nothing twice, nothing changed.

import { EventRecorder, expect, SimulatedClock, test, turn } from './fixture/index.ts'

const encoder = new TextEncoder()

const inBytes = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** The parts of `[type, data, id, lastEventId]` of everything that a stream in these chunks delivers. */
async function delivered(fixture, chunks, options?) {
  const { client, stream } = await fixture.open({ reconnect: 'never', ...options })
  const events = []
  client.on('*', (data, event) => events.push([event.type, data, event.id, event.lastEventId]))
  const recorder = new EventRecorder(client, 'close')
  stream.push(...chunks).end()
  await recorder.next()
  return events
}

const VARIED =
  '\uFEFFretry: 10\r\nid: 1\r\ndata: plain\r\n\r\nevent: наука\rdata: ключ 🎈\rdata:\rdata:  tail\r\rid: 3\n\n: comment\ndata\n\nid\nevent: e\ndata: {"a":"ü"}\n\ndata: lost'

const VARIED_EVENTS = [
  ['message', 'plain', '1', '1'],
  ['наука', 'ключ 🎈\n\n tail', '', '1'],
  ['message', '', '', '3'],
  ['e', { a: 'ü' }, '', ''],
]

test('a stream can be cut into chunks anywhere', async ({ fixture }) => {
  // A byte stream has no empty chunks.
  fixture.server.bytes = false
  const bytes = encoder.encode(VARIED)
  expect(await delivered(fixture, [bytes])).toStrictEqual(VARIED_EVENTS)
  for (let at = 0; at <= bytes.length; at++)
    expect(await delivered(fixture, [bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toStrictEqual(VARIED_EVENTS)
})

test('a stream can arrive byte by byte', async ({ fixture }) => {
  expect(await delivered(fixture, inBytes(encoder.encode(VARIED)))).toStrictEqual(VARIED_EVENTS)
})

test('empty chunks change nothing', async ({ fixture }) => {
  // A byte stream has no empty chunks.
  fixture.server.bytes = false
  expect(await delivered(fixture, ['', 'da', '', 'ta: x\n', '', '\n', ''])).toStrictEqual([['message', 'x', '', '']])
})

test('a chunk can contain any number of events', async ({ fixture }) => {
  for (const count of [1023, 1024, 1025, 5000]) {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const events = await delivered(fixture, [numbers.map((n) => `id: ${n}\ndata: ${n}\n\n`).join('')])
    expect(events).toStrictEqual(numbers.map((n) => ['message', String(n), String(n), String(n)]))
  }
})

test('no string is made of an event without listeners', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ parse: 'text' })
  const recorder = new EventRecorder(client, 'heard')
  const made = []
  const { slice } = String.prototype
  String.prototype.slice = function (...range) {
    const part = slice.apply(this, range)
    made.push(part)
    return part
  }
  try {
    stream.push('event: other\ndata: not listened to\n\nevent: heard\ndata: listened to\n\n')
    await recorder.next()
  } finally {
    String.prototype.slice = slice
  }
  expect(made.includes('listened to'), String(made)).toBeTruthy()
  expect(made.filter((part) => part.includes('not listened'))).toStrictEqual([])
})

test('a hundred thousand events arrive in order', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const count = 100_000
  const text = Array.from({ length: count }, (_, n) => `id: ${n}\ndata: {"n":${n},"text":"événement"}\n\n`).join('')
  const bytes = encoder.encode(text)
  let expected = 0
  const all = new Promise<void>((resolve, reject) => {
    client.on('message', ({ n }, { id }) => {
      if (n !== expected || id !== String(n)) reject(new Error(`expected ${expected}, got ${n} with id ${id}`))
      if (++expected === count) resolve()
    })
  })
  // A prime number, so that chunks end anywhere.
  for (let at = 0; at < bytes.length; at += 65_521) stream.push(bytes.subarray(at, at + 65_521))
  await all
  expect([client.stats().events, client.stats().bytes]).toStrictEqual([count, bytes.length])
  expect(client.lastEventId).toStrictEqual(String(count - 1))
})

test('malformed UTF-8 is replaced as by TextDecoder', async ({ fixture }) => {
  const data = [0x61, 0xff, 0x62, 0xe2, 0x82, 0x63, 0xf0, 0x9f, 0x0a]
  const bytes = Uint8Array.of(...encoder.encode('event: \xe4'), 0xff, ...encoder.encode('\nid: é\ndata: '), ...data, 0x0a)
  const text = new TextDecoder().decode(Uint8Array.from(data.slice(0, -1)))
  expect(await delivered(fixture, [bytes])).toStrictEqual([['ä\uFFFD', text, 'é', 'é']])
  expect(await delivered(fixture, inBytes(bytes))).toStrictEqual([['ä\uFFFD', text, 'é', 'é']])
})

test('malformed UTF-8 does not affect other events', async ({ fixture }) => {
  const before = 'data: ключ 🎈\n\n'
  const after = 'event: ä\nid: 🎈\ndata: ö\n\n'
  const bytes = Uint8Array.of(...encoder.encode(before), ...encoder.encode('data: '), 0xc3, 0x0a, 0x0a, ...encoder.encode(after))
  expect(await delivered(fixture, [bytes])).toStrictEqual([
    ['message', 'ключ 🎈', '', ''],
    ['message', '\uFFFD', '', ''],
    ['ä', 'ö', '🎈', '🎈'],
  ])
})

test('an event with a malformed type is delivered under the decoded name', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'a\uFFFD')
  stream.push(Uint8Array.of(...encoder.encode('event: a'), 0xf0, 0x9f, ...encoder.encode('\ndata: one\n\n')))
  expect(await recorder.nextData()).toBe('one')
})

test('only a leading byte order mark is removed', async ({ fixture }) => {
  expect(await delivered(fixture, ['\uFEFFdata: \uFEFFa\n\n\uFEFFdata: b\n\n'])).toStrictEqual([['message', '\uFEFFa', '', '']])
})

test('every stream may begin with a byte order mark', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push('\uFEFFdata: 1\n\ndata: unfinished').end()
  ;(await fixture.server.next()).stream().push('\uFEFFdata: 2\n\n')
  expect(await recorder.take(2)).toStrictEqual(['1', '2'])
})

test('an event cut off by the end of the stream is dropped', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push('id: 1\nevent: x\ndata: lost').break()
  const second = await fixture.server.next()
  expect(second.headers.has('last-event-id'), 'its id does not count').toBe(false)
  second.stream().push('data: next\n\n')
  const { data, event } = await recorder.next()
  expect([data, event.type, event.id]).toStrictEqual(['next', 'message', ''])
})

test('an event has its type, data, id and origin', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ lastEventId: '7' })
  const recorder = new EventRecorder(client, 'note', 'message')
  stream.push('event: note\ndata: {"a":\ndata: 1}\n\nid: 8\ndata: x\n\ndata: y\n\n')
  const events = [await recorder.next(), await recorder.next(), await recorder.next()].map(({ event }) => event)
  const { origin } = location
  expect(events.map((event) => ({ ...event }))).toStrictEqual([
    { type: 'note', data: '{"a":\n1}', id: '', lastEventId: '7', origin },
    { type: 'message', data: 'x', id: '8', lastEventId: '8', origin },
    { type: 'message', data: 'y', id: '', lastEventId: '8', origin },
  ])
  expect(events[0].json()).toStrictEqual({ a: 1 })
})

test('the origin is that of the final URL', async ({ fixture }) => {
  const client = fixture.client()
  client.connect()
  const recorder = new EventRecorder(client, 'open', 'message')
  const response = new Response('data: x\n\n', { headers: { 'content-type': 'text/event-stream' } })
  Object.defineProperty(response, 'url', { value: 'https://elsewhere.test/a/b' })
  ;(await fixture.server.next()).respond(response)
  expect((await recorder.nextData()).url).toBe('https://elsewhere.test/a/b')
  expect((await recorder.next()).event.origin).toBe('https://elsewhere.test')
})

test('an id without data counts, and is not an event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, '*')
  stream.push('id: 5\n\ndata: x\n\n')
  const { event } = await recorder.next()
  expect([event.id, event.lastEventId, client.lastEventId, client.stats().events]).toStrictEqual(['', '5', '5', 1])
})

test('the last event ID is known without any listener', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'retry')
  stream.push('id: 1\nevent: a\ndata: x\n\nid: 2\ndata: x\n\n').break()
  await recorder.next()
  expect([client.lastEventId, client.stats().events]).toStrictEqual(['2', 2])
})

test('parse: auto parses objects and arrays, and leaves everything else as text', async ({ fixture }) => {
  const cases = [
    ['{"a":1}', { a: 1 }],
    ['[1,2]', [1, 2]],
    [' \t{"a":1} ', { a: 1 }],
    ['7', '7'],
    ['"text"', '"text"'],
    ['null', 'null'],
    ['true', 'true'],
    ['{not json}', '{not json}'],
    ['[DONE]', '[DONE]'],
    ['', ''],
    ['   ', '   '],
    ['plain', 'plain'],
  ]
  const events = await delivered(
    fixture,
    cases.map(([text]) => `data: ${text}\n\n`),
  )
  expect(events.map(([, data]) => data)).toStrictEqual(cases.map(([, data]) => data))
})

test('parse: text parses nothing', async ({ fixture }) => {
  expect(await delivered(fixture, ['data: {"a":1}\n\n'], { parse: 'text' })).toStrictEqual([['message', '{"a":1}', '', '']])
})

test('parse: json parses everything', async ({ fixture }) => {
  const events = await delivered(fixture, ['data: 7\n\ndata: "text"\n\ndata: null\n\n'], { parse: 'json' })
  expect(events.map(([, data]) => data)).toStrictEqual([7, 'text', null])
})

test('parse: json ignores events with empty data', async ({ fixture }) => {
  for (const blank of ['data\n\n', 'data:\n\n', 'data:  \n\n', 'data:\t\ndata:\n\n', 'event: ping\ndata:\n\n']) {
    for (const types of [['message'], ['message', 'ping'], ['*'], ['message', '*']]) {
      for (const isOne of [false, true]) {
        const { client, stream } = await fixture.open({ parse: 'json' })
        const recorder = new EventRecorder(client, 'error', ...types)
        const chunks = ['data: 1\n\n', blank, 'data: 2\n\n', blank, 'data: 3\n\n', 'data: {\n\n']
        stream.push(...(isOne ? [chunks.join('')] : chunks))
        while (recorder.recorded.length < 3 * types.filter((type) => type !== 'ping').length + 1) await turn()
        expect([...new Set(recorder.recorded.map(([type, data]) => (type === 'error' ? data.code : data)))], blank).toStrictEqual(
          [1, 2, 3, 'parse'],
        )
        expect([client.stats().events, client.state]).toStrictEqual([6, 'open'])
        client.disconnect()
      }
    }
  }
})

test('a parse function that converts to the name of a built-in parser is called', async ({ fixture }) => {
  for (const name of ['json', 'text', 'auto', '__proto__']) {
    const parse = Object.assign((text) => `own ${text}`, { toString: () => name })
    expect(await delivered(fixture, ['data: x\n\n'], { parse })).toStrictEqual([['message', 'own x', '', '']])
  }
  const parse = Object.assign((text) => text.length, {
    toString() {
      throw new Error('has no text')
    },
  })
  expect(await delivered(fixture, ['data: x\n\n'], { parse })).toStrictEqual([['message', 1, '', '']])
})

test('a parse function may return anything', async ({ fixture }) => {
  const given = []
  const parse = (text, event) => {
    given.push([text, event.type])
    return text.length
  }
  expect(await delivered(fixture, ['event: a\ndata: xyz\n\n'], { parse })).toStrictEqual([['a', 3, '', '']])
  expect(given).toStrictEqual([['xyz', 'a']])
})

test('data that does not parse causes an error event and is not delivered', async ({ fixture }) => {
  const cause = new Error('my mistake')
  const fails = (text) => {
    if (text === 'bad') throw cause
    return text
  }
  for (const parse of ['json', fails]) {
    const { client, stream } = await fixture.open({ parse })
    const recorder = new EventRecorder(client, 'error', '*')
    stream.push('id: 1\ndata: bad\n\ndata: 7\n\n')
    const error = await recorder.nextData()
    expect([error.code, error.retryable, error.attempt, error.name]).toStrictEqual(['parse', false, 0, 'SSEError'])
    expect(parse === 'json' ? error.cause instanceof SyntaxError : error.cause === cause, 'the cause is there').toBeTruthy()
    expect([String(await recorder.nextData()), client.state, client.lastEventId]).toStrictEqual(['7', 'open', '1'])
    client.disconnect()
  }
})

test('an event without listeners is not parsed', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ parse: 'json' })
  const recorder = new EventRecorder(client, 'error', 'heard')
  stream.push('event: unheard\ndata: not json\n\nevent: heard\ndata: 1\n\n')
  expect(await recorder.nextData()).toBe(1)
  expect(client.stats().events).toBe(2)
})

test('the event that until names ends the stream and is not delivered', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ until: '[DONE]' })
  const recorder = new EventRecorder(client, '*', 'close')
  stream.push('data: [DONE]?\n\ndata: x\n\nid: 9\nevent: unheard\ndata: [DONE]\n\ndata: never\n\n')
  expect([await recorder.nextData(), await recorder.nextData()]).toStrictEqual(['[DONE]?', 'x'])
  expect(await recorder.nextData()).toStrictEqual({ reason: 'done' })
  expect([client.state, client.lastEventId, fixture.server.calls.length]).toStrictEqual(['closed', '9', 1])
  expect(stream.cancelled).toBe(true)
  await turn()
  expect(recorder.recorded.length).toBe(3)
})

test('until can be a function that gets every event', async ({ fixture }) => {
  const seen = []
  const until = (event) => {
    seen.push([event.type, event.data])
    return event.type === 'end'
  }
  const { client, stream } = await fixture.open({ until })
  const recorder = new EventRecorder(client, 'message', 'close')
  stream.push('event: unheard\ndata: 1\n\ndata: 2\n\nevent: end\ndata: 3\n\ndata: 4\n\n')
  expect(await recorder.take(2)).toStrictEqual(['2', { reason: 'done' }])
  expect(seen).toStrictEqual([
    ['unheard', '1'],
    ['message', '2'],
    ['end', '3'],
  ])
})

test('comments are delivered in order with the events', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'comment', '*')
  stream.push(': one\ndata: a\n:two\ndata: b\n: три\n\n:\n\n')
  await recorder.take(5)
  expect(recorder.recorded).toStrictEqual([
    ['comment', 'one'],
    ['comment', 'two'],
    ['comment', 'три'],
    ['*', 'a\nb'],
    ['comment', ''],
  ])
  expect([client.stats().comments, client.stats().events]).toStrictEqual([4, 1])
})

test('comments are counted without listeners, too', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push(':a\n:b\n', ':c\ndata: x\n\n')
  await recorder.next()
  expect(client.stats().comments).toBe(3)
})

test('a server event never reaches listeners of lifecycle events', async ({ fixture }) => {
  const names = ['state', 'open', 'error', 'retry', 'refresh', 'comment', 'max-reconnects-reached', 'close']
  const { client, stream } = await fixture.open()
  const impostors = new EventRecorder(client, ...names)
  const named = new EventRecorder(client, ...names.map((name) => `event:${name}`))
  const all = new EventRecorder(client, '*')
  for (const name of names) stream.push(`event: ${name}\ndata: ${name}!\n\n`)
  expect(await all.take(names.length)).toStrictEqual(names.map((name) => `${name}!`))
  expect(named.recorded).toStrictEqual(names.map((name) => [`event:${name}`, `${name}!`]))
  expect(impostors.recorded).toStrictEqual([])
  expect((await named.next()).event.type).toBe('state')
})

test('types that look like internal notation are ordinary types', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'event:*', 'event:event:x', 'event:', 'toString', '__proto__')
  const all = new EventRecorder(client, '*')
  for (const type of ['*', 'event:x', 'toString', '__proto__']) stream.push(`event: ${type}\ndata: ${type}\n\n`)
  await all.take(4)
  expect(recorder.recorded).toStrictEqual([
    ['event:*', '*'],
    ['event:event:x', 'event:x'],
    ['toString', 'toString'],
    ['__proto__', '__proto__'],
  ])
})

test('types are compared exactly', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'Note', 'note ', 'notе', 'заметка', 'message')
  const all = new EventRecorder(client, '*')
  for (const type of ['note', 'Note', 'note ', 'заметка', 'message', '']) stream.push(`event: ${type}\ndata: ${type}\n\n`)
  await all.take(6)
  expect(recorder.recorded).toStrictEqual([
    ['Note', 'Note'],
    ['note ', 'note '],
    ['заметка', 'заметка'],
    ['message', 'message'],
    ['message', ''],
  ])
})

test('an event beyond maxEventBytes is fatal, and the events before it are delivered', async ({ fixture }) => {
  for (const cut of [1, 7, 1000]) {
    const { client, stream } = await fixture.open({ maxEventBytes: 100 })
    const recorder = new EventRecorder(client, '*', 'error', 'close')
    const text = `id: 1\ndata: fine\n\ndata: ${'x'.repeat(101)}\n\ndata: never\n\n`
    for (let at = 0; at < text.length; at += cut) stream.push(text.slice(at, at + cut))
    expect(await recorder.nextData()).toBe('fine')
    const error = await recorder.nextData()
    expect([error.code, error.retryable, client.state]).toStrictEqual(['too-large', false, 'closed'])
    const { reason, error: same } = await recorder.nextData()
    expect(reason === 'fatal' && same === error, 'it closes for this reason').toBeTruthy()
    expect([recorder.recorded.length, stream.cancelled, client.lastEventId]).toStrictEqual([3, true, '1'])
  }
})

test('a line that never ends is bounded by maxEventBytes', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ maxEventBytes: 1000 })
  const recorder = new EventRecorder(client, 'close')
  for (let n = 0; n < 20; n++) stream.push(':'.repeat(100))
  expect((await recorder.nextData()).error.code).toBe('too-large')
})

test('a client works again after an event that was too large', async ({ fixture }) => {
  const client = fixture.client({ maxEventBytes: 1000 })
  const recorder = new EventRecorder(client, 'message', 'close')
  const { stream } = await fixture.connect(client)
  stream.push(`data: ${'x'.repeat(2000)}\n\n`)
  expect((await recorder.nextData()).reason).toBe('fatal')
  const { stream: next } = await fixture.connect(client)
  next.push('data: fine\n\n')
  expect(await recorder.nextData()).toBe('fine')
})

test('an event of twenty megabytes arrives', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ maxEventBytes: 32 * 2 ** 20, parse: 'text' })
  const recorder = new EventRecorder(client, '*', 'error')
  const megabyte = 'äx€🎈'.repeat(2 ** 20 / 10)
  const bytes = encoder.encode(megabyte)
  stream.push('data: before\n\ndata: ')
  for (let n = 0; n < 20; n++) stream.push(bytes)
  stream.push('\nid: 1\n\ndata: after\n\n')
  expect(await recorder.nextData()).toBe('before')
  const large = await recorder.nextData()
  expect(large.length).toStrictEqual(20 * megabyte.length)
  expect(large, 'it is what was sent').toBe(megabyte.repeat(20))
  expect(await recorder.nextData()).toBe('after')
})

test('a chunk of many megabytes is processed in pieces', async ({ fixture }) => {
  // A byte stream would divide the chunk.
  fixture.server.bytes = false
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'end')
  const numbers = []
  client.on('message', ({ n }) => numbers.push(n))
  const count = 50_000
  stream.push(
    `${Array.from({ length: count }, (_, n) => `data: {"n":${n},"pad":"${'é'.repeat(50)}"}\n\n`).join('')}event: end\ndata\n\n`,
  )
  await recorder.next()
  expect(numbers).toStrictEqual(Array.from({ length: count }, (_, n) => n))
})

test('wasm memory may grow while a listener runs', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const received = []
  const before = fixture.engine.memory.buffer
  client.on('*', (data, { type, id }) => {
    received.push([type, data, id])
    // As when another client gets a large event.
    if (received.length === 3) fixture.engine.memory.grow(1)
  })
  const recorder = new EventRecorder(client, 'end')
  const events = Array.from({ length: 3000 }, (_, n) => [`t${n % 3}`, `дані ${n}`, String(n)])
  stream.push(`${events.map(([type, data, id]) => `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`).join('')}event: end\ndata\n\n`)
  await recorder.next()
  expect(fixture.engine.memory.buffer === before, 'the memory has a new buffer').toBe(false)
  expect(received.slice(0, -1)).toStrictEqual(events)
})

test('chunks made by another frame are bytes, too', async ({ fixture }) => {
  // A byte stream would copy them into chunks of this frame.
  fixture.server.bytes = false
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push((frame.contentWindow as any).Uint8Array.from(encoder.encode('data: x\n\n')))
  expect(await recorder.nextData()).toBe('x')
  frame.remove()
})

test('a body whose chunks are not bytes is a callback error', async ({ fixture }) => {
  fixture.server.bytes = false
  for (const chunk of [{ text: 'data: x\n\n' }, null, 7, new ArrayBuffer(8), new Uint16Array(8)]) {
    const { client, stream } = await fixture.open()
    const recorder = new EventRecorder(client, 'close')
    stream.push(chunk)
    const { reason, error } = await recorder.nextData()
    expect([reason, error.code]).toStrictEqual(['fatal', 'callback'])
    expect(error.message).toMatch(/the body contains .* instead of bytes/)
    expect(stream.cancelled).toBe(true)
  }
})

test('stats() counts what has arrived', async ({ fixture }) => {
  const client = fixture.client()
  expect(client.stats()).toStrictEqual({ bytes: 0, events: 0, comments: 0, attempts: 0, reconnects: 0 })
  const { stream } = await fixture.connect(client)
  const recorder = new EventRecorder(client, 'message')
  const before = performance.now()
  stream.push('data: a\n\n:c\ndata: b\n\n')
  await recorder.take(2)
  const { connectedAt, lastByteAt, ...counts } = client.stats()
  expect(counts).toStrictEqual({ bytes: 21, events: 2, comments: 1, attempts: 1, reconnects: 0 })
  expect(
    connectedAt <= before && before - 1 <= lastByteAt && lastByteAt <= performance.now(),
    'the times are on the clock of the page',
  ).toBeTruthy()
  stream.end()
  ;(await fixture.server.next()).stream().push('data: c\n\n')
  await recorder.next()
  const { bytes, events, attempts, reconnects } = client.stats()
  expect([bytes, events, attempts, reconnects]).toStrictEqual([30, 3, 2, 1])
})

test('a reconnection without a byte leaves lastByteAt unchanged', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const { client, stream } = await fixture.open()
  expect(!('lastByteAt' in client.stats()), 'no byte has come yet').toBeTruthy()
  const recorder = new EventRecorder(client, 'message', 'retry', 'open')
  clock.advance(10)
  const { lastByteAt: none, connectedAt } = client.stats()
  expect(none).toBe(undefined)
  stream.push('data: x\n\n')
  await recorder.next()
  const { lastByteAt } = client.stats()
  expect(lastByteAt).toStrictEqual(connectedAt + 10)
  clock.advance(10)
  stream.break()
  await recorder.until('retry')
  clock.advance(10_000)
  const second = await fixture.server.next()
  const silent = second.stream()
  await recorder.until('open')
  clock.advance(10)
  expect([client.stats().lastByteAt, client.stats().reconnects]).toStrictEqual([lastByteAt, 1])
  silent.push('data: y\n\n')
  await recorder.until('message')
  expect(client.stats().lastByteAt).toStrictEqual(performance.now())
})

const SIZES = { 'one short text': 1, 'a few pieces': 40, 'many pieces': 300 }

test('large chunks that are processed in pieces give the same events', async ({ fixture }) => {
  const pads = ['', 'x'.repeat(50), 'é中🎈'.repeat(20), 'y'.repeat(3000), 'z'.repeat(5000), 'ключ '.repeat(3000)]
  const event = (n) => {
    const [pad, inner] = [pads[(n * 7) % pads.length], pads[(n * 5 + 1) % 3]]
    const lines = [
      `data: ${n} ${pad}`,
      `id: ${n} ${inner}`,
      n % 3 ? `event: ${n % 2 ? 'odd' : 'other'}` : ': comment',
      ...(n % 4 ? [] : [`data: ${inner}`]),
    ]
    const rotated = [...lines.slice(n % lines.length), ...lines.slice(0, n % lines.length)]
    // The lines of an event are far apart in the stream.
    return `${rotated.join(n % 50 ? '\n' : `\n: ${'c'.repeat(6000)}\n`)}\n\n${n % 11 ? '' : `: ${'k'.repeat(9000)}\n\nid: i${n}\n\n`}`
  }
  for (const [name, count] of Object.entries(SIZES)) {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const bytes = encoder.encode(numbers.map(event).join(''))
    for (const types of [['*'], ['message', 'odd', 'other'], ['message', 'odd', '*'], ['message', 'other', 'comment']]) {
      for (const options of [{}, { history: 5 }]) {
        const heard = async (chunk, isPaused) => {
          const { client, stream } = await fixture.open({ reconnect: 'never', parse: 'text', ...options })
          const all = []
          for (const type of types) {
            client.on(type, (data, { type: own, id, lastEventId }) => {
              all.push([type, data, own, id, lastEventId])
              if (!isPaused || all.length % 17) return
              client.pause()
              turn().then(() => client.resume())
            })
          }
          const recorder = new EventRecorder(client, 'close')
          for (let at = 0; at < bytes.length; at += chunk) stream.push(bytes.subarray(at, at + chunk))
          stream.end()
          await recorder.next()
          const { bytes: received, events, comments } = client.stats()
          return {
            all,
            stats: [received, events, comments, client.lastEventId],
            history: client.history.map(({ data, id }) => [data, id]),
          }
        }
        // Small chunks are processed in one piece each. The others are compared with them.
        const expected = await heard(1000, false)
        expect(expected.all.length, 'there is something to compare').toBeGreaterThanOrEqual(count / 3)
        for (const [chunk, isPaused] of [
          [2 ** 20, false],
          [50_000, false],
          [2 ** 20, true],
        ]) {
          expect(await heard(chunk, isPaused), `${name}, chunks of ${chunk}, listeners to ${types}`).toStrictEqual(expected)
        }
        fixture.clients.length = 0
        fixture.server.calls.length = 0
      }
    }
  }
})
