// The token of a request: where it comes from, when it is refreshed, and where it must not appear.

import {
  Callback,
  EventRecorder,
  everythingOf,
  expect,
  rejection,
  SimulatedClock,
  SimulatedServer,
  SSEAuth,
  test,
  turn,
} from './fixture/index.ts'

/** A callback that returns one value after the other, and records its arguments. */
function answering(...answers) {
  const given = []
  const ask = (context) => {
    given.push(context)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer
  }
  return Object.assign(ask, { given })
}

/** The two ways in which a callback fails. */
const failures = (error) => [throwing(error), () => Promise.reject(error)]

const throwing = (error) => () => {
  throw error
}

/** How long the client waits after a cancelled request, in milliseconds. */
const COOLDOWN = 100

const never = () => new Promise(() => {})
const bearer = ({ headers }) => headers.get('authorization')
const refuse = (call, body = '') => call.respond(new Response(body, { status: 401 }))

async function refused(server, body?) {
  const call = await server.next()
  refuse(call, body)
  return call
}

/** All lifecycle events. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'refresh', 'max-reconnects-reached', 'close']

test('getToken is called before every attempt', async ({ fixture }) => {
  const getToken = answering('one', Promise.resolve('two'))
  const client = fixture.client({ getToken })
  client.connect()
  const first = await fixture.server.next()
  first.stream().push('id: 5\ndata: x\n\n').break()
  const second = await fixture.server.next()
  expect([first, second].map(bearer)).toStrictEqual(['Bearer one', 'Bearer two'])
  const [before, after] = getToken.given
  expect([before, after].map(({ attempt, lastEventId, error }) => [attempt, lastEventId, error?.code])).toStrictEqual([
    [0, '', undefined],
    [1, '5', 'network'],
  ])
  expect(before.signal === first.signal && before.signal.aborted, 'the signal of the first attempt is aborted').toBeTruthy()
  expect(after.signal === second.signal && !after.signal.aborted, 'the signal of the second attempt is not').toBeTruthy()
})

test('getToken may be asynchronous', async ({ fixture }) => {
  const getToken = new Callback()
  const client = fixture.client({ getToken: getToken.call })
  client.connect()
  const { resolve } = await getToken.next()
  await turn()
  expect([client.state, fixture.server.calls.length]).toStrictEqual(['connecting', 0])
  resolve('late')
  expect(bearer(await fixture.server.next())).toBe('Bearer late')
})

test('without a token, the request has no Authorization header', async ({ fixture }) => {
  for (const none of [null, undefined, Promise.resolve(null)]) {
    const client = fixture.client({ getToken: () => none })
    client.connect()
    expect((await fixture.server.next()).headers.has('authorization')).toBe(false)
    client.disconnect()
  }
})

test('a token takes precedence over an Authorization header', async ({ fixture }) => {
  const tokens = ['mine', null]
  fixture.client({ getToken: () => tokens.shift(), headers: { authorization: 'Basic abc', 'X-Other': 'kept' } }).connect()
  const first = await fixture.server.next()
  first.fail()
  const calls = [first, await fixture.server.next()]
  expect(calls.map(bearer)).toStrictEqual(['Bearer mine', 'Basic abc'])
  expect(calls.map(({ headers }) => headers.get('x-other'))).toStrictEqual(['kept', 'kept'])
})

test('a refused token is refreshed, and the same attempt continues', async ({ fixture }) => {
  const refreshToken = answering('new')
  const client = fixture.client({ getToken: () => 'old', refreshToken, maxReconnects: 0, lastEventId: '3' })
  const recorder = new EventRecorder(client, ...LIFECYCLE)
  const opened = client.connect()
  const first = await fixture.server.next()
  const refusal = first.stream({ status: 401 })
  const second = await fixture.server.next()
  expect([first.signal.aborted, refusal.cancelled]).toStrictEqual([true, true])
  second.stream()
  await opened
  await recorder.until('open')
  expect([first, second].map(bearer)).toStrictEqual(['Bearer old', 'Bearer new'])
  expect(recorder.recorded.map(([type, { state, attempt }]) => [type, state ?? attempt])).toStrictEqual([
    ['state', 'connecting'],
    ['refresh', 0],
    ['state', 'open'],
    ['open', 0],
  ])
  expect(client.retryCount).toBe(0)
  const [{ attempt, lastEventId, signal }] = refreshToken.given
  expect([refreshToken.given.length, attempt, lastEventId, signal.aborted]).toStrictEqual([1, 0, '3', false])
})

test('refreshToken may return true, and getToken is called again', async ({ fixture }) => {
  const getToken = answering('old', 'new')
  const { client } = await refreshed(fixture, { getToken, refreshToken: () => true })
  expect(fixture.server.calls.map(bearer)).toStrictEqual(['Bearer old', 'Bearer new'])
  expect(getToken.given.map(({ attempt }) => attempt)).toStrictEqual([0, 0])
  expect(client.state).toBe('open')
})

/** A client whose first request is refused, and whose second one is accepted. */
async function refreshed(fixture, options?) {
  const client = fixture.client(options)
  const opened = client.connect()
  await refused(fixture.server)
  const stream = (await fixture.server.next()).stream()
  await opened
  return { client, stream }
}

test('every attempt may refresh once, which does not count as a reconnection', async ({ fixture }) => {
  const client = fixture.client({ getToken: () => 'old', refreshToken: () => 'new', maxReconnects: 3 })
  const recorder = new EventRecorder(client, 'refresh', 'retry')
  client.connect()
  for (let attempt = 0; attempt < 4; attempt++) {
    await refused(fixture.server)
    expect(await recorder.nextData()).toStrictEqual({ attempt })
    expect(client.retryCount).toStrictEqual(attempt)
    const call = await fixture.server.next()
    if (attempt === 3) call.stream()
    else call.fail()
    if (attempt < 3) expect((await recorder.nextData()).attempt).toStrictEqual(attempt + 1)
  }
})

test('refreshToken may return false to give up', async ({ fixture }) => {
  const client = fixture.client({ getToken: () => 'old', refreshToken: async () => false })
  const recorder = new EventRecorder(client, 'error', 'refresh', 'retry', 'close')
  const opened = client.connect()
  await refused(fixture.server)
  const error = await rejection(opened)
  expect([error.code, error.status, error.retryable, error.attempt]).toStrictEqual(['auth', 401, false, 0])
  expect(error.message).toMatch(/401/)
  expect(await recorder.nextData(), 'it is the one of the error event').toBe(error)
  expect(await recorder.nextData()).toStrictEqual({ reason: 'fatal', error })
  expect([recorder.recorded.length, fixture.server.calls.length]).toStrictEqual([2, 1])
})

test('an error about a refused token has the headers of the refusal', async ({ fixture }) => {
  const answers = { 'there is no new one': () => false, 'a new one is refused too': () => 'new' }
  for (const [name, refreshToken] of Object.entries(answers)) {
    const client = fixture.client({ getToken: () => 'old', refreshToken })
    const opened = client.connect()
    const refuse = async () =>
      (await fixture.server.next()).respond(new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } }))
    await refuse()
    if (refreshToken()) await refuse()
    const { status, headers } = await rejection(opened)
    expect([status, headers?.get('www-authenticate')], name).toStrictEqual([401, 'Bearer'])
  }
  const client = fixture.client({ getToken: () => 'old', refreshToken: throwing(new Error('no network')), maxReconnects: 0 })
  const opened = client.connect()
  await refused(fixture.server)
  const { status, headers } = await rejection(opened)
  expect([status, headers], 'that the refresh failed is no response').toStrictEqual([undefined, undefined])
})

test('a second refusal in one attempt is fatal', async ({ fixture }) => {
  for (const refreshToken of [() => 'new', () => true]) {
    const client = fixture.client({ getToken: () => 'old', refreshToken })
    const opened = client.connect()
    await refused(fixture.server)
    await refused(fixture.server, 'you are banned')
    const error = await rejection(opened)
    expect([error.code, error.status, error.retryable, error.body]).toStrictEqual(['auth', 401, false, 'you are banned'])
    expect(error.message).toMatch(/status 401, and there was no new token, or the server refused it too/)
  }
  expect(fixture.server.calls.length).toBe(4)
})

test('without refreshToken, a refusal is fatal', async ({ fixture }) => {
  const opened = fixture.client({ getToken: () => 'old' }).connect()
  await refused(fixture.server)
  const error = await rejection(opened)
  expect([error.code, error.status]).toStrictEqual(['status', 401])
})

test('a POST that was refused is sent again with the new token', async ({ fixture }) => {
  await refreshed(fixture, { body: { prompt: 'hi' }, getToken: () => 'old', refreshToken: () => 'new' })
  expect(fixture.server.calls.map((call) => [call.method, call.body, bearer(call)])).toStrictEqual([
    ['POST', '{"prompt":"hi"}', 'Bearer old'],
    ['POST', '{"prompt":"hi"}', 'Bearer new'],
  ])
})

test('a getToken that fails is retried', async ({ fixture }) => {
  const cause = new Error('the issuer is down')
  for (const trouble of failures(cause)) {
    let asked = 0
    const client = fixture.client({ getToken: () => (asked++ ? 'better' : trouble()) })
    const recorder = new EventRecorder(client, 'error', 'retry')
    client.connect()
    const error = await recorder.nextData()
    expect([error.code, error.status, error.retryable, error.attempt]).toStrictEqual(['auth', undefined, true, 0])
    expect(error.cause === cause && !error.message.includes('issuer'), 'the cause is there, and is not quoted').toBeTruthy()
    expect((await recorder.nextData()).attempt).toBe(1)
    const call = await fixture.server.next()
    expect(bearer(call)).toBe('Bearer better')
    client.disconnect()
  }
})

test('a refreshToken that fails is retried', async ({ fixture }) => {
  const cause = new Error('the issuer is down')
  for (const trouble of failures(cause)) {
    let asked = 0
    const client = fixture.client({ getToken: () => 'old', refreshToken: () => (asked++ ? 'new' : trouble()) })
    const recorder = new EventRecorder(client, 'error', 'refresh')
    client.connect()
    await refused(fixture.server)
    const error = await recorder.nextData()
    expect([error.code, error.status, error.retryable, error.cause === cause]).toStrictEqual(['auth', undefined, true, true])
    await refused(fixture.server)
    expect(await recorder.nextData()).toStrictEqual({ attempt: 1 })
    expect(bearer(await fixture.server.next())).toBe('Bearer new')
    client.disconnect()
  }
})

test('a client that is disconnected at once does not call getToken', async ({ fixture }) => {
  const getToken = answering('first', 'second')
  const client = fixture.client({ getToken })
  client.connect()
  client.disconnect()
  client.connect()
  expect([bearer(await fixture.server.next()), getToken.given.length]).toStrictEqual(['Bearer first', 1])
  expect(fixture.server.calls.length).toBe(1)
})

test('a getToken that never resolves is a timeout', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const getToken = answering(never(), 'better')
  const client = fixture.client({ getToken, connectTimeout: 1000 })
  const recorder = new EventRecorder(client, 'error')
  client.connect()
  await turn()
  clock.advance(1000)
  const error = await recorder.nextData()
  expect([error.code, error.retryable, getToken.given[0].signal.aborted]).toStrictEqual(['timeout', true, true])
  clock.advance(1)
  expect(bearer(await fixture.server.next())).toBe('Bearer better')
})

test('a refreshToken that never resolves is a timeout', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const refreshToken = answering(never(), 'new')
  const client = fixture.client({ getToken: () => 'old', refreshToken, connectTimeout: 1000 })
  const recorder = new EventRecorder(client, 'error')
  client.connect()
  await refused(fixture.server)
  await turn()
  expect(refreshToken.given.map(({ signal }) => signal.aborted)).toStrictEqual([false])
  clock.advance(1000)
  const error = await recorder.nextData()
  expect([error.code, error.retryable, refreshToken.given[0].signal.aborted]).toStrictEqual(['timeout', true, true])
  clock.advance(1)
  await refused(fixture.server)
  expect(bearer(await fixture.server.next())).toBe('Bearer new')
})

/** Values that are not tokens, and how errors name them without showing them. */
const RUBBISH = [
  ['', 'an empty string'],
  [4711, 'a number'],
  [NaN, 'a number'],
  [{ token: 's3cret' }, 'an object'],
  [['s3cret'], 'an array'],
  [Symbol('s3cret'), 'a symbol'],
  [() => 's3cret', 'a function'],
]

test('an error says that getToken returned no token, and does not show what it returned', async ({ fixture }) => {
  for (const [answer, kind] of [...RUBBISH, [true, 'a boolean'], [false, 'a boolean']] as [unknown, string][]) {
    const error = await rejection(fixture.client({ getToken: async () => answer }).connect())
    expect([error.code, error.retryable], kind).toStrictEqual(['callback', false])
    expect(error.cause, 'the cause is a TypeError').toBeInstanceOf(TypeError)
    expect(error.message).toMatch(new RegExp(`getToken returned ${kind}; it must return a token .*, or null for none`))
    expect(everythingOf(error)).not.toMatch(/s3cret|4711/)
  }
  expect(fixture.server.calls.length).toBe(0)
})

test('an error says that refreshToken returned no valid result, and does not show it', async ({ fixture }) => {
  for (const [answer, kind] of [...RUBBISH, [undefined, 'undefined'], [null, 'null']] as [unknown, string][]) {
    const opened = fixture.client({ getToken: () => 'old', refreshToken: async () => answer }).connect()
    await refused(fixture.server)
    const error = await rejection(opened)
    expect([error.code, error.retryable], kind).toStrictEqual(['callback', false])
    expect(error.message).toMatch(
      new RegExp(`refreshToken returned ${kind}; it must return a token .*, true to call getToken again, or false to give up`),
    )
    expect(everythingOf(error)).not.toMatch(/s3cret|4711/)
  }
})

test('a token that is invalid in a header is not quoted', async ({ fixture }) => {
  for (const token of ['s3cret\nX-Evil: 1', 's3cret\0', 's3cret-ключ']) {
    const first = await rejection(fixture.client({ getToken: () => token }).connect())
    const opened = fixture.client({ getToken: () => 'old', refreshToken: () => token }).connect()
    await refused(fixture.server)
    for (const error of [first, await rejection(opened)]) {
      expect([error.code, error.retryable]).toStrictEqual(['callback', false])
      expect(error.message).toMatch(/the token contains a character that a header cannot have/)
      expect(!everythingOf(error).includes('s3cret'), 'it is not quoted').toBeTruthy()
    }
  }
})

const base64url = (text) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const jwt = (payload) => `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(payload))}.`
const EXPIRED = jwt({ sub: 'me', exp: 1 })
const VALID = jwt({ sub: 'me', exp: 99_999_999_999 })

test('a token that has expired is refreshed before it is sent', async ({ fixture }) => {
  for (const [answer, token] of [
    ['opaque', 'opaque'],
    [VALID, VALID],
    [true, VALID],
  ]) {
    const client = fixture.client({ getToken: answering(EXPIRED, VALID), refreshToken: () => answer })
    const recorder = new EventRecorder(client, 'refresh')
    client.connect()
    const call = await fixture.server.next()
    expect([bearer(call), recorder.recorded]).toStrictEqual([`Bearer ${token}`, [['refresh', { attempt: 0 }]]])
    client.disconnect()
  }
  expect(fixture.server.calls.length).toBe(3)
})

test('a new token that has already expired is sent', async ({ fixture }) => {
  // The clock of this computer may be wrong, so the server decides.
  for (const answer of [EXPIRED, true]) {
    const refreshToken = answering(answer)
    const client = fixture.client({ getToken: () => EXPIRED, refreshToken })
    client.connect()
    expect(bearer(await fixture.server.next())).toBe(`Bearer ${EXPIRED}`)
    expect(refreshToken.given.length).toBe(1)
    client.disconnect()
  }
})

test('without refreshToken, an expired token is sent', async ({ fixture }) => {
  fixture.client({ getToken: () => EXPIRED }).connect()
  expect(bearer(await fixture.server.next())).toBe(`Bearer ${EXPIRED}`)
})

test('a token that was refreshed before it was sent is not refreshed again when it is refused', async ({ fixture }) => {
  const refreshToken = answering('new')
  const opened = fixture.client({ getToken: () => EXPIRED, refreshToken }).connect()
  await refused(fixture.server)
  const error = await rejection(opened)
  expect([error.code, error.status, error.retryable, refreshToken.given.length]).toStrictEqual(['auth', 401, false, 1])
})

test('an expired token that cannot be refreshed is not sent', async ({ fixture }) => {
  const error = await rejection(fixture.client({ getToken: () => EXPIRED, refreshToken: () => false }).connect())
  expect([error.code, error.status, error.retryable]).toStrictEqual(['auth', undefined, false])
  expect(error.message).toMatch(/the client could not get a token/)
  expect(fixture.server.calls.length).toBe(0)
})

test('ten clients that share an SSEAuth and are refused together cause one refresh', async ({ fixture }) => {
  let token = 'old'
  const refreshToken = new Callback()
  const auth = new SSEAuth({ getToken: () => token, refreshToken: refreshToken.call })
  const servers = Array.from({ length: 10 }, () => new SimulatedServer())
  const clients = servers.map((server) => fixture.clientOf(server, { auth }))
  const opened = clients.map((client) => client.connect())
  for (const server of servers) expect(bearer(await refused(server))).toBe('Bearer old')
  const { resolve } = await refreshToken.next()
  await turn()
  token = 'new'
  resolve(token)
  for (const server of servers) {
    const call = await server.next()
    expect(bearer(call)).toBe('Bearer new')
    call.stream()
  }
  await Promise.all(opened)
  expect(refreshToken.asked).toBe(1)
})

test('a client that is refused late causes no other refresh', async ({ fixture }) => {
  let token = 'old'
  const refreshToken = answering('new')
  const auth = new SSEAuth({ getToken: () => token, refreshToken: (context) => (token = refreshToken(context)) })
  const [early, late] = [new SimulatedServer(), new SimulatedServer()]
  for (const server of [early, late]) fixture.clientOf(server, { auth }).connect()
  const slow = await late.next()
  await refused(early)
  ;(await early.next()).stream()
  refuse(slow)
  expect([slow, await late.next()].map(bearer)).toStrictEqual(['Bearer old', 'Bearer new'])
  expect(refreshToken.given.length).toBe(1)
})

test('without getToken, the refreshed token is used from then on', async ({ fixture }) => {
  const refreshToken = answering('one', 'two')
  const { stream } = await refreshed(fixture, { refreshToken })
  stream.break()
  await refused(fixture.server)
  const call = await fixture.server.next()
  expect(fixture.server.calls.map(bearer)).toStrictEqual([null, 'Bearer one', 'Bearer one', 'Bearer two'])
  call.stream()
})

test('validate is not called for a refusal that a refresh can resolve', async ({ fixture }) => {
  const seen = []
  const validate = ({ status }) => void seen.push(status)
  await refreshed(fixture, { getToken: () => 'old', refreshToken: () => 'new', validate })
  expect(seen).toStrictEqual([200])
})

test('shouldRetry is called when refreshing did not help', async ({ fixture }) => {
  const asked = []
  const shouldRetry = ({ code, status }) => {
    asked.push([code, status])
    return 0
  }
  const client = fixture.client({
    getToken: () => 'old',
    refreshToken: answering('new', false, new Error('down'), 'new'),
    shouldRetry,
  })
  const opened = client.connect()
  await refused(fixture.server)
  await refused(fixture.server)
  await refused(fixture.server)
  await refused(fixture.server)
  await refused(fixture.server)
  ;(await fixture.server.next()).stream()
  await opened
  expect([asked, client.retryCount]).toStrictEqual([
    [
      ['auth', 401],
      ['auth', 401],
      ['auth', undefined],
    ],
    3,
  ])
})

/** The stages of an attempt with a token, and which callbacks were called by then. */
const stages = () => ({
  'asking for the token': { getToken: never, reach: () => turn() },
  'refreshing an expired token': { getToken: () => EXPIRED, refreshToken: never, reach: () => turn() },
  'asking for the headers': { headers: never, reach: () => turn() },
  'waiting for the response': { reach: (server) => server.next() },
  'refreshing a refused token': { refreshToken: never, reach: async (server) => (await refused(server)) && turn() },
  'asking for the refreshed token': {
    getToken: answering('old', never()),
    refreshToken: () => true,
    reach: async (server) => (await refused(server)) && turn(),
  },
  'waiting for the second response': {
    refreshToken: () => 'new',
    reach: async (server) => (await refused(server)) && server.next(),
  },
  'reading why the second response refuses': {
    refreshToken: () => 'new',
    reach: async (server) => (await refused(server)) && (await server.next()).stream({ status: 401 }) && turn(),
  },
})

/** A client at each stage, how often it called its callbacks, and the signals of the calls that have not returned. */
function* staged(fixture, more = () => ({})) {
  for (const [stage, { reach, ...options }] of Object.entries(stages())) {
    fixture.stage = stage
    const server = new SimulatedServer()
    const asking = { count: 0, signals: new Set() }
    const noting = (callback) => async (context) => {
      asking.count++
      asking.signals.add(context.signal)
      const answer = await callback(context)
      asking.signals.delete(context.signal)
      return answer
    }
    const { getToken = () => 'old', refreshToken = () => 'new', headers = () => ({}) }: any = options
    const callbacks = { getToken: noting(getToken), refreshToken: noting(refreshToken), headers: noting(headers) }
    const client = fixture.clientOf(server, { ...callbacks, ...more() })
    yield { stage, server, client, asking, reach: () => reach(server) }
  }
}

const areAborted = (signals) => [...signals].every((signal) => signal.aborted)

test('disconnect() and the signal at any stage leave nothing open', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  let controller
  const abortable = () => ({ signal: (controller = new AbortController()).signal })
  const reason = 'the reason'
  for (const end of [(client) => client.disconnect(reason), () => controller.abort(reason)]) {
    for (const { stage, server, client, asking, reach } of staged(fixture, abortable)) {
      const opened = client.connect()
      await reach()
      const sent = server.calls.length
      end(client)
      const { code, cause } = await rejection(opened)
      expect([code, cause, client.state, server.open], stage).toStrictEqual(['aborted', reason, 'closed', 0])
      expect(clock.timers, stage).toBe(0)
      expect(areAborted(asking.signals), `the signal of every callback is aborted (${stage})`).toBeTruthy()
      await turn()
      expect(server.calls.length, stage).toBe(sent)
    }
  }
})

test('reconnect at any stage starts again with getToken', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  for (const { stage, server, client, asking, reach } of staged(fixture)) {
    client.connect()
    await reach()
    const [signals, asked] = [[...asking.signals], asking.count]
    client.reconnect()
    expect([client.state, server.open, client.retryCount], stage).toStrictEqual(['connecting', 0, 0])
    expect(areAborted(signals), `the signal of every callback is aborted (${stage})`).toBeTruthy()
    clock.advance(COOLDOWN)
    await turn()
    expect(asking.count, `the token is asked for again (${stage})`).toBeGreaterThan(asked)
    client.disconnect()
  }
})

test('a late token of a cancelled attempt changes nothing', async ({ fixture }) => {
  const getToken = new Callback()
  const client = fixture.client({ getToken: getToken.call })
  const recorder = new EventRecorder(client, 'error', 'message')
  client.connect()
  const calls = [await getToken.next()]
  client.reconnect()
  calls.push(await getToken.next())
  client.reconnect()
  const current = await getToken.next()
  current.resolve('current')
  const call = await fixture.server.next()
  calls[0].resolve('stale')
  calls[1].reject(new Error('stale'))
  await turn()
  call.stream().push('data: x\n\n')
  expect([await recorder.nextData(), bearer(call), fixture.server.calls.length]).toStrictEqual(['x', 'Bearer current', 1])
  expect(client.state).toBe('open')
})

test('a late token is not sent by a later attempt', async ({ fixture }) => {
  const [getToken, refreshToken] = [new Callback(), new Callback()]
  const client = fixture.client({ getToken: getToken.call, refreshToken: refreshToken.call })
  client.connect()
  const early = await getToken.next()
  client.reconnect()
  const none = await getToken.next()
  early.resolve('stale')
  await turn()
  none.resolve(null)
  const call = await fixture.server.next()
  refuse(call)
  const late = await refreshToken.next()
  client.reconnect()
  const noneAgain = await getToken.next()
  late.resolve('stale')
  await turn()
  noneAgain.resolve(null)
  await fixture.server.next()
  expect(fixture.server.calls.map(bearer)).toStrictEqual([null, null])
})

test('a late refresh of a cancelled attempt changes nothing', async ({ fixture }) => {
  for (const answer of ['stale', true, false, 7, new Error('stale')]) {
    const server = new SimulatedServer()
    const refreshToken = new Callback()
    const client = fixture.clientOf(server, { getToken: () => 'old', refreshToken: refreshToken.call })
    const recorder = new EventRecorder(client, 'error', 'refresh', 'message')
    client.connect()
    await refused(server)
    const late = await refreshToken.next()
    client.reconnect()
    const call = await server.next()
    if (answer instanceof Error) late.reject(answer)
    else late.resolve(answer)
    await turn()
    call.stream().push('data: x\n\n')
    expect([await recorder.nextData(), bearer(call), server.calls.length], String(answer)).toStrictEqual(['x', 'Bearer old', 2])
    client.disconnect()
  }
})

test('a late result of getToken before the refresh changes nothing', async ({ fixture }) => {
  // The signal of the refused request is aborted, which this `fetch` ignores.
  const server = new SimulatedServer({ ignoresSignal: true })
  const refreshToken = new Callback()
  const client = fixture.clientOf(server, { getToken: () => 'old', refreshToken: refreshToken.call, connectTimeout: 0 })
  const opened = client.connect()
  const refusal = (await server.next()).stream({ status: 401 })
  const { resolve } = await refreshToken.next()
  refusal.break()
  resolve('new')
  ;(await server.next()).stream()
  await opened
  expect([client.state, refusal.cancelled]).toStrictEqual(['open', true])
})

/** Records every event, message and debug output of a client. Causes are the application's own errors, and stay unchanged. */
class Witness {
  #said = []

  constructor(fixture) {
    for (const name of ['debug', 'log', 'info', 'warn', 'error', 'trace']) fixture.replace(console, name, { value: this.#note })
  }

  #note = (...all) => this.#said.push(...all.map((thing) => `${everythingOf(thing)} ${JSON.stringify(thing)}`))

  watch(client) {
    for (const type of LIFECYCLE) {
      client.on(type, (data, event) => {
        const error = data instanceof Error ? data : data.error
        const { cause, ...shown } = error ?? {}
        this.#note(event, JSON.stringify(data), shown)
        if (error) this.#note(`${error} ${error.message} ${error.body} ${error.stack} ${error.status}`)
      })
    }
  }

  get said() {
    return this.#said.join('\n')
  }
}

const TOKENS = ['f1rst-t0ken', 's3cond-t0ken', 'th1rd-t0ken']

/** The ways in which a client with a refreshed token can end with an error that quotes the server. */
const QUOTING = {
  'a body': { answer: (call, token) => refuse(call, `{"error":"${token} is not valid, ${token} neither"}`) },
  'a network error': { answer: (call, token) => call.fail(new TypeError(`cannot send Bearer ${token}`)), maxReconnects: 0 },
  'a broken stream': { answer: (call, token) => call.stream().break(new TypeError(`Bearer ${token}`)), maxReconnects: 0 },
  validate: { answer: (call) => call.stream().end(), validate: throwing(new Error(`${TOKENS[1]} is not for here`)) },
  headers: { answer: () => {}, headers: answering({}, new Error(`${TOKENS[1]} is not for here`)), maxReconnects: 0 },
  'a parse error': {
    answer: (call, token) => call.stream().push(`data: ${token}\n\n`).end(),
    parse: throwing(new Error(`${TOKENS[1]} is no JSON`)),
    reconnect: 'on-error',
  },
  'a nonsensical response': { answer: (call, token) => call.respond({ [token]: token }) },
  'another type of content': { answer: (call, token) => call.respond(new Response(token)) },
}

test('a token is in no event, message or debug output', async ({ fixture }) => {
  const witness = new Witness(fixture)
  for (const [name, { answer, ...options }] of Object.entries(QUOTING)) {
    fixture.stage = name
    const server = new SimulatedServer()
    const getToken = answering(TOKENS[0])
    const client = fixture.clientOf(
      server,
      { getToken, refreshToken: () => TOKENS[1], debug: true, ...options },
      '/stream?room=1',
    )
    witness.watch(client)
    client.on('message', () => {})
    const recorder = new EventRecorder(client, 'close')
    client.connect()
    await refused(server, TOKENS[0])
    if (name !== 'headers') answer(await server.next(), TOKENS[1])
    await recorder.next()
    expect(client.state).toBe('closed')
  }
  expectNoTokens(witness)
})

test('a token that is too long for a message is not shown in part', async ({ fixture }) => {
  const token = 't0ken-'.repeat(50)
  const answers = {
    path: new Response('', { status: 404 }),
    'content type': new Response('', { headers: { 'content-type': `text/${token}` } }),
  }
  for (const [name, response] of Object.entries(answers)) {
    const client = fixture.client({ getToken: () => token }, `/rooms/${token}`)
    const failure = rejection(client.connect())
    ;(await fixture.server.next()).respond(response)
    const { message } = await failure
    expect(!message.includes('t0ken'), `${name}: ${message}`).toBeTruthy()
    expect(message).toMatch(/\/rooms\/\(token\)/)
  }
})

test('tokens of a long connection are in no event, message or debug output', async ({ fixture }) => {
  const witness = new Witness(fixture)
  const getToken = answering(...TOKENS, new Error(`${TOKENS[0]} is stale`), TOKENS[2])
  const refreshToken = answering(...TOKENS, new Error(`${TOKENS[1]} is stale`), true)
  const client = fixture.client({ getToken, refreshToken, debug: true })
  witness.watch(client)
  const opened = client.connect()
  const answers = [
    (call, token) => refuse(call, token),
    (call, token) => call.respond(new Response(token, { status: 503, statusText: 'no' })),
    (call, token) => call.fail(new TypeError(token)),
    (call, token) => refuse(call, token),
    (call, token) => call.stream().push(`: ${token}\n`).break(new TypeError(token)),
  ]
  for (let n = 0; n < 20; n++) {
    const call = await fixture.server.next()
    const token = bearer(call)?.slice('Bearer '.length)
    // After two refusals in a row the client gives up.
    const answer = answers[n % answers.length]
    answer(call, token)
  }
  ;(await fixture.server.next()).stream()
  await opened
  client.disconnect(TOKENS[2])
  expectNoTokens(witness)
})

function expectNoTokens(witness) {
  expect(witness.said.includes('"kind":"close"'), 'something was said').toBeTruthy()
  for (const token of TOKENS) {
    const at = witness.said.indexOf(token)
    expect(at, `${token} is said: …${witness.said.slice(Math.max(0, at - 200), at + 50)}…`).toBeLessThan(0)
  }
}
