// `disconnect`, `AbortSignal`, and answers that arrive after an attempt was cancelled.

import { EventRecorder, expect, rejection, SimulatedServer, test, turn } from './fixture/index.ts'

test('nothing happens after disconnect until connect', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'error', 'retry', 'open', 'close')
  client.disconnect()
  stream.push('data: x\n\n')
  await turn()
  expect([recorder.recorded, client.state, client.readyState]).toStrictEqual([[['close', { reason: 'client' }]], 'closed', 2])
  expect(stream.cancelled).toBe(true)
})

test('disconnect works in every state', async ({ fixture }) => {
  const expected = [['close', { reason: 'client' }]]
  const check = (client) => {
    const recorder = new EventRecorder(client, 'error', 'close')
    client.disconnect()
    expect([client.state, recorder.recorded, fixture.server.open]).toStrictEqual(['closed', expected, 0])
    client.disconnect()
    expect(recorder.recorded, 'a second time changes nothing').toStrictEqual(expected)
  }
  check(fixture.client()) // idle
  const connecting = fixture.client()
  connecting.connect()
  await fixture.server.next()
  check(connecting)
  check((await fixture.open()).client)
  const waiting = fixture.client({ backoff: { initial: 30_000 } })
  waiting.connect()
  const retry = new EventRecorder(waiting, 'retry')
  ;(await fixture.server.next()).fail()
  await retry.next()
  expect(waiting.state).toBe('reconnecting')
  check(waiting)
  const refused = fixture.client()
  refused.connect()
  ;(await fixture.server.next()).stream({ status: 404 })
  await turn()
  check(refused)
  const validating = fixture.client({ validate: () => new Promise(() => {}) })
  validating.connect()
  ;(await fixture.server.next()).stream()
  await turn()
  check(validating)
})

test('close() is an alias of disconnect()', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  client.close('enough')
  expect([(await rejection(opened)).cause, client.state]).toStrictEqual(['enough', 'closed'])
})

test('a using block disconnects at its end', async ({ fixture }) => {
  const { client } = await fixture.open()
  client[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
  expect(client.state).toBe('closed')
})

test('a signal that is already aborted prevents the connection', async ({ fixture }) => {
  const reason = new Error('never mind')
  const client = fixture.client({ signal: AbortSignal.abort(reason) })
  const recorder = new EventRecorder(client, 'close')
  for (const method of ['connect', 'reconnect', 'connect']) {
    const error = await rejection(client[method]())
    expect([error.code, error.cause === reason], method).toStrictEqual(['aborted', true])
  }
  expect([recorder.recorded, fixture.server.calls.length]).toStrictEqual([[['close', { reason: 'aborted' }]], 0])
  expect(client.state).toBe('closed')
})

test('a signal ends the client at every stage', async ({ fixture }) => {
  const stages = {
    asking: { headers: () => new Promise(() => {}), reach: () => turn() },
    requesting: { reach: () => fixture.server.next() },
    validating: { validate: () => new Promise(() => {}), reach: async () => (await fixture.server.next()).stream() && turn() },
    refusing: { reach: async () => (await fixture.server.next()).stream({ status: 404 }) && turn() },
    waiting: { backoff: { initial: 30_000 }, reach: async () => (await fixture.server.next()).fail() ?? turn() },
    open: { reach: async () => (await fixture.server.next()).stream() && turn() },
  }
  for (const [stage, { reach, ...options }] of Object.entries(stages)) {
    const controller = new AbortController()
    const client = fixture.client({ ...options, signal: controller.signal })
    const recorder = new EventRecorder(client, 'close')
    const opened = client.connect()
    await reach()
    const was = client.state
    controller.abort(stage)
    expect([client.state, recorder.recorded], stage).toStrictEqual(['closed', [['close', { reason: 'aborted' }]]])
    expect(fixture.server.open, stage).toBe(0)
    if (was === 'open') await opened
    else expect([(await rejection(opened)).code, (await rejection(opened)).cause]).toStrictEqual(['aborted', stage])
  }
})

test('a signal that aborts later does not affect a closed client', async ({ fixture }) => {
  const controller = new AbortController()
  const { client } = await fixture.open({ signal: controller.signal })
  const recorder = new EventRecorder(client, 'close')
  client.disconnect()
  controller.abort()
  expect(recorder.recorded).toStrictEqual([['close', { reason: 'client' }]])
})

test('a signal also ends a client that was connected again', async ({ fixture }) => {
  const controller = new AbortController()
  const { client } = await fixture.open({ signal: controller.signal })
  client.disconnect()
  await fixture.connect(client)
  controller.abort()
  expect(client.state).toBe('closed')
})

test('a late response or failure of a cancelled attempt changes nothing', async ({ fixture }) => {
  const headers = { 'content-type': 'text/event-stream' }
  const uncancellable = new ReadableStream({ cancel: () => new Promise(() => {}) })
  const ends = {
    stream: (call) => call.stream().push('data: of the first\n\n'),
    'a stream that cannot be cancelled': (call) => call.respond(new Response(uncancellable, { headers })),
    refusal: (call) => call.respond(new Response('late', { status: 403 })),
    failure: (call) => call.fail(),
  }
  for (const [name, end] of Object.entries(ends)) {
    const server = new SimulatedServer({ ignoresSignal: true })
    const client = fixture.clientOf(server)
    client.connect()
    const first = await server.next()
    client.reconnect()
    const second = await server.next()
    const recorder = new EventRecorder(client, 'message', 'error')
    const late = end(first)
    second.stream().push('data: of the second\n\n')
    expect([await recorder.nextData(), client.state], name).toStrictEqual(['of the second', 'open'])
    expect(server.calls.length, name).toBe(2)
    if (late) expect([late.cancelled, late.response.body.locked]).toStrictEqual([true, false])
    client.disconnect()
  }
})

test('reconnect() does not wait for a stream whose cancelling never ends', async ({ fixture }) => {
  const server = new SimulatedServer({ ignoresSignal: true })
  const client = fixture.clientOf(server)
  const opened = client.connect()
  const cancels: unknown[] = []
  const body = new ReadableStream({
    cancel: (reason) => {
      cancels.push(reason)
      return new Promise(() => {})
    },
  })
  ;(await server.next()).respond(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
  await opened
  client.reconnect()
  const recorder = new EventRecorder(client, 'message')
  ;(await server.next()).stream().push('data: of the second\n\n')
  expect(await recorder.nextData()).toBe('of the second')
  expect([cancels.length, server.calls.length]).toStrictEqual([1, 2])
})

test('a late decision of validate about a cancelled attempt changes nothing', async ({ fixture }) => {
  const judged = []
  const client = fixture.client({ validate: () => new Promise((resolve, reject) => judged.push({ resolve, reject })) })
  const opened = client.connect()
  const first = (await fixture.server.next()).stream()
  await turn()
  client.reconnect()
  ;(await fixture.server.next()).stream()
  await turn()
  judged[0].reject(new Error('too late'))
  await turn()
  expect([client.state, first.cancelled]).toStrictEqual(['connecting', true])
  judged[1].resolve()
  await opened
})

test('the body of a cancelled attempt is cancelled and released', async ({ fixture }) => {
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    reconnect: ({ client }) => client.reconnect(),
    'too large': ({ stream }) => stream.push(`data: ${'x'.repeat(200)}`),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
  }
  for (const [name, end] of Object.entries(ends)) {
    const server = new SimulatedServer({ ignoresSignal: true })
    const client = fixture.clientOf(server, { maxEventBytes: 100, until: '[DONE]' })
    const opened = client.connect()
    const call = await server.next()
    const stream = call.stream()
    await opened
    expect(stream.response.body.locked).toBe(true)
    end({ client, stream })
    await turn()
    expect([stream.cancelled, stream.response.body.locked, call.signal.aborted], name).toStrictEqual([true, false, true])
    client.disconnect()
  }
})
