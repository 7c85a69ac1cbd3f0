// Pausing and resuming, with back-pressure and in engines that read ahead.

import { EventRecorder, expect, SimulatedClock, test, turn } from './fixture/index.ts'

/** Text and bytes in a row. */
const bytesOf = async (...parts) => new Uint8Array(await new Blob(parts).arrayBuffer())

/** Waits long enough for everything that is not paused to happen. */
async function quiet() {
  for (let n = 0; n < 5; n++) await turn()
}

/** The states of a client from now on. */
function statesOf(client) {
  const states = []
  client.on('state', ({ state }) => states.push(state))
  return states
}

/** Events with the numbers from `from` up to `to`, in both data and id. */
const numbered = (from, to) => Array.from({ length: to - from }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')

const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

test('a paused client delivers nothing until it is resumed', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'comment')
  const states = statesOf(client)
  stream.push('data: a\n\n')
  expect(await recorder.nextData()).toBe('a')
  client.pause()
  expect([client.state, client.readyState]).toStrictEqual(['paused', 1])
  stream.push('data: b\n\n', ': c\n', 'data: d\n\n')
  await quiet()
  expect(recorder.recorded.length).toBe(1)
  client.resume()
  expect([client.state, client.readyState]).toStrictEqual(['open', 1])
  expect(await recorder.take(3)).toStrictEqual(['b', 'c', 'd'])
  expect(states).toStrictEqual(['paused', 'open'])
})

test('after pause in a listener, events that were already received wait, too', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, '*', 'comment')
  client.once('message', () => client.pause())
  stream.push('id: 1\ndata: a\n\n: c\nid: 2\nevent: note\ndata: b\n\nid: 3\n\ndata: {"d":1}\n\n')
  await quiet()
  expect([recorder.recorded, client.state, client.lastEventId]).toStrictEqual([[['*', 'a']], 'paused', '1'])
  expect(client.stats().events).toBe(1)
  client.resume()
  expect(await recorder.take(4)).toStrictEqual(['a', 'c', 'b', { d: 1 }])
  expect([client.lastEventId, client.stats().events]).toStrictEqual(['3', 3])
})

test('all listeners get the event at which one of them pauses', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const heard = []
  client.on('message', (data) => (heard.push(`first ${data}`), client.pause()))
  client.on('message', (data) => heard.push(`second ${data}`))
  stream.push('data: a\n\ndata: b\n\n')
  await quiet()
  expect(heard).toStrictEqual(['first a', 'second a'])
})

/** What a stream of one chunk delivers to a client that pauses after every few events. */
async function deliveredInPauses(fixture, bytes, every, options?) {
  const { client, stream } = await fixture.open({ reconnect: 'never', ...options })
  const events = []
  let pauses = 0
  client.on('*', (data, event) => {
    events.push([event.type, data, event.id, event.lastEventId])
    expect(event.lastEventId).toStrictEqual(client.lastEventId)
    if (events.length % every > 0) return
    pauses++
    client.pause()
    turn().then(() => client.resume())
  })
  const recorder = new EventRecorder(client, 'close')
  stream.push(bytes).end()
  await recorder.next()
  return { events, pauses }
}

test('no event is lost, however often a client is paused', async ({ fixture }) => {
  const malformed = Uint8Array.of(0xff, 0xe2, 0x82)
  const texts = {
    'few events': [1, 'data: a\n\nevent: наука\ndata: 🎈\n\nid\ndata: {"a":1}\n\n'],
    'malformed text': [1, 'id: 1\ndata: ключ \n\ndata: ', malformed, '\n\nevent: ü\ndata: 🎈\n\n'],
    // More than one batch of events.
    'many events': [100, numbered(0, 5000)],
    'a pause at the end of every batch': [1024, numbered(0, 5000)],
    // More than one piece of a chunk.
    'large events': [1, `id: é\ndata: ${'ключ'.repeat(10_000)}\n\n`.repeat(30)],
    'many pieces of malformed text': [5000, 'data: x\n\n'.repeat(40_000), malformed, '\ndata: end\n\n'],
  }
  const { bytes: areByteStreams } = fixture.server
  for (const [name, [every, ...parts]] of Object.entries(texts)) {
    const bytes = await bytesOf(...parts)
    fixture.stage = name
    // A byte stream would divide the chunk.
    fixture.server.bytes = false
    const expected = await deliveredInPauses(fixture, bytes, Infinity)
    for (const isByteStream of [false, areByteStreams]) {
      fixture.server.bytes = isByteStream
      const actual = await deliveredInPauses(fixture, bytes, every)
      expect(actual.pauses > 0 && expected.events.length > 1, name).toBeTruthy()
      expect(actual.events, name).toStrictEqual(expected.events)
    }
  }
})

test('no event is lost when wasm memory grows during a pause', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const heard = []
  client.on('message', (data) => {
    heard.push(data)
    if (data === '2') client.pause()
  })
  stream.push(numbered(0, 3000))
  await quiet()
  expect(heard).toStrictEqual(['0', '1', '2'])
  fixture.engine.memory.grow(1)
  const recorder = new EventRecorder(client, 'end')
  client.resume()
  stream.push('event: end\ndata\n\n')
  await recorder.next()
  expect(heard).toStrictEqual(numbers(0, 3000))
})

test('listeners may be added and removed during a pause', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const heard = []
  client.on('a', (data) => (heard.push(`a ${data}`), client.pause()))
  stream.push('event: a\ndata: 1\n\nevent: b\ndata: 2\n\nevent: c\ndata: 3\n\nevent: a\ndata: 4\n\n')
  await quiet()
  client.off('a')
  client.on('b', (data) => heard.push(`b ${data}`))
  client.on('*', (data) => heard.push(`* ${data}`))
  client.resume()
  await quiet()
  expect(heard).toStrictEqual(['a 1', 'b 2', '* 2', '* 3', '* 4'])
})

test('a paused client reads nothing', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: 0\n\n')
  await recorder.next()
  await quiet()
  client.pause()
  const { pulls } = stream
  for (let n = 1; n <= 100; n++) stream.push(`data: ${n}\n\n`)
  await quiet()
  expect(stream.pulls, 'what was asked for before the pause is all').toStrictEqual(pulls)
  client.resume()
  expect(await recorder.take(100)).toStrictEqual(numbers(1, 101))
})

test('pause before connect is respected', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'message')
  const states = statesOf(client)
  client.pause()
  expect(client.state).toBe('idle')
  const { stream } = await fixture.connect(client)
  stream.push('data: a\n\n', 'data: b\n\n', 'data: c\n\n')
  await quiet()
  expect([client.state, recorder.recorded]).toStrictEqual(['paused', []])
  expect(stream.pulls, 'no more than one chunk is read').toBeLessThanOrEqual(1)
  client.resume()
  expect(await recorder.take(3)).toStrictEqual(['a', 'b', 'c'])
  expect(states).toStrictEqual(['connecting', 'open', 'paused', 'open'])
})

test('pause while reconnecting is respected', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const states = statesOf(client)
  stream.end()
  const call = await fixture.server.next()
  client.pause()
  client.pause()
  expect(client.state).toBe('reconnecting')
  call.stream().push('data: a\n\n')
  await quiet()
  expect([client.state, recorder.recorded]).toStrictEqual(['paused', []])
  client.resume()
  client.resume()
  expect(await recorder.nextData()).toBe('a')
  expect(states).toStrictEqual(['reconnecting', 'open', 'paused', 'open'])
})

test('pausing or resuming twice is like once', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const states = statesOf(client)
  client.resume()
  client.pause()
  client.pause()
  stream.push('data: a\n\ndata: b\n\n')
  await quiet()
  client.resume()
  client.pause()
  client.resume()
  client.resume()
  expect(await recorder.take(2)).toStrictEqual(['a', 'b'])
  expect(states).toStrictEqual(['paused', 'open', 'paused', 'open'])
})

test('pause and resume in the same listener change nothing', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.on('message', () => (client.pause(), client.resume()))
  stream.push(numbered(0, 2000))
  expect(await recorder.take(2000)).toStrictEqual(numbers(0, 2000))
})

test('pause on a closed client is respected when it is connected again', async ({ fixture }) => {
  const { client } = await fixture.open()
  const states = statesOf(client)
  client.disconnect()
  client.pause()
  expect([client.state, client.readyState]).toStrictEqual(['closed', 2])
  const { stream } = await fixture.connect(client)
  const recorder = new EventRecorder(client, 'message')
  stream.push('data: a\n\n')
  await quiet()
  expect([client.state, recorder.recorded]).toStrictEqual(['paused', []])
  client.resume()
  expect(await recorder.nextData()).toBe('a')
  expect(states).toStrictEqual(['closed', 'connecting', 'open', 'paused', 'open'])
})

test('disconnect while paused drops the waiting events', async ({ fixture }) => {
  const { client, call, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'close')
  client.once('message', () => client.pause())
  stream.push('data: a\n\ndata: b\n\n')
  expect(await recorder.nextData()).toBe('a')
  client.disconnect()
  expect([client.state, call.signal.aborted, stream.cancelled]).toStrictEqual(['closed', true, true])
  client.resume()
  await quiet()
  expect(recorder.recorded).toStrictEqual([
    ['message', 'a'],
    ['close', { reason: 'client' }],
  ])
  const { stream: next } = await fixture.connect(client)
  next.push('data: c\n\n')
  expect(await recorder.until('message'), 'the pause ended with the connection').toBe('c')
})

test('reconnect while paused continues after the last delivered event and stays paused', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4))
  expect(await recorder.nextData()).toBe('1')
  const states = statesOf(client)
  client.reconnect()
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('1')
  call.stream().push(numbered(2, 4))
  await quiet()
  expect([client.state, recorder.recorded.length]).toStrictEqual(['paused', 1])
  client.resume()
  expect(await recorder.take(2)).toStrictEqual(['2', '3'])
  expect(states).toStrictEqual(['reconnecting', 'open', 'paused', 'open'])
})

test('the end of a stream is processed after everything before it', async ({ fixture }) => {
  const ends = {
    ended: (stream) => stream.end(),
    broken: (stream) => stream.break(),
    done: (stream) => stream.push('data: [DONE]\n\n'),
  }
  for (const [name, end] of Object.entries(ends)) {
    const { client, stream } = await fixture.open({ until: '[DONE]', reconnect: 'never' })
    const recorder = new EventRecorder(client, 'message', 'error', 'close')
    client.pause()
    end(stream.push('data: a\n\n', 'data: b\n\n'))
    await quiet()
    expect([recorder.recorded, client.state], name).toStrictEqual([[], 'paused'])
    client.resume()
    expect(await recorder.take(2), name).toStrictEqual(['a', 'b'])
    await recorder.until('close')
  }
})

test('emit works while the client is paused', async ({ fixture }) => {
  const { client } = await fixture.open()
  const recorder = new EventRecorder(client, 'note')
  client.pause()
  expect(client.emit('note', 1)).toBe(true)
  expect(recorder.recorded).toStrictEqual([['note', 1]])
})

/** Makes the client expect an engine that reads ahead, as Firefox does. */
const readAhead = (fixture) =>
  fixture.replace(navigator, 'userAgent', { value: 'Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0' })

/** Five chunks of one event each, together more than the client keeps during a pause. */
const flood = (from) => Array.from({ length: 5 }, (_, n) => `id: ${from + n}\ndata: ${'x'.repeat(300_000)}\n\n`)

test('in engines that read ahead, bytes that arrive during a pause are kept and delivered in order', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'error')
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), numbered(4, 7), numbered(7, 9), 'id: 9\ndata: 9\n')
  expect(await recorder.nextData()).toBe('1')
  await quiet()
  expect([client.state, client.lastEventId, stream.cancelled, recorder.recorded.length]).toStrictEqual(['paused', '1', false, 1])
  client.resume()
  expect(await recorder.take(7)).toStrictEqual(numbers(2, 9))
  stream.push('\n')
  expect([await recorder.nextData(), fixture.server.calls.length]).toStrictEqual(['9', 1])
})

test('in engines that read ahead, the end of the stream waits for the bytes before it', async ({ fixture }) => {
  readAhead(fixture)
  for (const end of [(stream) => stream.end(), (stream) => stream.break()]) {
    const { client, stream } = await fixture.open({ method: 'POST' })
    const recorder = new EventRecorder(client, 'message', 'close')
    client.once('message', () => client.pause())
    stream.push('data: a\n\ndata: b\n\n', 'data: c\n\n')
    end(stream)
    expect(await recorder.nextData()).toBe('a')
    await quiet()
    expect([client.state, recorder.recorded.length]).toStrictEqual(['paused', 1])
    client.resume()
    expect([await recorder.nextData(), await recorder.nextData()]).toStrictEqual(['b', 'c'])
    expect(['server', 'fatal'].includes((await recorder.nextData()).reason), 'then it is over').toBeTruthy()
  }
})

test('in engines that read ahead, a flood during a pause ends the request', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'retry', 'error', 'close')
  const states = statesOf(client)
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), ...flood(4))
  expect(await recorder.nextData()).toBe('1')
  await quiet()
  expect([client.state, client.readyState, stream.cancelled, fixture.server.open]).toStrictEqual(['paused', 1, true, 0])
  client.resume()
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('1')
  call.stream().push(numbered(2, 4))
  expect(await recorder.take(2)).toStrictEqual(['2', '3'])
  expect([states, client.retryCount, recorder.recorded.length]).toStrictEqual([['paused', 'reconnecting', 'open'], 0, 3])
})

test('in engines that read ahead, reconnect opens a stream that is paused', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  client.once('message', () => client.pause())
  stream.push(numbered(1, 4), ...flood(4))
  await quiet()
  expect([client.state, stream.cancelled]).toStrictEqual(['paused', true])
  const opened = client.reconnect()
  ;(await fixture.server.next()).stream()
  await opened
  await quiet()
  expect([client.state, fixture.server.open]).toStrictEqual(['paused', 1])
})

test('in engines that read ahead, a fast loop over a large chunk does not count as slow', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  const chunk = [...flood(1), ...flood(6), ...flood(11)].join('')
  stream.push(chunk)
  const ids = []
  for await (const { id } of client) {
    ids.push(id)
    if (ids.length === 15) break
  }
  expect([ids, fixture.server.calls.length]).toStrictEqual([numbers(1, 16), 1])
})

test('in engines that read ahead, a slow loop over a large chunk counts as slow', async ({ fixture }) => {
  readAhead(fixture)
  const clock = new SimulatedClock(fixture)
  const { client, stream } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  stream.push([...flood(1), ...flood(6)].join(''))
  expect((await events.next()).value.id).toBe('1')
  clock.advance(999)
  expect([client.state, stream.cancelled]).toStrictEqual(['open', false])
  clock.advance(1)
  expect([client.state, stream.cancelled]).toStrictEqual(['reconnecting', true])
  const next = events.next()
  clock.advance(100)
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('1')
  call.stream().push(numbered(2, 4))
  expect((await next).value.data).toBe('2')
  await events.return()
})

/** The engine may have received much more, which only reading shows. */
test('in engines that read ahead, a loop that stops near the end of a large chunk reads on', async ({ fixture }) => {
  readAhead(fixture)
  const clock = new SimulatedClock(fixture)
  const { client, stream } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  stream.push(flood(1).join(''))
  for (const id of numbers(1, 5)) expect((await events.next()).value.id).toBe(id)
  stream.push(...flood(6))
  await quiet()
  expect([client.state, stream.cancelled]).toStrictEqual(['open', false])
  clock.advance(1000)
  await quiet()
  expect([client.state, stream.cancelled]).toStrictEqual(['reconnecting', true])
  const next = events.next()
  clock.advance(100)
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('4')
  call.stream().push(numbered(5, 7))
  expect((await next).value.data).toBe('5')
  await events.return()
})

test('in engines that read ahead, a chunk that arrives while delivery continues is not a flood', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const large = (id) => `id: ${id}\ndata: ${'x'.repeat(700_000)}\n\n`
  client.once('message', () => client.pause())
  stream.push('id: 1\ndata: 1\n\n')
  await recorder.nextData()
  stream.push(large(2))
  await quiet()
  // The chunk is read before the waiting events are delivered.
  stream.push(large(3))
  client.resume()
  expect((await recorder.take(2)).map(({ length }) => length)).toStrictEqual([700_000, 700_000])
  expect([client.state, client.lastEventId, fixture.server.calls.length]).toStrictEqual(['open', '3', 1])
})

/** A POST is not sent twice to save memory, and a stream without ids cannot be resumed. */
test('in engines that read ahead, a response that cannot be requested again is kept', async ({ fixture }) => {
  readAhead(fixture)
  const numbered = 'id: 1\ndata: 1\n\n'
  // An id of white space, or a very long one, is no position to resume from.
  const noPositions = ['id:  \u00a0\ndata: 1\n\n', `id: ${'x'.repeat(5000)}\ndata: 1\n\n`, 'id: 7\n\nid: \u00a0\ndata: 1\n\n']
  const cases: [object, string][] = [
    [{}, 'data: 1\n\n'],
    [{ method: 'POST' }, numbered],
    [{ method: 'POST', reconnect: 'on-error' }, numbered],
    [{ reconnect: 'never' }, numbered],
    ...noPositions.map((first): [object, string] => [{}, first]),
  ]
  for (const [options, first] of cases) {
    const { client, stream } = await fixture.open(options)
    const recorder = new EventRecorder(client, 'message')
    client.once('message', () => client.pause())
    stream.push(first, ...flood(2), 'data: last\n\n')
    expect(await recorder.nextData()).toBe('1')
    await quiet()
    const { pulls } = stream
    await quiet()
    expect([client.state, stream.cancelled, recorder.recorded.length, stream.pulls]).toStrictEqual(['paused', false, 1, pulls])
    client.resume()
    expect((await recorder.take(6)).at(-1)).toBe('last')
    client.disconnect()
  }
})

test('in engines that read ahead, a flood ends the request while a loop is busy', async ({ fixture }) => {
  readAhead(fixture)
  const { client, stream } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  stream.push(numbered(1, 10), ...flood(10))
  expect((await events.next()).value.data).toBe('1')
  await quiet()
  expect([client.state, stream.cancelled]).toStrictEqual(['reconnecting', true])
  const next = events.next()
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('1')
  call.stream().push(numbered(2, 10))
  expect((await next).value.data).toBe('2')
  expect([(await events.next()).value.data, client.retryCount]).toStrictEqual(['3', 0])
  await events.return()
})
