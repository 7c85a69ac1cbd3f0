// Tokens that are shared: who asks for them, and who renews them for whom.

import { Queue } from './bed/queue.js'
import { turn } from './bed/bed.js'
import { equal, ok, rejection, thrown } from './bed/expect.js'
import { Authority, SSEAuth, authorityOf, hasExpired } from '../../pkg-template/src/auth/auth.js'

/** What issues the tokens: its `refreshToken` answers when the test says so. */
class Issuer {
  asked = 0
  #calls = new Queue()

  refreshToken = (context) => {
    this.asked++
    return new Promise((resolve, reject) => this.#calls.push({ context, resolve, reject }))
  }

  /** The next call that the test has not seen yet. */
  next() {
    return this.#calls.next()
  }
}

/** What a client that waits tells about itself, and how it stops waiting. */
function waiting(attempt = 0) {
  const control = new AbortController()
  const leave = () => control.abort(new Error('not waiting any more'))
  return { context: { attempt, lastEventId: '7', signal: control.signal }, leave }
}

const refused = (token, generation = 0) => ({ token, generation })

/** A page with other locks than the browser's. */
async function withLocks(locks, action) {
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
  try {
    await action()
  } finally {
    delete navigator.locks
  }
}

const encoder = new TextEncoder()

function base64url(text) {
  const units = Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(units).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const jwtOf = (payload) => `${base64url('{"alg":"HS256"}')}.${base64url(payload)}.c2lnbmF0dXJl`

export async function ten_clients_that_are_refused_together_cause_one_refresh() {
  const issuer = new Issuer()
  const authority = new Authority({ getToken: () => 'old', refreshToken: issuer.refreshToken })
  const answers = Array.from({ length: 10 }, () => authority.refresh(waiting().context, refused('old')))
  ;(await issuer.next()).resolve('new')
  equal(await Promise.all(answers), Array(10).fill('new'))
  equal([issuer.asked, authority.generation], [1, 1])
}

export async function the_refresh_is_told_about_the_client_that_asked_first() {
  const issuer = new Issuer()
  const authority = new Authority({ refreshToken: issuer.refreshToken })
  const first = waiting(3)
  for (const { context } of [first, waiting(5)]) authority.refresh(context, refused('old'))
  const { context } = await issuer.next()
  equal([Object.keys(context), context.attempt, context.lastEventId], [['attempt', 'lastEventId', 'signal'], 3, '7'])
  ok(context.signal instanceof AbortSignal && context.signal !== first.context.signal, 'the signal is of the refresh itself')
}

export async function a_client_refused_with_a_token_from_before_the_refresh_causes_none() {
  for (const answer of ['new', true]) {
    const issuer = new Issuer()
    const authority = new Authority({ getToken: () => 'new', refreshToken: issuer.refreshToken })
    const first = authority.refresh(waiting().context, refused('old'))
    ;(await issuer.next()).resolve(answer)
    await first
    equal(await authority.refresh(waiting().context, refused('old')), true)
    equal([issuer.asked, authority.generation], [1, 1])
  }
}

export async function a_client_refused_with_an_older_token_waits_for_the_refresh_under_way() {
  const issuer = new Issuer()
  const authority = new Authority({ getToken: () => 'second', refreshToken: issuer.refreshToken })
  const first = authority.refresh(waiting().context, refused('first'))
  ;(await issuer.next()).resolve(true)
  await first
  const others = [refused('second', 1), refused('first')].map((token) => authority.refresh(waiting().context, token))
  ;(await issuer.next()).resolve('third')
  equal(await Promise.all(others), ['third', 'third'])
  equal(issuer.asked, 2)
}

export async function without_get_token_the_last_token_that_was_refreshed_is_used() {
  const issuer = new Issuer()
  const authority = new Authority({ refreshToken: issuer.refreshToken })
  equal(await authority.token(waiting().context), null)
  const first = authority.refresh(waiting().context, refused(undefined))
  ;(await issuer.next()).resolve('new')
  await first
  equal(await authority.token(waiting().context), 'new')
  equal(await authority.refresh(waiting().context, refused(undefined)), 'new', 'who comes late gets it too')
  const second = authority.refresh(waiting().context, refused('new', 1))
  ;(await issuer.next()).resolve(false)
  await second
  equal(await authority.token(waiting().context), 'new')
  equal(issuer.asked, 2)
}

export async function what_get_token_answers_is_passed_on_as_it_is() {
  for (const answer of ['a', '', null, undefined, 7, Promise.resolve('late')]) {
    const given = []
    const authority = new Authority({ getToken: (context) => given.push(context) && answer })
    const { context } = waiting()
    equal(await authority.token(context), await answer)
    ok(given.length === 1 && given[0] === context, 'it was asked once, with what it is for')
  }
  const trouble = new Error('no storage')
  const failing = new Authority({
    getToken: () => {
      throw trouble
    },
  })
  ok((await rejection(failing.token(waiting().context))) === trouble, 'what it throws is a rejection')
}

export async function whether_there_is_refreshing_can_be_told() {
  equal(new Authority({ getToken: () => 'a' }).refreshes, false)
  equal(new Authority({ refreshToken: () => 'a' }).refreshes, true)
}

export async function what_refresh_token_answers_is_passed_on_as_it_is() {
  const rubbish = { token: 'new' }
  const answers = [['new', 1], [true, 1], [false, 0], ['', 0], [null, 0], [undefined, 0], [7, 0], [rubbish, 0]]
  for (const [answer, refreshes] of answers) {
    for (const given of [answer, Promise.resolve(answer)]) {
      const authority = new Authority({ refreshToken: () => given })
      equal(await authority.refresh(waiting().context, refused('old')), answer)
      equal(authority.generation, refreshes, `refreshes after ${answer}`)
    }
  }
}

export async function all_who_wait_are_told_that_the_refresh_failed() {
  const trouble = new Error('the issuer is down')
  const failures = {
    throws: () => {
      throw trouble
    },
    rejects: () => Promise.reject(trouble),
  }
  for (const refreshToken of Object.values(failures)) {
    let asked = 0
    const authority = new Authority({ refreshToken: () => ++asked && refreshToken() })
    for (const count of [1, 2]) {
      const answers = [1, 2, 3].map(() => authority.refresh(waiting().context, refused('old')))
      for (const answer of answers) ok((await rejection(answer)) === trouble, 'it is the error itself')
      equal([asked, authority.generation], [count, 0], 'a failure is not remembered')
    }
  }
}

export async function whoever_stops_waiting_for_a_refresh_is_let_go_and_the_others_are_not() {
  const issuer = new Issuer()
  const authority = new Authority({ refreshToken: issuer.refreshToken })
  const [first, second] = [waiting(), waiting()]
  const answers = [first, second].map(({ context }) => authority.refresh(context, refused('old')))
  const call = await issuer.next()
  first.leave()
  ok((await rejection(answers[0])) === first.context.signal.reason, 'it is rejected with the reason of its signal')
  equal(call.context.signal.aborted, false)
  call.resolve('new')
  equal(await answers[1], 'new')
  second.leave()
  equal(call.context.signal.aborted, false, 'a refresh that is over is not aborted')
}

export async function a_refresh_that_hangs_is_abandoned_when_nobody_waits_for_it() {
  const issuer = new Issuer()
  const authority = new Authority({ refreshToken: issuer.refreshToken })
  const clients = [waiting(), waiting()]
  const answers = clients.map(({ context }) => authority.refresh(context, refused('old')))
  const hanging = await issuer.next()
  for (const { leave } of clients) leave()
  equal(hanging.context.signal.aborted, true)
  const next = authority.refresh(waiting().context, refused('old'))
  for (const answer of answers) await rejection(answer)
  const call = await issuer.next()
  equal(call.context.signal.aborted, false)
  // The one that was abandoned must neither count nor end the one under way.
  hanging.resolve('stale')
  await turn()
  const joined = authority.refresh(waiting().context, refused('old'))
  call.resolve('new')
  equal([await next, await joined], ['new', 'new'])
  equal([issuer.asked, authority.generation, await authority.token()], [2, 1, 'new'])
}

export async function a_refresh_nobody_waits_for_is_not_begun() {
  const issuer = new Issuer()
  const authority = new Authority({ refreshToken: issuer.refreshToken })
  const gone = waiting()
  gone.leave()
  await rejection(authority.refresh(gone.context, refused('old')))
  const leaving = waiting()
  const answer = authority.refresh(leaving.context, refused('old'))
  leaving.leave()
  await rejection(answer)
  await turn()
  equal(issuer.asked, 0)
}

export async function a_refresh_may_call_back() {
  const { context } = waiting()
  const inside = []
  const authority = new Authority({
    refreshToken: () => {
      inside.push(authority.refresh(context, refused('old')))
      return 'new'
    },
  })
  equal(await authority.refresh(context, refused('old')), 'new')
  equal(await Promise.all(inside), ['new'], 'the call from inside has joined')
}

export async function a_refresh_may_give_itself_up() {
  const client = waiting()
  const authority = new Authority({ refreshToken: () => client.leave() })
  ok((await rejection(authority.refresh(client.context, refused('old')))) === client.context.signal.reason, 'it was given up')
  equal(authority.generation, 0)
}

/** Two tabs of one application: they have no more in common than the stored token and the lock's name. */
function twoTabs(name, issuer, stored = { token: 'old' }) {
  const getToken = () => stored.token
  return [1, 2].map(() => new Authority({ getToken, refreshToken: issuer.refreshToken, name }))
}

const lockOf = (name) => `sse-fetch auth ${name}`

/** Somebody waits for the lock. */
async function isAwaited(name) {
  for (;;) {
    const { pending } = await navigator.locks.query()
    if (pending.some((lock) => lock.name === lockOf(name))) return
    await turn()
  }
}

/** Resolves when nobody holds the lock. */
const isFree = (name) => navigator.locks.request(lockOf(name), () => {})

export async function two_tabs_run_one_refresh_between_them() {
  const issuer = new Issuer()
  const stored = { token: 'old' }
  const [one, two] = twoTabs('two tabs', issuer, stored)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  const second = two.refresh(waiting().context, refused('old'))
  await isAwaited('two tabs')
  stored.token = 'new'
  call.resolve('new')
  equal([await first, await second], ['new', true])
  equal([issuer.asked, one.generation, two.generation], [1, 1, 1])
}

export async function a_tab_that_waited_in_vain_refreshes_for_itself() {
  const issuer = new Issuer()
  const [one, two] = twoTabs('in vain', issuer)
  const client = waiting()
  const first = one.refresh(client.context, refused('old'))
  await issuer.next()
  const second = two.refresh(waiting().context, refused('old'))
  await isAwaited('in vain')
  client.leave()
  await rejection(first)
  ;(await issuer.next()).resolve('new')
  equal([await second, issuer.asked, two.generation], ['new', 2, 1])
}

export async function a_tab_that_had_no_token_waits_for_one_and_refreshes_when_there_is_none() {
  const issuer = new Issuer()
  const stored = { token: null }
  const [one, two] = twoTabs('no token', issuer, stored)
  const first = one.refresh(waiting().context, refused(undefined))
  const call = await issuer.next()
  const second = two.refresh(waiting().context, refused(undefined))
  await isAwaited('no token')
  call.reject(new Error('the issuer is down'))
  await rejection(first)
  const again = await issuer.next()
  stored.token = 'new'
  again.resolve('new')
  equal([await second, issuer.asked], ['new', 2])
  equal(await one.refresh(waiting().context, refused(undefined)), true, 'another tab has one now')
}

export async function a_tab_that_comes_after_another_has_refreshed_uses_its_token() {
  const issuer = new Issuer()
  const stored = { token: 'old' }
  const [one, two] = twoTabs('one after the other', issuer, stored)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  stored.token = 'new'
  call.resolve(true)
  await first
  await isFree('one after the other')
  equal(await two.refresh(waiting().context, refused('old')), true)
  equal([issuer.asked, two.generation], [1, 1])
}

export async function a_tab_refreshes_when_there_is_no_better_token_than_the_refused_one() {
  const old = ['old', null, undefined, '', 7, jwtOf('{"exp":1}')]
  for (const token of old) {
    const authority = new Authority({ getToken: () => token, refreshToken: () => 'new', name: 'no better token' })
    equal(await authority.refresh(waiting().context, refused('old')), 'new')
  }
  const failing = new Authority({
    getToken: () => Promise.reject(new Error('no storage')),
    refreshToken: () => 'new',
    name: 'no better token',
  })
  equal(await failing.refresh(waiting().context, refused('old')), 'new')
}

export async function tabs_that_use_different_names_do_not_wait_for_each_other() {
  const issuer = new Issuer()
  const [[one], [other]] = [twoTabs('one name', issuer), twoTabs('another name', issuer)]
  const answers = [one, other].map((authority) => authority.refresh(waiting().context, refused('old')))
  const calls = [await issuer.next(), await issuer.next()]
  calls.forEach(({ resolve }, index) => resolve(`new ${index}`))
  equal((await Promise.all(answers)).sort(), ['new 0', 'new 1'])
}

export async function without_a_name_no_lock_is_taken() {
  const issuer = new Issuer()
  const locks = {
    request: () => {
      throw new Error('a lock was asked for')
    },
  }
  await withLocks(locks, async () => {
    const answers = twoTabs(undefined, issuer).map((tab) => tab.refresh(waiting().context, refused('old')))
    for (const answer of ['a', 'b']) (await issuer.next()).resolve(answer)
    equal(await Promise.all(answers), ['a', 'b'])
  })
}

export async function an_abandoned_refresh_lets_other_tabs_refresh() {
  const issuer = new Issuer()
  const [one, two] = twoTabs('abandoned', issuer)
  const client = waiting()
  const first = one.refresh(client.context, refused('old'))
  await issuer.next()
  client.leave()
  await rejection(first)
  await isFree('abandoned')
  const second = two.refresh(waiting().context, refused('old'))
  ;(await issuer.next()).resolve('new')
  equal(await second, 'new')
}

export async function a_get_token_that_hangs_inside_a_refresh_keeps_no_lock() {
  const asked = new Queue()
  const getToken = (context) => {
    asked.push(context)
    return new Promise(() => {})
  }
  const authority = new Authority({ getToken, refreshToken: () => 'new', name: 'hanging' })
  const client = waiting()
  const answer = authority.refresh(client.context, refused('old'))
  const { signal } = await asked.next()
  client.leave()
  await rejection(answer)
  equal(signal.aborted, true)
  await isFree('hanging')
}

export async function a_refresh_given_up_by_get_token_keeps_no_lock_and_asks_for_nothing_more() {
  const issuer = new Issuer()
  const client = waiting()
  const getToken = () => client.leave() ?? new Promise(() => {})
  const authority = new Authority({ getToken, refreshToken: issuer.refreshToken, name: 'given up inside' })
  await rejection(authority.refresh(client.context, refused('old')))
  await isFree('given up inside')
  equal(issuer.asked, 0)
}

export async function a_lock_that_is_lost_does_not_refresh_twice() {
  const issuer = new Issuer()
  const [one] = twoTabs('stolen', issuer)
  const answer = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  await navigator.locks.request(lockOf('stolen'), { steal: true }, () => {})
  call.resolve('new')
  equal([await answer, issuer.asked], ['new', 1])
}

export async function a_tab_may_stop_waiting_for_the_refresh_of_another_one() {
  const issuer = new Issuer()
  const [one, two] = twoTabs('stop waiting', issuer)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  const client = waiting()
  const second = two.refresh(client.context, refused('old'))
  await isAwaited('stop waiting')
  client.leave()
  ok((await rejection(second)) === client.context.signal.reason, 'it is rejected with the reason of its signal')
  call.resolve('new')
  equal(await first, 'new')
  await isFree('stop waiting')
  equal([issuer.asked, two.generation], [1, 0])
}

export async function a_refresh_that_fails_under_the_lock_is_not_repeated() {
  const trouble = new Error('the issuer is down')
  let asked = 0
  const refreshToken = () => {
    asked++
    throw trouble
  }
  const authority = new Authority({ getToken: () => 'old', refreshToken, name: 'failing' })
  ok((await rejection(authority.refresh(waiting().context, refused('old')))) === trouble, 'it is the error itself')
  equal(asked, 1)
  await isFree('failing')
}

export async function where_there_are_no_locks_each_tab_refreshes_for_itself() {
  const denied = new DOMException('opaque origin', 'SecurityError')
  const without = [
    undefined,
    {},
    { request: () => Promise.reject(denied) },
    {
      request: () => {
        throw denied
      },
    },
  ]
  for (const locks of without) {
    const issuer = new Issuer()
    await withLocks(locks, async () => {
      const answers = twoTabs('no locks', issuer).map((tab) => tab.refresh(waiting().context, refused('old')))
      for (const answer of ['a', 'b']) (await issuer.next()).resolve(answer)
      equal(await Promise.all(answers), ['a', 'b'])
      equal(issuer.asked, 2)
    })
  }
}

export async function a_token_has_expired_when_it_says_so_itself() {
  const now = 1_700_000_000_000
  const tokens = [
    ['{"exp":1699999999}', true],
    ['{"exp":1700000000}', true],
    ['{"exp":1700000000.5}', false],
    ['{"exp":1700000001}', false],
    ['{"exp":-1}', true],
    ['{"exp":0}', true],
    ['{"name":"Zoë 字 👋 ???>>>","exp":1}', true],
    ['{"name":"Zoë 字 👋 ???>>>","exp":9999999999}', false],
  ]
  for (const [payload, expired] of tokens) equal(hasExpired(jwtOf(payload), now), expired, payload)
  const unsigned = `${base64url('{"alg":"none"}')}.${base64url('{"exp":1}')}.`
  equal(hasExpired(unsigned), true, 'a JWT nobody signed')
  equal([hasExpired(jwtOf('{"exp":1}')), hasExpired(jwtOf('{"exp":9999999999}'))], [true, false], 'by the clock')
}

export async function a_token_that_is_no_jwt_never_expires() {
  const payloads = [
    '', '{}', 'null', '7', '"exp"', '[1]', '{"exp":null}', '{"exp":"1"}', '{"exp":true}', '{"exp":[1]}', '{"exp":-1e999}', '{"exp":1', 'exp=1',
    '{"__proto__":{"exp":1}}',
  ]
  for (const payload of payloads) equal(hasExpired(jwtOf(payload)), false, payload)
  const [head, payload, signature] = jwtOf('{"exp":1}').split('.')
  const tokens = [
    undefined, null, 7, true, {}, [head, payload, signature], Symbol('token'), '', '.', '..', 'opaque', `${head}.${payload}`,
    `.${payload}.${signature}`,
    `${head}.${payload}.${signature}.${signature}`, `${head}.${payload}=.${signature}`, `${head}.${payload}. `, ` ${head}.${payload}.${signature}`,
    `${head}.${payload}.${signature}\n`, `${head}.A.${signature}`, `${head}.€.${signature}`, `${head}.${btoa('{"exp":1,"a":"\xff"}')}.${signature}`,
    `Bearer ${head}.${payload}.${signature}`,
  ]
  for (const token of tokens) equal(hasExpired(token), false, String(token))
}

const SECRET = 's3cret-t0ken'

export async function a_wrong_option_of_an_auth_is_named_with_what_was_given_and_what_is_accepted() {
  const getToken = () => 'a'
  const refusals = [
    [undefined, "options: undefined was given; it must be an object that has the function 'getToken'"],
    [null, "options: null was given; it must be an object that has the function 'getToken'"],
    [getToken, "options: a function was given; it must be an object that has the function 'getToken'"],
    [{}, "option 'getToken': undefined was given; it must be a function"],
    [{ getToken: null, refreshToken: getToken }, "option 'getToken': null was given; it must be a function"],
    [{ getToken: SECRET }, "option 'getToken': a string was given; it must be a function"],
    [{ getToken: 7 }, "option 'getToken': a number was given; it must be a function"],
    [{ getToken: [getToken] }, "option 'getToken': an array was given; it must be a function"],
    [{ getToken: Promise.resolve(SECRET) }, "option 'getToken': an object was given; it must be a function"],
    [{ getToken, refreshToken: SECRET }, "option 'refreshToken': a string was given; it must be a function"],
    [{ getToken, refreshToken: true }, "option 'refreshToken': a boolean was given; it must be a function"],
    [{ getToken, name: '' }, "option 'name': a string was given; it must be a string that is not empty"],
    [{ getToken, name: Symbol('s') }, "option 'name': a symbol was given; it must be a string that is not empty"],
    [{ getToken, token: SECRET }, "there is no option 'token'; accepted are getToken, refreshToken, name"],
    [{ getToken, toString: getToken }, "there is no option 'toString'; accepted are getToken, refreshToken, name"],
  ]
  for (const [options, message] of refusals) {
    const error = thrown(() => new SSEAuth(options), () => message)
    ok(error instanceof TypeError, `a TypeError, not ${error}`)
    equal(error.message, `SSEAuth: ${message}`)
  }
}

export async function the_options_of_an_auth_may_be_null_or_inherited() {
  const getToken = () => 'a'
  const auths = [{ getToken }, { getToken, refreshToken: null, name: undefined, unheardOf: null }, Object.create({ getToken })]
  for (const options of auths) {
    const authority = authorityOf(new SSEAuth(options))
    equal([await authority.token(waiting().context), authority.refreshes], ['a', false])
  }
  equal(authorityOf(new SSEAuth({ getToken, refreshToken: getToken, name: 'api' })).refreshes, true)
}

export async function an_auth_shows_nothing_but_what_it_is() {
  const auth = new SSEAuth({ getToken: () => SECRET })
  equal(Object.prototype.toString.call(auth), '[object SSEAuth]')
  equal(Reflect.ownKeys(auth), [])
  equal(Reflect.ownKeys(SSEAuth.prototype), ['constructor', Symbol.toStringTag])
}

export async function only_an_auth_has_an_authority() {
  const auth = new SSEAuth({ getToken: () => 'a' })
  ok(authorityOf(auth) instanceof Authority && authorityOf(auth) === authorityOf(auth), 'it is always the same one')
  const others = [undefined, null, 7, 'auth', Symbol('auth'), {}, SSEAuth, SSEAuth.prototype, new Proxy(auth, {}), Object.create(auth)]
  for (const other of others) equal(authorityOf(other), undefined)
}
