// How the body of a response is read: into memory of the reader's own, where it is a byte stream.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, ok } from './bed/expect.js'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }
const encoder = new TextEncoder()

/** WebKit has none so far, so nobody can give it one. */
const hasByteStreams = (() => {
  try {
    return Boolean(new ReadableStream({ type: 'bytes' }))
  } catch {
    return false
  }
})()

/**
 * A response whose body writes each text into the memory it is given and takes that away, as engines do. `seen` is told of
 * that memory beforehand.
 */
function filling(texts, seen = () => {}) {
  const read = async (view) => {
    const text = texts.shift()
    if (text === undefined) return { done: true }
    seen(view)
    const { written } = encoder.encodeInto(text, view)
    const buffer = structuredClone(view.buffer, { transfer: [view.buffer] })
    return { done: false, value: new Uint8Array(buffer, 0, written) }
  }
  const reader = { read, closed: new Promise(() => {}), cancel: async () => {}, releaseLock() {} }
  return answer({ getReader: ({ mode }) => (equal(mode, 'byob'), reader) })
}

/** What only resembles a response, with such a body. */
const answer = (body) => ({ status: 200, headers: new Headers(STREAM.headers), body })

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
  const before = []
  const seen = (view) => before.push([view.byteLength, view.buffer.byteLength, new TextDecoder().decode(view.subarray(0, 9))])
  const { data, reason } = await heardOf(bed, filling(['data: 1\n\n', 'data: two\n\n', 'data: 3\n\n'], seen))
  equal([data, reason], [['1', 'two', '3'], 'server'])
  const size = 256 * 1024
  equal(before, [[size, size, '\0'.repeat(9)], [size, size, 'data: 1\n\n'], [size, size, 'data: two']])
}

const READS_AHEAD = 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0'

export async function what_is_kept_for_later_is_not_written_over(bed) {
  for (const userAgent of ['Tests/1.0', READS_AHEAD]) {
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
  bed.replace(navigator, 'userAgent', { value: READS_AHEAD })
  const chunk = (letter) => Array.from({ length: 5000 }, (_, n) => `data: ${letter}${n}\n\n`).join('')
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

export async function chunks_of_any_size_come_as_they_were_sent(bed) {
  const size = 256 * 1024
  for (const length of [size - 1, size, size + 1, 2 * size, 2 * size + 1, 3 * size - 1]) {
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

export async function a_byte_stream_that_closes_without_an_answer_is_at_its_end(bed) {
  if (!hasByteStreams) return
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

export async function such_an_end_waits_for_what_is_not_delivered_yet(bed) {
  if (!hasByteStreams) return
  let controller
  const body = new ReadableStream({ type: 'bytes', start: (it) => (controller = it) })
  const client = bed.client({ parse: 'text', reconnect: 'never', fetch: async () => new Response(body, STREAM) })
  const ear = new Ear(client, 'message', 'close')
  client.on('message', () => client.pause())
  await client.connect()
  controller.enqueue(encoder.encode('data: 1\n\ndata: 2\n\n'))
  equal(await ear.data(), '1')
  controller.close()
  for (let n = 0; n < 5; n++) await turn()
  equal([client.state, ear.heard.length], ['paused', 1])
  client.resume()
  equal(await ear.data(), '2')
  client.resume()
  equal((await ear.data()).reason, 'server')
}

export async function a_byte_stream_that_fails_has_failed(bed) {
  if (!hasByteStreams) return
  let controller
  const cause = new Error('it broke')
  const body = new ReadableStream({ type: 'bytes', start: (it) => (controller = it) })
  const client = bed.client({ reconnect: 'never', fetch: async () => new Response(body, STREAM) })
  const ear = new Ear(client, 'close')
  await client.connect()
  controller.error(cause)
  const { reason, error } = await ear.data()
  equal([reason, error.code], ['fatal', 'network'])
  ok(error.cause === cause, 'what broke it is the cause')
}

export async function a_byte_stream_is_cancelled_while_it_is_read(bed) {
  if (!hasByteStreams) return
  let cancelled = 0
  const body = new ReadableStream({ type: 'bytes', cancel: () => void cancelled++ })
  const client = bed.client({ fetch: async () => new Response(body, STREAM) })
  await client.connect()
  await turn()
  client.disconnect()
  await turn()
  equal([client.state, cancelled, body.locked, bed.reports.rest.length], ['closed', 1, false, 0])
}

export async function a_reader_that_has_memory_of_its_own_is_used_like_that(bed) {
  const chunk = (text) => ({ done: false, value: encoder.encode(text) })
  // The second is as large as what it could have been read into.
  const reads = [chunk('data: 1\n\n'), chunk(`data: 2\n\n${':'.repeat(256 * 1024 - 9)}`), chunk('\ndata: 3\n\n'), { done: true }]
  const body = { getReader: () => ({ read: async () => reads.shift(), cancel: async () => {}, releaseLock() {} }) }
  const { data, reason } = await heardOf(bed, answer(body))
  equal([data, reason], [['1', '2', '3'], 'server'])
}

export async function a_reader_that_gives_the_same_memory_twice_is_believed(bed) {
  const memory = new Uint8Array(9)
  const texts = ['data: 1\n\n', 'data: 2\n\n']
  const read = async () => (texts.length === 0 ? { done: true } : (encoder.encodeInto(texts.shift(), memory), { done: false, value: memory }))
  const body = { getReader: () => ({ read, cancel: async () => {}, releaseLock() {} }) }
  const { data } = await heardOf(bed, answer(body))
  equal(data, ['1', '2'])
}
