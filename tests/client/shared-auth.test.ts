// An `SSEAuth` that several clients or tabs share: one refresh for all of them.

import {
  Callback,
  expect,
  hasExpired,
  providerOf,
  Queue,
  rejection,
  SSEAuth,
  TokenProvider,
  test,
  thrown,
  turn,
} from './fixture/index.ts'

/** The context of a client that waits, and how it stops waiting. */
function waiting(attempt = 0) {
  const control = new AbortController()
  const leave = () => control.abort(new Error('not waiting any more'))
  return { context: { attempt, lastEventId: '7', signal: control.signal }, leave }
}

const refused = (token, generation = 0) => ({ token, generation })

/** Replaces the browser's locks. */
async function withLocks(locks, action) {
  Object.defineProperty(navigator, 'locks', { value: locks, configurable: true })
  try {
    await action()
  } finally {
    delete (navigator as any).locks
  }
}

const encoder = new TextEncoder()

function base64url(text) {
  const units = Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(units).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const jwtOf = (payload) => `${base64url('{"alg":"HS256"}')}.${base64url(payload)}.c2lnbmF0dXJl`

test('ten clients that are refused together cause one refresh', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ getToken: () => 'old', refreshToken: issuer.call })
  const answers = Array.from({ length: 10 }, () => provider.refresh(waiting().context, refused('old')))
  ;(await issuer.next()).resolve('new')
  expect(await Promise.all(answers)).toStrictEqual(Array(10).fill('new'))
  expect([issuer.asked, provider.generation]).toStrictEqual([1, 1])
})

test('the refresh gets the context of the client that asked first', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ refreshToken: issuer.call })
  const first = waiting(3)
  for (const { context } of [first, waiting(5)]) provider.refresh(context, refused('old'))
  const { context } = await issuer.next()
  expect([Object.keys(context), context.attempt]).toStrictEqual([['attempt', 'lastEventId', 'signal'], 3])
  expect(context.lastEventId).toBe('7')
  expect(context.signal).toBeInstanceOf(AbortSignal)
  expect(context.signal, 'the signal is of the refresh itself').not.toBe(first.context.signal)
})

test('a client refused with a token from before the refresh causes no other refresh', async () => {
  for (const answer of ['new', true]) {
    const issuer = new Callback()
    const provider = new TokenProvider({ getToken: () => 'new', refreshToken: issuer.call })
    const first = provider.refresh(waiting().context, refused('old'))
    ;(await issuer.next()).resolve(answer)
    await first
    expect(await provider.refresh(waiting().context, refused('old'))).toBe(true)
    expect([issuer.asked, provider.generation]).toStrictEqual([1, 1])
  }
})

test('a client refused with an older token waits for the refresh that is running', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ getToken: () => 'second', refreshToken: issuer.call })
  const first = provider.refresh(waiting().context, refused('first'))
  ;(await issuer.next()).resolve(true)
  await first
  const others = [refused('second', 1), refused('first')].map((token) => provider.refresh(waiting().context, token))
  ;(await issuer.next()).resolve('third')
  expect(await Promise.all(others)).toStrictEqual(['third', 'third'])
  expect(issuer.asked).toBe(2)
})

test('without getToken, the last refreshed token is used', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ refreshToken: issuer.call })
  expect(await provider.token(waiting().context)).toBe(null)
  const first = provider.refresh(waiting().context, refused(undefined))
  ;(await issuer.next()).resolve('new')
  await first
  expect(await provider.token(waiting().context)).toBe('new')
  expect(await provider.refresh(waiting().context, refused(undefined)), 'who comes late gets it too').toBe('new')
  const second = provider.refresh(waiting().context, refused('new', 1))
  ;(await issuer.next()).resolve(false)
  await second
  expect(await provider.token(waiting().context)).toBe('new')
  expect(issuer.asked).toBe(2)
})

test('the result of getToken is returned unchanged', async () => {
  for (const answer of ['a', '', null, undefined, 7, Promise.resolve('late')]) {
    const given = []
    const provider = new TokenProvider({ getToken: (context) => given.push(context) && answer })
    const { context } = waiting()
    expect(await provider.token(context)).toStrictEqual(await answer)
    expect(given.length === 1 && given[0] === context, 'it was asked once, with what it is for').toBeTruthy()
  }
  const trouble = new Error('no storage')
  const failing = new TokenProvider({
    getToken: () => {
      throw trouble
    },
  })
  expect(await rejection(failing.token(waiting().context)), 'what it throws is a rejection').toBe(trouble)
})

test('refreshes tells whether there is a refreshToken', async () => {
  expect(new TokenProvider({ getToken: () => 'a' }).refreshes).toBe(false)
  expect(new TokenProvider({ refreshToken: () => 'a' }).refreshes).toBe(true)
})

test('the result of refreshToken is returned unchanged', async () => {
  const rubbish = { token: 'new' }
  const answers = [
    ['new', 1],
    [true, 1],
    [false, 0],
    ['', 0],
    [null, 0],
    [undefined, 0],
    [7, 0],
    [rubbish, 0],
  ]
  for (const [answer, refreshes] of answers) {
    for (const given of [answer, Promise.resolve(answer)]) {
      const provider = new TokenProvider({ refreshToken: () => given })
      expect(await provider.refresh(waiting().context, refused('old'))).toStrictEqual(answer)
      expect(provider.generation, `refreshes after ${answer}`).toStrictEqual(refreshes)
    }
  }
})

test('a refresh that fails rejects for every client that waits', async () => {
  const trouble = new Error('the issuer is down')
  const failures = {
    throws: () => {
      throw trouble
    },
    rejects: () => Promise.reject(trouble),
  }
  for (const refreshToken of Object.values(failures)) {
    let asked = 0
    const provider = new TokenProvider({ refreshToken: () => ++asked && refreshToken() })
    for (const count of [1, 2]) {
      const answers = [1, 2, 3].map(() => provider.refresh(waiting().context, refused('old')))
      for (const answer of answers) expect((await rejection(answer)) === trouble, 'it is the error itself').toBeTruthy()
      expect([asked, provider.generation], 'a failure is not remembered').toStrictEqual([count, 0])
    }
  }
})

test('a client that stops waiting for a refresh does not end it for the others', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ refreshToken: issuer.call })
  const [first, second] = [waiting(), waiting()]
  const answers = [first, second].map(({ context }) => provider.refresh(context, refused('old')))
  const call = await issuer.next()
  first.leave()
  expect(await rejection(answers[0]), 'the reason of its signal').toBe(first.context.signal.reason)
  expect(call.context.signal.aborted).toBe(false)
  call.resolve('new')
  expect(await answers[1]).toBe('new')
  second.leave()
  expect(call.context.signal.aborted, 'a refresh that is over is not aborted').toBe(false)
})

test('a refresh that hangs is abandoned when its last waiting client gives up', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ refreshToken: issuer.call })
  const clients = [waiting(), waiting()]
  const answers = clients.map(({ context }) => provider.refresh(context, refused('old')))
  const hanging = await issuer.next()
  for (const { leave } of clients) leave()
  expect(hanging.context.signal.aborted).toBe(true)
  const next = provider.refresh(waiting().context, refused('old'))
  for (const answer of answers) await rejection(answer)
  const call = await issuer.next()
  expect(call.context.signal.aborted).toBe(false)
  // The abandoned refresh must not be used, and must not end the one that is running.
  hanging.resolve('stale')
  await turn()
  const joined = provider.refresh(waiting().context, refused('old'))
  call.resolve('new')
  expect([await next, await joined]).toStrictEqual(['new', 'new'])
  expect([issuer.asked, provider.generation, await provider.token()]).toStrictEqual([2, 1, 'new'])
})

test('a refresh that no client waits for does not start', async () => {
  const issuer = new Callback()
  const provider = new TokenProvider({ refreshToken: issuer.call })
  const gone = waiting()
  gone.leave()
  await rejection(provider.refresh(gone.context, refused('old')))
  const leaving = waiting()
  const answer = provider.refresh(leaving.context, refused('old'))
  leaving.leave()
  await rejection(answer)
  await turn()
  expect(issuer.asked).toBe(0)
})

test('refreshToken may ask the same SSEAuth for the token', async () => {
  const { context } = waiting()
  const inside = []
  const provider = new TokenProvider({
    refreshToken: () => {
      inside.push(provider.refresh(context, refused('old')))
      return 'new'
    },
  })
  expect(await provider.refresh(context, refused('old'))).toBe('new')
  expect(await Promise.all(inside), 'the call from inside has joined').toStrictEqual(['new'])
})

test('a client may stop waiting inside refreshToken', async () => {
  const client = waiting()
  const provider = new TokenProvider({ refreshToken: () => client.leave() })
  expect(await rejection(provider.refresh(client.context, refused('old')))).toBe(client.context.signal.reason)
  expect(provider.generation).toBe(0)
})

/** Two tabs of one application, which share only the stored token and the name of the lock. */
function twoTabs(name, issuer, stored = { token: 'old' }) {
  const getToken = () => stored.token
  return [1, 2].map(() => new TokenProvider({ getToken, refreshToken: issuer.call, name }))
}

const lockOf = (name) => `sse-fetch auth ${name}`

/** Resolves when a tab waits for the lock. */
async function isAwaited(name) {
  for (;;) {
    const { pending } = await navigator.locks.query()
    if (pending.some((lock) => lock.name === lockOf(name))) return
    await turn()
  }
}

/** Resolves when the lock is free. */
const isFree = (name) => navigator.locks.request(lockOf(name), () => {})

test('two tabs share one refresh', async () => {
  const issuer = new Callback()
  const stored = { token: 'old' }
  const [one, two] = twoTabs('two tabs', issuer, stored)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  const second = two.refresh(waiting().context, refused('old'))
  await isAwaited('two tabs')
  stored.token = 'new'
  call.resolve('new')
  expect([await first, await second]).toStrictEqual(['new', true])
  expect([issuer.asked, one.generation, two.generation]).toStrictEqual([1, 1, 1])
})

test('a tab refreshes when the refresh of the other tab brought no new token', async () => {
  const issuer = new Callback()
  const [one, two] = twoTabs('in vain', issuer)
  const client = waiting()
  const first = one.refresh(client.context, refused('old'))
  await issuer.next()
  const second = two.refresh(waiting().context, refused('old'))
  await isAwaited('in vain')
  client.leave()
  await rejection(first)
  ;(await issuer.next()).resolve('new')
  expect([await second, issuer.asked, two.generation]).toStrictEqual(['new', 2, 1])
})

test('a tab without a token waits for one, and refreshes if there is none', async () => {
  const issuer = new Callback()
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
  expect([await second, issuer.asked]).toStrictEqual(['new', 2])
  expect(await one.refresh(waiting().context, refused(undefined)), 'another tab has one now').toBe(true)
})

test('a tab that asks after another tab has refreshed uses the new token', async () => {
  const issuer = new Callback()
  const stored = { token: 'old' }
  const [one, two] = twoTabs('one after the other', issuer, stored)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  stored.token = 'new'
  call.resolve(true)
  await first
  await isFree('one after the other')
  expect(await two.refresh(waiting().context, refused('old'))).toBe(true)
  expect([issuer.asked, two.generation]).toStrictEqual([1, 1])
})

test('a tab refreshes if getToken returns no better token than the refused one', async () => {
  const old = ['old', null, undefined, '', 7, jwtOf('{"exp":1}')]
  for (const token of old) {
    const provider = new TokenProvider({ getToken: () => token, refreshToken: () => 'new', name: 'no better token' })
    expect(await provider.refresh(waiting().context, refused('old'))).toBe('new')
  }
  const failing = new TokenProvider({
    getToken: () => Promise.reject(new Error('no storage')),
    refreshToken: () => 'new',
    name: 'no better token',
  })
  expect(await failing.refresh(waiting().context, refused('old'))).toBe('new')
})

test('tabs with different lock names do not wait for each other', async () => {
  const issuer = new Callback()
  const [[one], [other]] = [twoTabs('one name', issuer), twoTabs('another name', issuer)]
  const answers = [one, other].map((provider) => provider.refresh(waiting().context, refused('old')))
  const calls = [await issuer.next(), await issuer.next()]
  for (const [index, { resolve }] of calls.entries()) resolve(`new ${index}`)
  expect((await Promise.all(answers)).sort()).toStrictEqual(['new 0', 'new 1'])
})

test('without a lock name, no lock is taken', async () => {
  const issuer = new Callback()
  const locks = {
    request: () => {
      throw new Error('a lock was asked for')
    },
  }
  await withLocks(locks, async () => {
    const answers = twoTabs(undefined, issuer).map((page) => page.refresh(waiting().context, refused('old')))
    for (const answer of ['a', 'b']) (await issuer.next()).resolve(answer)
    expect(await Promise.all(answers)).toStrictEqual(['a', 'b'])
  })
})

test('an abandoned refresh releases the lock', async () => {
  const issuer = new Callback()
  const [one, two] = twoTabs('abandoned', issuer)
  const client = waiting()
  const first = one.refresh(client.context, refused('old'))
  await issuer.next()
  client.leave()
  await rejection(first)
  await isFree('abandoned')
  const second = two.refresh(waiting().context, refused('old'))
  ;(await issuer.next()).resolve('new')
  expect(await second).toBe('new')
})

test('a getToken that hangs during a refresh does not keep the lock', async () => {
  const asked = new Queue()
  const getToken = (context) => {
    asked.push(context)
    return new Promise(() => {})
  }
  const provider = new TokenProvider({ getToken, refreshToken: () => 'new', name: 'hanging' })
  const client = waiting()
  const answer = provider.refresh(client.context, refused('old'))
  const { signal } = await asked.next()
  client.leave()
  await rejection(answer)
  expect(signal.aborted).toBe(true)
  await isFree('hanging')
})

test('a client that stops waiting inside getToken releases the lock, and refreshToken is not called', async () => {
  const issuer = new Callback()
  const client = waiting()
  const getToken = () => client.leave() ?? new Promise(() => {})
  const provider = new TokenProvider({ getToken, refreshToken: issuer.call, name: 'given up inside' })
  await rejection(provider.refresh(client.context, refused('old')))
  await isFree('given up inside')
  expect(issuer.asked).toBe(0)
})

test('a stolen lock does not cause a second refresh', async () => {
  const issuer = new Callback()
  const [one] = twoTabs('stolen', issuer)
  const answer = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  await navigator.locks.request(lockOf('stolen'), { steal: true }, () => {})
  call.resolve('new')
  expect([await answer, issuer.asked]).toStrictEqual(['new', 1])
})

test('a tab can stop waiting for the refresh of another tab', async () => {
  const issuer = new Callback()
  const [one, two] = twoTabs('stop waiting', issuer)
  const first = one.refresh(waiting().context, refused('old'))
  const call = await issuer.next()
  const client = waiting()
  const second = two.refresh(client.context, refused('old'))
  await isAwaited('stop waiting')
  client.leave()
  expect(await rejection(second), 'it is rejected with the reason of its signal').toBe(client.context.signal.reason)
  call.resolve('new')
  expect(await first).toBe('new')
  await isFree('stop waiting')
  expect([issuer.asked, two.generation]).toStrictEqual([1, 0])
})

test('a refresh that fails under the lock is not repeated', async () => {
  const trouble = new Error('the issuer is down')
  let asked = 0
  const refreshToken = () => {
    asked++
    throw trouble
  }
  const provider = new TokenProvider({ getToken: () => 'old', refreshToken, name: 'failing' })
  expect(await rejection(provider.refresh(waiting().context, refused('old')))).toBe(trouble)
  expect(asked).toBe(1)
  await isFree('failing')
})

test('without navigator.locks, each tab refreshes for itself', async () => {
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
    const issuer = new Callback()
    await withLocks(locks, async () => {
      const answers = twoTabs('no locks', issuer).map((page) => page.refresh(waiting().context, refused('old')))
      for (const answer of ['a', 'b']) (await issuer.next()).resolve(answer)
      expect(await Promise.all(answers)).toStrictEqual(['a', 'b'])
      expect(issuer.asked).toBe(2)
    })
  }
})

test('a JWT has expired at the time that its exp claim says', async () => {
  const now = 1_700_000_000_000
  const tokens: [string, boolean][] = [
    ['{"exp":1699999999}', true],
    ['{"exp":1700000000}', true],
    ['{"exp":1700000000.5}', false],
    ['{"exp":1700000001}', false],
    ['{"exp":-1}', true],
    ['{"exp":0}', true],
    ['{"name":"Zoë 字 👋 ???>>>","exp":1}', true],
    ['{"name":"Zoë 字 👋 ???>>>","exp":9999999999}', false],
  ]
  for (const [payload, expired] of tokens) expect(hasExpired(jwtOf(payload), now), payload).toStrictEqual(expired)
  const unsigned = `${base64url('{"alg":"none"}')}.${base64url('{"exp":1}')}.`
  expect(hasExpired(unsigned), 'a JWT without a signature').toBe(true)
  expect([hasExpired(jwtOf('{"exp":1}')), hasExpired(jwtOf('{"exp":9999999999}'))], 'by the clock').toStrictEqual([true, false])
})

test('a token that is not a JWT never expires', async () => {
  const payloads = [
    '',
    '{}',
    'null',
    '7',
    '"exp"',
    '[1]',
    '{"exp":null}',
    '{"exp":"1"}',
    '{"exp":true}',
    '{"exp":[1]}',
    '{"exp":-1e999}',
    '{"exp":1',
    'exp=1',
    '{"__proto__":{"exp":1}}',
  ]
  for (const payload of payloads) expect(hasExpired(jwtOf(payload)), payload).toBe(false)
  const [head, payload, signature] = jwtOf('{"exp":1}').split('.')
  const tokens = [
    undefined,
    null,
    7,
    true,
    {},
    [head, payload, signature],
    Symbol('token'),
    '',
    '.',
    '..',
    'opaque',
    `${head}.${payload}`,
    `.${payload}.${signature}`,
    `${head}.${payload}.${signature}.${signature}`,
    `${head}.${payload}=.${signature}`,
    `${head}.${payload}. `,
    ` ${head}.${payload}.${signature}`,
    `${head}.${payload}.${signature}\n`,
    `${head}.A.${signature}`,
    `${head}.€.${signature}`,
    `${head}.${btoa('{"exp":1,"a":"\xff"}')}.${signature}`,
    `Bearer ${head}.${payload}.${signature}`,
  ]
  for (const token of tokens) expect(hasExpired(token), String(token)).toBe(false)
})

const SECRET = 's3cret-t0ken'

test('a wrong option of SSEAuth throws an error with its name, the given value and the accepted ones', async () => {
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
    [{ getToken, token: SECRET }, "there is no option 'token'; the options are getToken, refreshToken, name"],
    [{ getToken, toString: getToken }, "there is no option 'toString'; the options are getToken, refreshToken, name"],
  ]
  for (const [options, message] of refusals) {
    const error = thrown(
      () => new SSEAuth(options),
      () => message,
    )
    expect(error, `a TypeError, not ${error}`).toBeInstanceOf(TypeError)
    expect(error.message).toBe(`SSEAuth: ${message}`)
  }
})

test('the options of SSEAuth may be null or inherited', async () => {
  const getToken = () => 'a'
  const auths = [{ getToken }, { getToken, refreshToken: null, name: undefined, unheardOf: null }, Object.create({ getToken })]
  for (const options of auths) {
    const provider = providerOf(new SSEAuth(options))
    expect([await provider.token(waiting().context), provider.refreshes]).toStrictEqual(['a', false])
  }
  expect(providerOf(new SSEAuth({ getToken, refreshToken: getToken, name: 'api' })).refreshes).toBe(true)
})

test('an SSEAuth has no properties', async () => {
  const auth = new SSEAuth({ getToken: () => SECRET })
  expect(Object.prototype.toString.call(auth)).toBe('[object SSEAuth]')
  expect(Reflect.ownKeys(auth)).toStrictEqual([])
  expect(Reflect.ownKeys(SSEAuth.prototype)).toStrictEqual(['constructor', Symbol.toStringTag])
})

test('only an SSEAuth is accepted as auth', async () => {
  const auth = new SSEAuth({ getToken: () => 'a' })
  const provider = providerOf(auth)
  expect(provider).toBeInstanceOf(TokenProvider)
  expect(providerOf(auth), 'it is always the same one').toBe(provider)
  const others = [
    undefined,
    null,
    7,
    'auth',
    Symbol('auth'),
    {},
    SSEAuth,
    SSEAuth.prototype,
    new Proxy(auth, {}),
    Object.create(auth),
  ]
  for (const other of others) expect(providerOf(other)).toBe(undefined)
})
