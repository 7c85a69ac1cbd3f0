// A response that claims to be an event stream, and contains a JSON error, the page of a proxy, or the text of an exception.

import { EventRecorder, expect, test, turn } from './fixture/index.ts'

const encoder = new TextEncoder()

const FOREIGN = {
  'a JSON error': '{"error":{"message":"Rate limit reached","type":"requests"}}',
  'a JSON error over several lines': '{\n  "error": {\n    "message": "no"\n  }\n}\n',
  'a JSON array': '[{"error":"no"}]\n\n',
  HTML: '<!DOCTYPE html>\r\n<html><body><h1>502 Bad Gateway</h1></body></html>\r\n',
  text: 'upstream connect error or disconnect/reset before headers',
  'one word': 'Unauthorized',
  'one word in lower case': 'unauthorized',
  'a name of a field with more behind it': 'data base error',
  'an exception': 'Error: connect ECONNREFUSED 127.0.0.1:5432\n    at TCPConnectWrap.afterConnect\n',
  'JSON behind a comment': ': connected\n\n{"error":"no"}\n',
  'JSON behind a field': 'retry: 1000\n\n{"error":"no"}',
  'JSON behind an id': 'id: 7\n\n{"error":"no"}',
  'JSON behind a byte order mark': '\uFEFF{"error":"no"}',
  'other alphabets': 'Ошибка сервера 🎈',
  'fields that are indented': '  data: a\n\n  data: b\n\n',
  'an event that is cut off, and JSON': 'data: a\n{"error":"no"}',
}

const NOT_FOREIGN = {
  nothing: '',
  'blank lines': '\n\n  \n\r\n',
  comments: ': keep-alive\n\n:\n\n: {"error":"no"}\n\n',
  'fields without data': 'event: ping\n\nid: 7\n\nretry: 10\n\n',
  'a field name alone': 'data',
  'a field name that is cut off': ': connected\n\nda',
  'line separators of Unicode in a comment': ': a\u2028b\u2029c\n\n',
  'line separators of Unicode in an unfinished event': 'data: "a\u2028b\u2029c',
  'an unfinished event': 'data: {"error":"no"}',
  'fields that the standard does not know': 'heartbeat: 1\n\nx-trace_id: {"a":1}\n\n',
  'an event before': 'data: a\n\n{"error":"no"}\n',
  'an event behind': '{"error":"no"}\n\ndata: a\n\n',
  'an event without listeners': 'event: unheard\ndata: a\n\n<html>',
}

/** How the bytes arrive. */
const WAYS = {
  'in one chunk': (bytes) => (bytes.length > 0 ? [bytes] : []),
  'byte by byte': (bytes) => [...bytes].map((byte) => Uint8Array.of(byte)),
  'in chunks of 7 bytes': (bytes) =>
    Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(7 * n, 7 * n + 7)),
}

async function closed(fixture, chunks, options?, pause?) {
  const { client, stream } = await fixture.open({ reconnect: 'never', ...options })
  client.on('message', () => {})
  const recorder = new EventRecorder(client, 'close')
  if (pause) client.pause()
  stream.push(...chunks).end()
  if (pause) {
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
  }
  return recorder.nextData()
}

test('a body that is not an event stream causes an error with its text', async ({ fixture }) => {
  for (const [what, text] of Object.entries(FOREIGN)) {
    for (const [way, cut] of Object.entries(WAYS)) {
      for (const options of [{}, { unfinished: what.includes('cut off') ? 'discard' : 'deliver' }, { debug: () => {} }]) {
        const { reason, error } = await closed(fixture, cut(encoder.encode(text)), options)
        expect([reason, error?.code, error?.retryable], `${what} ${way}`).toStrictEqual(['fatal', 'format', false])
        expect(error?.body, `${what} ${way}`).toStrictEqual(text.replace('\uFEFF', ''))
        expect(!error.message.includes('Rate limit'), 'the message does not quote it').toBeTruthy()
      }
    }
  }
})

test('an event stream without events ends normally', async ({ fixture }) => {
  for (const [what, text] of Object.entries(NOT_FOREIGN)) {
    for (const [way, cut] of Object.entries(WAYS))
      expect(await closed(fixture, cut(encoder.encode(text)), {}), `${what} ${way}`).toStrictEqual({ reason: 'server' })
  }
})

/** More text than the client keeps. The kept part may end within a field name. */
test('an event stream that sends no event for a day ends normally', async ({ fixture }) => {
  for (const block of ['event: ping\n\n', 'x-heartbeat: 1\n\n', ': Ж\n\n', ':\n']) {
    for (let n = 0; n < block.length; n++) {
      const text = `:${'-'.repeat(n)}\n${block.repeat(Math.ceil((70 * 1024) / block.length))}`
      expect(await closed(fixture, [encoder.encode(text)], {}), `${block} behind ${n}`).toStrictEqual({ reason: 'server' })
    }
  }
})

test('such a body is detected while the client is paused', async ({ fixture }) => {
  for (const [what, text] of Object.entries(FOREIGN)) {
    const { error } = await closed(fixture, [text], {}, true)
    expect([error?.code, error?.body], what).toStrictEqual(['format', text.replace('\uFEFF', '')])
  }
  for (const [what, text] of Object.entries(NOT_FOREIGN)) {
    if (text !== '') expect(await closed(fixture, [text], {}, true), what).toStrictEqual({ reason: 'server' })
  }
})

test('the request is not sent again, and loops throw the error', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'retry', 'error')
  const iterator = client[Symbol.asyncIterator]()
  const next = iterator.next()
  stream.push('{"error":"no"}').end()
  const error = await next.catch((thrown) => thrown)
  expect([error.code, error.body, recorder.recorded.length]).toStrictEqual(['format', '{"error":"no"}', 1])
  expect([client.state, fixture.server.calls.length]).toStrictEqual(['closed', 1])
  expect(error.message).toMatch(/text\/event-stream, but the response contains no event/)
})

test('only the beginning of the body is kept', async ({ fixture }) => {
  const { error } = await closed(
    fixture,
    Array.from({ length: 300 }, () => `<p>${'x'.repeat(1000)}</p>\n`),
    {},
  )
  expect([error.code, error.body.length, error.body.slice(0, 4)]).toStrictEqual(['format', 64 * 1024, '<p>x'])
})

test('a stream that breaks is a network failure, whatever it contained', async ({ fixture }) => {
  for (const text of Object.values(FOREIGN)) {
    const { client, stream } = await fixture.open({ reconnect: 'never' })
    const recorder = new EventRecorder(client, 'close')
    stream.push(text).break()
    expect((await recorder.nextData()).error.code).toBe('network')
  }
})

test('each stream of a client is judged separately', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'close')
  for (const [text, code] of [
    ['data: a\n\n', undefined],
    ['{"error":1}', 'format'],
    ['data: b\n\n<html>', undefined],
    ['<html>', 'format'],
  ]) {
    const { stream } = await fixture.connect(client)
    stream.push(text)
    if (code) stream.end()
    else for (let n = 0; n < 5; n++) await turn()
    if (!code) client.disconnect()
    expect((await recorder.nextData()).error?.code, text).toStrictEqual(code)
  }
})
