// Events taken one by one: `for await` loops and `ReadableStream`s.

import { EventRecorder, expect, rejection, SimulatedServer, test, turn } from './fixture/index.ts'

/** Waits long enough for everything that is not paused to happen. */
async function quiet() {
  for (let n = 0; n < 5; n++) await turn()
}

/** Events with the numbers from `from` up to `to`, in both data and id. */
const numbered = (from, to) => Array.from({ length: to - from }, (_, n) => `id: ${from + n}\ndata: ${from + n}\n\n`).join('')

const numbers = (from, to) => Array.from({ length: to - from }, (_, n) => String(from + n))

// for await

test('a loop connects and gets every event in order', async ({ fixture }) => {
  const client = fixture.client()
  const seen = []
  const loop = (async () => {
    for await (const { type, data, id } of client) {
      seen.push([type, data, id])
      if (data === 'enough') break
    }
  })()
  const call = await fixture.server.next()
  const stream = call
    .stream()
    .push('id: 1\ndata: {"a":1}\n\n: comment\nevent: note\ndata: b\n\n', 'data: enough\n\ndata: too much\n\n')
  await loop
  expect(seen).toStrictEqual([
    ['message', '{"a":1}', '1'],
    ['note', 'b', ''],
    ['message', 'enough', ''],
  ])
  expect([client.state, call.signal.aborted, stream.cancelled]).toStrictEqual(['closed', true, true])
})

test('a loop continues across reconnections', async ({ fixture }) => {
  const client = fixture.client()
  const events = client[Symbol.asyncIterator]()
  ;(await fixture.server.next()).stream().push(numbered(0, 2)).break()
  expect([(await events.next()).value.data, (await events.next()).value.data]).toStrictEqual(['0', '1'])
  const next = events.next()
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('1')
  call.stream().push(numbered(2, 3))
  expect((await next).value.data).toBe('2')
})

test('a loop ends when the client closes', async ({ fixture }) => {
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    signal: ({ controller }) => controller.abort(),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
    server: ({ stream }) => stream.end(),
  }
  for (const [name, end] of Object.entries(ends)) {
    const controller = new AbortController()
    const until = name === 'until' ? '[DONE]' : undefined
    const { client, stream } = await fixture.open({ until, reconnect: 'on-error', signal: controller.signal })
    const seen = []
    const loop = (async () => {
      for await (const { data } of client) {
        seen.push(data)
        if (data === 'b') end({ client, stream, controller })
      }
    })()
    stream.push('data: a\n\ndata: b\n\n')
    await loop
    expect([seen, client.state], name).toStrictEqual([['a', 'b'], 'closed'])
  }
})

test('a 204 response ends a loop', async ({ fixture }) => {
  const client = fixture.client()
  const next = client[Symbol.asyncIterator]().next()
  ;(await fixture.server.next()).respond(new Response(null, { status: 204 }))
  expect(await next).toStrictEqual({ value: undefined, done: true })
})

/** Every way in which a connection fails fatally, and the code of its error. */
const FATAL = {
  status: (call) => call.respond(new Response('', { status: 404 })),
  'too-large': (call) => call.stream().push(`data: ${'x'.repeat(200)}\n\n`),
  'content-type': (call) => call.respond(new Response('')),
  network: (call) => call.fail(),
}

test('a fatal error is thrown once', async ({ fixture }) => {
  for (const [code, fail] of Object.entries(FATAL)) {
    const client = fixture.client({ maxEventBytes: 100, maxReconnects: 0 })
    const events = client[Symbol.asyncIterator]()
    const waiting = [events.next(), events.next(), events.next()]
    fail(await fixture.server.next())
    const error = await rejection(waiting[0])
    expect([error.name, error.code]).toStrictEqual(['SSEError', code])
    expect(
      [await waiting[1], await waiting[2], await events.next()].map(({ done }) => done),
      code,
    ).toStrictEqual([true, true, true])
  }
})

test('a fatal error rejects the request that waits, and the next one of every other loop', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ maxEventBytes: 100 })
  const recorder = new EventRecorder(client, 'close')
  const events = client[Symbol.asyncIterator]()
  const others = client[Symbol.asyncIterator]()
  stream.push('data: a\n\n', `data: ${'x'.repeat(200)}\n\n`)
  expect([(await events.next()).value.data, (await others.next()).value.data]).toStrictEqual(['a', 'a'])
  // The next request for an event serves both loops.
  const waiting = events.next()
  const { error } = await recorder.nextData()
  expect(await rejection(waiting), 'the request that waits rejects').toBe(error)
  expect(await rejection(others.next()), 'a later request rejects, too').toBe(error)
  expect([(await events.next()).done, (await others.next()).done]).toStrictEqual([true, true])
})

test('a loop over a closed client ends, or throws the error that closed it', async ({ fixture }) => {
  const { client } = await fixture.open()
  client.disconnect()
  for await (const event of client) expect(false, `there is no event: ${event.data}`).toBeTruthy()
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  const error = await rejection(opened)
  for (let n = 0; n < 2; n++) {
    const events = client[Symbol.asyncIterator]()
    expect(await rejection(events.next()), 'every loop throws it').toBe(error)
    expect(await events.next()).toStrictEqual({ value: undefined, done: true })
  }
  expect(await rejection(client.stream().getReader().read()), 'so does every stream').toBe(error)
  const again = client.connect()
  client.disconnect()
  await rejection(again)
  for await (const event of client) expect(false, `there is no event: ${event.data}`).toBeTruthy()
})

test('a loop that throws cancels the request', async ({ fixture }) => {
  const mistake = new Error('my mistake')
  const { client, call, stream } = await fixture.open()
  stream.push('data: a\n\n')
  const loop = (async () => {
    for await (const { data } of client) if (data) throw mistake
  })()
  expect(await rejection(loop), 'it is the mistake itself').toBe(mistake)
  expect([client.state, call.signal.aborted]).toStrictEqual(['closed', true])
})

test('after a break, another loop continues after the last event that was taken', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  stream.push(numbered(1, 10))
  for await (const { data } of client) if (data === '3') break
  expect([client.state, client.lastEventId]).toStrictEqual(['closed', '3'])
  client.connect()
  const call = await fixture.server.next()
  expect(call.headers.get('last-event-id')).toBe('3')
  call.stream().push(numbered(4, 10))
  const seen = []
  for await (const { data } of client) {
    seen.push(data)
    if (data === '6') break
  }
  expect(seen).toStrictEqual(['4', '5', '6'])
})

test('each of several loops gets every event from its start on', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const first = client[Symbol.asyncIterator]()
  stream.push(numbered(0, 2))
  expect([(await first.next()).value.data, (await first.next()).value.data]).toStrictEqual(['0', '1'])
  const second = client[Symbol.asyncIterator]()
  stream.push(numbered(2, 4))
  const seen = { first: [], second: [] }
  const collect = async (events, into) => {
    for await (const { data } of events) into.push(data)
  }
  const loops = [collect(first, seen.first), collect(second, seen.second)]
  while (seen.second.length < 2) await turn()
  client.disconnect()
  await Promise.all(loops)
  expect(seen).toStrictEqual({ first: ['2', '3'], second: ['2', '3'] })
  expect(fixture.server.calls.length).toBe(1)
})

test('leaving one of several loops does not affect the others', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const [first, second] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 3))
  expect([(await first.next()).value.data, (await second.next()).value.data]).toStrictEqual(['0', '0'])
  expect(await first.return('value')).toStrictEqual({ value: 'value', done: true })
  expect((await first.next()).done).toBe(true)
  expect([(await second.next()).value.data, (await second.next()).value.data, client.state]).toStrictEqual(['1', '2', 'open'])
  await second.return()
  expect(client.state).toBe('closed')
})

test('loops of different speed get the same events, and the slowest sets the pace', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const [fast, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 50))
  const seen = []
  const loop = (async () => {
    for await (const { data } of fast) seen.push(data)
  })()
  for (let n = 0; n < 50; n++) {
    await turn()
    expect(seen.length, `the fast one is at most one ahead: ${seen.length} at ${n}`).toBeLessThanOrEqual(n + 1)
    expect((await slow.next()).value.data).toStrictEqual(String(n))
  }
  await turn()
  client.disconnect()
  await loop
  expect(seen).toStrictEqual(numbers(0, 50))
})

test('a slow loop yields nothing more after disconnect or abort', async ({ fixture }) => {
  const ends = {
    disconnect: (client) => client.disconnect(),
    close: (client) => client.close(),
    'disconnect with an error': (client) => client.disconnect(new Error('enough')),
    abort: (_, controller) => controller.abort(),
    dispose: (client) => client[Symbol.dispose ?? Symbol.for('Symbol.dispose')](),
  }
  for (const [name, end] of Object.entries(ends)) {
    for (const isFast of [false, true]) {
      const controller = new AbortController()
      const { client, stream } = await fixture.open({ signal: controller.signal })
      const [fast, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
      const reader = client.stream().getReader()
      stream.push(numbered(0, 5))
      expect((await fast.next()).value.data, name).toBe('0')
      // At once, or when everything that is available has been taken.
      if (!isFast) await quiet()
      end(client, controller)
      const left = []
      for (const next of [() => fast.next(), () => slow.next(), () => reader.read()]) {
        const { done } = await next().catch(({ message }) => ({ value: message, done: message === 'enough' }))
        left.push(done)
      }
      expect(left, name).toStrictEqual([true, true, true])
    }
  }
})

test('a slow loop yields the last event of a finished stream, and nothing after disconnect', async ({ fixture }) => {
  for (const isDisconnected of [false, true]) {
    const { client, stream } = await fixture.open({ until: () => 'deliver' })
    const [fast, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
    const recorder = new EventRecorder(client, 'close')
    stream.push(numbered(0, 1))
    expect((await fast.next()).value.data).toBe('0')
    await recorder.next()
    if (isDisconnected) client.disconnect()
    const { value, done } = await slow.next()
    expect([value?.data, done]).toStrictEqual(isDisconnected ? [undefined, true] : ['0', false])
    expect((await slow.next()).done).toBe(true)
  }
})

test('loops continue in the connection that is requested right after disconnect', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const [fast, slow] = [client[Symbol.asyncIterator](), client[Symbol.asyncIterator]()]
  stream.push(numbered(0, 2))
  expect((await fast.next()).value.data).toBe('0')
  client.once('state', () => {
    client.disconnect()
    client.connect()
  })
  client.pause()
  client.resume()
  ;(await fixture.server.next()).stream().push(numbered(7, 9))
  const { value, done } = await slow.next()
  expect(done || value.data === '7', `nothing of the connection before: ${value?.data}`).toBeTruthy()
})

test('a slow loop pauses delivery and reading', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'comment')
  const events = client[Symbol.asyncIterator]()
  stream.push(numbered(0, 100))
  for (let n = 0; n < 100; n++) stream.push(`: ${n}\n`)
  await quiet()
  expect(recorder.recorded, 'nothing is delivered before the first is asked for').toStrictEqual([])
  const { pulls } = stream
  expect((await events.next()).value.data).toBe('0')
  await quiet()
  expect([recorder.recorded, client.lastEventId, client.stats().events]).toStrictEqual([[['message', '0']], '0', 1])
  expect(stream.pulls).toStrictEqual(pulls)
  const rest = Array.from({ length: 99 }, () => events.next())
  expect(await Promise.all(rest.map(async (next) => (await next).value.data))).toStrictEqual(numbers(1, 100))
  await quiet()
  expect(recorder.recorded.filter(([type]) => type === 'message').map(([, data]) => data)).toStrictEqual(numbers(0, 100))
  await events.return()
})

test('several events can be requested in advance', async ({ fixture }) => {
  const client = fixture.client()
  const events = client[Symbol.asyncIterator]()
  const waiting = Array.from({ length: 5 }, () => events.next())
  ;(await fixture.server.next()).stream().push(numbered(0, 3), numbered(3, 4)).break()
  ;(await fixture.server.next()).stream().push(numbered(4, 10))
  expect(await Promise.all(waiting.map(async (next) => (await next).value.data))).toStrictEqual(numbers(0, 5))
  expect((await events.next()).value.data).toBe('5')
})

test('leaving a loop while it waits for an event ends the wait', async ({ fixture }) => {
  const { client } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  const waiting = [events.next(), events.next()]
  await events.return()
  expect([await waiting[0], await waiting[1], await events.next()].map(({ done }) => done)).toStrictEqual([true, true, true])
  expect(client.state).toBe('closed')
  await events.return()
})

test('leaving a loop that has ended does not end a later connection', async ({ fixture }) => {
  const { client } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  client.disconnect()
  await fixture.connect(client)
  await events.return()
  expect(client.state).toBe('open')
})

test('a loop waits while the client is paused', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  client.pause()
  let got
  const next = events.next().then(({ value }) => (got = value.data))
  stream.push('data: a\n\n')
  await quiet()
  expect(got).toBe(undefined)
  client.resume()
  expect(await next).toBe('a')
  await events.return()
})

test('listeners get everything again after the last loop ended with its connection', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const events = client[Symbol.asyncIterator]()
  stream.push('data: held\n\n')
  await quiet()
  client.disconnect()
  expect((await events.next()).done).toBe(true)
  const { stream: next } = await fixture.connect(client)
  next.push(numbered(0, 3))
  expect(await recorder.take(3)).toStrictEqual(numbers(0, 3))
})

test('off() takes no events from a loop', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const events = client[Symbol.asyncIterator]()
  client.on('*', () => expect(false, 'it was taken away').toBeTruthy())
  client.off('*')
  client.off()
  stream.push(numbered(0, 2))
  expect([(await events.next()).value.data, (await events.next()).value.data]).toStrictEqual(['0', '1'])
})

test('a loop also gets the events that have a listener', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'note', 'event:open')
  const events = client[Symbol.asyncIterator]()
  stream.push('event: note\ndata: 1\n\nevent: open\ndata: 2\n\nevent: unheard\ndata: 3\n\n')
  const seen = []
  for (let n = 0; n < 3; n++) seen.push((await events.next()).value.type)
  expect([seen, recorder.recorded]).toStrictEqual([
    ['note', 'open', 'unheard'],
    [
      ['note', '1'],
      ['event:open', '2'],
    ],
  ])
})

// ReadableStream

test('a ReadableStream yields the events and ends with the client', async ({ fixture }) => {
  const client = fixture.client({ until: '[DONE]' })
  const reader = client.stream().getReader()
  ;(await fixture.server.next()).stream().push(`${numbered(0, 2)}data: [DONE]\n\n`)
  expect([(await reader.read()).value.data, (await reader.read()).value.data]).toStrictEqual(['0', '1'])
  expect(await reader.read()).toStrictEqual({ value: undefined, done: true })
  expect(client.state).toBe('closed')
})

test('a ReadableStream takes no event before it is read', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const reader = client.stream().getReader()
  stream.push(numbered(0, 10))
  await quiet()
  expect(recorder.recorded).toStrictEqual([])
  expect((await reader.read()).value.data).toBe('0')
  await quiet()
  expect(recorder.recorded).toStrictEqual([['message', '0']])
})

test('cancelling a ReadableStream disconnects', async ({ fixture }) => {
  const { client, call } = await fixture.open()
  const stream = client.stream()
  await stream.cancel('enough')
  expect([client.state, call.signal.aborted]).toStrictEqual(['closed', true])
})

test('a ReadableStream fails with the fatal error', async ({ fixture }) => {
  const client = fixture.client()
  const reader = client.stream().getReader()
  const read = reader.read()
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  expect((await rejection(read)).status).toBe(404)
  expect((await rejection(reader.closed)).status).toBe(404)
})

test('a ReadableStream can be piped, and the sink sets the pace', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ until: '[DONE]' })
  const recorder = new EventRecorder(client, 'message')
  const written = []
  let proceed
  const sink = new WritableStream({
    write({ data }) {
      written.push(data)
      return new Promise((resolve) => (proceed = resolve))
    },
  })
  const piped = client.stream().pipeTo(sink)
  stream.push(`${numbered(0, 20)}data: [DONE]\n\n`)
  await quiet()
  expect(written).toStrictEqual(['0'])
  expect(recorder.recorded.length, `the sink holds delivery: ${recorder.recorded.length}`).toBeLessThanOrEqual(2)
  while (client.state !== 'closed' || written.length < 20) {
    proceed()
    await turn()
  }
  proceed()
  await piped
  expect(written).toStrictEqual(numbers(0, 20))
})

test('a ReadableStream can be looped over in engines that support it', async ({ fixture }) => {
  if (!(Symbol.asyncIterator in ReadableStream.prototype)) return
  const { client, stream } = await fixture.open()
  stream.push(numbered(0, 10))
  const seen = []
  for await (const { data } of client.stream()) {
    seen.push(data)
    if (data === '2') break
  }
  expect([seen, client.state]).toStrictEqual([['0', '1', '2'], 'closed'])
})

test('a slow ReadableStream of one client does not slow another client', async ({ fixture }) => {
  const [a, b] = [new SimulatedServer(), new SimulatedServer()]
  const [slow, fast] = [fixture.clientOf(a), fixture.clientOf(b)]
  slow.stream()
  const recorder = new EventRecorder(fast, 'message')
  fast.connect()
  ;(await a.next()).stream().push(numbered(0, 10))
  ;(await b.next()).stream().push(numbered(0, 10))
  expect(await recorder.take(10)).toStrictEqual(numbers(0, 10))
})
