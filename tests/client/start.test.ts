// Clients that are made while the wasm is still being compiled, and what becomes of them if it cannot be compiled.

import {
  Connection,
  expect,
  session as n,
  newSession,
  rejection,
  SessionBeforeWasm,
  SimulatedClock,
  settingsOf,
  test,
  turn,
} from './fixture/index.ts'

/** A connection whose engine comes when the test says so, and notes of its lifecycle events. */
function waiting(fixture, options = {}) {
  const loads: { resolve: (engine: unknown) => void; reject: (error: Error) => void }[] = []
  const start = () => new Promise((resolve, reject) => loads.push({ resolve, reject }))
  const connection = new Connection(settingsOf('/stream', { fetch: fixture.server.fetch, ...options }), start)
  fixture.clients.push(connection)
  const notes: string[] = []
  for (const type of ['state', 'open', 'error', 'close']) {
    connection.listeners.add(type, ({ state, reason, code }) => notes.push([type, state ?? reason ?? code].join(' ')), false)
  }
  return { connection, notes, loads, isThere: () => loads.at(-1)!.resolve(fixture.engine) }
}

/** Waits until everything that needs no event of the outside is done. */
async function settled() {
  for (let turns = 0; turns < 3; turns++) await turn()
}

test('a client connects when the wasm is there, and its state changes at once', async ({ fixture }) => {
  const { connection, notes, isThere } = waiting(fixture)
  const data: unknown[] = []
  connection.listeners.add('message', (text) => data.push(text), false)
  const opened = connection.connect()
  expect(connection.state).toBe('connecting')
  expect(notes).toStrictEqual(['state connecting'])
  await settled()
  expect(fixture.server.calls).toHaveLength(0)

  isThere()
  const stream = (await fixture.server.next()).stream()
  await opened
  stream.push('data: x\n\n')
  await settled()
  expect(data).toStrictEqual(['x'])
  expect(notes).toStrictEqual(['state connecting', 'state open', 'open '])
})

test('listeners, history and comments work for a client that was made before the wasm was there', async ({ fixture }) => {
  const { connection, isThere } = waiting(fixture, { history: 5 })
  const seen: unknown[] = []
  for (const type of ['comment', 'note', '*']) connection.listeners.add(type, (text) => seen.push([type, text]), false)
  const opened = connection.connect()
  isThere()
  const stream = (await fixture.server.next()).stream()
  await opened
  stream.push(': c\nevent: note\ndata: x\n\n')
  await settled()
  expect(seen).toStrictEqual([
    ['comment', 'c'],
    ['note', 'x'],
    ['*', 'x'],
  ])
  expect(connection.history.events.map(({ data }) => data)).toStrictEqual(['x'])
})

test('a client that is disconnected before the wasm is there sends no request', async ({ fixture }) => {
  const { connection, notes, isThere } = waiting(fixture)
  const opened = rejection(connection.connect())
  connection.disconnect()
  expect((await opened).code).toBe('aborted')
  isThere()
  await settled()
  expect(connection.state).toBe('closed')
  expect(notes).toStrictEqual(['state connecting', 'state closed', 'close client'])
  expect(fixture.server.calls).toHaveLength(0)
})

test('a client that is paused before the wasm is there reads nothing', async ({ fixture }) => {
  const { connection, isThere } = waiting(fixture)
  connection.driver.handle(n.INPUT_PAUSE)
  const opened = connection.connect()
  isThere()
  ;(await fixture.server.next()).stream()
  await opened
  expect(connection.state).toBe('paused')
})

test('connectTimeout begins when the wasm is there', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const { connection, isThere } = waiting(fixture, { connectTimeout: 50, maxReconnects: 0 })
  const opened = rejection(connection.connect())
  clock.advance(49)
  isThere()
  const call = await fixture.server.next()
  clock.advance(49)
  expect([connection.state, call.signal.aborted]).toStrictEqual(['connecting', false])
  clock.advance(1)
  expect((await opened).code).toBe('timeout')
})

test('a client whose wasm does not come in time fails, sends nothing when it comes, and can connect later', async ({
  fixture,
}) => {
  const clock = new SimulatedClock(fixture)
  for (const [options, timeout] of [
    [{ connectTimeout: 50 }, 50],
    [{}, 30_000],
    [{ connectTimeout: 0 }, 30_000],
  ] as const) {
    const { connection, notes, isThere } = waiting(fixture, options)
    const opened = rejection(connection.connect())
    clock.advance(timeout - 1)
    // Another call does not make it wait longer.
    void connection.connect()
    expect(connection.state).toBe('connecting')
    clock.advance(1)
    const message = `SSEClient: the wasm of the package was not loaded within ${timeout} ms, so no request was sent`
    expect(await opened).toMatchObject({ name: 'SSEError', code: 'wasm', retryable: false, message })
    expect(notes).toStrictEqual(['state connecting', 'error wasm', 'state closed', 'close fatal'])
    isThere()
    await settled()
    expect([connection.state, fixture.server.calls.length]).toStrictEqual(['closed', 0])
    const again = connection.connect()
    ;(await fixture.server.next()).stream()
    await again
    expect(connection.state).toBe('open')
    connection.disconnect()
    fixture.server.calls.length = 0
  }
})

test('reconnect() makes a client wait anew for its wasm', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const { connection } = waiting(fixture, { connectTimeout: 50 })
  void connection.connect()
  clock.advance(49)
  const opened = rejection(connection.reconnect())
  clock.advance(49)
  expect(connection.state).toBe('connecting')
  clock.advance(1)
  expect((await opened).code).toBe('wasm')
})

test('each failure to load the wasm has an error of its own', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const { connection, loads } = waiting(fixture, { connectTimeout: 50 })
  const errors: Error[] = []
  connection.listeners.add('error', (error) => errors.push(error), false)
  let again: Promise<any> | undefined
  connection.listeners.add('close', () => (again ??= rejection(connection.connect())), false)
  const opened = rejection(connection.connect())
  loads[0]!.reject(new Error('no'))
  const first = await opened
  await settled()
  clock.advance(50)
  const second = await again
  expect(errors).toStrictEqual([first, second])
  expect(first.message).toBe('SSEClient: no')
  expect(second.message).toContain('was not loaded within 50 ms')
})

test('a pause outlasts a wasm that could not be loaded', async ({ fixture }) => {
  const { connection, loads, isThere } = waiting(fixture)
  connection.driver.handle(n.INPUT_PAUSE)
  loads[0]!.reject(new Error('no'))
  await settled()
  const opened = connection.connect()
  isThere()
  ;(await fixture.server.next()).stream()
  await opened
  expect(connection.state).toBe('paused')
})

test('no close is lost if a listener connects again when the wasm has come', async ({ fixture }) => {
  let start = (): unknown => Promise.reject(new Error('no'))
  const connection = new Connection(settingsOf('/stream', { fetch: fixture.server.fetch }), () => start())
  fixture.clients.push(connection)
  await settled()
  // For another client it could be loaded.
  start = () => fixture.engine
  const notes: string[] = []
  connection.listeners.add('close', ({ reason }) => notes.push(reason), false)
  let again: Promise<void> | undefined
  const listener = () => {
    if (again) return
    connection.disconnect()
    again = connection.connect()
  }
  connection.listeners.add('state', listener, false)
  const opened = rejection(connection.connect())
  ;(await fixture.server.next()).stream()
  await again
  expect((await opened).code).toBe('aborted')
  expect([connection.state, ...notes]).toStrictEqual(['open', 'client'])
})

test('a page may replace Promise', async ({ fixture }) => {
  let isThere!: (engine: unknown) => void
  const loading = new Promise((resolve) => (isThere = resolve))
  // The promises of the platform are no instances of this one.
  fixture.replace(globalThis, 'Promise', { value: class extends Promise<unknown> {} })
  const connection = new Connection(settingsOf('/stream', { fetch: fixture.server.fetch }), () => loading)
  fixture.clients.push(connection)
  const opened = connection.connect()
  isThere(fixture.engine)
  ;(await fixture.server.next()).stream()
  await opened
  expect(connection.state).toBe('open')
})

test('if the wasm cannot be loaded, the client fails with the reason, and the next connect() tries again', async ({
  fixture,
}) => {
  const { connection, notes, loads, isThere } = waiting(fixture)
  const cause = new Error('SSEClient: it is forbidden here')
  const opened = rejection(connection.connect())
  loads[0]!.reject(cause)
  const error = await opened
  expect(error).toMatchObject({
    name: 'SSEError',
    code: 'wasm',
    message: 'SSEClient: it is forbidden here',
    cause,
    retryable: false,
  })
  expect(connection.state).toBe('closed')
  expect(notes).toStrictEqual(['state connecting', 'error wasm', 'state closed', 'close fatal'])
  expect(connection.failure).toBe(error)

  const again = connection.connect()
  expect(loads).toHaveLength(2)
  isThere()
  ;(await fixture.server.next()).stream()
  await again
  expect(connection.state).toBe('open')
})

test('if the wasm cannot be loaded, an idle client stays idle, and connects if it can be loaded later', async ({ fixture }) => {
  const { connection, notes, loads, isThere } = waiting(fixture)
  loads[0]!.reject(new Error('no'))
  await settled()
  expect([connection.state, ...notes]).toStrictEqual(['idle'])
  const opened = connection.connect()
  isThere()
  ;(await fixture.server.next()).stream()
  await opened
})

test('a listener of the error may connect again', async ({ fixture }) => {
  const { connection, notes, loads, isThere } = waiting(fixture)
  let again: Promise<void> | undefined
  connection.listeners.add('error', () => (again ??= connection.connect()), false)
  const opened = rejection(connection.connect())
  loads[0]!.reject(new Error('no'))
  await opened
  await settled()
  isThere()
  ;(await fixture.server.next()).stream()
  await again
  expect(notes.slice(0, 4)).toStrictEqual(['state connecting', 'error wasm', 'state closed', 'close fatal'])
  expect(connection.state).toBe('open')
})

test('if the wasm could not be loaded for a client, it connects when another client has loaded it', async ({ fixture }) => {
  let start = (): unknown => Promise.reject(new Error('no'))
  const connection = new Connection(settingsOf('/stream', { fetch: fixture.server.fetch }), () => start())
  fixture.clients.push(connection)
  await settled()
  start = () => fixture.engine
  const opened = connection.connect()
  ;(await fixture.server.next()).stream()
  await opened
  expect(connection.state).toBe('open')
})

/** What may happen to a session while no request is made. */
const INPUTS = Object.entries(n)
  .filter(([name]) =>
    /^INPUT_(CONNECT|DISCONNECT|RECONNECT|ABORT|PAUSE|RESUME|SILENCE|LAST_BYTE|OFFLINE|ONLINE|HIDDEN|VISIBLE|ENTERED_BFCACHE|LEFT_BFCACHE)$/.test(
      name,
    ),
  )
  .map(([, number]) => number as number)

/** The events that a session has to report, with their fields. */
function reported(session): number[][] {
  const events: number[][] = []
  for (let event = session.pollEvent(); event > 0; event = session.pollEvent()) {
    const fields = Object.keys(n.EVENTS[event - 1]![1]).map((_, place) => session.field(place))
    events.push([event, ...fields, session.field(n.FIELD_CODE)])
  }
  return events
}

/** What a session wants, but for the fields that mean nothing without an attempt. */
function wants(session): number[] {
  const step = session.wants()
  const fields = step === n.STEP_NONE ? [n.FIELD_WAKE_AT] : [n.FIELD_WAKE_AT, n.FIELD_FRESH, n.FIELD_NUMBER]
  return [step, ...fields.map((field) => session.field(field))]
}

test('a session before the wasm reports what a real one reports, and leaves it in the same state', ({ fixture }) => {
  const { SessionHandle } = fixture.engine
  const random = (limit: number) => Math.floor(Math.random() * limit)
  for (let round = 0; round < 500; round++) {
    const options = { closeWhenHidden: round % 2 === 0, connectTimeout: 10, jitter: 0 }
    const isGetOrHead = round % 3 > 0
    const real = newSession(SessionHandle, isGetOrHead, options)
    const before = new SessionBeforeWasm()
    const inputs: number[] = []
    // The real session gets everything when it takes over.
    let now = 1000
    for (let left = random(12); left > 0; left--) {
      const input = INPUTS[random(INPUTS.length)]!
      inputs.push(input)
      // Only the application may call back before the last event is reported.
      const isOfApplication = input <= n.INPUT_RESUME
      if (!isOfApplication) expect(reported(before), `events before ${inputs}`).toStrictEqual(reported(real))
      for (const session of [real, before]) session.handle(now, input, 0, random(50))
      expect([before.state(), before.retryCount()], `states after ${inputs}`).toStrictEqual([real.state(), real.retryCount()])
      if (random(3) > 0) expect(reported(before), `events after ${inputs}`).toStrictEqual(reported(real))
    }
    expect(reported(before), `events after ${inputs}`).toStrictEqual(reported(real))
    const later = newSession(SessionHandle, isGetOrHead, options)
    before.repeatOn(later, now)
    expect(reported(later), `events after the wasm came after ${inputs}`).toStrictEqual([])
    for (const input of [undefined, n.INPUT_WAKE, n.INPUT_VISIBLE, n.INPUT_CONNECT]) {
      now += 10
      if (input !== undefined) for (const session of [real, later]) session.handle(now, input, 0, 0)
      expect(later.state(), `the state after ${inputs}, ${input}`).toBe(real.state())
      expect(wants(later), `the wants after ${inputs}, ${input}`).toStrictEqual(wants(real))
    }
  }
})
