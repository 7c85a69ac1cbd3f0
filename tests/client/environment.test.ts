// Frameworks, test environments and unusual platforms.

import { EventRecorder, expect, rejection, replace, SimulatedPage, SimulatedServer, test, turn } from './fixture/index.ts'

/** Replaces a function while `during` runs. */
async function replaced(owner, name, value, during) {
  const putBack = replace(owner, name, { value })
  try {
    return await during()
  } finally {
    putBack()
  }
}

const failing = () => {
  throw new Error('replaced by something that throws')
}

/** The same as a class. */
class FailingClass {
  constructor() {
    failing()
  }
}

/** The client still connects, delivers and closes. */
async function expectUnharmed(fixture, client) {
  const recorder = new EventRecorder(client, 'message', 'close')
  client.disconnect()
  const { stream } = await fixture.connect(client)
  stream.push('data: as ever\n\n')
  expect(await recorder.until('message')).toBe('as ever')
  client.disconnect()
  expect((await recorder.until('close')).reason).toBe('client')
}

// The first one, because after more clients it fails in WebKit: probably its compiled code keeps `Headers`.
test('where there is no Headers class, a client with headers says so when it connects', async ({ fixture }) => {
  fixture.replace(globalThis, 'Headers', { value: undefined })
  const { message } = await rejection(fixture.client({ headers: { 'X-Room': '7' } }).connect())
  expect(message).toMatch(/there is no global Headers:/)
})

test('Vue does not wrap the client in a proxy', async ({ fixture }) => {
  // Vue wraps what it considers a plain object, by this very check. A proxy would have no private fields.
  expect(Object.prototype.toString.call(fixture.client())).toBe('[object SSEClient]')
})

test('a reportError that throws does not block the client', async ({ fixture }) => {
  const client = fixture.client()
  const off = client.on('state', failing)
  await replaced(globalThis, 'reportError', failing, () => fixture.connect(client))
  off()
  await expectUnharmed(fixture, client)
})

test('clocks and timers that throw do not block the client', async ({ fixture }) => {
  const client = fixture.client()
  const replacements: [object, string][] = [
    [performance, 'now'],
    [globalThis, 'setTimeout'],
    [globalThis, 'clearTimeout'],
  ]
  for (const [owner, name] of replacements) {
    fixture.stage = name
    await replaced(owner, name, failing, async () => {
      client.connect()
      client.disconnect()
    })
    await expectUnharmed(fixture, client)
  }
})

test('a Date.now that throws does not keep a paused request open', async ({ fixture }) => {
  const { client, call, stream } = await fixture.open()
  client.pause()
  stream.push('data: waits\n\n')
  await turn()
  await replaced(Date, 'now', failing, async () => client.disconnect())
  expect([client.state, call.signal.aborted, stream.response.body.locked]).toStrictEqual(['closed', true, false])
  await expectUnharmed(fixture, client)
})

test('a Date.now that throws does not block the client', async ({ fixture }) => {
  const client = fixture.client({ idleTimeout: 60_000 })
  await replaced(Date, 'now', failing, async () => {
    const { stream } = await fixture.connect(client)
    const recorder = new EventRecorder(client, 'message')
    stream.push('data: 1\n\n')
    expect(await recorder.nextData()).toBe('1')
    client.pause()
    client.resume()
    stream.push('data: 2\n\n')
    expect(await recorder.nextData()).toBe('2')
    expect(client.stats().events).toBe(2)
    client.disconnect()
  })
  await expectUnharmed(fixture, client)
})

test('an AbortController that throws does not block the client', async ({ fixture }) => {
  const client = fixture.client({ shouldRetry: () => false })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  const call = await fixture.server.next()
  await replaced(globalThis, 'AbortController', FailingClass, async () => {
    call.fail()
    expect((await recorder.nextData()).reason).toBe('fatal')
  })
  expect((await fixture.reports.next()).message).toBe('replaced by something that throws')
  await expectUnharmed(fixture, client)
})

test('where AbortSignal has no static methods, shouldRetry gets a signal that is aborted', async ({ fixture }) => {
  let signal
  const client = fixture.client({ shouldRetry: (_, attempt) => ((signal = attempt.signal), false) })
  const recorder = new EventRecorder(client, 'close')
  await replaced(AbortSignal, 'abort', undefined, async () => {
    client.connect()
    ;(await fixture.server.next()).fail()
    await recorder.next()
  })
  expect(signal.aborted).toBe(true)
  expect(fixture.reports.rest).toStrictEqual([])
})

test('Safari before 15.4, without findLast and Object.hasOwn, runs the client', async ({ fixture }) => {
  fixture.replace(Array.prototype, 'findLast', { value: undefined })
  // Only in between, because the driver of Chromium uses it.
  const restore = replace(Object, 'hasOwn', { value: undefined })
  try {
    expect(() => fixture.client({ backoff: { initial: 1 } })).not.toThrow()
  } finally {
    restore()
  }
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  const heard = []
  const listener = (data) => heard.push(data)
  for (const type of ['message', 'note', 'message']) client.on(type, listener)
  client.off('message', listener)
  stream.push('data: x\n\n')
  await recorder.next()
  expect(heard).toStrictEqual(['x'])
})

test('a signal that is not an AbortSignal does not block the client', async ({ fixture }) => {
  const signal = { aborted: false, addEventListener() {}, removeEventListener: failing }
  const client = fixture.client({ signal })
  await fixture.connect(client)
  client.disconnect()
  expect((await fixture.reports.next()).message).toBe('replaced by something that throws')
  expect(client.state).toBe('closed')
  await fixture.connect(client)
  client.disconnect()
  await fixture.reports.next()
})

test('debug output contains no text of a response', async ({ fixture }) => {
  const entries = []
  const client = fixture.client({ debug: (entry) => entries.push(entry), headers: { Authorization: 'Bearer SECRET' } })
  const opened = client.connect()
  const stream = (await fixture.server.next()).stream({ status: 403 })
  stream.push('Bearer SECRET is not allowed').end()
  expect((await rejection(opened)).body).toBe('Bearer (token) is not allowed')
  expect(entries.map(({ error }) => error?.status)).toContain(403)
  expect(JSON.stringify(entries)).not.toContain('SECRET')
})

test('a generator given as the body is sent once', async ({ fixture }) => {
  async function* body() {
    yield new Uint8Array([1])
  }
  const client = fixture.client({ method: 'POST', body: body(), reconnect: 'on-error' })
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response(null, { status: 503 }))
  const error = await rejection(opened)
  expect([error.code, /give a function/.test(error.message)]).toStrictEqual(['callback', true])
  expect(fixture.server.calls.length).toBe(1)
})

test('a Map is not a valid body', async ({ fixture }) => {
  const client = fixture.client({ body: () => new Map([['a', 1]]) })
  expect((await rejection(client.connect())).code).toBe('callback')
  expect(fixture.server.calls.length).toBe(0)
})

test('a reader that returns nonsense is a callback error', async ({ fixture }) => {
  const client = fixture.client({ reconnect: 'never' })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  const reader = { read: async () => undefined, cancel: async () => {}, releaseLock() {} }
  const headers = new Headers({ 'content-type': 'text/event-stream' })
  ;(await fixture.server.next()).respond({ status: 200, headers, body: { getReader: () => reader } })
  const { reason, error } = await recorder.nextData()
  expect([reason, error.code]).toStrictEqual(['fatal', 'callback'])
})

test('a POST whose response validate refuses is not sent again', async ({ fixture }) => {
  const client = fixture.client({ body: 'prompt', validate: () => Promise.reject(new Error('no')) })
  const opened = client.connect()
  ;(await fixture.server.next()).stream().end()
  expect((await rejection(opened)).code).toBe('callback')
  expect(fixture.server.calls.length).toBe(1)
})

test('a body that always has data lets timers fire', async ({ fixture }) => {
  const chunk = new TextEncoder().encode('data: x\n\n')
  for (const type of [undefined, fixture.server.bytes ? 'bytes' : undefined] as any[]) {
    let hasFired = false
    setTimeout(() => (hasFired = true), 50)
    // It ends when the timer has fired.
    const pull = (controller) => (hasFired ? controller.close() : controller.enqueue(chunk.slice()))
    const client = fixture.client({
      reconnect: 'never',
      fetch: async () => new Response(new ReadableStream({ type, pull }), { headers: { 'content-type': 'text/event-stream' } }),
    })
    const recorder = new EventRecorder(client, 'close')
    client.connect()
    expect((await recorder.nextData()).reason).toBe('server')
  }
})

test('a slow listener and a body that always has data let timers fire', async ({ fixture }) => {
  const chunk = new TextEncoder().encode('data: x\n\n')
  let hasFired = false
  let heard = 0
  setTimeout(() => (hasFired = true), 50)
  const pull = (controller) => (hasFired ? controller.close() : controller.enqueue(chunk))
  const client = fixture.client({
    reconnect: 'never',
    fetch: async () => new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } }),
  })
  client.on('message', () => {
    heard++
    for (const end = performance.now() + 10; performance.now() < end; );
  })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  await recorder.nextData()
  expect(heard, `${heard} events of 10 ms before a timer of 50 ms`).toBeLessThan(100)
})

test('a body that the page computes slowly lets timers fire', async ({ fixture }) => {
  const chunk = new TextEncoder().encode('data: x\n\n')
  let hasFired = false
  let pulled = 0
  setTimeout(() => (hasFired = true))
  const pull = (controller) => {
    for (const end = performance.now() + 2; performance.now() < end; );
    // It ends also if the timer cannot fire.
    if (hasFired || ++pulled === 1000) controller.close()
    else controller.enqueue(chunk)
  }
  const client = fixture.client({
    reconnect: 'never',
    fetch: async () => new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } }),
  })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  await recorder.nextData()
  expect(pulled, `${pulled} chunks of 2 ms before a timer of 0 ms`).toBeLessThan(1000)
})

test('a client can be closed while a body that always has data waits for a timer', async ({ fixture }) => {
  let cancelled
  const pull = (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n'))
  const cancel = () => {
    cancelled = true
  }
  const client = fixture.client({
    fetch: async () => new Response(new ReadableStream({ pull, cancel }), { headers: { 'content-type': 'text/event-stream' } }),
  })
  await client.connect()
  setTimeout(() => client.disconnect())
  await new EventRecorder(client, 'close').nextData()
  expect(cancelled, 'the body is cancelled').toBeTruthy()
})

/** Stubs of parts of a page, as in test environments: they throw, lack something, or return nonsense. */
const STUBS = {
  navigator: [
    null,
    {},
    { onLine: 'yes' },
    { onLine: true },
    Object.create(null, { onLine: { get: failing }, userAgent: { get: failing } }),
  ],
  addEventListener: [undefined, null, failing],
  removeEventListener: [undefined, failing],
}

test('a window or document that is only a stub is not an error', async ({ fixture }) => {
  for (const [name, stubs] of Object.entries(STUBS)) {
    for (const [index, stub] of stubs.entries()) {
      fixture.stage = `${name} ${index}`
      await replaced(globalThis, name, stub, () => expectUnharmed(fixture, fixture.client()))
      expect(fixture.reports.rest).toStrictEqual([])
    }
  }
  const putBack = replace(globalThis, 'navigator', { get: failing })
  await expectUnharmed(fixture, fixture.client()).finally(putBack)
})

test('if the page refuses one listener, the others are removed', async ({ fixture }) => {
  for (const owner of [globalThis, document]) {
    for (const stub of [undefined, failing]) {
      const page = new SimulatedPage(fixture)
      await replaced(owner, 'addEventListener', stub, () => expectUnharmed(fixture, fixture.client()))
      expect(page.listeners).toStrictEqual([])
    }
  }
})

test('clients that share a signal add one listener to it', async ({ fixture }) => {
  const control = new AbortController()
  const { signal } = control
  const listeners = []
  const [add, remove] = [signal.addEventListener, signal.removeEventListener]
  signal.addEventListener = (type, listener) => (listeners.push(listener), add.call(signal, type, listener))
  signal.removeEventListener = (type, listener) => (
    listeners.splice(listeners.indexOf(listener), 1), remove.call(signal, type, listener)
  )
  const clients = Array.from({ length: 20 }, () => fixture.clientOf(new SimulatedServer(), { signal }))
  for (const client of clients) client.connect()
  expect(listeners.length).toBe(1)
  for (const client of clients.slice(0, 10)) client.disconnect()
  expect(listeners.length).toBe(1)
  for (const client of clients.slice(10)) client.disconnect()
  expect(listeners.length).toBe(0)
  // And once more, with a listener that ends another client.
  const reasons = []
  for (const client of clients) client.on('close', ({ reason }) => (reasons.push(reason), clients[7].disconnect()))
  for (const client of clients) client.connect()
  control.abort()
  expect([listeners.length, reasons.length, reasons.filter((reason) => reason === 'aborted').length]).toStrictEqual([0, 20, 19])
})

test('a subclass may have its own property state', async ({ fixture }) => {
  const base: any = fixture.client().constructor
  class Store extends (base as new (...given: unknown[]) => any) {
    get state() {
      return 'open'
    }
  }
  const client = new Store('/stream', { fetch: fixture.server.fetch })
  fixture.clients.push(client)
  await fixture.connect(client)
  expect(client.readyState).toBe(1)
})

test('an enumerable property of Object.prototype changes no event', async ({ fixture }) => {
  for (const value of [null, undefined, () => {}]) {
    fixture.replace(Object.prototype, 'each', { value, enumerable: true, writable: true })
    const { client, stream } = await fixture.open()
    const recorder = new EventRecorder(client, 'message', 'close')
    const states: string[][] = []
    client.on('state', (change) => states.push(Object.keys(change)))
    stream.push('data: a\n\n')
    expect(await recorder.nextData()).toBe('a')
    client.disconnect()
    expect(await recorder.nextData()).toMatchObject({ reason: 'client' })
    expect(states).toStrictEqual([['state', 'previous']])
  }
})
