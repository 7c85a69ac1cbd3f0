// A connection: the promise of `connect`, states, lifecycle events, the connect timeout.

import { EventRecorder, expect, rejection, SimulatedServer, test, turn } from './fixture/index.ts'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }

/** All lifecycle events. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'max-reconnects-reached', 'close']

test('nothing is requested before connect', async ({ fixture }) => {
  const client = fixture.client()
  await turn()
  expect([client.state, client.readyState, client.retryCount, client.lastEventId]).toStrictEqual(['idle', 2, 0, ''])
  expect(fixture.server.calls.length).toBe(0)
})

test('connect resolves at the first open', async ({ fixture }) => {
  const client = fixture.client()
  let opened = false
  const promise = client.connect().then(() => (opened = true))
  const call = await fixture.server.next()
  await turn()
  expect([opened, client.state, client.readyState]).toStrictEqual([false, 'connecting', 0])
  call.stream()
  await promise
  expect([client.state, client.readyState]).toStrictEqual(['open', 1])
})

test('connect waits through failed attempts', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  ;(await fixture.server.next()).fail()
  ;(await fixture.server.next()).respond(new Response('', { status: 503 }))
  ;(await fixture.server.next()).stream()
  await opened
  expect([client.state, client.retryCount, client.stats().attempts]).toStrictEqual(['open', 2, 3])
})

test('connect twice makes one connection', async ({ fixture }) => {
  const client = fixture.client()
  const both = [client.connect(), client.connect()]
  ;(await fixture.server.next()).stream()
  await Promise.all(both)
  await client.connect()
  expect(fixture.server.calls.length).toBe(1)
})

test('connect rejects with the fatal error', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'error', 'close')
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  const error = await rejection(opened)
  expect(error instanceof Error && error.name === 'SSEError', 'it is an SSEError').toBeTruthy()
  expect([error.code, error.status, error.retryable, error.attempt]).toStrictEqual(['status', 404, false, 0])
  expect(await recorder.nextData(), 'the error event').toBe(error)
  expect((await recorder.nextData()).error, 'the close event').toBe(error)
})

test('connect rejects when disconnected before it is open', async ({ fixture }) => {
  const reason = new Error('navigated away')
  const client = fixture.client()
  const opened = client.connect()
  client.disconnect(reason)
  const error = await rejection(opened)
  expect([error.code, error.retryable]).toStrictEqual(['aborted', false])
  expect(error.cause, 'the cause is the reason given').toBe(reason)
})

test('a connect that is not awaited never causes an unhandledrejection', async ({ fixture }) => {
  const client = fixture.client()
  client.connect()
  client.reconnect()
  client.disconnect()
  client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  await new EventRecorder(client, 'close').next()
  const sentinel = new Error('the only error that is reported')
  Promise.reject(sentinel)
  expect(await fixture.reports.next(), 'nothing was reported before').toBe(sentinel)
})

test('a reconnect that is not awaited never causes an unhandledrejection', async ({ fixture }) => {
  const { client } = await fixture.open()
  client.reconnect()
  client.disconnect()
  const sentinel = new Error('the only error that is reported')
  Promise.reject(sentinel)
  expect(await fixture.reports.next(), 'nothing was reported before').toBe(sentinel)
})

test('every state event has the previous state', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'state')
  const { stream } = await fixture.connect(client)
  stream.break()
  ;(await fixture.server.next()).stream()
  await recorder.take(4)
  client.disconnect()
  client.connect()
  client.disconnect()
  expect(recorder.recorded.map(([, { state, previous }]) => `${previous} → ${state}`)).toStrictEqual([
    'idle → connecting',
    'connecting → open',
    'open → reconnecting',
    'reconnecting → open',
    'open → closed',
    'closed → connecting',
    'connecting → closed',
  ])
})

test('the lifecycle events come in order', async ({ fixture }) => {
  const client = fixture.client({ maxReconnects: 1 })
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  const { stream } = await fixture.connect(client)
  stream.break()
  ;(await fixture.server.next()).respond(new Response('busy', { status: 503 }))
  await recorder.until('close')
  const order = 'state state open error state retry error max-reconnects-reached state close'
  expect(recorder.recorded.map(([type]) => type).join(' ')).toBe(order)
  const recorded = Object.fromEntries(recorder.recorded)
  expect([recorded['max-reconnects-reached'], recorded.close.reason]).toStrictEqual([{ attempts: 1 }, 'max-reconnects'])
  expect(recorded.close.error, 'it closes with the last error').toBe(recorded.error)
  expect([recorded.error.code, recorded.error.status, recorded.error.attempt]).toStrictEqual(['status', 503, 1])
  expect(recorded.error.body).toBe('busy')
})

test('the open event has the response', async ({ fixture }) => {
  const client = fixture.client({}, '/stream?room=1')
  const recorder = new EventRecorder(client, 'open')
  client.connect()
  ;(await fixture.server.next()).stream({ headers: { 'x-room': '1' } })
  const { status, url, headers, attempt } = await recorder.nextData()
  expect([status, url, headers.get('x-room'), attempt]).toStrictEqual([200, client.url, '1', 0])
})

test('an attempt that exceeds connectTimeout fails', async ({ fixture }) => {
  const never = () => new Promise(() => {})
  const hanging = [
    { headers: never },
    { body: never },
    { fetch: never },
    { validate: never, fetch: async () => new Response(new ReadableStream(), STREAM) },
    {},
  ]
  for (const options of hanging) {
    const client = fixture.client({ connectTimeout: 1, ...options })
    const recorder = new EventRecorder(client, 'error', 'retry')
    client.connect()
    const error = await recorder.nextData()
    expect([error.code, error.retryable, error.attempt]).toStrictEqual(['timeout', true, 0])
    expect((await recorder.nextData()).attempt).toBe(1)
    client.disconnect()
  }
})

test('a request that exceeds connectTimeout is aborted before the next one', async ({ fixture }) => {
  const client = fixture.client({ connectTimeout: 20 })
  client.connect()
  const first = await fixture.server.next()
  const second = await fixture.server.next()
  expect(first.signal.aborted).toBe(true)
  second.stream()
  await new EventRecorder(client, 'open').next()
})

test('connectTimeout does not apply to an open stream', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ connectTimeout: 1 })
  const recorder = new EventRecorder(client, 'error', 'message')
  await new Promise((resolve) => setTimeout(resolve, 5))
  stream.push('data: x\n\n')
  expect(await recorder.nextData()).toBe('x')
})

test('without a global fetch, the error says what to do', async ({ fixture }) => {
  const client = fixture.client({ fetch: undefined })
  const { fetch } = globalThis
  globalThis.fetch = undefined
  try {
    const error = await rejection(client.connect())
    expect(error.code).toBe('callback')
    expect(error.message).toMatch(/there is no global fetch.*pass the option `fetch`/)
  } finally {
    globalThis.fetch = fetch
  }
})

test('two clients do not affect each other', async ({ fixture }) => {
  const [a, b] = [new SimulatedServer(), new SimulatedServer()]
  const clients = [fixture.clientOf(a), fixture.clientOf(b)]
  const recorders = clients.map((client) => new EventRecorder(client, 'message'))
  for (const client of clients) client.connect()
  const [first, second] = [(await a.next()).stream(), (await b.next()).stream()]
  first.push('data: a')
  second.push('data: b\n\n')
  expect(await recorders[1].nextData()).toBe('b')
  clients[1].disconnect()
  first.push('a\n\n')
  expect(await recorders[0].nextData()).toBe('aa')
})
