// What the standard does not have, and only who asks for it gets. It must not depend on how the stream comes.

import { turn } from './bed/bed.js'
import { Ear } from './bed/ear.js'
import { equal, ok } from './bed/expect.js'

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
