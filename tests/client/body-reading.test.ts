// How the body of a response is read: in Chromium, and from the network, into the reader's own memory once a large chunk has come.

import { EventRecorder, expect, test, turn } from './fixture/index.ts'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }
const encoder = new TextEncoder()
const CHROME = 'Chrome/142.0.0.0'

/** A chunk after which the reader takes memory of its own, and its data. */
const LARGE_DATA = 'x'.repeat(16 * 1024 - 8)
const LARGE = `data: ${LARGE_DATA}\n\n`

/**
 * A response from the network whose body writes each text into the memory that it is given and detaches that memory, as
 * engines do. `seen` is called with the memory before that, `asked` with the mode of the reader.
 */
function filling(texts, { seen = () => {}, asked = () => {}, status }: any = {}) {
  const read = async (given) => {
    const view = given ?? new Uint8Array(256 * 1024)
    const text = texts.shift()
    if (text === undefined) return { done: true }
    seen(view)
    const { written } = encoder.encodeInto(text, view)
    const buffer = structuredClone(view.buffer, { transfer: [view.buffer] })
    return { done: false, value: new Uint8Array(buffer, 0, written) }
  }
  const reader = { read, cancel: async () => {}, releaseLock() {} }
  return fromNetwork({ getReader: (options) => (asked(options?.mode), reader) }, status)
}

/** A response with some properties replaced. */
const changed = (what) =>
  Object.defineProperties(
    new Response('', STREAM),
    Object.fromEntries(Object.entries(what).map(([name, value]) => [name, { value }])),
  )

/** A response that seems to come from the network, with any body. */
const fromNetwork = (body, status = 200) => changed({ status, type: 'basic', body })

/** The data that a client delivers of a response, and the reason of its close. */
async function deliveredOf(fixture, response) {
  const client = fixture.client({ parse: 'text', reconnect: 'never', fetch: async () => response })
  const recorder = new EventRecorder(client, 'message', 'close')
  client.connect()
  const data = []
  for (;;) {
    const heard = await recorder.nextData()
    if (typeof heard !== 'string') return { data, reason: heard.reason }
    data.push(heard)
  }
}

test('all chunks after a large one are read into the same memory', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const before = []
  const seen = (view) => before.push([view.byteLength, view.buffer.byteLength, new TextDecoder().decode(view.subarray(0, 9))])
  const { data, reason } = await deliveredOf(fixture, filling([LARGE, 'data: 1\n\n', 'data: two\n\n', 'data: 3\n\n'], { seen }))
  expect([data, reason]).toStrictEqual([[LARGE_DATA, '1', 'two', '3'], 'server'])
  const size = 64 * 1024
  expect(before.slice(1)).toStrictEqual([
    [size, size, '\0'.repeat(9)],
    [size, size, 'data: 1\n\n'],
    [size, size, 'data: two'],
  ])
})

test('the memory grows when chunks fill it', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const [first, most] = [64 * 1024, 1024 * 1024]
  const sizes = []
  const texts = [16 * 1024, first - 1, first, 4 * first, most, most].map((length) => `data: ${'x'.repeat(length - 8)}\n\n`)
  const { data, reason } = await deliveredOf(
    fixture,
    filling([...texts], { seen: ({ buffer }) => sizes.push(buffer.byteLength) }),
  )
  expect([data.map(({ length }) => length + 8), reason]).toStrictEqual([texts.map(({ length }) => length), 'server'])
  expect(sizes.slice(1)).toStrictEqual([first, first, 4 * first, most, most])
})

const READS_AHEAD = 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0'

test('only bodies from the network, and only in Chromium, are read into own memory', async ({ fixture }) => {
  const modeOf = async (userAgent, change = (response) => response) => {
    fixture.replace(navigator, 'userAgent', { value: userAgent })
    const modes = []
    const { data } = await deliveredOf(fixture, change(filling([LARGE, 'data: 1\n\n'], { asked: (mode) => modes.push(mode) })))
    expect(data).toStrictEqual([LARGE_DATA, '1'])
    return modes
  }
  expect(
    await modeOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36'),
  ).toStrictEqual([undefined, 'byob'])
  for (const userAgent of [
    READS_AHEAD,
    `Chrome/1.0 ${READS_AHEAD}`,
    'Mozilla/5.0 AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.4 Safari/605.1.15',
    'Node.js/24',
    undefined,
  ]) {
    expect(await modeOf(userAgent), userAgent).toStrictEqual([undefined])
  }
  expect(
    await modeOf(CHROME, ({ status, headers, body }) => ({ status, headers, type: 'basic', body })),
    'no response of the engine',
  ).toStrictEqual([undefined])
  expect(await modeOf(CHROME, ({ body }) => changed({ body })), "a page's own response").toStrictEqual([undefined])
  const get = () => {
    throw new TypeError('no')
  }
  expect(
    await modeOf(CHROME, ({ body }) => Object.defineProperty(changed({ body }), 'type', { get })),
    'a type that throws',
  ).toStrictEqual([undefined])
})

test('a wrapped body that ignores the given memory is read, too', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const response = filling([LARGE, 'data: 2\n\n'])
  const heard = []
  const body: any = response.body
  const { getReader } = body
  body.getReader = (options) => {
    const reader = getReader(options)
    const { read } = reader
    const strict = (view?) => {
      if (options?.mode === 'byob' && !view) throw new TypeError('a view is required')
      return read(view)
    }
    return { ...reader, read: () => strict().then((result) => (heard.push(result.done), result)) }
  }
  expect((await deliveredOf(fixture, response)).data).toStrictEqual([LARGE_DATA, '2'])
  expect(heard).toStrictEqual([false, false, true])
})

test('an engine without such readers gets an ordinary reader', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const modes = []
  const asked = (mode) => {
    modes.push(mode)
    if (mode) throw new TypeError('this is no byte stream')
  }
  expect((await deliveredOf(fixture, filling([LARGE, 'data: 2\n\n'], { asked }))).data).toStrictEqual([LARGE_DATA, '2'])
  expect(modes).toStrictEqual([undefined, 'byob', undefined])
})

test('while chunks are small, the reader is an ordinary one', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const modes = []
  const texts = Array.from({ length: 20 }, (_, n) => `data: ${n}\n\n`)
  await deliveredOf(fixture, filling([...texts, LARGE.slice(1)], { asked: (mode) => modes.push(mode) }))
  expect(modes).toStrictEqual([undefined])
})

test('bytes that are kept for later are not overwritten', async ({ fixture }) => {
  for (const userAgent of [CHROME, READS_AHEAD, `Chrome/1.0 ${READS_AHEAD}`]) {
    fixture.stage = userAgent
    fixture.replace(navigator, 'userAgent', { value: userAgent })
    const texts = Array.from(
      { length: 9 },
      (_, n) => `data: ${n}\n\ndata: é${'x'.repeat(n === 0 ? 20_000 : n * 7)}\n\ndata: ${n}`,
    )
    const client = fixture.client({
      parse: 'text',
      reconnect: 'never',
      fetch: async () => filling(texts.map((text) => `${text}\n\n`)),
    })
    const data = []
    client.on('message', (text) => {
      data.push(text)
      client.pause()
      setTimeout(() => client.resume())
    })
    const closed = new EventRecorder(client, 'close')
    // Even the first chunk arrives while the client is paused.
    client.pause()
    await client.connect()
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
    expect((await closed.nextData()).reason).toBe('server')
    expect(data).toStrictEqual(texts.flatMap((text) => text.split('\n\n').map((line) => line.slice('data: '.length))))
  }
})

test('the unparsed part of a chunk is not overwritten', async ({ fixture }) => {
  const chunk = (letter) => Array.from({ length: 5000 }, (_, n) => `data: ${letter}${n}\n\n`).join('')
  for (const userAgent of [CHROME, `Chrome/1.0 ${READS_AHEAD}`]) {
    fixture.stage = userAgent
    fixture.replace(navigator, 'userAgent', { value: userAgent })
    const client = fixture.client({ parse: 'text', reconnect: 'never', fetch: async () => filling([...'abc'].map(chunk)) })
    const data = []
    client.on('message', (text) => {
      data.push(text)
      if (data.length > 1) return
      client.pause()
      setTimeout(() => client.resume())
    })
    const closed = new EventRecorder(client, 'close')
    client.connect()
    expect((await closed.nextData()).reason).toBe('server')
    expect(data).toStrictEqual([...'abc'].flatMap((letter) => Array.from({ length: 5000 }, (_, n) => `${letter}${n}`)))
  }
})

test('the body of an error response is read in the same way', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const response = filling(['it is ', 'too late', '!'], { status: 503 })
  const client = fixture.client({ reconnect: 'never', fetch: async () => response })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  const { error } = await recorder.nextData()
  expect([error.code, error.body]).toStrictEqual(['status', 'it is too late!'])
})

test('chunks of any size arrive unchanged', async ({ fixture }) => {
  const size = 64 * 1024
  for (const length of [
    size - 1,
    size,
    size + 1,
    5 * size - 1,
    5 * size,
    5 * size + 1,
    21 * size,
    21 * size + 1,
    37 * size + 1,
  ]) {
    fixture.stage = String(length)
    const data = 'é€😀x'.repeat(length / 10)
    const bytes = encoder.encode(`data: ${data}\n\ndata: the end\n\n`)
    // The first chunk has exactly that many bytes.
    const whole = Uint8Array.from({ length: length + bytes.length }, (_, n) => (n < length ? 0x0a : bytes[n - length]))
    const { stream, client } = await fixture.open({ parse: 'text', reconnect: 'never' })
    const recorder = new EventRecorder(client, 'message', 'close')
    stream.push(whole.subarray(0, length), whole.subarray(length)).end()
    expect([(await recorder.nextData()) === data, await recorder.nextData()]).toStrictEqual([true, 'the end'])
    expect((await recorder.nextData()).reason).toBe('server')
    expect(client.stats().bytes).toStrictEqual(whole.length)
  }
})

/** Whether this engine has byte streams. WebKitGTK 2.50 has none. */
const hasByteStreams = (() => {
  try {
    return Boolean(new ReadableStream({ type: 'bytes' }))
  } catch {
    return false
  }
})()

test('a byte stream of the page may close without answering the pending read', async ({ fixture }) => {
  if (!hasByteStreams) return
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const push = (controller, text) => controller.enqueue(encoder.encode(text))
  const endings = {
    'at once': { start: (it) => it.close() },
    'with something to read': { start: (it) => (push(it, 'data: 1\n\n'), push(it, 'data: 2\n\n'), it.close()) },
    'while a read is under way': { start: (it) => void turn().then(() => it.close()) },
    'right after a chunk that is waited for': {
      start: (it) => void turn().then(() => (push(it, 'data: 1\n\ndata: 2\n\n'), it.close())),
    },
    'when asked for more': { pull: (it) => it.close() },
  }
  for (const [name, source] of Object.entries(endings)) {
    fixture.stage = name
    const { data, reason } = await deliveredOf(fixture, new Response(new ReadableStream({ type: 'bytes', ...source }), STREAM))
    expect([data.join(), reason], name).toStrictEqual([/chunk|something/.test(name) ? '1,2' : '', 'server'])
  }
})

test('a body can be cancelled while it is read', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: 1\n\n')
  expect(await recorder.nextData()).toBe('1')
  await turn()
  client.disconnect()
  await turn()
  expect([client.state, stream.cancelled, stream.body.locked]).toStrictEqual(['closed', true, false])
  expect(fixture.reports.rest.length).toBe(0)
})

test('a reader that returns chunks in its own memory is read, too', async ({ fixture }) => {
  fixture.replace(navigator, 'userAgent', { value: CHROME })
  const memory = new Uint8Array(9)
  const chunk =
    (text, bytes = encoder.encode(text)) =>
    () => (encoder.encodeInto(text, bytes), { done: false, value: bytes })
  // The last two chunks are in the same memory.
  const reads = [
    chunk('data: 1\n\n'),
    chunk(`data: 2\n\n${':'.repeat(64 * 1024 - 9)}`),
    chunk('\ndata: 3\n\n'),
    chunk('data: 4\n\n', memory),
    chunk('data: 5\n\n', memory),
    () => ({ done: true }),
  ]
  const { data, reason } = await deliveredOf(
    fixture,
    fromNetwork({ getReader: () => ({ read: async (_) => reads.shift()(), cancel: async () => {}, releaseLock() {} }) }),
  )
  expect([data, reason]).toStrictEqual([['1', '2', '3', '4', '5'], 'server'])
})
