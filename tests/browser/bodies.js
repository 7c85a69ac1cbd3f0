// How the body of a response is read: in Chromium, and from the network, into memory of the reader's own.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal } from './bed/expect.js'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }
const encoder = new TextEncoder()
const CHROME = 'Chrome/142.0.0.0'

/**
 * A response from the network whose body writes each text into the memory it is given and takes that away, as engines do.
 * `seen` is told of that memory beforehand, `asked` how a reader was asked for.
 */
function filling(texts, { seen = () => {}, asked = () => {}, status } = {}) {
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

/** A response, but for what is said of it. */
const changed = (what) => Object.defineProperties(new Response('', STREAM), Object.fromEntries(Object.entries(what).map(([name, value]) => [name, { value }])))

/** What looks like a response from the network, with any body. */
const fromNetwork = (body, status = 200) => changed({ status, type: 'basic', body })

/** What a client hears of a response, up to the end. */
async function heardOf(bed, response) {
  const client = bed.client({ parse: 'text', reconnect: 'never', fetch: async () => response })
  const ear = new Ear(client, 'message', 'close')
  client.connect()
  const data = []
  for (;;) {
    const heard = await ear.data()
    if (typeof heard !== 'string') return { data, reason: heard.reason }
    data.push(heard)
  }
}

export async function chunks_are_read_into_the_same_memory_again_and_again(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const before = []
  const seen = (view) => before.push([view.byteLength, view.buffer.byteLength, new TextDecoder().decode(view.subarray(0, 9))])
  const { data, reason } = await heardOf(bed, filling(['data: 1\n\n', 'data: two\n\n', 'data: 3\n\n'], { seen }))
  equal([data, reason], [['1', 'two', '3'], 'server'])
  const size = 64 * 1024
  equal(before, [[size, size, '\0'.repeat(9)], [size, size, 'data: 1\n\n'], [size, size, 'data: two']])
}

export async function the_memory_grows_with_chunks_that_fill_it(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const [first, most] = [64 * 1024, 1024 * 1024]
  const sizes = []
  const texts = [first - 1, first, 4 * first, most, most].map((length) => `data: ${'x'.repeat(length - 8)}\n\n`)
  const { data, reason } = await heardOf(bed, filling([...texts], { seen: ({ buffer }) => sizes.push(buffer.byteLength) }))
  equal([data.map(({ length }) => length + 8), reason], [texts.map(({ length }) => length), 'server'])
  equal(sizes, [first, first, 4 * first, most, most])
}

const READS_AHEAD = 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0'

export async function it_is_known_by_the_engine_and_by_the_response_which_bodies_are_read_like_that(bed) {
  const modeOf = async (userAgent, change = (response) => response) => {
    bed.replace(navigator, 'userAgent', { value: userAgent })
    const modes = []
    const { data } = await heardOf(bed, change(filling(['data: 1\n\n'], { asked: (mode) => modes.push(mode) })))
    equal(data, ['1'])
    return modes
  }
  equal(await modeOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36'), ['byob'])
  for (const userAgent of [READS_AHEAD, `Chrome/1.0 ${READS_AHEAD}`, 'Mozilla/5.0 AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.4 Safari/605.1.15', 'Node.js/24', undefined]) {
    equal(await modeOf(userAgent), [undefined], userAgent)
  }
  equal(await modeOf(CHROME, ({ status, headers, body }) => ({ status, headers, type: 'basic', body })), [undefined], 'no response of the engine')
  equal(await modeOf(CHROME, ({ body }) => changed({ body })), [undefined], "a page's own response")
  const get = () => {
    throw new TypeError('no')
  }
  equal(await modeOf(CHROME, ({ body }) => Object.defineProperty(changed({ body }), 'type', { get })), [undefined], 'a type that throws')
}

export async function who_listens_in_and_does_not_pass_on_the_memory_is_no_harm(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const response = filling(['data: 1\n\n', 'data: 2\n\n'])
  const heard = []
  const { getReader } = response.body
  response.body.getReader = (options) => {
    const reader = getReader(options)
    const { read } = reader
    const strict = (view) => {
      if (options?.mode === 'byob' && !view) throw new TypeError('a view is required')
      return read(view)
    }
    return { ...reader, read: () => strict().then((result) => (heard.push(result.done), result)) }
  }
  equal((await heardOf(bed, response)).data, ['1', '2'])
  equal(heard, [false, false, true])
}

export async function an_engine_that_cannot_is_asked_in_the_old_way(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const modes = []
  const asked = (mode) => {
    modes.push(mode)
    if (mode) throw new TypeError('this is no byte stream')
  }
  equal((await heardOf(bed, filling(['data: 1\n\n', 'data: 2\n\n'], { asked }))).data, ['1', '2'])
  equal(modes, ['byob', undefined])
}

export async function what_is_kept_for_later_is_not_written_over(bed) {
  for (const userAgent of [CHROME, READS_AHEAD, `Chrome/1.0 ${READS_AHEAD}`]) {
    bed.stage = userAgent
    bed.replace(navigator, 'userAgent', { value: userAgent })
    const texts = Array.from({ length: 9 }, (_, n) => `data: ${n}\n\ndata: é${'x'.repeat(n * 7)}\n\ndata: ${n}`)
    const client = bed.client({ parse: 'text', reconnect: 'never', fetch: async () => filling(texts.map((text) => `${text}\n\n`)) })
    const data = []
    client.on('message', (text) => {
      data.push(text)
      client.pause()
      setTimeout(() => client.resume())
    })
    const closed = new Ear(client, 'close')
    // Even the first chunk comes while it is paused.
    client.pause()
    await client.connect()
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
    equal((await closed.data()).reason, 'server')
    equal(data, texts.flatMap((text) => text.split('\n\n').map((line) => line.slice('data: '.length))))
  }
}

export async function what_of_a_chunk_is_not_parsed_yet_is_not_written_over(bed) {
  const chunk = (letter) => Array.from({ length: 5000 }, (_, n) => `data: ${letter}${n}\n\n`).join('')
  for (const userAgent of [CHROME, `Chrome/1.0 ${READS_AHEAD}`]) {
    bed.stage = userAgent
    bed.replace(navigator, 'userAgent', { value: userAgent })
    const client = bed.client({ parse: 'text', reconnect: 'never', fetch: async () => filling([...'abc'].map(chunk)) })
    const data = []
    client.on('message', (text) => {
      data.push(text)
      if (data.length > 1) return
      client.pause()
      setTimeout(() => client.resume())
    })
    const closed = new Ear(client, 'close')
    client.connect()
    equal((await closed.data()).reason, 'server')
    equal(data, [...'abc'].flatMap((letter) => Array.from({ length: 5000 }, (_, n) => `${letter}${n}`)))
  }
}

export async function the_body_of_an_error_is_read_like_that_too(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const response = filling(['it is ', 'too late', '!'], { status: 503 })
  const client = bed.client({ reconnect: 'never', fetch: async () => response })
  const ear = new Ear(client, 'close')
  client.connect()
  const { error } = await ear.data()
  equal([error.code, error.body], ['status', 'it is too late!'])
}

export async function chunks_of_any_size_come_as_they_were_sent(bed) {
  const size = 64 * 1024
  for (const length of [size - 1, size, size + 1, 5 * size - 1, 5 * size, 5 * size + 1, 21 * size, 21 * size + 1, 37 * size + 1]) {
    bed.stage = String(length)
    const data = 'é€😀x'.repeat(length / 10)
    const bytes = encoder.encode(`data: ${data}\n\ndata: the end\n\n`)
    // The first chunk has exactly that many bytes.
    const whole = Uint8Array.from({ length: length + bytes.length }, (_, n) => (n < length ? 0x0a : bytes[n - length]))
    const { stream, client } = await bed.open({ parse: 'text', reconnect: 'never' })
    const ear = new Ear(client, 'message', 'close')
    stream.push(whole.subarray(0, length), whole.subarray(length)).end()
    equal([(await ear.data()) === data, await ear.data(), (await ear.data()).reason], [true, 'the end', 'server'])
    equal(client.stats().bytes, whole.length)
  }
}

/** Whether this engine has byte streams. WebKitGTK 2.50 has none, so nobody can give it one. */
const hasByteStreams = (() => {
  try {
    return Boolean(new ReadableStream({ type: 'bytes' }))
  } catch {
    return false
  }
})()

export async function a_byte_stream_of_a_pages_own_may_close_without_an_answer(bed) {
  if (!hasByteStreams) return
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const push = (controller, text) => controller.enqueue(encoder.encode(text))
  const endings = {
    'at once': { start: (it) => it.close() },
    'with something to read': { start: (it) => (push(it, 'data: 1\n\n'), push(it, 'data: 2\n\n'), it.close()) },
    'while a read is under way': { start: (it) => void turn().then(() => it.close()) },
    'right after a chunk that is waited for': { start: (it) => void turn().then(() => (push(it, 'data: 1\n\ndata: 2\n\n'), it.close())) },
    'when asked for more': { pull: (it) => it.close() },
  }
  for (const [name, source] of Object.entries(endings)) {
    bed.stage = name
    const { data, reason } = await heardOf(bed, new Response(new ReadableStream({ type: 'bytes', ...source }), STREAM))
    equal([data.join(), reason], [/chunk|something/.test(name) ? '1,2' : '', 'server'], name)
  }
}

export async function a_body_is_cancelled_while_it_is_read(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push('data: 1\n\n')
  equal(await ear.data(), '1')
  await turn()
  client.disconnect()
  await turn()
  equal([client.state, stream.cancelled, stream.body.locked, bed.reports.rest.length], ['closed', true, false, 0])
}

export async function a_reader_that_has_memory_of_its_own_is_used_like_that(bed) {
  bed.replace(navigator, 'userAgent', { value: CHROME })
  const memory = new Uint8Array(9)
  const chunk = (text, bytes = encoder.encode(text)) => () => (encoder.encodeInto(text, bytes), { done: false, value: bytes })
  // The last two are in the same memory.
  const reads = [chunk('data: 1\n\n'), chunk(`data: 2\n\n${':'.repeat(64 * 1024 - 9)}`), chunk('\ndata: 3\n\n'), chunk('data: 4\n\n', memory), chunk('data: 5\n\n', memory), () => ({ done: true })]
  const { data, reason } = await heardOf(bed, fromNetwork({ getReader: () => ({ read: async (_) => reads.shift()(), cancel: async () => {}, releaseLock() {} }) }))
  equal([data, reason], [['1', '2', '3', '4', '5'], 'server'])
}
