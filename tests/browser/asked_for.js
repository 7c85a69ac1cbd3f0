// What the standard does not have, and only who asks for it gets. It must not depend on how the stream comes.

import { turn } from './bed/bed.js'
import { Ear } from './bed/ear.js'
import { equal, ok, rejection } from './bed/expect.js'

const encoder = new TextEncoder()

/** Not valid UTF-8: a text it is part of is decoded field by field. */
const MALFORMED = Uint8Array.of(...encoder.encode('data: '), 0xff, 0x0a, 0x0a)

/** Ways in which a stream may come: its chunks, and whether its listeners pause at every event. */
const WAYS = {
  'in one chunk': (bytes) => ({ chunks: [bytes] }),
  'in one chunk, paused at every event': (bytes) => ({ chunks: [bytes], isPaused: true }),
  'one event per chunk': (bytes) => ({ chunks: blocksOf(bytes) }),
  'one event per chunk, paused at every event': (bytes) => ({ chunks: blocksOf(bytes), isPaused: true }),
  'byte by byte': (bytes) => ({ chunks: [...bytes].map((byte) => Uint8Array.of(byte)) }),
  'behind malformed UTF-8': (bytes) => ({ chunks: [Uint8Array.of(...MALFORMED, ...bytes)], before: 1 }),
  'behind other alphabets': (bytes) => ({ chunks: [Uint8Array.of(...encoder.encode('data: é中🎈\n\n'), ...bytes)], before: 1 }),
  'behind many others': (bytes) => ({ chunks: [Uint8Array.of(...encoder.encode('data: {}\n\n'.repeat(2000)), ...bytes)], before: 2000 }),
}

/** Each block with its blank line. */
const blocksOf = (bytes) => new TextDecoder().decode(bytes).split(/(?<=\n\n)/).map((block) => encoder.encode(block))

/**
 * Demands that of such a stream these `[type, data, id, lastEventId]` are heard and that it closes like this, in whatever way
 * it comes and whether each type has a listener of its own or all have one.
 */
async function demand(bed, text, options, expected, close = { reason: 'server' }) {
  const bytes = encoder.encode(text)
  const ways = Object.entries(WAYS).map(([name, way]) => [name, way(bytes)])
  for (let at = 1; at < bytes.length; at++) ways.push([`cut at ${at}`, { chunks: [bytes.subarray(0, at), bytes.subarray(at)] }])
  for (const [name, way] of ways) {
    for (const types of [['*'], ['message', 'end', 'ping', 'é']]) {
      const { events, ...closed } = await heard(bed, way, options, types)
      equal([events.slice(way.before ?? 0), closed], [expected, close], `${JSON.stringify(text)} ${name}, listeners to ${types}`)
    }
  }
}

/** What is heard of a stream. An error is there by its code. */
async function heard(bed, { chunks, isPaused = false }, options, types) {
  const { client, stream } = await bed.open({ reconnect: 'never', ...options })
  const events = []
  for (const type of types) {
    client.on(type, (data, event) => {
      events.push([event.type, data, event.id, event.lastEventId])
      if (!isPaused) return
      client.pause()
      turn().then(() => client.resume())
    })
  }
  client.on('error', ({ code }) => events.push(code))
  const ear = new Ear(client, 'close')
  stream.push(...chunks).end()
  const { reason, error } = await ear.data()
  // It is over, and the bed keeps what it has been given.
  bed.clients.pop()
  bed.server.calls.pop()
  return error ? { events, reason, error } : { events, reason }
}

export async function an_event_that_has_a_type_and_no_data_is_delivered_where_that_is_asked_for(bed) {
  const stream = 'data: a\n\nevent: end\n\nevent: é\nid: 7\n\nevent:\n\nid: 8\n\n: c\n\ndata: b\n\nevent: ping\ndata\n\nevent: end\n: c\n\n'
  const [first, last, ping] = [['message', 'a', '', ''], ['message', 'b', '', '8'], ['ping', '', '', '8']]
  await demand(bed, stream, {}, [first, last, ping])
  await demand(bed, stream, { emptyEvents: false }, [first, last, ping])
  const all = [first, ['end', '', '', ''], ['é', '', '7', '7'], last, ping, ['end', '', '', '8']]
  await demand(bed, stream, { emptyEvents: true }, all)
  await demand(bed, stream, { emptyEvents: true, parse: 'text', history: 3 }, all)
}

export async function an_event_without_data_is_delivered_by_every_kind_of_parse(bed) {
  const stream = 'data: 1\n\nevent: end\n\ndata:\n\nevent: ping\ndata:\n\n'
  const named = [['end', '', '', ''], ['ping', '', '', '']]
  for (const [parse, first, blank] of [['auto', '1', ['message', '', '', '']], ['text', '1', ['message', '', '', '']], ['json', 1, undefined]]) {
    const expected = [['message', first, '', ''], named[0], ...(blank ? [blank] : []), named[1]]
    await demand(bed, stream, { emptyEvents: true, parse }, expected)
  }
  const parse = (text, event) => `${event.type}(${text})`
  await demand(bed, stream, { emptyEvents: true, parse }, [
    ['message', 'message(1)', '', ''], ['end', 'end()', '', ''], ['message', 'message()', '', ''], ['ping', 'ping()', '', ''],
  ])
}

export async function an_event_without_data_may_be_the_end_of_a_loop(bed) {
  const { client, stream } = await bed.open({ emptyEvents: true, until: ({ type }) => type === 'end' })
  const events = []
  const all = (async () => {
    for await (const { data } of client) events.push(data)
  })()
  stream.push('data: a\n\nevent: end\n\ndata: never\n\n')
  await all
  equal([events, client.state, client.stats().events], [['a'], 'closed', 2])
}

export async function white_space_around_the_end_mark_does_not_matter(bed) {
  for (const until of ['[DONE]', ' [DONE]\n']) {
    for (const mark of ['[DONE]', '[DONE] ', '  [DONE]', '\t[DONE]\r', '\ndata: [DONE]\ndata:']) {
      await demand(bed, `data: a\n\nid: 7\ndata: ${mark}\n\ndata: never\n\n`, { until }, [['message', 'a', '', '']], { reason: 'done' })
    }
  }
  const { events } = await heard(bed, { chunks: [encoder.encode('data: [DONE\n\ndata: D ONE]\n\n')] }, { until: '[DONE]' }, ['*'])
  equal(events.slice(0, 2).map(([, data]) => data), ['[DONE', 'D ONE]'])
}

export async function the_event_that_ends_the_stream_is_delivered_where_until_says_so(bed) {
  const until = ({ type, data }) => (type === 'end' || data === 'last' ? 'deliver' : false)
  const stream = 'data: a\n\nevent: end\nid: 7\ndata: {"usage":1}\n\ndata: never\n\n'
  const expected = [['message', 'a', '', ''], ['end', { usage: 1 }, '7', '7']]
  await demand(bed, stream, { until }, expected, { reason: 'done' })
  await demand(bed, stream, { until, history: 2 }, expected, { reason: 'done' })
  await demand(bed, 'data: last\n\ndata: never\n\n', { until }, [['message', 'last', '', '']], { reason: 'done' })
}

export async function a_server_s_own_error_ends_the_stream_with_the_error_that_until_makes_of_it(bed) {
  const error = new Error('overloaded')
  const returns = (event) => event.type === 'end' && error
  const throws = (event) => {
    if (event.type === 'end') throw error
  }
  const stream = 'data: a\n\nevent: end\nid: 7\ndata: {"error":"overloaded"}\n\ndata: never\n\n'
  for (const until of [returns, throws]) {
    await demand(bed, stream, { until }, [['message', 'a', '', '']], { reason: 'fatal', error })
  }
}

export async function a_loop_throws_the_very_error_that_until_ends_the_stream_with(bed) {
  for (const error of [new Error('overloaded'), new DOMException('overloaded'), errorOfAnotherFrame()]) {
    const { client, stream } = await bed.open({ until: ({ data }) => data === 'bad' && error })
    const ear = new Ear(client, 'error')
    const iterator = client[Symbol.asyncIterator]()
    const reader = client.stream().getReader()
    const events = [iterator.next(), reader.read()]
    stream.push('data: a\n\ndata: bad\n\ndata: never\n\n')
    equal((await Promise.all(events)).map(({ value }) => value.data), ['a', 'a'])
    ok((await rejection(iterator.next())) === error, 'the iterator throws it')
    ok((await rejection(reader.read())) === error, 'the stream errors with it')
    ok((await rejection(client[Symbol.asyncIterator]().next())) === error, 'so does an iterator made later')
    equal([await iterator.next(), client.state, stream.cancelled, ear.heard], [{ value: undefined, done: true }, 'closed', true, []])
    await bed.opened(client)
    const again = new Ear(client, 'close')
    client.disconnect()
    equal(await again.data(), { reason: 'client' }, 'the error is that of one connection')
  }
}

function errorOfAnotherFrame() {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const error = new frame.contentWindow.Error('overloaded')
  frame.remove()
  return error
}

export async function a_loop_gets_the_event_that_ends_the_stream_where_until_says_so(bed) {
  const { client, stream } = await bed.open({ until: ({ data }) => data === 'last' && 'deliver' })
  const events = []
  const all = (async () => {
    for await (const { data } of client) events.push(data)
  })()
  stream.push('data: a\n\ndata: last\n\ndata: never\n\n')
  await all
  equal([events, client.state], [['a', 'last'], 'closed'])
}

export async function a_listener_of_the_last_event_may_do_anything(bed) {
  const acts = {
    pause: { act: (client) => client.pause(), reason: 'done' },
    disconnect: { act: (client) => client.disconnect(), reason: 'client' },
    throw: {
      act: () => {
        throw new Error('my mistake')
      },
      reason: 'done',
    },
  }
  for (const [name, { act, reason }] of Object.entries(acts)) {
    const { client, stream } = await bed.open({ until: () => 'deliver' })
    const ear = new Ear(client, 'message', 'close')
    client.on('message', () => act(client))
    stream.push('data: last\n\ndata: never\n\n')
    equal(await ear.all(2), ['last', { reason }], name)
    if (name === 'throw') await bed.reports.next()
  }
  // Another stream was asked for, and does not end with the event of this one.
  const { client, stream } = await bed.open({ until: ({ data }) => data === 'last' && 'deliver' })
  const ear = new Ear(client, 'message', 'close')
  client.once('message', () => client.reconnect())
  stream.push('data: last\n\ndata: never\n\n')
  equal(await ear.data(), 'last')
  ;(await bed.server.next()).stream().push('data: next\n\n')
  equal([await ear.data(), client.state], ['next', 'open'])
}

export async function until_that_throws_something_else_than_an_error_is_reported_and_ends_nothing(bed) {
  const { client, stream } = await bed.open({
    until: () => {
      throw 'no error'
    },
  })
  const ear = new Ear(client, 'message')
  stream.push('data: 1\n\n')
  equal(await ear.data(), '1')
  equal([await bed.reports.next(), client.state], ['no error', 'open'])
}

export async function an_error_given_to_disconnect_is_why_it_closes_and_what_loops_throw(bed) {
  const error = new Error('the server said so')
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'close', 'error')
  client.on('failure', () => client.disconnect(error))
  const iterator = client[Symbol.asyncIterator]()
  const reader = client.stream().getReader()
  const events = [iterator.next(), reader.read()]
  stream.push('event: failure\ndata: x\n\ndata: never\n\n')
  for (const event of events) ok((await rejection(event)) === error, 'the loop throws it')
  equal([await ear.data(), ear.heard.length, client.state], [{ reason: 'client', error }, 1, 'closed'])
  // Anything else that is given is no error.
  await bed.opened(client)
  client.disconnect('enough')
  equal(await ear.data(), { reason: 'client' })
}

export async function the_error_given_to_disconnect_is_told_though_disconnect_is_called_once_more(bed) {
  const error = new Error('the server said so')
  for (const again of [undefined, new Error('another')]) {
    const client = bed.client({ reconnect: 'never' })
    const ear = new Ear(client, 'close')
    // The close comes after all listeners of this event have been called.
    client.on('open', () => client.disconnect(error))
    client.on('open', () => client.disconnect(again))
    const next = client[Symbol.asyncIterator]().next()
    const call = await bed.server.next()
    call.stream()
    ok((await rejection(next)) === error, 'the loop throws it')
    const told = await ear.data()
    ok(told.reason === 'client' && told.error === error, 'close carries it')
    // Long over: what is said now is not about the next connection.
    client.disconnect(again)
    client.off('open')
    await bed.opened(client)
    client.disconnect()
    equal(await ear.data(), { reason: 'client' })
  }
}

export async function connect_still_rejects_with_an_error_of_the_client_when_it_is_disconnected_with_one(bed) {
  const error = new Error('changed my mind')
  const client = bed.client()
  const ear = new Ear(client, 'close')
  const connected = rejection(client.connect())
  client.disconnect(error)
  const { name, code, cause } = await connected
  equal([name, code, cause === error], ['SSEError', 'aborted', true])
  equal(await ear.data(), { reason: 'client', error })
}

/** How a stream may end within an event, behind `data: a`: each is the same event `b`. */
const CUTS = ['data: b', 'data: b\n', 'data: b\r', 'data: b\r\n', 'data: b\n\n']

export async function an_event_cut_off_by_the_end_is_delivered_where_that_is_asked_for(bed) {
  const first = ['message', 'a', '', '']
  for (const cut of CUTS) {
    const whole = cut.endsWith('\n\n')
    const last = ['end', 'b', '7', '7']
    const stream = `data: a\n\nid: 7\nevent: end\n${cut}`
    await demand(bed, stream, { unfinished: 'deliver' }, [first, last])
    await demand(bed, stream, {}, whole ? [first, last] : [first])
    await demand(bed, stream, { unfinished: 'discard' }, whole ? [first, last] : [first])
  }
  await demand(bed, 'data: é中🎈\ndata: b', { unfinished: 'deliver' }, [['message', 'é中🎈\nb', '', '']])
  await demand(bed, 'event: end', { unfinished: 'deliver', emptyEvents: true }, [['end', '', '', '']])
  await demand(bed, 'event: end', { unfinished: 'deliver' }, [])
  await demand(bed, 'data: a\n\n: comment', { unfinished: 'deliver' }, [first])
}

export async function an_event_cut_off_by_the_end_may_be_the_end_mark(bed) {
  const options = { until: '[DONE]', unfinished: 'deliver' }
  for (const mark of ['[DONE]', '[DONE]\n', '[DONE] \r\n']) {
    await demand(bed, `data: a\n\ndata: ${mark}`, options, [['message', 'a', '', '']], { reason: 'done' })
  }
  const error = new Error('overloaded')
  const until = ({ data }) => data === 'bad' && error
  await demand(bed, 'data: a\n\ndata: bad', { until, unfinished: 'deliver' }, [['message', 'a', '', '']], { reason: 'fatal', error })
}

export async function of_a_stream_that_breaks_nothing_unfinished_is_delivered(bed) {
  const { client, stream } = await bed.open({ unfinished: 'deliver', reconnect: 'never' })
  const ear = new Ear(client, 'message', 'close')
  stream.push('data: a\n\ndata: half of i').break()
  equal(await ear.data(), 'a')
  equal((await ear.data()).error.code, 'network')
}

export async function an_unfinished_event_waits_while_the_client_is_paused_and_then_comes_before_the_close(bed) {
  for (const text of ['data: a\n\ndata: b', 'data: b']) {
    const { client, stream } = await bed.open({ unfinished: 'deliver', reconnect: 'never' })
    const ear = new Ear(client, '*', 'close')
    if (text === 'data: b') client.pause()
    else client.once('message', () => client.pause())
    stream.push(text).end()
    for (let n = 0; n < 5; n++) await turn()
    equal(ear.heard.filter(([, data]) => data !== 'a'), [], 'nothing yet')
    client.resume()
    equal((await ear.until('close')).reason, 'server')
    equal(ear.heard.map(([, data]) => data).slice(-2)[0], 'b')
  }
}

export async function a_loop_gets_the_unfinished_event_too(bed) {
  const { client, stream } = await bed.open({ unfinished: 'deliver', reconnect: 'never' })
  const events = []
  stream.push('data: a\n\ndata: b').end()
  for await (const { data } of client) events.push(data)
  equal(events, ['a', 'b'])
}

export async function what_a_stream_brought_in_vain_is_in_the_debug_log(bed) {
  const kinds = ['unfinished', 'ignored-lines']
  const logged = async (text, options, end = (stream) => stream.end()) => {
    const entries = []
    const { client, stream } = await bed.open({ reconnect: 'never', debug: (entry) => entries.push(entry), ...options })
    const ear = new Ear(client, 'close')
    for (const chunk of [].concat(text)) stream.push(chunk)
    end(stream)
    await ear.next()
    return entries.filter(({ kind }) => kinds.includes(kind)).map(({ at, ...entry }) => entry)
  }
  const unfinished = { kind: 'unfinished', lastEventId: '7' }
  const ignored = (lines) => ({ kind: 'ignored-lines', lines })
  for (const cut of ['data: secret', 'data: secret\n', 'event: e\ndata', ': c\ndata: secret\n: c']) {
    equal(await logged(`id: 7\ndata: a\n\n${cut}`), [unfinished], cut)
    equal(await logged(`id: 7\ndata: a\n\n${cut}`, {}, (stream) => stream.break()), [unfinished], cut)
    equal(await logged(`id: 7\ndata: a\n\n${cut}`, { unfinished: 'deliver' }), [], cut)
  }
  for (const whole of ['', 'event: e', 'id: 8', ': comment', '\n', 'retry: 5']) equal(await logged(`id: 7\ndata: a\n\n${whole}`), [], whole)
  equal(await logged('data: a\n\nDATA: b\n\n{"data":1}\n\n'), [ignored(2)])
  equal(await logged(['data: a\n\npi', 'ng'], {}), [ignored(1)], 'a last line without an end counts')
  equal(await logged('data: a\n\nnonsense\ndata: b', { unfinished: 'deliver' }), [ignored(1)])
}
