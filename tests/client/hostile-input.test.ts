// Servers and callbacks that try to block the client or to make its memory grow.

import { EventRecorder, expect, rejection, test, turn } from './fixture/index.ts'

const MEGABYTE = 2 ** 20
const memoryOf = (fixture) => fixture.engine.memory.buffer.byteLength

/** Sends a text again and again, one megabyte in each chunk, and waits until all of it has been read. */
async function flood({ client, stream }, text, megabytes) {
  const chunk = text.repeat(MEGABYTE / text.length)
  for (let n = 0; n < megabytes; n++) {
    const expected = client.stats().bytes + chunk.length
    stream.push(chunk)
    while (client.stats().bytes < expected) await turn()
  }
}

/** Floods a client twice: the memory for the first megabytes must suffice for the others. */
async function takesNoMemory(fixture, text, { listen = () => {}, ...options }: any = {}) {
  const open = await fixture.open(options)
  listen(open.client)
  await flood(open, text, 2)
  const before = memoryOf(fixture)
  await flood(open, text, 10)
  expect(memoryOf(fixture), 'bytes of memory').toStrictEqual(before)
  const recorder = new EventRecorder(open.client, 'after')
  open.stream.push('\n\nevent: after\ndata: it still works\n\n')
  expect(await recorder.nextData()).toBe('it still works')
  return open.client
}

test('endless comments take no memory', async ({ fixture }) => {
  const client = await takesNoMemory(fixture, ': and on\n')
  expect(client.stats().comments, 'they are counted').toBeGreaterThan(MEGABYTE)
})

test('endless comments take no memory if they have a listener', async ({ fixture }) => {
  let heard = 0
  const client = await takesNoMemory(fixture, ': and so on and so on and so on\n', {
    listen: (it) => it.on('comment', () => heard++),
  })
  expect(heard).toStrictEqual(client.stats().comments)
})

test('millions of empty lines have no effect', async ({ fixture }) => {
  for (const end of ['\n', '\r', '\r\n\r\n']) {
    const client = await takesNoMemory(fixture, end)
    expect([client.stats().events, client.stats().comments]).toStrictEqual([1, 0])
    client.disconnect()
  }
})

test('unknown fields take no memory', async ({ fixture }) => {
  const client = await takesNoMemory(fixture, 'what: ever\nid\u0000: 1\nretry: soon\n')
  expect([client.stats().events, client.lastEventId]).toStrictEqual([1, ''])
})

test('endless ids and reconnection times take no memory', async ({ fixture }) => {
  const client = await takesNoMemory(fixture, 'id: 12345\nretry: 1\n\n')
  expect(client.lastEventId).toBe('12345')
})

test('events without listeners take no memory', async ({ fixture }) => {
  const client = await takesNoMemory(fixture, 'event: e\ndata: x\n\n')
  expect(client.stats().events, 'they are counted').toBeGreaterThan(MEGABYTE / 2)
})

test('endless new event types take no memory', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  client.on('*', () => {})
  let count = 0
  const types = (number) => Array.from({ length: number }, () => `event: type-${count++}\ndata: x\n\n`).join('')
  const send = async (number) => {
    const recorder = new EventRecorder(client, 'after')
    stream.push(types(number), 'event: after\ndata\n\n')
    await recorder.next()
    client.off('after')
  }
  await send(10_000)
  const before = memoryOf(fixture)
  for (let n = 0; n < 10; n++) await send(10_000)
  expect([memoryOf(fixture), client.stats().events]).toStrictEqual([before, 110_011])
})

test('a line that never ends is an error, whatever its field', async ({ fixture }) => {
  // A byte stream has no empty chunks.
  fixture.server.bytes = false
  for (const begin of [':', 'data: ', 'event: ', 'id: ', 'retry: ', 'unknown: ', '']) {
    const { client, stream } = await fixture.open({ maxEventBytes: 100_000 })
    const recorder = new EventRecorder(client, 'close')
    stream.push(begin)
    for (let n = 0; n < 12; n++) stream.push('9'.repeat(10_000))
    const { reason, error } = await recorder.nextData()
    expect([reason, error.code, stream.cancelled], begin).toStrictEqual(['fatal', 'too-large', true])
  }
})

test('an event that never ends is an error', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ maxEventBytes: 100_000 })
  const recorder = new EventRecorder(client, 'close')
  for (let n = 0; n < 200; n++) stream.push('data: 0123456789\n'.repeat(100))
  expect((await recorder.nextData()).error.code).toBe('too-large')
})

test('the memory of an event that was too large is reused', async ({ fixture }) => {
  const client = fixture.client({ maxEventBytes: 4 * MEGABYTE })
  const recorder = new EventRecorder(client, 'close')
  let before
  for (let n = 0; n < 5; n++) {
    const { stream } = await fixture.connect(client)
    for (let sent = 0; sent < 6; sent++) stream.push('x'.repeat(MEGABYTE))
    expect((await recorder.nextData()).error.code).toBe('too-large')
    // In the second round the allocator has found the blocks that it reuses from then on.
    if (n === 1) before = memoryOf(fixture)
  }
  expect(memoryOf(fixture)).toStrictEqual(before)
})

test('ids and types of megabytes are delivered unchanged', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const long = 'длинно'.repeat(100_000)
  const recorder = new EventRecorder(client, '*')
  stream.push(`id: ${long}\nevent: ${long}\ndata: x\n\n`)
  const { event } = await recorder.next()
  expect(event.id === long && event.type === long && client.lastEventId === long, 'they are what was sent').toBeTruthy()
})

test('a listener may have a type of megabytes', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const long = 'x'.repeat(2 * MEGABYTE)
  const recorder = new EventRecorder(client, long)
  stream.push(`event: ${long}y\ndata: other\n\nevent: ${long}\ndata: x\n\n`)
  expect(await recorder.nextData()).toBe('x')
})

test('a retry field of megabytes is ignored', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'retry')
  stream.push(`retry: ${'9'.repeat(MEGABYTE)}\n\n`).end()
  const { delay } = await recorder.nextData()
  expect(delay, `a day at most, not ${delay}`).toBeLessThanOrEqual(24 * 60 * 60 * 1000)
})

test('NUL is an ordinary character, except in an id', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, '*', 'a\0b', 'comment')
  stream.push('id: 1\nevent: a\0b\ndata: c\0d\n\n: \0\nid: 2\0\ndata: \0\n\n\0data: ignored\ndata\0: ignored\n\n')
  const heard = [await recorder.next(), await recorder.next(), await recorder.next(), await recorder.next()]
  expect(heard.map(({ type, data }) => [type, data])).toStrictEqual([
    ['*', 'c\0d'],
    ['a\0b', 'c\0d'],
    ['comment', '\0'],
    ['*', '\0'],
  ])
  expect([heard[0].event.type, heard[3].event.id, client.lastEventId]).toStrictEqual(['a\0b', '', '1'])
})

test('lone surrogates may be emitted', async ({ fixture }) => {
  const { client } = await fixture.open()
  for (const half of ['\ud83c', '\udf88', 'a\ud83cb']) {
    const recorder = new EventRecorder(client, half, `event:${half}`, '*')
    client.emit(half, half)
    expect(recorder.recorded).toStrictEqual([
      [half, half],
      [`event:${half}`, half],
      ['*', half],
    ])
    const { event } = await recorder.next()
    expect([event.type, event.data]).toStrictEqual([half, half])
    client.emit('x', { half })
    await recorder.until('*')
    expect(recorder.recorded.at(-1)).toStrictEqual(['*', { half }])
    client.off()
  }
})

test('a listener whose type has a lone surrogate never gets a server event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, '\uFFFD', '\ud83c', 'after')
  stream.push('event: \uFFFD\ndata: x\n\nevent: after\ndata\n\n')
  await recorder.until('after')
  expect(recorder.recorded).toStrictEqual([
    ['\uFFFD', 'x'],
    ['after', ''],
  ])
})

const throwing = () => {
  throw new Error('no')
}

const STREAM = { 'content-type': 'text/event-stream' }
const trap = (name, target) => Object.defineProperty(target, name, { get: throwing })

/** Broken responses that a `fetch` of an application may return. */
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
  'a reader that cannot read': () => ({
    status: 200,
    headers: new Headers(STREAM),
    body: { getReader: () => ({ read: throwing }) },
  }),
  'a reader that reads at once': () => ({
    status: 200,
    headers: new Headers(STREAM),
    body: { getReader: () => ({ read: () => ({ done: true }) }) },
  }),
  'a reader whose answer throws': () => ({
    status: 200,
    headers: new Headers(STREAM),
    body: { getReader: () => ({ read: async () => trap('value', { done: false }), cancel: throwing, releaseLock: throwing }) },
  }),
}

test('a fetch that returns a broken response ends the client and nothing else', async ({ fixture }) => {
  for (const [name, nonsense] of Object.entries(NONSENSE)) {
    fixture.stage = name
    let worst = true
    const fetch = (...given: [any, any]) => (worst ? nonsense() : fixture.server.fetch(...given))
    const client = fixture.client({ fetch, reconnect: 'never' })
    const recorder = new EventRecorder(client, 'close')
    client.connect()
    const { reason, error } = await recorder.nextData()
    expect(reason === 'fatal' || (reason === 'server' && !error), `${name}: ${reason}`).toBeTruthy()
    for (const _ of fixture.reports.rest) expect((await fixture.reports.next()).message, name).toBe('no')
    worst = false
    const { stream } = await fixture.connect(client)
    stream.push('data: it still works\n\n')
    expect(await new EventRecorder(client, 'message').nextData(), name).toBe('it still works')
    client.disconnect()
  }
})

test('a status that throws when it is read again is an error', async ({ fixture }) => {
  let looks = 0
  const response = { headers: new Headers(STREAM), body: null }
  Object.defineProperty(response, 'status', { get: () => (looks++ === 0 ? 200 : throwing()) })
  // Without a timeout, because that would end a client that hangs.
  const client = fixture.client({ fetch: () => response, reconnect: 'never', connectTimeout: 0 })
  const recorder = new EventRecorder(client, 'close')
  const opened = rejection(client.connect())
  const { reason, error } = await recorder.nextData()
  expect([reason, error.code, client.state]).toStrictEqual(['fatal', 'status', 'closed'])
  expect(await opened, 'connect() rejects with it').toBe(error)
  await turn()
  expect(fixture.reports.rest).toStrictEqual([])
})

// Only wasm has shared memory in a page that is not isolated.
test.skipIf(typeof WebAssembly === 'undefined')('chunks in shared memory are bytes, too', async ({ fixture }) => {
  const { buffer } = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const text = new TextEncoder().encode('data: é\n\n')
  const bytes = new Uint8Array(buffer, 0, text.length)
  bytes.set(text)
  const reads = [{ done: false, value: bytes }, { done: true }]
  const reader = { read: async () => reads.shift(), cancel: async () => {}, releaseLock() {} }
  const response = { status: 200, headers: new Headers(STREAM), body: { getReader: () => reader } }
  const client = fixture.client({ fetch: () => response, reconnect: 'never' })
  const recorder = new EventRecorder(client, 'message', 'close')
  client.connect()
  expect(await recorder.take(2)).toStrictEqual(['é', { reason: 'server' }])
})

test('listeners may remove, add and throw at every event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
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
    // One more listener at every event, which is called from the next event on.
    client.once('message', () => heard.push(`late: ${data}`))
  })
  stream.push('data: 1\n\ndata: 2\n\ndata: 3\n\n')
  while (heard.length < 7) await turn()
  expect(heard).toStrictEqual([
    'removes itself and throws',
    'removes everybody',
    'all: 1',
    'all: 2',
    'late: 1',
    'all: 3',
    'late: 2',
  ])
  expect((await fixture.reports.next()).message).toBe('no')
})

test('a listener that throws and pauses loses no event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.once('message', () => {
    client.pause()
    throw new Error('no')
  })
  stream.push('data: 1\n\ndata: 2\n\n')
  expect(await recorder.nextData()).toBe('1')
  expect((await fixture.reports.next()).message).toBe('no')
  client.resume()
  expect(await recorder.nextData()).toBe('2')
})
