// When a failed request is sent again, after which delay, and when it is not.

import { EventRecorder, expect, isUnprocessed, NO_DELAY, rejection, SimulatedClock, test, turn } from './fixture/index.ts'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }

test('the retry event says when the next attempt starts', async ({ fixture }) => {
  const client = fixture.client({ backoff: { initial: 3, max: 20, factor: 4, jitter: 0 } })
  const recorder = new EventRecorder(client, 'error', 'retry')
  client.connect()
  for (const expected of [3, 12, 20, 20]) {
    ;(await fixture.server.next()).fail()
    const error = await recorder.nextData()
    const retry = await recorder.nextData()
    expect([retry.delay, retry.attempt, client.retryCount]).toStrictEqual([expected, error.attempt + 1, retry.attempt])
    expect(retry.error, 'the error is that of the error event').toBe(error)
  }
})

test('the stream sets the reconnection time', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'retry')
  stream.push('retry: 17\n\n').end()
  const { delay, attempt, error } = await recorder.nextData()
  expect([delay, attempt, error]).toStrictEqual([17, 1, undefined])
})

test('a stream that ended is requested again with its last event ID', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'open')
  stream.push('id: 1\ndata: a\n\n').end()
  const second = await fixture.server.next()
  expect(second.headers.get('last-event-id')).toBe('1')
  second.stream().push('id: 2\ndata: b\n\n')
  expect(await recorder.nextData()).toBe('a')
  expect((await recorder.nextData()).attempt).toBe(1)
  expect(await recorder.nextData()).toBe('b')
  expect(client.lastEventId).toBe('2')
})

test('a stream that breaks is requested again', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'error')
  const cause = new TypeError('network error')
  stream.break(cause)
  const error = await recorder.nextData()
  expect([error.code, error.retryable, error.attempt]).toStrictEqual(['network', true, 0])
  expect(error.cause, 'the cause is what the body failed with').toBe(cause)
  await fixture.server.next()
})

test('a stream that breaks with undefined as its error is a failure', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ method: 'POST' })
  const recorder = new EventRecorder(client, 'close')
  stream.abort(undefined)
  const { reason, error } = await recorder.nextData()
  expect([reason, error.code]).toStrictEqual(['fatal', 'network'])
})

test('the retry count returns to zero once the stream is stable', async ({ fixture }) => {
  const client = fixture.client({ backoff: { ...NO_DELAY, stableAfter: 0 }, maxReconnects: 1 })
  client.connect()
  const recorder = new EventRecorder(client, 'retry')
  for (let n = 0; n < 5; n++) {
    const call = await fixture.server.next()
    call.stream().end()
    expect((await recorder.nextData()).attempt).toBe(1)
  }
})

test('a server that accepts and drops every connection uses up maxReconnects', async ({ fixture }) => {
  const client = fixture.client({ maxReconnects: 2 })
  client.connect()
  const recorder = new EventRecorder(client, 'max-reconnects-reached', 'close')
  for (let n = 0; n < 3; n++) (await fixture.server.next()).stream().end()
  expect(await recorder.take(2)).toStrictEqual([{ attempts: 2 }, { reason: 'max-reconnects' }])
  expect(fixture.server.calls.length).toBe(3)
})

test('maxReconnects may be zero', async ({ fixture }) => {
  const client = fixture.client({ maxReconnects: 0 })
  const recorder = new EventRecorder(client, 'max-reconnects-reached', 'close')
  const opened = client.connect()
  ;(await fixture.server.next()).fail()
  expect(await recorder.nextData()).toStrictEqual({ attempts: 0 })
  expect((await recorder.nextData()).reason).toBe('max-reconnects')
  expect((await rejection(opened)).code).toBe('network')
})

test('transient statuses are retried', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'error')
  client.connect()
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    ;(await fixture.server.next()).respond(new Response('', { status }))
    const error = await recorder.nextData()
    expect([error.code, error.status, error.retryable]).toStrictEqual(['status', status, true])
  }
  ;(await fixture.server.next()).stream()
})

test('other statuses are fatal', async ({ fixture }) => {
  for (const status of [201, 205, 301, 400, 401, 403, 404, 410, 418]) {
    const client = fixture.client()
    const opened = client.connect()
    ;(await fixture.server.next()).respond(new Response(status === 205 ? null : '', { ...STREAM, status }))
    const error = await rejection(opened)
    expect([error.code, error.status, error.retryable]).toStrictEqual(['status', status, false])
  }
})

test('shouldRetry can retry an error that is fatal by default', async ({ fixture }) => {
  const verdicts = [true, 7, 0, undefined]
  const asked = []
  const client = fixture.client({
    shouldRetry: (error, context) => {
      asked.push([error.status, error.retryable, context.attempt, context.error === error, context.signal.aborted])
      return verdicts.shift()
    },
  })
  const recorder = new EventRecorder(client, 'retry', 'close')
  client.connect()
  for (const [delay, status] of [
    [1, 404],
    [7, 200],
    [0, 404],
  ]) {
    ;(await fixture.server.next()).respond(new Response('no stream', { status }))
    expect((await recorder.nextData()).delay).toStrictEqual(delay)
  }
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  expect((await recorder.nextData()).reason).toBe('fatal')
  expect(asked).toStrictEqual([
    [404, false, 0, true, true],
    [200, false, 1, true, true],
    [404, false, 2, true, true],
    [404, false, 3, true, true],
  ])
})

test('shouldRetry can give up an error that is retried by default', async ({ fixture }) => {
  const client = fixture.client({ shouldRetry: () => false })
  const opened = client.connect()
  ;(await fixture.server.next()).fail()
  expect((await rejection(opened)).code).toBe('network')
})

test('a shouldRetry that throws is reported, and the default decides', async ({ fixture }) => {
  const mistake = new Error('my mistake')
  const verdicts = [
    () => {
      throw mistake
    },
    () => -1,
    () => NaN,
    () => 'soon',
    () => '5',
    () => ({}),
    async () => true,
  ]
  const client = fixture.client({ shouldRetry: () => verdicts.shift()() })
  client.connect()
  for (let n = verdicts.length; n > 0; n--) {
    ;(await fixture.server.next()).fail()
    const report = await fixture.reports.next()
    expect(
      report === mistake || /shouldRetry returned .*; it must return/.test(report.message),
      `it was reported: ${report}`,
    ).toBeTruthy()
  }
  ;(await fixture.server.next()).stream()
})

test('after a refresh the request is sent again at once', async ({ fixture }) => {
  let token = 'old'
  const client = fixture.client({
    headers: async ({ error }) => {
      if (error?.status === 401) token = 'new'
      return { Authorization: `Bearer ${token}` }
    },
    shouldRetry: ({ status }) => (status === 401 ? 0 : undefined),
  })
  const opened = client.connect()
  const first = await fixture.server.next()
  first.respond(new Response('', { status: 401 }))
  const second = await fixture.server.next()
  second.stream()
  await opened
  expect([first, second].map(({ headers }) => headers.get('authorization'))).toStrictEqual(['Bearer old', 'Bearer new'])
})

test('reconnect: never sends one request', async ({ fixture }) => {
  const client = fixture.client({ reconnect: 'never', shouldRetry: () => expect(false, 'it was asked').toBeTruthy() })
  const recorder = new EventRecorder(client, 'close')
  const { stream } = await fixture.connect(client)
  stream.end()
  expect(await recorder.nextData()).toStrictEqual({ reason: 'server' })
  client.connect()
  ;(await fixture.server.next()).fail()
  expect((await recorder.nextData()).reason).toBe('fatal')
  client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 429 }))
  expect((await recorder.nextData()).reason).toBe('fatal')
  await turn()
  expect(fixture.server.calls.length).toBe(3)
})

test('reconnect: never sends no second request after a refused token', async ({ fixture }) => {
  const asked = []
  const client = fixture.client({ reconnect: 'never', getToken: () => 'old', refreshToken: () => void asked.push('refresh') })
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 401 }))
  const { code, status } = await rejection(opened)
  expect([code, status, asked, fixture.server.calls.length]).toStrictEqual(['status', 401, [], 1])
})

const PROMPT = { body: { prompt: 'x' } }

/** Most servers number their events, and few resume a POST. */
test('a POST whose response has begun is not sent again', async ({ fixture }) => {
  for (const text of ['data: x\n\n', 'id: 1\ndata: x\n\n', 'id:  \ndata: x\n\n']) {
    const calls = fixture.server.calls.length
    const { client, stream } = await fixture.open(PROMPT)
    const recorder = new EventRecorder(client, 'close')
    stream.push(text).break()
    const { reason, error } = await recorder.nextData()
    await turn()
    expect([reason, error.code, error.retryable], text).toStrictEqual(['fatal', 'network', true])
    expect(fixture.server.calls.length - calls, text).toBe(1)
  }
})

test('a POST without a response is not sent again', async ({ fixture }) => {
  const losses = {
    reset: (call) => call.fail(),
    'gateway timeout': (call) => call.respond(new Response('', { status: 504, headers: { 'retry-after': '0' } })),
    'service unavailable': (call) => call.respond(new Response('', { status: 503 })),
    'request timeout': (call) => call.respond(new Response('', { status: 408 })),
  }
  for (const [name, lose] of Object.entries(losses)) {
    const calls = fixture.server.calls.length
    const opened = fixture.client(PROMPT).connect()
    lose(await fixture.server.next())
    const error = await rejection(opened)
    await turn()
    expect([error.retryable, fixture.server.calls.length - calls], name).toStrictEqual([true, 1])
  }
})

test('a POST that the server did not process is sent again', async ({ fixture }) => {
  const refusals = [{ status: 425 }, { status: 429 }, { status: 503, headers: { 'retry-after': '0' } }]
  const client = fixture.client(PROMPT)
  const opened = client.connect()
  for (const refusal of refusals) (await fixture.server.next()).respond(new Response('', refusal))
  const last = await fixture.server.next()
  last.stream()
  await opened
  expect([last.method, last.body, client.stats().attempts]).toStrictEqual(['POST', '{"prompt":"x"}', 4])
})

test('fetchEventSource and the client agree which responses say that a POST was not processed', async ({ fixture }) => {
  for (const status of [400, 401, 403, 404, 408, 421, 425, 429, 500, 502, 503, 504, 599]) {
    for (const headers of [undefined, { 'retry-after': '0' }]) {
      const response = new Response('', { status, headers })
      const client = fixture.client(PROMPT)
      const recorder = new EventRecorder(client, 'retry', 'close')
      client.connect()
      ;(await fixture.server.next()).respond(response)
      const isSentAgain = (await recorder.next()).type === 'retry'
      expect(isSentAgain, JSON.stringify([status, headers])).toBe(Boolean(isUnprocessed(response)))
      client.disconnect()
    }
  }
})

test('a POST that the server keeps refusing is given up after maxReconnects', async ({ fixture }) => {
  const client = fixture.client(PROMPT)
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  for (let n = 0; n < 6; n++) (await fixture.server.next()).respond(new Response('', { status: 429 }))
  const { reason, error } = await recorder.nextData()
  expect([reason, error.status]).toStrictEqual(['max-reconnects', 429])
})

test('a POST is sent again if the application allows it', async ({ fixture }) => {
  const sayings = [
    { maxReconnects: 3 },
    { reconnect: 'on-error' },
    { reconnect: 'always' },
    { shouldRetry: () => true },
    { shouldRetry: () => 1 },
  ]
  for (const saying of sayings) {
    for (const id of ['', '1']) {
      const { client, stream } = await fixture.open({ ...PROMPT, ...saying })
      const recorder = new EventRecorder(client, 'retry')
      stream.push(`${id && `id: ${id}\n`}data: a\n\n`).break()
      expect((await recorder.nextData()).attempt).toBe(1)
      ;(await fixture.server.next()).respond(new Response('', { status: 504 }))
      const third = await fixture.server.next()
      expect([third.method, third.body, third.headers.get('last-event-id') ?? '']).toStrictEqual(['POST', '{"prompt":"x"}', id])
      client.disconnect()
    }
  }
})

test('with reconnect: always, a POST is sent again after its stream ended', async ({ fixture }) => {
  const { stream } = await fixture.open({ ...PROMPT, reconnect: 'always' })
  stream.push('data: a\n\n').end()
  expect((await fixture.server.next()).method).toBe('POST')
})

test('reconnect() sends a failed POST again', async ({ fixture }) => {
  const { client, stream } = await fixture.open(PROMPT)
  const recorder = new EventRecorder(client, 'close')
  stream.break()
  expect((await recorder.nextData()).error.retryable, 'it may help').toBeTruthy()
  const opened = client.reconnect()
  ;(await fixture.server.next()).stream()
  await opened
})

/** Models take minutes to load. */
test('a POST may wait for minutes until its response begins', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  for (const [options, timeout, types] of [
    [PROMPT, 300_000, ['error', 'close']],
    [{}, 30_000, ['error', 'retry']],
  ] as [object, number, string[]][]) {
    const client = fixture.client(options)
    const recorder = new EventRecorder(client, 'error', 'retry', 'close')
    client.connect()
    const { signal } = await fixture.server.next()
    clock.advance(timeout - 1)
    expect([client.state, signal.aborted]).toStrictEqual(['connecting', false])
    clock.advance(1)
    const [error] = await recorder.take(2)
    expect([error.code, error.retryable, recorder.recorded.map(([type]) => type)]).toStrictEqual(['timeout', true, types])
    client.disconnect()
  }
})

/** Servers that answer a POST with 201: NestJS by default. */
test('a POST may be answered with status 201', async ({ fixture }) => {
  for (const status of [201, 202, 206]) {
    const client = fixture.client(PROMPT)
    const recorder = new EventRecorder(client, 'message')
    const opened = client.connect()
    ;(await fixture.server.next()).stream({ status }).push('data: x\n\n')
    await opened
    expect(await recorder.nextData()).toBe('x')
    client.disconnect()
  }
  const opened = fixture.client(PROMPT).connect()
  ;(await fixture.server.next()).respond(Response.json({ id: 7 }, { status: 201 }))
  expect((await rejection(opened)).code).toBe('content-type')
})

/** Some proxies turn a broken response into a clean end. */
test('a loop over a response that was cut off throws', async ({ fixture }) => {
  for (const options of [PROMPT, { reconnect: 'never' }]) {
    const { client, stream } = await fixture.open({ ...options, until: '[DONE]' })
    const recorder = new EventRecorder(client, 'error', 'close')
    const seen = []
    const loop = (async () => {
      for await (const { data } of client) seen.push(data)
    })()
    stream.push('data: half an\n\n').end()
    const error = await rejection(loop)
    expect([seen, error.code, error.retryable]).toStrictEqual([['half an'], 'incomplete', true])
    expect(await recorder.nextData(), 'the error event').toBe(error)
    expect((await recorder.nextData()).error, 'the close event').toBe(error)
  }
})

test('a loop over a complete response ends', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ ...PROMPT, until: '[DONE]' })
  const recorder = new EventRecorder(client, 'error', 'close')
  const loop = (async () => {
    for await (const { data } of client) expect(data).toBe('whole')
  })()
  stream.push('data: whole\n\n', 'data: [DONE]\n\n').end()
  await loop
  expect(recorder.recorded).toStrictEqual([['close', { reason: 'done' }]])
})

test('with reconnect: on-error, a response that was cut off is requested again', async ({ fixture }) => {
  for (const saying of [{ reconnect: 'on-error' }, { shouldRetry: ({ code }) => code === 'incomplete' }]) {
    const { client, stream } = await fixture.open({ ...PROMPT, until: '[DONE]', ...saying })
    const recorder = new EventRecorder(client, 'error', 'retry')
    stream.end()
    const error = await recorder.nextData()
    expect([error.code, (await recorder.nextData()).error === error]).toStrictEqual(['incomplete', true])
    await fixture.server.next()
    client.disconnect()
  }
})

test('a stream that ended without its end mark is incomplete when it can no longer be reopened', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ until: '[DONE]', maxReconnects: 1 })
  const recorder = new EventRecorder(client, 'error', 'retry', 'close')
  stream.end()
  expect((await recorder.nextData()).error).toBe(undefined)
  ;(await fixture.server.next()).stream().end()
  const error = await recorder.nextData()
  const close = await recorder.nextData()
  expect([error.code, close.reason, close.error === error]).toStrictEqual(['incomplete', 'max-reconnects', true])
})

test('a complete response to a POST is not requested again', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ body: { prompt: 'x' } })
  const recorder = new EventRecorder(client, 'close')
  stream.push('id: 1\ndata: a\n\n').end()
  expect(await recorder.nextData()).toStrictEqual({ reason: 'server' })
  await turn()
  expect(fixture.server.calls.length).toBe(1)
})

test('a GET that is connected again after a close continues after its last event', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ lastEventId: '3' })
  const recorder = new EventRecorder(client, 'message')
  stream.push('id: 4\ndata: x\n\n')
  await recorder.next()
  client.disconnect()
  expect(client.lastEventId).toBe('4')
  client.connect()
  expect((await fixture.server.next()).headers.get('last-event-id')).toBe('4')
})

test('a POST that is connected again after a close starts from the beginning', async ({ fixture }) => {
  const { client, stream } = await fixture.open({ lastEventId: '3', body: {} })
  const recorder = new EventRecorder(client, 'message')
  stream.push('id: 4\ndata: x\n\n')
  await recorder.next()
  client.disconnect()
  client.connect()
  expect((await fixture.server.next()).headers.get('last-event-id')).toBe('3')
})

test('reconnect sends a new request in every state', async ({ fixture }) => {
  const again = async (client) => {
    const opened = client.reconnect()
    const call = await fixture.server.next()
    expect(client.retryCount).toBe(0)
    expect(fixture.server.open).toBe(1)
    call.stream()
    await opened
    expect(client.state).toBe('open')
    client.disconnect()
  }
  await again(fixture.client())
  const connecting = fixture.client()
  const first = connecting.connect()
  await fixture.server.next()
  await again(connecting)
  await first
  await again((await fixture.open()).client)
  const waiting = fixture.client({ backoff: { initial: 30_000 } })
  waiting.connect()
  const retry = new EventRecorder(waiting, 'retry')
  ;(await fixture.server.next()).fail()
  await retry.next()
  await again(waiting)
  await again(waiting)
})

test('reconnect keeps the last event id', async ({ fixture }) => {
  for (const options of [{}, { body: {} }]) {
    const { client, stream } = await fixture.open(options)
    const recorder = new EventRecorder(client, 'message')
    stream.push('id: 4\ndata: x\n\n')
    await recorder.next()
    const states = new EventRecorder(client, 'state', 'retry', 'error', 'close')
    client.reconnect()
    expect((await fixture.server.next()).headers.get('last-event-id')).toBe('4')
    expect(states.recorded).toStrictEqual([['state', { state: 'reconnecting', previous: 'open' }]])
    client.disconnect()
  }
})

test('reconnect resets the retry count', async ({ fixture }) => {
  const client = fixture.client({ maxReconnects: 1 })
  const recorder = new EventRecorder(client, 'retry')
  client.connect()
  for (let n = 0; n < 3; n++) {
    ;(await fixture.server.next()).fail()
    expect((await recorder.nextData()).attempt).toBe(1)
    client.reconnect()
  }
  ;(await fixture.server.next()).stream()
})
