// The token of a request: where it comes from, when it is renewed, and where it never appears.

import { Ear } from './bed/ear.js'
import { Clock } from './bed/clock.js'
import { Queue } from './bed/queue.js'
import { Server } from './bed/server.js'
import { turn } from './bed/bed.js'
import { equal, match, ok, rejection } from './bed/expect.js'
import { SSEAuth } from '../../pkg-template/src/client/client.js'

/** A function given as an option, which answers when the test says so. */
class Callback {
  asked = 0
  #calls = new Queue()

  call = (context) => {
    this.asked++
    return new Promise((resolve, reject) => this.#calls.push({ context, resolve, reject }))
  }

  /** The next call that the test has not seen yet. */
  next() {
    return this.#calls.next()
  }
}

/** A function that gives one answer after the other, and notes what it was given. */
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

/** A function may fail in two ways. */
const failures = (error) => [throwing(error), () => Promise.reject(error)]
const throwing = (error) => () => {
  throw error
}

/** How long after a request was broken off the next one is sent. */
const SETTLING = 100

const never = () => new Promise(() => {})
const bearer = ({ headers }) => headers.get('authorization')
const refuse = (call, body = '') => call.respond(new Response(body, { status: 401 }))

async function refused(server, body) {
  const call = await server.next()
  refuse(call, body)
  return call
}

/** Everything that is told of a connection. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'refresh', 'max-reconnects-reached', 'close']

export async function a_token_is_asked_for_before_every_attempt(bed) {
  const getToken = answering('one', Promise.resolve('two'))
  const client = bed.client({ getToken })
  client.connect()
  const first = await bed.server.next()
  first.stream().push('id: 5\ndata: x\n\n').break()
  const second = await bed.server.next()
  equal([first, second].map(bearer), ['Bearer one', 'Bearer two'])
  const [before, after] = getToken.given
  equal([before, after].map(({ attempt, lastEventId, error }) => [attempt, lastEventId, error?.code]), [[0, '', undefined], [1, '5', 'network']])
  ok(before.signal === first.signal && before.signal.aborted, 'the signal of the first attempt is aborted')
  ok(after.signal === second.signal && !after.signal.aborted, 'the signal of the second attempt is not')
}

export async function a_token_may_take_its_time(bed) {
  const getToken = new Callback()
  const client = bed.client({ getToken: getToken.call })
  client.connect()
  const { resolve } = await getToken.next()
  await turn()
  equal([client.state, bed.server.calls.length], ['connecting', 0])
  resolve('late')
  equal(bearer(await bed.server.next()), 'Bearer late')
}

export async function without_a_token_the_request_has_no_authorization(bed) {
  for (const none of [null, undefined, Promise.resolve(null)]) {
    const client = bed.client({ getToken: () => none })
    client.connect()
    equal((await bed.server.next()).headers.has('authorization'), false)
    client.disconnect()
  }
}

export async function a_token_wins_over_an_authorization_header(bed) {
  const tokens = ['mine', null]
  bed.client({ getToken: () => tokens.shift(), headers: { Authorization: 'Basic abc' } }).connect()
  const first = await bed.server.next()
  first.fail()
  equal([first, await bed.server.next()].map(bearer), ['Bearer mine', 'Basic abc'])
}

export async function a_refused_token_is_refreshed_and_the_same_attempt_goes_on(bed) {
  const refreshToken = answering('new')
  const client = bed.client({ getToken: () => 'old', refreshToken, maxReconnects: 0, lastEventId: '3' })
  const ear = new Ear(client, ...LIFECYCLE)
  const opened = client.connect()
  const first = await bed.server.next()
  const refusal = first.stream({ status: 401 })
  const second = await bed.server.next()
  equal([first.signal.aborted, refusal.cancelled], [true, true])
  second.stream()
  await opened
  await ear.until('open')
  equal([first, second].map(bearer), ['Bearer old', 'Bearer new'])
  equal(ear.heard.map(([type, { state, attempt }]) => [type, state ?? attempt]), [
    ['state', 'connecting'], ['refresh', 0], ['state', 'open'], ['open', 0],
  ])
  equal(client.retryCount, 0)
  const [{ attempt, lastEventId, signal }] = refreshToken.given
  equal([refreshToken.given.length, attempt, lastEventId, signal.aborted], [1, 0, '3', false])
}

export async function true_has_the_token_asked_for_again(bed) {
  const getToken = answering('old', 'new')
  const { client } = await refreshed(bed, { getToken, refreshToken: () => true })
  equal(bed.server.calls.map(bearer), ['Bearer old', 'Bearer new'])
  equal(getToken.given.map(({ attempt }) => attempt), [0, 0])
  equal(client.state, 'open')
}

/** A client whose first request is refused, and the one after it accepted. */
async function refreshed(bed, options) {
  const client = bed.client(options)
  const opened = client.connect()
  await refused(bed.server)
  const stream = (await bed.server.next()).stream()
  await opened
  return { client, stream }
}

export async function every_attempt_may_refresh_once_and_none_of_it_counts(bed) {
  const client = bed.client({ getToken: () => 'old', refreshToken: () => 'new', maxReconnects: 3 })
  const ear = new Ear(client, 'refresh', 'retry')
  client.connect()
  for (let attempt = 0; attempt < 4; attempt++) {
    await refused(bed.server)
    equal(await ear.data(), { attempt })
    equal(client.retryCount, attempt)
    const call = await bed.server.next()
    if (attempt === 3) call.stream()
    else call.fail()
    if (attempt < 3) equal((await ear.data()).attempt, attempt + 1)
  }
}

export async function false_gives_up(bed) {
  const client = bed.client({ getToken: () => 'old', refreshToken: async () => false })
  const ear = new Ear(client, 'error', 'refresh', 'retry', 'close')
  const opened = client.connect()
  await refused(bed.server)
  const error = await rejection(opened)
  equal([error.code, error.status, error.retryable, error.attempt], ['auth', 401, false, 0])
  match(error.message, /401/)
  ok((await ear.data()) === error, 'it is the one that is told')
  equal(await ear.data(), { reason: 'fatal', error })
  equal([ear.heard.length, bed.server.calls.length], [2, 1])
}

export async function an_error_about_a_refused_token_has_the_headers_of_the_refusal(bed) {
  const answers = { 'there is no new one': () => false, 'a new one is refused too': () => 'new' }
  for (const [name, refreshToken] of Object.entries(answers)) {
    const client = bed.client({ getToken: () => 'old', refreshToken })
    const opened = client.connect()
    const refuse = async () => (await bed.server.next()).respond(new Response('', { status: 401, headers: { 'www-authenticate': 'Bearer' } }))
    await refuse()
    if (refreshToken()) await refuse()
    const { status, headers } = await rejection(opened)
    equal([status, headers?.get('www-authenticate')], [401, 'Bearer'], name)
  }
  const client = bed.client({ getToken: () => 'old', refreshToken: throwing(new Error('no network')), maxReconnects: 0 })
  const opened = client.connect()
  await refused(bed.server)
  const { status, headers } = await rejection(opened)
  equal([status, headers], [undefined, undefined], 'that the refresh failed is no response')
}

export async function a_second_refusal_in_one_attempt_is_fatal(bed) {
  for (const refreshToken of [() => 'new', () => true]) {
    const client = bed.client({ getToken: () => 'old', refreshToken })
    const opened = client.connect()
    await refused(bed.server)
    await refused(bed.server, 'you are banned')
    const error = await rejection(opened)
    equal([error.code, error.status, error.retryable, error.body], ['auth', 401, false, 'you are banned'])
    match(error.message, /status 401, and a new token did not help/)
  }
  equal(bed.server.calls.length, 4)
}

export async function without_refresh_token_a_refusal_is_fatal(bed) {
  const opened = bed.client({ getToken: () => 'old' }).connect()
  await refused(bed.server)
  const error = await rejection(opened)
  equal([error.code, error.status], ['status', 401])
}

export async function a_prompt_that_was_refused_is_sent_again_with_the_new_token(bed) {
  await refreshed(bed, { body: { prompt: 'hi' }, getToken: () => 'old', refreshToken: () => 'new' })
  equal(bed.server.calls.map((call) => [call.method, call.body, bearer(call)]), [
    ['POST', '{"prompt":"hi"}', 'Bearer old'],
    ['POST', '{"prompt":"hi"}', 'Bearer new'],
  ])
}

export async function trouble_in_getting_a_token_may_pass(bed) {
  const cause = new Error('the issuer is down')
  for (const trouble of failures(cause)) {
    let asked = 0
    const client = bed.client({ getToken: () => (asked++ ? 'better' : trouble()) })
    const ear = new Ear(client, 'error', 'retry')
    client.connect()
    const error = await ear.data()
    equal([error.code, error.status, error.retryable, error.attempt], ['auth', undefined, true, 0])
    ok(error.cause === cause && !error.message.includes('issuer'), 'the cause is there, and is not quoted')
    equal((await ear.data()).attempt, 1)
    const call = await bed.server.next()
    equal(bearer(call), 'Bearer better')
    client.disconnect()
  }
}

export async function trouble_in_refreshing_a_token_may_pass(bed) {
  const cause = new Error('the issuer is down')
  for (const trouble of failures(cause)) {
    let asked = 0
    const client = bed.client({ getToken: () => 'old', refreshToken: () => (asked++ ? 'new' : trouble()) })
    const ear = new Ear(client, 'error', 'refresh')
    client.connect()
    await refused(bed.server)
    const error = await ear.data()
    equal([error.code, error.status, error.retryable, error.cause === cause], ['auth', undefined, true, true])
    await refused(bed.server)
    equal(await ear.data(), { attempt: 1 })
    equal(bearer(await bed.server.next()), 'Bearer new')
    client.disconnect()
  }
}

export async function what_is_given_up_in_the_same_moment_asks_for_no_token(bed) {
  const getToken = answering('first', 'second')
  const client = bed.client({ getToken })
  client.connect()
  client.disconnect()
  client.connect()
  equal([bearer(await bed.server.next()), getToken.given.length, bed.server.calls.length], ['Bearer first', 1, 1])
}

export async function a_token_that_never_comes_is_a_timeout(bed) {
  const clock = new Clock(bed)
  const getToken = answering(never(), 'better')
  const client = bed.client({ getToken, connectTimeout: 1000 })
  const ear = new Ear(client, 'error')
  client.connect()
  await turn()
  clock.pass(1000)
  const error = await ear.data()
  equal([error.code, error.retryable, getToken.given[0].signal.aborted], ['timeout', true, true])
  clock.pass(1)
  equal(bearer(await bed.server.next()), 'Bearer better')
}

export async function a_refresh_that_never_ends_is_a_timeout(bed) {
  const clock = new Clock(bed)
  const refreshToken = answering(never(), 'new')
  const client = bed.client({ getToken: () => 'old', refreshToken, connectTimeout: 1000 })
  const ear = new Ear(client, 'error')
  client.connect()
  await refused(bed.server)
  await turn()
  equal(refreshToken.given.map(({ signal }) => signal.aborted), [false])
  clock.pass(1000)
  const error = await ear.data()
  equal([error.code, error.retryable, refreshToken.given[0].signal.aborted], ['timeout', true, true])
  clock.pass(1)
  await refused(bed.server)
  equal(bearer(await bed.server.next()), 'Bearer new')
}

/** What is no token, and how it is named without being shown. */
const RUBBISH = [['', 'an empty string'], [4711, 'a number'], [NaN, 'a number'], [{ token: 's3cret' }, 'an object'], [['s3cret'], 'an array'], [Symbol('s3cret'), 'a symbol'], [() => 's3cret', 'a function']]

export async function what_is_no_token_is_named_without_being_shown(bed) {
  for (const [answer, kind] of [...RUBBISH, [true, 'a boolean'], [false, 'a boolean']]) {
    const error = await rejection(bed.client({ getToken: async () => answer }).connect())
    equal([error.code, error.retryable], ['callback', false], kind)
    ok(error.cause instanceof TypeError, 'the cause is a TypeError')
    match(error.message, new RegExp(`getToken returned ${kind}; accepted are a token .* and null for none`))
    ok(!/s3cret|4711/.test(error.message), error.message)
  }
  equal(bed.server.calls.length, 0)
}

export async function what_is_no_answer_to_a_refresh_is_named_without_being_shown(bed) {
  for (const [answer, kind] of [...RUBBISH, [undefined, 'undefined'], [null, 'null']]) {
    const opened = bed.client({ getToken: () => 'old', refreshToken: async () => answer }).connect()
    await refused(bed.server)
    const error = await rejection(opened)
    equal([error.code, error.retryable], ['callback', false], kind)
    match(error.message, new RegExp(`refreshToken returned ${kind}; accepted are a token .*, true to ask getToken again, and false to give up`))
    ok(!/s3cret|4711/.test(error.message), error.message)
  }
}

export async function a_token_that_cannot_stand_in_a_header_is_not_quoted(bed) {
  for (const token of ['s3cret\nX-Evil: 1', 's3cret\0', 's3cret-ключ']) {
    const first = await rejection(bed.client({ getToken: () => token }).connect())
    const opened = bed.client({ getToken: () => 'old', refreshToken: () => token }).connect()
    await refused(bed.server)
    for (const error of [first, await rejection(opened)]) {
      equal([error.code, error.retryable], ['callback', false])
      match(error.message, /the token cannot stand in a header/)
      ok(!everythingOf(error).includes('s3cret'), 'it is not quoted')
    }
  }
}

const base64url = (text) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const jwt = (payload) => `${base64url('{"alg":"none"}')}.${base64url(JSON.stringify(payload))}.`

const EXPIRED = jwt({ sub: 'me', exp: 1 })
const VALID = jwt({ sub: 'me', exp: 99_999_999_999 })

export async function a_token_that_has_expired_is_refreshed_before_it_is_sent(bed) {
  for (const [answer, token] of [['opaque', 'opaque'], [VALID, VALID], [true, VALID]]) {
    const client = bed.client({ getToken: answering(EXPIRED, VALID), refreshToken: () => answer })
    const ear = new Ear(client, 'refresh')
    client.connect()
    const call = await bed.server.next()
    equal([bearer(call), ear.heard], [`Bearer ${token}`, [['refresh', { attempt: 0 }]]])
    client.disconnect()
  }
  equal(bed.server.calls.length, 3)
}

export async function a_token_that_has_expired_even_when_it_is_new_is_sent_all_the_same(bed) {
  // The clock here may be wrong; the server decides.
  for (const answer of [EXPIRED, true]) {
    const refreshToken = answering(answer)
    const client = bed.client({ getToken: () => EXPIRED, refreshToken })
    client.connect()
    equal(bearer(await bed.server.next()), `Bearer ${EXPIRED}`)
    equal(refreshToken.given.length, 1)
    client.disconnect()
  }
}

export async function a_token_that_has_expired_is_sent_where_there_is_no_refreshing(bed) {
  bed.client({ getToken: () => EXPIRED }).connect()
  equal(bearer(await bed.server.next()), `Bearer ${EXPIRED}`)
}

export async function a_token_refreshed_before_it_was_sent_is_not_refreshed_again_when_it_is_refused(bed) {
  const refreshToken = answering('new')
  const opened = bed.client({ getToken: () => EXPIRED, refreshToken }).connect()
  await refused(bed.server)
  const error = await rejection(opened)
  equal([error.code, error.status, error.retryable, refreshToken.given.length], ['auth', 401, false, 1])
}

export async function an_expired_token_that_cannot_be_refreshed_is_not_sent(bed) {
  const error = await rejection(bed.client({ getToken: () => EXPIRED, refreshToken: () => false }).connect())
  equal([error.code, error.status, error.retryable], ['auth', undefined, false])
  match(error.message, /there is no token to be had/)
  equal(bed.server.calls.length, 0)
}

export async function ten_clients_that_share_an_auth_and_are_refused_together_cause_one_refresh(bed) {
  let token = 'old'
  const refreshToken = new Callback()
  const auth = new SSEAuth({ getToken: () => token, refreshToken: refreshToken.call })
  const servers = Array.from({ length: 10 }, () => new Server())
  const clients = servers.map((server) => bed.clientOf(server, { auth }))
  const opened = clients.map((client) => client.connect())
  for (const server of servers) equal(bearer(await refused(server)), 'Bearer old')
  const { resolve } = await refreshToken.next()
  await turn()
  token = 'new'
  resolve(token)
  for (const server of servers) {
    const call = await server.next()
    equal(bearer(call), 'Bearer new')
    call.stream()
  }
  await Promise.all(opened)
  equal(refreshToken.asked, 1)
}

export async function a_client_that_is_refused_late_causes_no_refresh(bed) {
  let token = 'old'
  const refreshToken = answering('new')
  const auth = new SSEAuth({ getToken: () => token, refreshToken: (context) => (token = refreshToken(context)) })
  const [early, late] = [new Server(), new Server()]
  for (const server of [early, late]) bed.clientOf(server, { auth }).connect()
  const slow = await late.next()
  await refused(early)
  ;(await early.next()).stream()
  refuse(slow)
  equal([slow, await late.next()].map(bearer), ['Bearer old', 'Bearer new'])
  equal(refreshToken.given.length, 1)
}

export async function without_get_token_the_refreshed_token_is_used_from_then_on(bed) {
  const refreshToken = answering('one', 'two')
  const { stream } = await refreshed(bed, { refreshToken })
  stream.break()
  await refused(bed.server)
  const call = await bed.server.next()
  equal(bed.server.calls.map(bearer), [null, 'Bearer one', 'Bearer one', 'Bearer two'])
  call.stream()
}

export async function validate_is_not_asked_about_what_a_refresh_may_mend(bed) {
  const seen = []
  const validate = ({ status }) => void seen.push(status)
  await refreshed(bed, { getToken: () => 'old', refreshToken: () => 'new', validate })
  equal(seen, [200])
}

export async function should_retry_is_asked_when_refreshing_did_not_help(bed) {
  const asked = []
  const shouldRetry = ({ code, status }) => {
    asked.push([code, status])
    return 0
  }
  const client = bed.client({ getToken: () => 'old', refreshToken: answering('new', false, new Error('down'), 'new'), shouldRetry })
  const opened = client.connect()
  await refused(bed.server)
  await refused(bed.server)
  await refused(bed.server)
  await refused(bed.server)
  await refused(bed.server)
  ;(await bed.server.next()).stream()
  await opened
  equal([asked, client.retryCount], [[['auth', 401], ['auth', 401], ['auth', undefined]], 3])
}

/** Where an attempt with a token may be, and what has been asked for by then. */
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
  'waiting for the second response': { refreshToken: () => 'new', reach: async (server) => (await refused(server)) && server.next() },
  'reading why the second response refuses': {
    refreshToken: () => 'new',
    reach: async (server) => (await refused(server)) && (await server.next()).stream({ status: 401 }) && turn(),
  },
})

/** A client for each stage, how often it has asked its callbacks, and the signals of those that have not answered. */
function* staged(bed, more = () => ({})) {
  for (const [stage, { reach, ...options }] of Object.entries(stages())) {
    bed.stage = stage
    const server = new Server()
    const asking = { count: 0, signals: new Set() }
    const noting = (callback) => async (context) => {
      asking.count++
      asking.signals.add(context.signal)
      const answer = await callback(context)
      asking.signals.delete(context.signal)
      return answer
    }
    const { getToken = () => 'old', refreshToken = () => 'new', headers = () => ({}) } = options
    const callbacks = { getToken: noting(getToken), refreshToken: noting(refreshToken), headers: noting(headers) }
    const client = bed.clientOf(server, { ...callbacks, ...more() })
    yield { stage, server, client, asking, reach: () => reach(server) }
  }
}

const areAborted = (signals) => [...signals].every((signal) => signal.aborted)

export async function disconnecting_at_any_stage_leaves_nothing_open(bed) {
  const clock = new Clock(bed)
  for (const { stage, server, client, asking, reach } of staged(bed)) {
    const opened = client.connect()
    await reach()
    const sent = server.calls.length
    client.disconnect()
    equal([(await rejection(opened)).code, client.state, server.open, clock.timers], ['aborted', 'closed', 0, 0], stage)
    ok(areAborted(asking.signals), `every callback was told (${stage})`)
    await turn()
    equal(server.calls.length, sent, stage)
  }
}

export async function aborting_at_any_stage_leaves_nothing_open(bed) {
  const clock = new Clock(bed)
  let controller
  const abortable = () => ({ signal: (controller = new AbortController()).signal })
  for (const { stage, server, client, asking, reach } of staged(bed, abortable)) {
    const opened = client.connect()
    await reach()
    controller.abort(stage)
    equal([(await rejection(opened)).cause, client.state, server.open, clock.timers], [stage, 'closed', 0, 0], stage)
    ok(areAborted(asking.signals), `every callback was told (${stage})`)
  }
}

export async function reconnecting_at_any_stage_asks_for_everything_anew(bed) {
  const clock = new Clock(bed)
  for (const { stage, server, client, asking, reach } of staged(bed)) {
    client.connect()
    await reach()
    const [signals, asked] = [[...asking.signals], asking.count]
    client.reconnect()
    equal([client.state, server.open, client.retryCount], ['connecting', 0, 0], stage)
    ok(areAborted(signals), `every callback was told (${stage})`)
    clock.pass(SETTLING)
    await turn()
    ok(asking.count > asked, `the token is asked for again (${stage})`)
    client.disconnect()
  }
}

export async function a_late_token_of_an_attempt_given_up_touches_nothing(bed) {
  const getToken = new Callback()
  const client = bed.client({ getToken: getToken.call })
  const ear = new Ear(client, 'error', 'message')
  client.connect()
  const calls = [await getToken.next()]
  client.reconnect()
  calls.push(await getToken.next())
  client.reconnect()
  const current = await getToken.next()
  current.resolve('current')
  const call = await bed.server.next()
  calls[0].resolve('stale')
  calls[1].reject(new Error('stale'))
  await turn()
  call.stream().push('data: x\n\n')
  equal([await ear.data(), bearer(call), bed.server.calls.length, client.state], ['x', 'Bearer current', 1, 'open'])
}

export async function a_late_token_is_not_sent_by_an_attempt_that_has_none(bed) {
  const [getToken, refreshToken] = [new Callback(), new Callback()]
  const client = bed.client({ getToken: getToken.call, refreshToken: refreshToken.call })
  client.connect()
  const early = await getToken.next()
  client.reconnect()
  const none = await getToken.next()
  early.resolve('stale')
  await turn()
  none.resolve(null)
  const call = await bed.server.next()
  refuse(call)
  const late = await refreshToken.next()
  client.reconnect()
  const noneAgain = await getToken.next()
  late.resolve('stale')
  await turn()
  noneAgain.resolve(null)
  await bed.server.next()
  equal(bed.server.calls.map(bearer), [null, null])
}

export async function a_late_refresh_of_an_attempt_given_up_touches_nothing(bed) {
  for (const answer of ['stale', true, false, 7, new Error('stale')]) {
    const server = new Server()
    const refreshToken = new Callback()
    const client = bed.clientOf(server, { getToken: () => 'old', refreshToken: refreshToken.call })
    const ear = new Ear(client, 'error', 'refresh', 'message')
    client.connect()
    await refused(server)
    const late = await refreshToken.next()
    client.reconnect()
    const call = await server.next()
    if (answer instanceof Error) late.reject(answer)
    else late.resolve(answer)
    await turn()
    call.stream().push('data: x\n\n')
    equal([await ear.data(), bearer(call), server.calls.length], ['x', 'Bearer old', 2], String(answer))
    client.disconnect()
  }
}

export async function a_late_answer_before_the_refresh_touches_nothing(bed) {
  // The signal of the refused request is aborted, which this `fetch` does not heed.
  const server = new Server({ heedless: true })
  const refreshToken = new Callback()
  const client = bed.clientOf(server, { getToken: () => 'old', refreshToken: refreshToken.call, connectTimeout: 0 })
  const opened = client.connect()
  const refusal = (await server.next()).stream({ status: 401 })
  const { resolve } = await refreshToken.next()
  refusal.break()
  resolve('new')
  ;(await server.next()).stream()
  await opened
  equal([client.state, refusal.cancelled], ['open', true])
}

/** Everything that can be read off a value, whatever is enumerable or not. */
function everythingOf(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null) return String(value)
  if (seen.has(value)) return ''
  seen.add(value)
  return [String(value), ...Reflect.ownKeys(value).map((key) => `${String(key)}=${everythingOf(value[key], seen)}`)].join(';')
}

/** Notes everything that a client says in any way. Causes are the application's own errors, and stay what they are. */
class Witness {
  #said = []

  constructor(bed) {
    for (const name of ['debug', 'log', 'info', 'warn', 'error', 'trace']) bed.replace(console, name, { value: this.#note })
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
/** How a client with a refreshed token may end in a way that quotes it. */
const QUOTING = {
  'a body': { answer: (call, token) => refuse(call, `{"error":"${token} is not valid, ${token} neither"}`) },
  'a network error': { answer: (call, token) => call.fail(new TypeError(`cannot send Bearer ${token}`)), maxReconnects: 0 },
  'a broken stream': { answer: (call, token) => call.stream().break(new TypeError(`Bearer ${token}`)), maxReconnects: 0 },
  validate: { answer: (call) => call.stream().end(), validate: throwing(new Error(`${TOKENS[1]} is not for here`)) },
  headers: { answer: () => {}, headers: answering({}, new Error(`${TOKENS[1]} is not for here`)), maxReconnects: 0 },
  'a parse error': { answer: (call, token) => call.stream().push(`data: ${token}\n\n`).end(), parse: throwing(new Error(`${TOKENS[1]} is no JSON`)), reconnect: 'on-error' },
  'a nonsensical response': { answer: (call, token) => call.respond({ [token]: token }) },
  'another type of content': { answer: (call, token) => call.respond(new Response(token)) },
}

export async function a_token_appears_in_nothing_that_is_said(bed) {
  const witness = new Witness(bed)
  for (const [name, { answer, ...options }] of Object.entries(QUOTING)) {
    bed.stage = name
    const server = new Server()
    const getToken = answering(TOKENS[0])
    const client = bed.clientOf(server, { getToken, refreshToken: () => TOKENS[1], debug: true, ...options }, '/stream?room=1')
    witness.watch(client)
    client.on('message', () => {})
    const ear = new Ear(client, 'close')
    client.connect()
    await refused(server, TOKENS[0])
    if (name !== 'headers') answer(await server.next(), TOKENS[1])
    await ear.next()
    equal(client.state, 'closed')
  }
  is_silent_about_tokens(witness)
}

export async function a_token_that_is_too_long_for_a_message_is_not_said_in_part(bed) {
  const token = 't0ken-'.repeat(50)
  const answers = { path: new Response('', { status: 404 }), 'content type': new Response('', { headers: { 'content-type': `text/${token}` } }) }
  for (const [name, response] of Object.entries(answers)) {
    const client = bed.client({ getToken: () => token }, `/rooms/${token}`)
    const failure = rejection(client.connect())
    ;(await bed.server.next()).respond(response)
    const { message } = await failure
    ok(!message.includes('t0ken'), `${name}: ${message}`)
    match(message, /\/rooms\/\(token\)/)
  }
}

export async function a_token_appears_in_nothing_that_is_said_over_a_long_life(bed) {
  const witness = new Witness(bed)
  const getToken = answering(...TOKENS, new Error(`${TOKENS[0]} is stale`), TOKENS[2])
  const refreshToken = answering(...TOKENS, new Error(`${TOKENS[1]} is stale`), true)
  const client = bed.client({ getToken, refreshToken, debug: true })
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
    const call = await bed.server.next()
    const token = bearer(call)?.slice('Bearer '.length)
    // Refused twice in a row it would give up.
    const answer = answers[n % answers.length]
    answer(call, token)
  }
  ;(await bed.server.next()).stream()
  await opened
  client.disconnect(TOKENS[2])
  is_silent_about_tokens(witness)
}

function is_silent_about_tokens(witness) {
  ok(witness.said.includes('"kind":"close"'), 'something was said')
  for (const token of TOKENS) {
    const at = witness.said.indexOf(token)
    ok(at < 0, `${token} is said: …${witness.said.slice(Math.max(0, at - 200), at + 50)}…`)
  }
}
