// The last events, for listeners that are added late.

import { EventRecorder, expect, test, thrown, turn } from './fixture/index.ts'

const dataOf = ({ history }) => history.map(({ data }) => data)
const numbered = (from, to) => Array.from({ length: to - from }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')
const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

/** Sends text, and waits until it is delivered. */
async function deliver(client, stream, text) {
  const recorder = new EventRecorder(client, 'the end')
  stream.push(`${text}event: the end\ndata: end\n\n`)
  await recorder.next()
}

test('no event is kept by default', async ({ fixture }) => {
  for (const options of [{}, { history: 0 }]) {
    const { client, stream } = await fixture.open(options)
    await deliver(client, stream, numbered(0, 3))
    expect(client.history).toStrictEqual([])
    client.disconnect()
  }
})

test('the last events are kept, the oldest first', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 3 })
  expect(client.history).toStrictEqual([])
  const recorder = new EventRecorder(client, 'message')
  for (let n = 0; n < 10; n++) {
    stream.push(numbered(n, n + 1))
    await recorder.next()
    expect(dataOf(client)).toStrictEqual(numbers(Math.max(0, n - 2), n + 1))
  }
})

test('a listener finds its own event already in the history', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 2 })
  const found = new Promise((resolve) => client.once('message', (_, event) => resolve(client.history.at(-1) === event)))
  stream.push(numbered(0, 1))
  expect(await found).toBe(true)
})

test('events without listeners are kept with all their fields', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 10 })
  stream.push('id: 1\nevent: unheard\ndata: {"ключ":1}\n\n: comment\nid: 2\n\ndata: b\n\n')
  while (client.history.length < 2) await turn()
  const { origin } = location
  expect(client.history.map((event) => ({ ...event }))).toStrictEqual([
    { type: 'unheard', data: '{"ключ":1}', id: '1', lastEventId: '1', origin },
    { type: 'message', data: 'b', id: '', lastEventId: '2', origin },
  ])
  expect(client.history[0].json()).toStrictEqual({ ключ: 1 })
})

test('the history does not depend on listeners', async ({ fixture }) => {
  const stream = 'data: {"a":1}\n\ndata: not json\n\nevent: unheard\ndata: {\n\ndata:\n\ndata: 7\n\n'
  const kept = ['{"a":1}', 'not json', '{', '7']
  const types = { none: [], one: ['message'], two: ['message', '*'], errors: ['error'] }
  for (const [name, listened] of Object.entries(types)) {
    const { client, stream: sent } = await fixture.open({ history: 10, parse: 'json' })
    for (const type of listened) client.on(type, () => {})
    sent.push(stream)
    while (client.stats().events < 5) await turn()
    expect(dataOf(client), `listeners: ${name}`).toStrictEqual(kept)
    client.disconnect()
  }
})

test('an event that the parse function refuses is kept as text', async ({ fixture }) => {
  const { client, stream } = await fixture.open({
    history: 10,
    parse: (text) => {
      if (text === 'bad') throw new Error('my mistake')
      return text
    },
  })
  const recorder = new EventRecorder(client, 'error', 'message')
  stream.push('data: bad\n\ndata: good\n\n')
  expect([(await recorder.nextData()).code, await recorder.nextData()]).toStrictEqual(['parse', 'good'])
  expect(dataOf(client)).toStrictEqual(['bad', 'good'])
})

test('the event that ends the stream is kept only if it is delivered', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 10, until: ({ data }) => data === 'last' && 'deliver' })
  const recorder = new EventRecorder(client, 'close')
  stream.push('data: a\n\ndata: last\n\ndata: b\n\n')
  await recorder.next()
  expect(dataOf(client)).toStrictEqual(['a', 'last'])
})

test('the end mark is not kept', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 10, until: '[DONE]' })
  const recorder = new EventRecorder(client, 'close')
  stream.push('data: a\n\ndata: [DONE]\n\ndata: b\n\n')
  await recorder.next()
  expect(dataOf(client)).toStrictEqual(['a'])
})

test('events that were not delivered are not kept', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 10 })
  const recorder = new EventRecorder(client, 'message')
  client.once('message', () => client.pause())
  stream.push(numbered(0, 3))
  await recorder.next()
  await turn()
  expect(dataOf(client)).toStrictEqual(['0'])
  client.resume()
  await recorder.take(2)
  client.once('message', () => client.disconnect())
  stream.push(numbered(3, 6))
  await recorder.next()
  await turn()
  expect(dataOf(client)).toStrictEqual(['0', '1', '2', '3'])
})

test('events of emit are not kept', async ({ fixture }) => {
  const { client } = await fixture.open({ history: 10 })
  client.emit('message', 'local')
  expect(client.history).toStrictEqual([])
})

test('events are kept across connections', async ({ fixture }) => {
  const client = fixture.client({ history: 3 })
  const { stream } = await fixture.connect(client)
  stream.push(numbered(0, 2)).break()
  const recorder = new EventRecorder(client, 'close', 'message')
  ;(await fixture.server.next()).stream().push(numbered(2, 3))
  await recorder.take(3)
  client.disconnect()
  expect(dataOf(client), 'after the end too').toStrictEqual(numbers(0, 3))
  const { stream: next } = await fixture.connect(client)
  await deliver(client, next, numbered(3, 4))
  expect(dataOf(client)).toStrictEqual(['2', '3', 'end'])
})

test('an array that history returned does not change', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 2 })
  await deliver(client, stream, numbered(0, 1))
  const { history } = client
  expect(Object.isFrozen(history) && thrown(() => history.push({})) instanceof TypeError, 'it is frozen').toBeTruthy()
  await deliver(client, stream, numbered(1, 2))
  expect([history.map(({ data }) => data), dataOf(client)]).toStrictEqual([
    ['0', 'end'],
    ['1', 'end'],
  ])
})

test('all events together are limited to maxEventBytes', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 1000, maxEventBytes: 1000 })
  const sizes = Array.from({ length: 200 }, (_, n) => (n * 37) % 400)
  await deliver(client, stream, sizes.map((size, n) => `id: ${n}\ndata: ${'x'.repeat(size)}\n\n`).join(''))
  const { history } = client
  const size = history.reduce((sum, { type, data, id }) => sum + type.length + data.length + id.length, 0)
  expect(size <= 1000 && size > 500, `${size} characters`).toBeTruthy()
  expect(history.at(-1).data).toBe('end')
  expect(
    history.slice(0, -1).map(({ data }) => data.length),
    'they are the last ones',
  ).toStrictEqual(sizes.slice(1 - history.length))
  // An event that fills the limit alone removes all others.
  await deliver(client, stream, `data: ${'y'.repeat(985)}\n\n`)
  expect(dataOf(client)).toStrictEqual(['end'])
  await deliver(client, stream, numbered(0, 2))
  expect(dataOf(client)).toStrictEqual(['end', '0', '1', 'end'])
})

test('many events pass through a long history', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ history: 1000 })
  for (let n = 0; n < 20; n++) stream.push(numbered(n * 1000, (n + 1) * 1000))
  await deliver(client, stream, '')
  expect(dataOf(client)).toStrictEqual([...numbers(19_001, 20_000), 'end'])
})
