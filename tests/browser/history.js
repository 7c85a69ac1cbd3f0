// The last events, for listeners that come late.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, ok, thrown } from './bed/expect.js'

const dataOf = ({ history }) => history.map(({ data }) => data)
const numbered = (from, to) => Array.from({ length: to - from }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')
const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

/** Delivers text, and waits until it was. */
async function deliver(client, stream, text) {
  const ear = new Ear(client, 'the end')
  stream.push(`${text}event: the end\ndata: end\n\n`)
  await ear.next()
}

export async function nothing_is_kept_unless_it_is_asked_for(bed) {
  for (const options of [{}, { history: 0 }]) {
    const { client, stream } = await bed.open(options)
    await deliver(client, stream, numbered(0, 3))
    equal(client.history, [])
    client.disconnect()
  }
}

export async function the_last_events_are_kept_oldest_first(bed) {
  const { client, stream } = await bed.open({ history: 3 })
  equal(client.history, [])
  const ear = new Ear(client, 'message')
  for (let n = 0; n < 10; n++) {
    stream.push(numbered(n, n + 1))
    await ear.next()
    equal(dataOf(client), numbers(Math.max(0, n - 2), n + 1))
  }
}

export async function a_listener_finds_the_event_it_hears_already_there(bed) {
  const { client, stream } = await bed.open({ history: 2 })
  const found = new Promise((resolve) => client.once('message', (_, event) => resolve(client.history.at(-1) === event)))
  stream.push(numbered(0, 1))
  equal(await found, true)
}

export async function events_nobody_listens_to_are_kept_with_all_that_is_known_of_them(bed) {
  const { client, stream } = await bed.open({ history: 10 })
  stream.push('id: 1\nevent: unheard\ndata: {"ключ":1}\n\n: comment\nid: 2\n\ndata: b\n\n')
  while (client.history.length < 2) await turn()
  const { origin } = location
  equal(client.history.map((event) => ({ ...event })), [
    { type: 'unheard', data: '{"ключ":1}', id: '1', lastEventId: '1', origin },
    { type: 'message', data: 'b', id: '', lastEventId: '2', origin },
  ])
  equal(client.history[0].json(), { ключ: 1 })
}

export async function what_is_kept_does_not_depend_on_listeners(bed) {
  const stream = 'data: {"a":1}\n\ndata: not json\n\nevent: unheard\ndata: {\n\ndata:\n\ndata: 7\n\n'
  const kept = ['{"a":1}', 'not json', '{', '7']
  const types = { none: [], one: ['message'], two: ['message', '*'], errors: ['error'] }
  for (const [name, listened] of Object.entries(types)) {
    const { client, stream: sent } = await bed.open({ history: 10, parse: 'json' })
    for (const type of listened) client.on(type, () => {})
    sent.push(stream)
    while (client.stats().events < 5) await turn()
    equal(dataOf(client), kept, `listeners: ${name}`)
    client.disconnect()
  }
}

export async function what_a_parse_of_one_s_own_refuses_is_kept_as_it_came(bed) {
  const { client, stream } = await bed.open({
    history: 10,
    parse: (text) => {
      if (text === 'bad') throw new Error('my mistake')
      return text
    },
  })
  const ear = new Ear(client, 'error', 'message')
  stream.push('data: bad\n\ndata: good\n\n')
  equal([(await ear.data()).code, await ear.data(), dataOf(client)], ['parse', 'good', ['bad', 'good']])
}

export async function what_ends_the_stream_is_kept_only_if_it_is_delivered(bed) {
  const { client, stream } = await bed.open({ history: 10, until: ({ data }) => data === 'last' && 'deliver' })
  const ear = new Ear(client, 'close')
  stream.push('data: a\n\ndata: last\n\ndata: b\n\n')
  await ear.next()
  equal(dataOf(client), ['a', 'last'])
}

export async function what_ends_the_stream_is_not_kept(bed) {
  const { client, stream } = await bed.open({ history: 10, until: '[DONE]' })
  const ear = new Ear(client, 'close')
  stream.push('data: a\n\ndata: [DONE]\n\ndata: b\n\n')
  await ear.next()
  equal(dataOf(client), ['a'])
}

export async function what_was_not_delivered_is_not_kept(bed) {
  const { client, stream } = await bed.open({ history: 10 })
  const ear = new Ear(client, 'message')
  client.once('message', () => client.pause())
  stream.push(numbered(0, 3))
  await ear.next()
  await turn()
  equal(dataOf(client), ['0'])
  client.resume()
  await ear.all(2)
  client.once('message', () => client.disconnect())
  stream.push(numbered(3, 6))
  await ear.next()
  await turn()
  equal(dataOf(client), ['0', '1', '2', '3'])
}

export async function what_is_emitted_locally_is_not_kept(bed) {
  const { client } = await bed.open({ history: 10 })
  client.emit('message', 'local')
  equal(client.history, [])
}

export async function events_are_kept_across_connections(bed) {
  const client = bed.client({ history: 3 })
  const { stream } = await bed.opened(client)
  stream.push(numbered(0, 2)).break()
  const ear = new Ear(client, 'close', 'message')
  ;(await bed.server.next()).stream().push(numbered(2, 3))
  await ear.all(3)
  client.disconnect()
  equal(dataOf(client), numbers(0, 3), 'after the end too')
  const { stream: next } = await bed.opened(client)
  await deliver(client, next, numbered(3, 4))
  equal(dataOf(client), ['2', '3', 'end'])
}

export async function a_history_that_was_read_does_not_change(bed) {
  const { client, stream } = await bed.open({ history: 2 })
  await deliver(client, stream, numbered(0, 1))
  const { history } = client
  ok(Object.isFrozen(history) && thrown(() => history.push({})) instanceof TypeError, 'it is frozen')
  await deliver(client, stream, numbered(1, 2))
  equal([history.map(({ data }) => data), dataOf(client)], [['0', 'end'], ['1', 'end']])
}

export async function together_the_events_are_no_larger_than_one_may_be(bed) {
  const { client, stream } = await bed.open({ history: 1000, maxEventBytes: 1000 })
  const sizes = Array.from({ length: 200 }, (_, n) => (n * 37) % 400)
  await deliver(client, stream, sizes.map((size, n) => `id: ${n}\ndata: ${'x'.repeat(size)}\n\n`).join(''))
  const { history } = client
  const size = history.reduce((sum, { type, data, id }) => sum + type.length + data.length + id.length, 0)
  ok(size <= 1000 && size > 500, `${size} characters`)
  equal(history.at(-1).data, 'end')
  equal(history.slice(0, -1).map(({ data }) => data.length), sizes.slice(1 - history.length), 'they are the last ones')
  // One that fills the room alone makes all others go.
  await deliver(client, stream, `data: ${'y'.repeat(985)}\n\n`)
  equal(dataOf(client), ['end'])
  await deliver(client, stream, numbered(0, 2))
  equal(dataOf(client), ['end', '0', '1', 'end'])
}

export async function many_events_pass_through_a_long_history(bed) {
  const { client, stream } = await bed.open({ history: 1000 })
  for (let n = 0; n < 20; n++) stream.push(numbered(n * 1000, (n + 1) * 1000))
  await deliver(client, stream, '')
  equal(dataOf(client), [...numbers(19_001, 20_000), 'end'])
}
