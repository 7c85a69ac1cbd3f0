// The page goes offline, into the background, or into the back/forward cache.

import {
  EventRecorder,
  expect,
  rejection,
  replace,
  SimulatedClock,
  SimulatedPage,
  SimulatedServer,
  session,
  test,
  turn,
  watch,
} from './fixture/index.ts'

/** How long the client waits after a cancelled request, in milliseconds. */
const COOLDOWN = 100

/** How often the client tries while the browser says that it is offline. */
const PROBE = 60_000

/** All lifecycle events. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'max-reconnects-reached', 'close']

/** A page whose events and clock the test controls. */
function simulated(fixture, state?) {
  return { page: new SimulatedPage(fixture, state), clock: new SimulatedClock(fixture) }
}

/** Everything recorded: states, and the types of other events. */
const summary = (recorder) => recorder.recorded.map(([type, data]) => (type === 'state' ? data.state : type))

/** Sends this text, with an id if there is one, and resolves when the client has delivered it. */
async function receive(client, stream, text, id?) {
  const recorder = new EventRecorder(client, 'message')
  stream.push(`${id ? `id: ${id}\n` : ''}data: ${text}\n\n`)
  expect(await recorder.nextData()).toStrictEqual(text)
}

/** The network goes for a second. Nothing is received meanwhile, nor in the second before. */
function loseNetwork({ page, clock }) {
  clock.advance(1000)
  page.goOffline()
  clock.advance(1000)
  page.goOnline()
}

/** The ways in which a page is away, for a client with closeWhenHidden. */
const absencesOf = (page) => ({
  hidden: [() => page.hide(), () => page.show()],
  'in the back/forward cache': [() => page.leave(), () => page.comeBack()],
})

/** The next request, which is sent when the cooldown after the last one is over. */
function comesBack(fixture, clock) {
  clock.advance(COOLDOWN)
  return fixture.server.next()
}

test('a page that returns at once waits until the server has seen the end of the last request', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client } = await fixture.open({ closeWhenHidden: true })
  for (const [go, comeBack] of Object.values(absencesOf(page))) {
    const before = fixture.server.calls.length
    go()
    comeBack()
    clock.advance(COOLDOWN - 1)
    await turn()
    expect([client.state, fixture.server.calls.length]).toStrictEqual(['reconnecting', before])
    clock.advance(1)
    ;(await fixture.server.next()).stream()
    await new EventRecorder(client, 'open').next()
  }
})

test('a page that was away for long sends its request at once', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  await fixture.open({ closeWhenHidden: true })
  page.hide()
  clock.advance(PROBE)
  page.show()
  await fixture.server.next()
})

test('going offline does not end the stream', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  page.goOffline()
  await receive(client, stream, 'a server on this machine')
  clock.advance(10 * PROBE)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
})

test('failures while offline do not count', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const ends = {
    broken: { end: (stream) => stream.break(), says: ['error', 'reconnecting'] },
    ended: { end: (stream) => stream.end(), says: ['reconnecting'] },
    silent: { end: () => clock.advance(1000), says: ['error', 'reconnecting'], idleTimeout: 1000 },
  }
  for (const [name, { end, says, ...options }] of Object.entries(ends)) {
    const { client, stream } = await fixture.open({ maxReconnects: 0, ...options })
    await receive(client, stream, 'x', '7')
    const recorder = new EventRecorder(client, ...LIFECYCLE)
    page.goOffline()
    end(stream)
    await turn()
    clock.advance(PROBE - 2000)
    await turn()
    expect([summary(recorder), client.state, client.retryCount], name).toStrictEqual([says, 'reconnecting', 0])
    expect(fixture.server.open, name).toBe(0)
    page.goOnline()
    const call = await comesBack(fixture, clock)
    expect(call.headers.get('last-event-id')).toBe('7')
    call.stream()
    await recorder.until('open')
    expect([client.state, client.retryCount], name).toStrictEqual(['open', 0])
    client.disconnect()
  }
})

test('the first request is sent at once, even when offline', async ({ fixture }) => {
  const { page, clock } = simulated(fixture, { online: false })
  const client = fixture.client({ maxReconnects: 0 })
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  const opened = client.connect()
  ;(await fixture.server.next()).fail()
  await recorder.until('error')
  await turn()
  expect(summary(recorder)).toStrictEqual(['connecting', 'error', 'reconnecting'])
  page.goOnline()
  ;(await comesBack(fixture, clock)).stream()
  await opened
})

test('reconnect sends its request at once, even when offline', async ({ fixture }) => {
  const { page } = simulated(fixture)
  const { client, stream } = await fixture.open()
  page.goOffline()
  stream.break()
  await new EventRecorder(client, 'error').next()
  const opened = client.reconnect()
  ;(await fixture.server.next()).stream()
  await opened
  expect(client.state).toBe('open')
})

test('going online ends the backoff delay', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open({ backoff: { initial: 30_000, jitter: 0 } })
  const recorder = new EventRecorder(client, 'retry')
  stream.break()
  expect((await recorder.nextData()).delay).toBe(30_000)
  page.goOffline()
  page.goOnline()
  await comesBack(fixture, clock)
})

test('going online does not shorten a delay that the server asked for', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'retry')
  client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 503, headers: { 'retry-after': '120' } }))
  await recorder.next()
  page.goOffline()
  page.goOnline()
  clock.advance(119_999)
  await turn()
  expect(fixture.server.calls.length).toBe(1)
  clock.advance(1)
  await fixture.server.next()
})

test('a delay that ends while offline waits until the page is online', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open({ backoff: { initial: 1000, jitter: 0 } })
  const recorder = new EventRecorder(client, 'retry', 'error')
  stream.break()
  await recorder.until('retry')
  page.goOffline()
  clock.advance(1000)
  await turn()
  expect([fixture.server.calls.length, client.state]).toStrictEqual([1, 'reconnecting'])
  page.goOnline()
  await comesBack(fixture, clock)
  expect(recorder.recorded.length, 'one failure, one retry').toBe(2)
})

test('a browser that is wrong about being offline costs at most a minute', async ({ fixture }) => {
  const { page, clock } = simulated(fixture, { online: false })
  const client = fixture.client({ maxReconnects: 0 })
  const recorder = new EventRecorder(client, 'error', 'retry', 'open')
  client.connect()
  for (let n = 0; n < 3; n++) {
    ;(await fixture.server.next()).fail()
    await recorder.until('error')
    clock.advance(PROBE - 1)
    await turn()
    expect([fixture.server.calls.length, client.retryCount]).toStrictEqual([n + 1, 0])
    clock.advance(1)
  }
  ;(await fixture.server.next()).stream()
  await recorder.until('open')
  expect(summary(recorder)).toStrictEqual(['error', 'error', 'error', 'open'])
  page.goOnline()
  clock.advance(COOLDOWN)
  expect(client.state).toBe('open')
})

test('an error response counts, even when offline', async ({ fixture }) => {
  simulated(fixture, { online: false })
  const client = fixture.client({ maxReconnects: 0 })
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 503 }))
  expect((await rejection(opened)).status).toBe(503)
})

test('a stream that was silent since before going offline is reopened', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open()
  await receive(client, stream, 'x', '4')
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  loseNetwork({ page, clock })
  expect([summary(recorder), client.retryCount, stream.cancelled]).toStrictEqual([['reconnecting'], 0, true])
  expect((await comesBack(fixture, clock)).headers.get('last-event-id')).toBe('4')
})

test('a stream that was active while offline is kept', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open()
  page.goOffline()
  clock.advance(1000)
  await receive(client, stream, 'still here')
  clock.advance(1000)
  page.goOnline()
  clock.advance(COOLDOWN)
  expect([client.state, fixture.server.calls.length]).toStrictEqual(['open', 1])
})

test('a silent response to a POST is reopened only if the POST may be repeated', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  for (const [options, state] of [
    [{}, 'open'],
    [{ maxReconnects: 3 }, 'reconnecting'],
    [{ reconnect: 'always' }, 'reconnecting'],
  ] as [object, string][]) {
    const { client, stream } = await fixture.open({ body: 'prompt', ...options })
    await receive(client, stream, 'x', '1')
    loseNetwork({ page, clock })
    expect(client.state).toStrictEqual(state)
    client.disconnect()
  }
})

test('with watchNetwork: false, going offline and online has no effect', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open({ watchNetwork: false, backoff: { initial: 30_000, jitter: 0 } })
  loseNetwork({ page, clock })
  expect(client.state).toBe('open')
  page.goOffline()
  const recorder = new EventRecorder(client, 'retry')
  stream.break()
  expect((await recorder.nextData()).attempt).toBe(1)
  page.goOnline()
  clock.advance(29_999)
  await turn()
  expect(fixture.server.calls.length).toBe(1)
  clock.advance(1)
  await fixture.server.next()
})

test('a hidden page keeps its stream', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  page.hide()
  clock.advance(10 * PROBE)
  await receive(client, stream, 'in the background')
  page.show()
  clock.advance(COOLDOWN)
  expect([recorder.recorded, client.state, fixture.server.calls.length]).toStrictEqual([[], 'open', 1])
})

test('a page that is away has no stream: in the back/forward cache, and hidden with closeWhenHidden', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const [hidden, cached] = Object.entries(absencesOf(page))
  for (const [[name, [go, comeBack]], options] of [
    [hidden, { closeWhenHidden: true }],
    [cached, { closeWhenHidden: true }],
    [cached, {}],
  ] as const) {
    const { client, call, stream } = await fixture.open(options)
    const calls = fixture.server.calls.length
    await receive(client, stream, 'x', '4')
    const recorder = new EventRecorder(client, ...LIFECYCLE)
    go()
    expect(summary(recorder), name).toStrictEqual(['reconnecting'])
    expect([call.signal.aborted, stream.cancelled, clock.timers], name).toStrictEqual([true, true, 0])
    clock.advance(10 * PROBE)
    await turn()
    expect(fixture.server.calls.length, name).toBe(calls)
    comeBack()
    const second = await comesBack(fixture, clock)
    expect(second.headers.get('last-event-id')).toBe('4')
    second.stream()
    await recorder.until('open')
    expect([summary(recorder), client.retryCount], name).toStrictEqual([['reconnecting', 'open', 'open'], 0])
    client.disconnect()
  }
})

test('with closeWhenHidden, a hidden page connects when it becomes visible', async ({ fixture }) => {
  const { page, clock } = simulated(fixture, { visible: false })
  const client = fixture.client({ closeWhenHidden: true })
  const opened = client.connect()
  clock.advance(10 * PROBE)
  await turn()
  expect([client.state, fixture.server.calls.length, clock.timers]).toStrictEqual(['connecting', 0, 0])
  page.show()
  ;(await comesBack(fixture, clock)).stream()
  await opened
})

test('a client that waits for the page to become visible can be disconnected', async ({ fixture }) => {
  const { page, clock } = simulated(fixture, { visible: false })
  const client = fixture.client({ closeWhenHidden: true })
  const opened = client.connect()
  client.disconnect()
  expect([(await rejection(opened)).code, client.state, page.listeners]).toStrictEqual(['aborted', 'closed', []])
  page.show()
  clock.advance(PROBE)
  await turn()
  expect(fixture.server.calls.length).toBe(0)
})

test('reconnect opens a stream in a hidden page', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client } = await fixture.open({ closeWhenHidden: true })
  page.hide()
  const opened = client.reconnect()
  ;(await comesBack(fixture, clock)).stream()
  await opened
  expect(client.state).toBe('open')
  page.show()
  page.hide()
  expect(client.state, 'until it is hidden again').toBe('reconnecting')
})

test('a delay continues in a hidden page and ends when it becomes visible', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open({ closeWhenHidden: true, backoff: { initial: 1000, jitter: 0 } })
  const recorder = new EventRecorder(client, 'retry')
  stream.break()
  await recorder.next()
  page.hide()
  clock.advance(10_000)
  await turn()
  expect([fixture.server.calls.length, client.state]).toStrictEqual([1, 'reconnecting'])
  page.show()
  await comesBack(fixture, clock)
})

test('with closeWhenHidden, a hidden page cancels a request that has no response yet', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const client = fixture.client({ closeWhenHidden: true })
  const opened = client.connect()
  const call = await fixture.server.next()
  page.hide()
  expect([call.signal.aborted, client.state]).toStrictEqual([true, 'connecting'])
  page.show()
  ;(await comesBack(fixture, clock)).stream()
  await opened
})

test('with closeWhenHidden, a POST is not cancelled', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  for (const [name, [go, comeBack]] of Object.entries(absencesOf(page))) {
    const client = fixture.client({ closeWhenHidden: true, body: 'prompt' })
    const opened = client.connect()
    const call = await fixture.server.next()
    go()
    comeBack()
    expect([call.signal.aborted, client.state], `${name} while it is on its way`).toStrictEqual([false, 'connecting'])
    const stream = call.stream()
    await opened
    await receive(client, stream, 'x', '1')
    go()
    comeBack()
    clock.advance(COOLDOWN)
    expect([client.state, stream.cancelled], `${name} while it is answered`).toStrictEqual(['open', false])
    client.disconnect()
  }
})

/** What can happen to a page: how each begins and ends. */
const happeningsOf = (page) => ({
  'the network goes and comes': [() => page.goOffline(), () => page.goOnline()],
  ...absencesOf(page),
})

test('a POST with maxReconnects: 0 is sent once, whatever happens to the page', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  for (const [name, [go, comeBack]] of Object.entries(happeningsOf(page))) {
    const calls = fixture.server.calls.length
    const { client, stream } = await fixture.open({ body: 'prompt', maxReconnects: 0, closeWhenHidden: true })
    clock.advance(1000)
    go()
    clock.advance(1000)
    comeBack()
    clock.advance(COOLDOWN)
    await turn()
    expect([client.state, stream.cancelled, fixture.server.calls.length - calls], name).toStrictEqual(['open', false, 1])
    client.disconnect()
  }
})

test('with reconnect: always, a POST is cancelled and sent again', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  for (const [name, [go, comeBack]] of Object.entries(absencesOf(page))) {
    const { client, stream } = await fixture.open({ closeWhenHidden: true, body: 'prompt', maxReconnects: 3 })
    await receive(client, stream, 'x', '1')
    go()
    expect([client.state, stream.cancelled], name).toStrictEqual(['reconnecting', true])
    comeBack()
    const next = await comesBack(fixture, clock)
    expect([next.method, next.headers.get('last-event-id')]).toStrictEqual(['POST', '1'])
    client.disconnect()
  }
})

test('reconnect: never sends one request, whatever happens to the page', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  for (const options of [{}, { body: 'prompt' }]) {
    for (const [name, [go, comeBack]] of Object.entries(happeningsOf(page))) {
      const calls = fixture.server.calls.length
      const client = fixture.client({ reconnect: 'never', closeWhenHidden: true, ...options })
      const opened = client.connect()
      const call = await fixture.server.next()
      const happens = async () => {
        clock.advance(1000)
        go()
        clock.advance(1000)
        comeBack()
        clock.advance(COOLDOWN)
        await turn()
        expect([call.signal.aborted, fixture.server.calls.length - calls], name).toStrictEqual([false, 1])
      }
      await happens()
      const stream = call.stream()
      await opened
      await receive(client, stream, 'x', '1')
      await happens()
      expect(client.state, name).toBe('open')
      client.disconnect()
    }
  }
})

test('a page that is hidden while a token is requested sends nothing', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const answers = []
  const getToken = ({ signal }) => new Promise((resolve) => answers.push({ signal, resolve }))
  fixture.client({ closeWhenHidden: true, getToken }).connect()
  await turn()
  page.hide()
  expect(answers[0].signal.aborted).toBe(false)
  answers[0].resolve('one')
  await turn()
  expect(fixture.server.calls.length).toBe(0)
  page.show()
  clock.advance(COOLDOWN)
  await turn()
  answers[1].resolve('two')
  expect((await fixture.server.next()).headers.get('authorization')).toBe('Bearer two')
})

test('hiding and showing a page a hundred times never opens two requests', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client } = await fixture.open({ closeWhenHidden: true })
  for (let n = 0; n < 100; n++) {
    page.hide()
    page.show()
  }
  ;(await comesBack(fixture, clock)).stream()
  await new EventRecorder(client, 'open').next()
  expect(fixture.server.calls.length).toBe(2)
  // And once more, at every stage of an attempt.
  let answered = fixture.server.calls.length
  for (let n = 0; n < 100; n++) {
    page.hide()
    expect(fixture.server.open).toBe(0)
    page.show()
    clock.advance((n * 17) % 150)
    if (n % 2) await turn()
    const fresh = fixture.server.calls.slice(answered)
    answered = fixture.server.calls.length
    if (n % 3) for (const call of fresh) if (call.open) call.stream()
  }
  expect(answered, 'attempts were made').toBeGreaterThan(10)
  expect(fixture.server.overlaps).toBe(0)
})

test('hiding and showing a page a hundred times works in real time', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const { client, stream } = await fixture.open({ closeWhenHidden: true })
  await receive(client, stream, 'x', '1')
  for (let n = 0; n < 100; n++) {
    page.hide()
    if (n % 2) await turn()
    page.show()
    await turn()
  }
  // In a slow browser this takes so long that some requests are sent in between.
  let call = await fixture.server.next()
  while (call.signal.aborted) call = await fixture.server.next()
  call.stream()
  await new EventRecorder(client, 'open').next()
  expect([client.state, call.headers.get('last-event-id'), fixture.server.overlaps]).toStrictEqual(['open', '1', 0])
})

test('pagehide and pageshow without the back/forward cache change nothing', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client } = await fixture.open()
  page.leave({ persisted: false })
  page.comeBack({ persisted: false })
  clock.advance(COOLDOWN)
  expect([client.state, fixture.server.calls.length]).toStrictEqual(['open', 1])
})

test('a page that returns hidden waits until it is visible', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  await fixture.open({ closeWhenHidden: true })
  page.hide()
  page.leave()
  page.comeBack()
  clock.advance(PROBE)
  await turn()
  expect(fixture.server.calls.length).toBe(1)
  page.show()
  await comesBack(fixture, clock)
})

test('a client stays paused while the page is away', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const { client, stream } = await fixture.open({ closeWhenHidden: true })
  const recorder = new EventRecorder(client, 'state', 'message')
  client.pause()
  stream.push('data: lost with its stream\n\n')
  page.hide()
  page.show()
  const call = await comesBack(fixture, clock)
  call.stream().push('data: of the second\n\n')
  while (client.state !== 'paused') await turn()
  client.resume()
  expect(await recorder.until('message')).toBe('of the second')
  expect(recorder.states).toStrictEqual(['paused', 'reconnecting', 'open', 'paused', 'open'])
})

test('every method may be called during a page event', async ({ fixture }) => {
  const { page, clock } = simulated(fixture)
  const uses = {
    disconnect: (client) => client.disconnect(),
    reconnect: (client) => client.reconnect(),
    'disconnect and connect': (client) => (client.disconnect(), client.connect()),
    pause: (client) => client.pause(),
    show: () => page.show(),
    'come back': () => page.comeBack(),
  }
  for (const [name, use] of Object.entries(uses)) {
    for (const go of [() => page.hide(), () => page.leave()]) {
      const server = new SimulatedServer()
      const client = fixture.clientOf(server, { closeWhenHidden: true })
      client.connect()
      ;(await server.next()).stream()
      await new EventRecorder(client, 'open').next()
      client.once('state', () => use(client))
      go()
      page.show()
      page.comeBack()
      clock.advance(COOLDOWN)
      await turn()
      expect([client.state === 'closed', server.overlaps], name).toStrictEqual([name === 'disconnect', 0])
      client.disconnect()
      expect([server.open, client.state], name).toStrictEqual([0, 'closed'])
    }
  }
  expect([page.listeners, clock.timers]).toStrictEqual([[], 0])
})

const LISTENERS = ['offline', 'online', 'pagehide', 'pageshow', 'visibilitychange']

test('a closed client has no listeners on the page', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    reconnect: ({ client }) => (client.reconnect(), client.disconnect()),
    signal: ({ controller }) => controller.abort(),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
    'too large': ({ stream }) => stream.push(`data: ${'x'.repeat(200)}`),
    'the server': ({ stream }) => stream.end(),
    'too many failures': ({ stream }) => stream.break(),
  }
  expect(page.listeners).toStrictEqual([])
  for (const [name, end] of Object.entries(ends)) {
    const controller = new AbortController()
    const options = { signal: controller.signal, until: '[DONE]', maxEventBytes: 100, maxReconnects: 0, reconnect: 'on-error' }
    const client = fixture.client(options)
    expect(page.listeners, 'nothing before it is connected').toStrictEqual([])
    const { stream } = await fixture.connect(client)
    client.connect()
    expect(page.listeners, name).toStrictEqual(LISTENERS)
    const recorder = new EventRecorder(client, 'close')
    end({ client, stream, controller })
    await recorder.next()
    expect(page.listeners, name).toStrictEqual([])
    const again = client.connect()
    expect(page.listeners, `${name}, and connected again`).toStrictEqual(controller.signal.aborted ? [] : LISTENERS)
    client.disconnect()
    await rejection(again)
    expect(page.listeners, `${name}, and connected again`).toStrictEqual([])
    fixture.server = new SimulatedServer()
  }
})

test('clients share their listeners on the page, and the last one removes them', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const first = await fixture.open()
  const other = new SimulatedServer()
  const second = fixture.clientOf(other)
  const opened = second.connect()
  ;(await other.next()).stream()
  await opened
  expect(page.listeners).toStrictEqual(LISTENERS)
  first.client.disconnect()
  expect(page.listeners).toStrictEqual(LISTENERS)
  page.leave()
  expect([first.client.state, second.state]).toStrictEqual(['closed', 'reconnecting'])
  second.disconnect()
  expect(page.listeners).toStrictEqual([])
})

test('the error of one client does not keep the others from being told', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const error = new Error('this client fails')
  const told: unknown[] = []
  const fail = () => {
    throw error
  }
  const stops = [fail, (input) => told.push(input)].map((client) => watch(client, () => {}))
  page.goOffline()
  for (const stop of stops) stop()
  expect(told).toStrictEqual([session.INPUT_OFFLINE])
  expect(await fixture.reports.next()).toBe(error)
})

test('a client that found nothing to watch does not keep later ones from watching', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const restore = replace(globalThis, 'addEventListener', { value: undefined })
  const first = await fixture.open()
  restore()
  const other = new SimulatedServer()
  const second = fixture.clientOf(other)
  const opened = second.connect()
  ;(await other.next()).stream()
  await opened
  page.leave()
  expect([first.client.state, second.state]).toStrictEqual(['open', 'reconnecting'])
})

test('a client without a connection has no listeners on the page', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const client = fixture.client()
  client.on('message', () => {})
  client.pause()
  client.resume()
  client.disconnect()
  expect(page.listeners).toStrictEqual([])
})
