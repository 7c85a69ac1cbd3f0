// A stream that is none: it says that it is an event stream and holds a JSON error, a page of a proxy, or an exception's text.

import { turn } from './bed/bed.js'
import { Ear } from './bed/ear.js'
import { equal, match, ok } from './bed/expect.js'

const encoder = new TextEncoder()

const FOREIGN = {
  'a JSON error': '{"error":{"message":"Rate limit reached","type":"requests"}}',
  'a JSON error over several lines': '{\n  "error": {\n    "message": "no"\n  }\n}\n',
  'a JSON array': '[{"error":"no"}]\n\n',
  'HTML': '<!DOCTYPE html>\r\n<html><body><h1>502 Bad Gateway</h1></body></html>\r\n',
  'text': 'upstream connect error or disconnect/reset before headers',
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

/** Ways in which the bytes may come. */
const WAYS = {
  'in one chunk': (bytes) => (bytes.length > 0 ? [bytes] : []),
  'byte by byte': (bytes) => [...bytes].map((byte) => Uint8Array.of(byte)),
  'in chunks of 7 bytes': (bytes) => Array.from({ length: Math.ceil(bytes.length / 7) }, (_, n) => bytes.subarray(7 * n, 7 * n + 7)),
}

async function closed(bed, chunks, options, pause) {
  const { client, stream } = await bed.open({ reconnect: 'never', ...options })
  client.on('message', () => {})
  const ear = new Ear(client, 'close')
  if (pause) client.pause()
  stream.push(...chunks).end()
  if (pause) {
    for (let n = 0; n < 5; n++) await turn()
    client.resume()
  }
  return ear.data()
}

export async function something_else_than_an_event_stream_is_an_error_that_shows_it(bed) {
  for (const [what, text] of Object.entries(FOREIGN)) {
    for (const [way, cut] of Object.entries(WAYS)) {
      for (const options of [{}, { unfinished: what.includes('cut off') ? 'discard' : 'deliver' }, { debug: () => {} }]) {
        const { reason, error } = await closed(bed, cut(encoder.encode(text)), options)
        equal([reason, error?.code, error?.retryable, error?.body], ['fatal', 'format', false, text.replace('\uFEFF', '')], `${what} ${way}`)
        ok(!error.message.includes('Rate limit'), 'the message does not quote it')
      }
    }
  }
}

export async function an_event_stream_without_events_ends_as_ever(bed) {
  for (const [what, text] of Object.entries(NOT_FOREIGN)) {
    for (const [way, cut] of Object.entries(WAYS)) equal(await closed(bed, cut(encoder.encode(text)), {}), { reason: 'server' }, `${what} ${way}`)
  }
}

/** Of so much that only a part of it is looked at, which may end within a name. */
export async function an_event_stream_that_brings_no_events_for_a_day_ends_as_ever(bed) {
  for (const block of ['event: ping\n\n', 'x-heartbeat: 1\n\n', ': Ж\n\n', ':\n']) {
    for (let n = 0; n < block.length; n++) {
      const text = `:${'-'.repeat(n)}\n${block.repeat(Math.ceil((70 * 1024) / block.length))}`
      equal(await closed(bed, [encoder.encode(text)], {}), { reason: 'server' }, `${block} behind ${n}`)
    }
  }
}

export async function something_else_is_found_while_the_client_is_paused(bed) {
  for (const [what, text] of Object.entries(FOREIGN)) {
    const { error } = await closed(bed, [text], {}, true)
    equal([error?.code, error?.body], ['format', text.replace('\uFEFF', '')], what)
  }
  for (const [what, text] of Object.entries(NOT_FOREIGN)) {
    if (text !== '') equal(await closed(bed, [text], {}, true), { reason: 'server' }, what)
  }
}

export async function it_is_not_asked_for_again_and_loops_throw(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'retry', 'error')
  const iterator = client[Symbol.asyncIterator]()
  const next = iterator.next()
  stream.push('{"error":"no"}').end()
  const error = await next.catch((thrown) => thrown)
  equal([error.code, error.body, ear.heard.length, client.state, bed.server.calls.length], ['format', '{"error":"no"}', 1, 'closed', 1])
  match(error.message, /text\/event-stream, but holds no event/)
}

export async function only_its_beginning_is_kept(bed) {
  const { error } = await closed(bed, Array.from({ length: 300 }, () => `<p>${'x'.repeat(1000)}</p>\n`), {})
  equal([error.code, error.body.length, error.body.slice(0, 4)], ['format', 64 * 1024, '<p>x'])
}

export async function a_stream_that_breaks_is_a_network_failure_whatever_it_held(bed) {
  for (const text of Object.values(FOREIGN)) {
    const { client, stream } = await bed.open({ reconnect: 'never' })
    const ear = new Ear(client, 'close')
    stream.push(text).break()
    equal((await ear.data()).error.code, 'network')
  }
}

export async function each_stream_of_a_client_is_looked_at_by_itself(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'close')
  for (const [text, code] of [['data: a\n\n', undefined], ['{"error":1}', 'format'], ['data: b\n\n<html>', undefined], ['<html>', 'format']]) {
    const { stream } = await bed.opened(client)
    stream.push(text)
    if (code) stream.end()
    else for (let n = 0; n < 5; n++) await turn()
    if (!code) client.disconnect()
    equal((await ear.data()).error?.code, code, text)
  }
}
