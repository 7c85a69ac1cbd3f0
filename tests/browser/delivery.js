// From the chunks of a stream to the listeners: nothing lost, nothing twice, nothing changed.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, match, ok } from './bed/expect.js'

const encoder = new TextEncoder()

/** The parts of `[type, data, id, lastEventId]` of everything that a stream in these chunks delivers. */
async function delivered(bed, chunks, options) {
  const { client, stream } = await bed.open({ reconnect: 'never', ...options })
  const events = []
  client.on('*', (data, event) => events.push([event.type, data, event.id, event.lastEventId]))
  const ear = new Ear(client, 'close')
  stream.push(...chunks).end()
  await ear.next()
  return events
}

const VARIED = '\uFEFFretry: 10\r\nid: 1\r\ndata: plain\r\n\r\nevent: наука\rdata: ключ 🎈\rdata:\rdata:  tail\r\rid: 3\n\n: comment\ndata\n\nid\nevent: e\ndata: {"a":"ü"}\n\ndata: lost'

const VARIED_EVENTS = [
  ['message', 'plain', '1', '1'],
  ['наука', 'ключ 🎈\n\n tail', '', '1'],
  ['message', '', '', '3'],
  ['e', { a: 'ü' }, '', ''],
]

export async function a_stream_may_be_cut_anywhere(bed) {
  // Empty chunks are none of a byte stream.
  bed.server.bytes = false
  const bytes = encoder.encode(VARIED)
  equal(await delivered(bed, [bytes]), VARIED_EVENTS)
  for (let at = 0; at <= bytes.length; at++) equal(await delivered(bed, [bytes.subarray(0, at), bytes.subarray(at)]), VARIED_EVENTS, `cut at ${at}`)
}

export async function a_stream_may_come_byte_by_byte(bed) {
  equal(await delivered(bed, [...encoder.encode(VARIED)].map((byte) => Uint8Array.of(byte))), VARIED_EVENTS)
}

export async function empty_chunks_do_not_matter(bed) {
  // Empty chunks are none of a byte stream.
  bed.server.bytes = false
  equal(await delivered(bed, ['', 'da', '', 'ta: x\n', '', '\n', '']), [['message', 'x', '', '']])
}

export async function a_chunk_may_hold_any_number_of_events(bed) {
  for (const count of [1023, 1024, 1025, 5000]) {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const events = await delivered(bed, [numbers.map((n) => `id: ${n}\ndata: ${n}\n\n`).join('')])
    equal(events, numbers.map((n) => ['message', String(n), String(n), String(n)]))
  }
}

export async function no_string_is_made_of_what_nobody_hears(bed) {
  const { client, stream } = await bed.open({ parse: 'text' })
  const ear = new Ear(client, 'heard')
  const made = []
  const { slice } = String.prototype
  String.prototype.slice = function (...range) {
    const part = slice.apply(this, range)
    made.push(part)
    return part
  }
  try {
    stream.push('event: nobody\ndata: nobody hears this\n\nevent: heard\ndata: somebody hears this\n\n')
    await ear.next()
  } finally {
    String.prototype.slice = slice
  }
  ok(made.includes('somebody hears this'), made)
  equal(made.filter((part) => part.includes('nobody')), [])
}

export async function a_hundred_thousand_events_come_in_order(bed) {
  const { client, stream } = await bed.open()
  const count = 100_000
  const text = Array.from({ length: count }, (_, n) => `id: ${n}\ndata: {"n":${n},"text":"événement"}\n\n`).join('')
  const bytes = encoder.encode(text)
  let expected = 0
  const all = new Promise((resolve, reject) => {
    client.on('message', ({ n }, { id }) => {
      if (n !== expected || id !== String(n)) reject(new Error(`expected ${expected}, got ${n} with id ${id}`))
      if (++expected === count) resolve()
    })
  })
  // A size that is no multiple of anything: borders lie everywhere.
  for (let at = 0; at < bytes.length; at += 65_521) stream.push(bytes.subarray(at, at + 65_521))
  await all
  equal([client.stats().events, client.stats().bytes, client.lastEventId], [count, bytes.length, String(count - 1)])
}

export async function malformed_utf8_is_replaced_as_text_decoder_does(bed) {
  const data = [0x61, 0xff, 0x62, 0xe2, 0x82, 0x63, 0xf0, 0x9f, 0x0a]
  const bytes = Uint8Array.of(...encoder.encode('event: \xe4'), 0xff, ...encoder.encode('\nid: é\ndata: '), ...data, 0x0a)
  const text = new TextDecoder().decode(Uint8Array.from(data.slice(0, -1)))
  equal(await delivered(bed, [bytes]), [['ä\uFFFD', text, 'é', 'é']])
  equal(await delivered(bed, [...bytes].map((byte) => Uint8Array.of(byte))), [['ä\uFFFD', text, 'é', 'é']])
}

export async function malformed_utf8_harms_no_other_event(bed) {
  const before = 'data: ключ 🎈\n\n'
  const after = 'event: ä\nid: 🎈\ndata: ö\n\n'
  const bytes = Uint8Array.of(...encoder.encode(before), ...encoder.encode('data: '), 0xc3, 0x0a, 0x0a, ...encoder.encode(after))
  equal(await delivered(bed, [bytes]), [['message', 'ключ 🎈', '', ''], ['message', '\uFFFD', '', ''], ['ä', 'ö', '🎈', '🎈']])
}

export async function a_malformed_type_is_heard_under_its_decoded_name(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'a\uFFFD')
  stream.push(Uint8Array.of(...encoder.encode('event: a'), 0xf0, 0x9f, ...encoder.encode('\ndata: one\n\n')))
  equal(await ear.data(), 'one')
}

export async function only_a_leading_byte_order_mark_is_removed(bed) {
  equal(await delivered(bed, ['\uFEFFdata: \uFEFFa\n\n\uFEFFdata: b\n\n']), [['message', '\uFEFFa', '', '']])
}

export async function every_stream_may_begin_with_a_byte_order_mark(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push('\uFEFFdata: 1\n\ndata: unfinished').end()
  ;(await bed.server.next()).stream().push('\uFEFFdata: 2\n\n')
  equal(await ear.all(2), ['1', '2'])
}

export async function an_event_cut_off_by_the_end_is_dropped(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push('id: 1\nevent: x\ndata: lost').break()
  const second = await bed.server.next()
  equal(second.headers.has('last-event-id'), false, 'its id does not count')
  second.stream().push('data: next\n\n')
  const { data, event } = await ear.next()
  equal([data, event.type, event.id], ['next', 'message', ''])
}

export async function an_event_has_its_type_data_id_and_origin(bed) {
  const { client, stream } = await bed.open({ lastEventId: '7' })
  const ear = new Ear(client, 'note', 'message')
  stream.push('event: note\ndata: {"a":\ndata: 1}\n\nid: 8\ndata: x\n\ndata: y\n\n')
  const events = [await ear.next(), await ear.next(), await ear.next()].map(({ event }) => event)
  const { origin } = location
  equal(events.map((event) => ({ ...event })), [
    { type: 'note', data: '{"a":\n1}', id: '', lastEventId: '7', origin },
    { type: 'message', data: 'x', id: '8', lastEventId: '8', origin },
    { type: 'message', data: 'y', id: '', lastEventId: '8', origin },
  ])
  equal(events[0].json(), { a: 1 })
}

export async function the_origin_is_that_of_the_final_url(bed) {
  const client = bed.client()
  client.connect()
  const ear = new Ear(client, 'open', 'message')
  const response = new Response('data: x\n\n', { headers: { 'content-type': 'text/event-stream' } })
  Object.defineProperty(response, 'url', { value: 'https://elsewhere.test/a/b' })
  ;(await bed.server.next()).respond(response)
  equal((await ear.data()).url, 'https://elsewhere.test/a/b')
  equal((await ear.next()).event.origin, 'https://elsewhere.test')
}

export async function an_id_without_data_counts_but_is_no_event(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, '*')
  stream.push('id: 5\n\ndata: x\n\n')
  const { event } = await ear.next()
  equal([event.id, event.lastEventId, client.lastEventId, client.stats().events], ['', '5', '5', 1])
}

export async function the_last_event_id_is_known_without_any_listener(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'retry')
  stream.push('id: 1\nevent: a\ndata: x\n\nid: 2\ndata: x\n\n').break()
  await ear.next()
  equal([client.lastEventId, client.stats().events], ['2', 2])
}

export async function auto_parses_objects_and_arrays_and_leaves_the_rest(bed) {
  const cases = [
    ['{"a":1}', { a: 1 }], ['[1,2]', [1, 2]], [' \t{"a":1} ', { a: 1 }], ['7', '7'], ['"text"', '"text"'], ['null', 'null'], ['true', 'true'],
    ['{not json}', '{not json}'], ['[DONE]', '[DONE]'], ['', ''], ['   ', '   '], ['plain', 'plain'],
  ]
  const events = await delivered(bed, cases.map(([text]) => `data: ${text}\n\n`))
  equal(events.map(([, data]) => data), cases.map(([, data]) => data))
}

export async function text_is_never_parsed(bed) {
  equal(await delivered(bed, ['data: {"a":1}\n\n'], { parse: 'text' }), [['message', '{"a":1}', '', '']])
}

export async function json_parses_everything(bed) {
  const events = await delivered(bed, ['data: 7\n\ndata: "text"\n\ndata: null\n\n'], { parse: 'json' })
  equal(events.map(([, data]) => data), [7, 'text', null])
}

export async function json_takes_empty_data_for_a_sign_of_life(bed) {
  for (const blank of ['data\n\n', 'data:\n\n', 'data:  \n\n', 'data:\t\ndata:\n\n', 'event: ping\ndata:\n\n']) {
    for (const types of [['message'], ['message', 'ping'], ['*'], ['message', '*']]) {
      for (const isOne of [false, true]) {
        const { client, stream } = await bed.open({ parse: 'json' })
        const ear = new Ear(client, 'error', ...types)
        const chunks = ['data: 1\n\n', blank, 'data: 2\n\n', blank, 'data: 3\n\n', 'data: {\n\n']
        stream.push(...(isOne ? [chunks.join('')] : chunks))
        while (ear.heard.length < 3 * types.filter((type) => type !== 'ping').length + 1) await turn()
        equal([...new Set(ear.heard.map(([type, data]) => (type === 'error' ? data.code : data)))], [1, 2, 3, 'parse'], blank)
        equal([client.stats().events, client.state], [6, 'open'])
        client.disconnect()
      }
    }
  }
}

export async function a_function_that_looks_like_the_name_of_a_parser_is_called(bed) {
  for (const name of ['json', 'text', 'auto', '__proto__']) {
    const parse = Object.assign((text) => `own ${text}`, { toString: () => name })
    equal(await delivered(bed, ['data: x\n\n'], { parse }), [['message', 'own x', '', '']])
  }
  const parse = Object.assign((text) => text.length, {
    toString() {
      throw new Error('has no text')
    },
  })
  equal(await delivered(bed, ['data: x\n\n'], { parse }), [['message', 1, '', '']])
}

export async function a_function_parses_as_it_likes(bed) {
  const given = []
  const parse = (text, event) => {
    given.push([text, event.type])
    return text.length
  }
  equal(await delivered(bed, ['event: a\ndata: xyz\n\n'], { parse }), [['a', 3, '', '']])
  equal(given, [['xyz', 'a']])
}

export async function what_does_not_parse_is_an_error_and_is_not_delivered(bed) {
  const cause = new Error('my mistake')
  const fails = (text) => {
    if (text === 'bad') throw cause
    return text
  }
  for (const parse of ['json', fails]) {
    const { client, stream } = await bed.open({ parse })
    const ear = new Ear(client, 'error', '*')
    stream.push('id: 1\ndata: bad\n\ndata: 7\n\n')
    const error = await ear.data()
    equal([error.code, error.retryable, error.attempt, error.name], ['parse', false, 0, 'SSEError'])
    ok(parse === 'json' ? error.cause instanceof SyntaxError : error.cause === cause, 'the cause is there')
    equal([String(await ear.data()), client.state, client.lastEventId], ['7', 'open', '1'])
    client.disconnect()
  }
}

export async function a_type_nobody_listens_to_is_not_parsed(bed) {
  const { client, stream } = await bed.open({ parse: 'json' })
  const ear = new Ear(client, 'error', 'heard')
  stream.push('event: unheard\ndata: not json\n\nevent: heard\ndata: 1\n\n')
  equal(await ear.data(), 1)
  equal(client.stats().events, 2)
}

export async function until_ends_the_stream_and_is_not_delivered(bed) {
  const { client, stream } = await bed.open({ until: '[DONE]' })
  const ear = new Ear(client, '*', 'close')
  stream.push('data: [DONE]?\n\ndata: x\n\nid: 9\nevent: unheard\ndata: [DONE]\n\ndata: never\n\n')
  equal([await ear.data(), await ear.data(), await ear.data()], ['[DONE]?', 'x', { reason: 'done' }])
  equal([client.state, client.lastEventId, bed.server.calls.length, stream.cancelled], ['closed', '9', 1, true])
  await turn()
  equal(ear.heard.length, 3)
}

export async function until_may_be_a_function_that_sees_every_event(bed) {
  const seen = []
  const until = (event) => {
    seen.push([event.type, event.data])
    return event.type === 'end'
  }
  const { client, stream } = await bed.open({ until })
  const ear = new Ear(client, 'message', 'close')
  stream.push('event: unheard\ndata: 1\n\ndata: 2\n\nevent: end\ndata: 3\n\ndata: 4\n\n')
  equal(await ear.all(2), ['2', { reason: 'done' }])
  equal(seen, [['unheard', '1'], ['message', '2'], ['end', '3']])
}

export async function comments_are_told_in_order_with_the_events(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'comment', '*')
  stream.push(': one\ndata: a\n:two\ndata: b\n: три\n\n:\n\n')
  equal([await ear.next(), await ear.next(), await ear.next(), await ear.next(), await ear.next()].map(({ type, data }) => [type, data]), [
    ['comment', 'one'], ['comment', 'two'], ['comment', 'три'], ['*', 'a\nb'], ['comment', ''],
  ])
  equal([client.stats().comments, client.stats().events], [4, 1])
}

export async function comments_are_counted_when_nobody_listens(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push(':a\n:b\n', ':c\ndata: x\n\n')
  await ear.next()
  equal(client.stats().comments, 3)
}

export async function a_server_event_never_passes_for_one_of_the_connection(bed) {
  const names = ['state', 'open', 'error', 'retry', 'refresh', 'comment', 'max-reconnects-reached', 'close']
  const { client, stream } = await bed.open()
  const impostors = new Ear(client, ...names)
  const named = new Ear(client, ...names.map((name) => `event:${name}`))
  const all = new Ear(client, '*')
  for (const name of names) stream.push(`event: ${name}\ndata: ${name}!\n\n`)
  equal(await all.all(names.length), names.map((name) => `${name}!`))
  equal(named.heard, names.map((name) => [`event:${name}`, `${name}!`]))
  equal(impostors.heard, [])
  equal((await named.next()).event.type, 'state')
}

export async function types_that_look_like_our_own_notation_are_types(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'event:*', 'event:event:x', 'event:', 'toString', '__proto__')
  const all = new Ear(client, '*')
  for (const type of ['*', 'event:x', 'toString', '__proto__']) stream.push(`event: ${type}\ndata: ${type}\n\n`)
  await all.all(4)
  equal(ear.heard, [['event:*', '*'], ['event:event:x', 'event:x'], ['toString', 'toString'], ['__proto__', '__proto__']])
}

export async function types_are_compared_as_they_are(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'Note', 'note ', 'notе', 'заметка', 'message')
  const all = new Ear(client, '*')
  for (const type of ['note', 'Note', 'note ', 'заметка', 'message', '']) stream.push(`event: ${type}\ndata: ${type}\n\n`)
  await all.all(6)
  equal(ear.heard, [['Note', 'Note'], ['note ', 'note '], ['заметка', 'заметка'], ['message', 'message'], ['message', '']])
}

export async function an_event_beyond_the_limit_is_fatal_and_what_came_before_is_delivered(bed) {
  for (const cut of [1, 7, 1000]) {
    const { client, stream } = await bed.open({ maxEventBytes: 100 })
    const ear = new Ear(client, '*', 'error', 'close')
    const text = `id: 1\ndata: fine\n\ndata: ${'x'.repeat(101)}\n\ndata: never\n\n`
    for (let at = 0; at < text.length; at += cut) stream.push(text.slice(at, at + cut))
    equal(await ear.data(), 'fine')
    const error = await ear.data()
    equal([error.code, error.retryable, client.state], ['too-large', false, 'closed'])
    const { reason, error: same } = await ear.data()
    ok(reason === 'fatal' && same === error, 'it closes for this reason')
    equal([ear.heard.length, stream.cancelled, client.lastEventId], [3, true, '1'])
  }
}

export async function a_line_without_end_is_bounded(bed) {
  const { client, stream } = await bed.open({ maxEventBytes: 1000 })
  const ear = new Ear(client, 'close')
  for (let n = 0; n < 20; n++) stream.push(':'.repeat(100))
  equal((await ear.data()).error.code, 'too-large')
}

export async function a_client_works_again_after_an_event_that_was_too_large(bed) {
  const client = bed.client({ maxEventBytes: 1000 })
  const ear = new Ear(client, 'message', 'close')
  const { stream } = await bed.opened(client)
  stream.push(`data: ${'x'.repeat(2000)}\n\n`)
  equal((await ear.data()).reason, 'fatal')
  const { stream: next } = await bed.opened(client)
  next.push('data: fine\n\n')
  equal(await ear.data(), 'fine')
}

export async function an_event_of_twenty_megabytes_arrives(bed) {
  const { client, stream } = await bed.open({ maxEventBytes: 32 * 2 ** 20, parse: 'text' })
  const ear = new Ear(client, '*', 'error')
  const megabyte = 'äx€🎈'.repeat(2 ** 20 / 10)
  const bytes = encoder.encode(megabyte)
  stream.push('data: before\n\ndata: ')
  for (let n = 0; n < 20; n++) stream.push(bytes)
  stream.push('\nid: 1\n\ndata: after\n\n')
  equal(await ear.data(), 'before')
  const large = await ear.data()
  equal(large.length, 20 * megabyte.length)
  ok(large === megabyte.repeat(20), 'it is what was sent')
  equal(await ear.data(), 'after')
}

export async function a_chunk_of_many_megabytes_is_delivered_in_pieces(bed) {
  // A byte stream would not hand it over in one chunk.
  bed.server.bytes = false
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'end')
  const numbers = []
  client.on('message', ({ n }) => numbers.push(n))
  const count = 50_000
  stream.push(`${Array.from({ length: count }, (_, n) => `data: {"n":${n},"pad":"${'é'.repeat(50)}"}\n\n`).join('')}event: end\ndata\n\n`)
  await ear.next()
  equal(numbers, Array.from({ length: count }, (_, n) => n))
}

export async function memory_that_grows_under_a_listener_does_no_harm(bed) {
  const { client, stream } = await bed.open()
  const received = []
  const before = bed.engine.memory.buffer
  client.on('*', (data, { type, id }) => {
    received.push([type, data, id])
    // As another client does that is fed a large event.
    if (received.length === 3) bed.engine.memory.grow(1)
  })
  const ear = new Ear(client, 'end')
  const events = Array.from({ length: 3000 }, (_, n) => [`t${n % 3}`, `дані ${n}`, String(n)])
  stream.push(`${events.map(([type, data, id]) => `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`).join('')}event: end\ndata\n\n`)
  await ear.next()
  ok(before.byteLength === 0, 'the memory has grown, and its old buffer is detached')
  equal(received.slice(0, -1), events)
}

export async function chunks_of_another_frame_are_bytes_too(bed) {
  // A byte stream would make them this frame's.
  bed.server.bytes = false
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  stream.push(frame.contentWindow.Uint8Array.from(encoder.encode('data: x\n\n')))
  equal(await ear.data(), 'x')
  frame.remove()
}

export async function a_body_that_yields_no_bytes_is_a_callback_error(bed) {
  bed.server.bytes = false
  for (const chunk of [{ text: 'data: x\n\n' }, null, 7, new ArrayBuffer(8), new Uint16Array(8)]) {
    const { client, stream } = await bed.open()
    const ear = new Ear(client, 'close')
    stream.push(chunk)
    const { reason, error } = await ear.data()
    equal([reason, error.code], ['fatal', 'callback'])
    match(error.message, /the body yields .* where bytes are due/)
    equal(stream.cancelled, true)
  }
}

export async function stats_count_what_has_arrived(bed) {
  const client = bed.client()
  equal(client.stats(), { bytes: 0, events: 0, comments: 0, attempts: 0, reconnects: 0 })
  const { stream } = await bed.opened(client)
  const ear = new Ear(client, 'message')
  const before = performance.now()
  stream.push('data: a\n\n:c\ndata: b\n\n')
  await ear.all(2)
  const { connectedAt, lastByteAt, ...counts } = client.stats()
  equal(counts, { bytes: 21, events: 2, comments: 1, attempts: 1, reconnects: 0 })
  ok(connectedAt <= before && before - 1 <= lastByteAt && lastByteAt <= performance.now(), 'the times are on the clock of the page')
  stream.end()
  ;(await bed.server.next()).stream().push('data: c\n\n')
  await ear.next()
  const { bytes, events, attempts, reconnects } = client.stats()
  equal([bytes, events, attempts, reconnects], [30, 3, 2, 1])
}

export async function a_reconnect_without_a_byte_leaves_the_time_of_the_last_one(bed) {
  const clock = new Clock(bed)
  const { client, stream } = await bed.open()
  ok(!('lastByteAt' in client.stats()), 'no byte has come yet')
  const ear = new Ear(client, 'message', 'retry', 'open')
  clock.pass(10)
  const { lastByteAt: none, connectedAt } = client.stats()
  equal(none, undefined)
  stream.push('data: x\n\n')
  await ear.next()
  const { lastByteAt } = client.stats()
  equal(lastByteAt, connectedAt + 10)
  clock.pass(10)
  stream.break()
  await ear.until('retry')
  clock.pass(10_000)
  const second = await bed.server.next()
  const silent = second.stream()
  await ear.until('open')
  clock.pass(10)
  equal([client.stats().lastByteAt, client.stats().reconnects], [lastByteAt, 1])
  silent.push('data: y\n\n')
  await ear.until('message')
  equal(client.stats().lastByteAt, performance.now())
}

const SIZES = { 'one short text': 1, 'a few pieces': 40, 'many pieces': 300 }

export async function large_chunks_are_taken_in_pieces_without_a_trace(bed) {
  const pads = ['', 'x'.repeat(50), 'é中🎈'.repeat(20), 'y'.repeat(3000), 'z'.repeat(5000), 'ключ '.repeat(3000)]
  const event = (n) => {
    const [pad, inner] = [pads[(n * 7) % pads.length], pads[(n * 5 + 1) % 3]]
    const lines = [`data: ${n} ${pad}`, `id: ${n} ${inner}`, n % 3 ? `event: ${n % 2 ? 'odd' : 'other'}` : ': comment', ...(n % 4 ? [] : [`data: ${inner}`])]
    const rotated = [...lines.slice(n % lines.length), ...lines.slice(0, n % lines.length)]
    // Far apart in the stream what is close in the event.
    return `${rotated.join(n % 50 ? '\n' : `\n: ${'c'.repeat(6000)}\n`)}\n\n${n % 11 ? '' : `: ${'k'.repeat(9000)}\n\nid: i${n}\n\n`}`
  }
  for (const [name, count] of Object.entries(SIZES)) {
    const numbers = Array.from({ length: count }, (_, n) => n)
    const bytes = encoder.encode(numbers.map(event).join(''))
    for (const types of [['*'], ['message', 'odd', 'other'], ['message', 'odd', '*'], ['message', 'other', 'comment']]) {
      for (const options of [{}, { history: 5 }]) {
        const heard = async (chunk, isPaused) => {
          const { client, stream } = await bed.open({ reconnect: 'never', parse: 'text', ...options })
          const all = []
          for (const type of types) {
            client.on(type, (data, { type: own, id, lastEventId }) => {
              all.push([type, data, own, id, lastEventId])
              if (!isPaused || all.length % 17) return
              client.pause()
              turn().then(() => client.resume())
            })
          }
          const ear = new Ear(client, 'close')
          for (let at = 0; at < bytes.length; at += chunk) stream.push(bytes.subarray(at, at + chunk))
          stream.end()
          await ear.next()
          const { bytes: received, events, comments } = client.stats()
          return { all, stats: [received, events, comments, client.lastEventId], history: client.history.map(({ data, id }) => [data, id]) }
        }
        // Small chunks, which are one piece each, are what the others are compared with.
        const expected = await heard(1000, false)
        ok(expected.all.length >= count / 3, 'there is something to compare')
        for (const [chunk, isPaused] of [[2 ** 20, false], [50_000, false], [2 ** 20, true]]) {
          equal(await heard(chunk, isPaused), expected, `${name}, chunks of ${chunk}, listeners to ${types}`)
        }
        bed.clients.length = 0
        bed.server.calls.length = 0
      }
    }
  }
}
