// Tokens: when they are requested, refreshed, shared and refused, and that they appear nowhere they do not belong.

import {
  accepts,
  DemoServer,
  type Exchange,
  expect,
  FaultServer,
  Gate,
  LAB,
  type Page,
  Reply,
  type Request,
  stayingOpen,
  test,
} from './fixture/index.ts'

/** The tokens of these requests; every one must have a token. */
function tokens(requests: Request[]): string[] {
  return requests.map((request) => {
    const authorization = request.header('authorization')
    expect(authorization).toMatch(/^Bearer /)
    return authorization!.slice('Bearer '.length)
  })
}

/** All requests to the path, when a request made later has arrived: the client has sent nothing else. */
async function allRequestsTo(page: Page, faults: FaultServer, path: string): Promise<Exchange[]> {
  await page.run(() => fetch(at('/later')).then(() => {}))
  return faults.exchangesTo(path)
}

test('getToken is called before every attempt', async ({ page, faults }) => {
  const gate = new Gate()
  const lost = Reply.eventStream().send('id: 7\ndata: x\n\n').wait(gate).cut()
  await faults.answer('/me', lost, Reply.unavailable(), stayingOpen())
  await page.run(async () => {
    let issued = 0
    const getToken = async ({ attempt, lastEventId, error }: any) => {
      tell({ asked: [attempt, lastEventId, error?.code ?? null] })
      await null
      return `token-${++issued}`
    }
    client(at('/me'), { getToken, backoff: { initial: 5 } }).connect()
    await until(() => of('event').length === 1)
  })
  await gate.open()
  await page.run(() => until(() => of('open').length === 2))
  expect(tokens(await faults.exchangesTo('/me'))).toEqual(['token-1', 'token-2', 'token-3'])
  expect(await page.told('asked')).toEqual([
    { asked: [0, '', null] },
    { asked: [1, '7', 'network'] },
    { asked: [2, '7', 'status'] },
  ])
})

test('a refused token is refreshed and the request sent once more', async ({ page, faults }) => {
  // refreshToken returns the new token, or `true` when getToken has it.
  for (const [path, returnsTrue] of [
    ['/token', false],
    ['/true', true],
  ] as const) {
    await faults.answerBy(path, accepts('new'))
    await page.run(
      async ({ path, returnsTrue }) => {
        told.length = 0
        let stored = 'old'
        const refreshToken = async ({ attempt, signal }: any) => {
          tell({ asked: [attempt, signal.aborted] })
          await null
          if (!returnsTrue) return 'new'
          stored = 'new'
          return true
        }
        const options = { getToken: () => stored, refreshToken, lastEventId: '7', maxReconnects: 0 }
        await client(at(path), options).connect()
      },
      { path, returnsTrue },
    )
    const requests = await faults.exchangesTo(path)
    expect(tokens(requests)).toEqual(['old', 'new'])
    expect(requests.map(({ lastEventId }) => lastEventId)).toEqual(['7', '7'])
    expect(await faults.mostOpenOf(path)).toBe(1)
    expect(await page.told('asked')).toEqual([{ asked: [0, false] }])
    expect(await page.told('refresh')).toEqual([{ refresh: { attempt: 0 } }])
    expect(await page.run(() => of('open')[0].open.attempt)).toBe(0)
    expect(await page.run(() => [...of('error'), ...of('retry'), ...of('close')])).toEqual([])
  }
})

test('a second refusal is final after exactly two requests', async ({ page, faults }) => {
  await faults.answer('/me', Reply.unauthorized())
  await page.run(async () => {
    client(at('/me'), { getToken: () => 'old', refreshToken: () => 'new', backoff: { initial: 0 } }).connect()
    await until(() => of('close').length === 1)
  })
  expect(tokens(await allRequestsTo(page, faults, '/me'))).toEqual(['old', 'new'])
  expect(await page.told('error')).toEqual([
    { error: { code: 'auth', status: 401, retryable: false, attempt: 0, body: 'The token is not good.' } },
  ])
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'auth' }])
})

/** An access token from a server's own login. */
async function logIn(server: DemoServer): Promise<string> {
  const response = await fetch(`${server.url}/api/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'demo', password: 'demo' }),
  })
  return (await response.json()).accessToken
}

test('an expired JWT is refreshed before it is sent', async ({ page, lab }) => {
  const expiring = await DemoServer.start({ ...LAB, accessTokenTtl: 0 })
  const expired = await logIn(expiring)
  await page.run(
    async ({ expired, fresh }) => {
      const options = { getToken: () => expired, refreshToken: () => fresh }
      client('/api/chat/stream', { body: { message: 'hello', tokenDelay: 0 }, until: '[DONE]', ...options }).connect()
      await until(() => of('close').length === 1)
    },
    { expired, fresh: await logIn(lab) },
  )
  expect(await page.told('close')).toEqual([{ close: 'done' }])
  expect(await page.told('refresh')).toEqual([{ refresh: { attempt: 0 } }])
  const requests = await lab.requestsTo('/api/chat/stream')
  expect(requests, 'the expired token was not sent').toHaveLength(1)
  expect(requests[0]!.header('authorization')).not.toContain(expired)
})

declare global {
  var renewal: PromiseWithResolvers<void>
}

test('ten clients that are refused together cause one refresh', async ({ page, faults: one }) => {
  // Browsers keep no more than six connections to one server, so there are two.
  const two = await FaultServer.start()
  for (const faults of [one, two]) await faults.answerBy('/me', accepts('new'))
  await page.run((two) => {
    let stored = 'old'
    globalThis.renewal = Promise.withResolvers()
    const auth = new SSEAuth({
      getToken: () => stored,
      refreshToken: async () => {
        tell({ asked: true })
        await renewal.promise
        stored = 'new'
        return 'new'
      },
    })
    for (let n = 0; n < 10; n++) client(`${n % 2 ? two : at('')}/me?client=${n}`, { auth }).connect()
  }, two.url)
  const old = Array(5).fill('old')
  for (const faults of [one, two]) expect(tokens(await faults.waitForRequestsTo('/me', 5))).toEqual(old)
  await page.run(async () => {
    renewal.resolve()
    await until(() => of('open').length === 10)
  })
  expect(await page.told('asked')).toHaveLength(1)
  expect(await page.told('refresh')).toHaveLength(10)
  for (const faults of [one, two]) {
    expect(tokens(await faults.exchangesTo('/me'))).toEqual([...old, ...Array(5).fill('new')])
    expect(await faults.open()).toBe(5)
    expect(await faults.mostOpenOfAny()).toBe(1)
  }
})

test('a token appears in no message, no log and no address', async ({ page, faults }) => {
  const statuses = [401, 401, 401, 200, 503, 403]
  await faults.answerBy('/me', (request) => {
    const status = statuses.shift() ?? 404
    if (status === 200) return Reply.eventStream().send(': here\n\n').cut()
    // A server that says what it was sent, as some do to explain an error.
    const sent = request.header('authorization') ?? ''
    return Reply.status(status).body('text/plain', `${sent}: I do not know \`${sent}\``)
  })
  const heard = await page.run(async () => {
    // What goes to the console or to `debug`, and every error with everything that can be read of it.
    const heard: string[] = []
    const text = (value: unknown) => {
      if (!(value instanceof Error)) return typeof value === 'object' ? JSON.stringify(value) : String(value)
      // The cause is what the application threw itself.
      const { cause, ...fields } = value as Error
      return [value, value.message, value.stack, JSON.stringify(fields)].join(' ')
    }
    for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace', 'dir', 'table'] as const) {
      console[method] = (...values: unknown[]) => void heard.push(`${method}: ${values.map(text)}`)
    }
    const overhear = async (options: object) => {
      const it = client(at('/me'), { backoff: { initial: 5 }, ...options })
      it.on('error', (error: unknown) => heard.push(text(error)))
      const closed = new Promise((resolve) => {
        it.once('close', ({ error }: any) => resolve(heard.push(text(error))))
      })
      it.connect().catch((error: unknown) => heard.push(text(error)))
      return closed
    }

    const stored = 'sEcReT-1'
    const refreshes = [
      (token: string) => {
        throw new Error(`cannot renew ${token}`)
      },
      async (token: string) => {
        throw `cannot renew ${token}`
      },
      () => 'sEcReT-2',
    ]
    const debug = (entry: unknown) => heard.push(JSON.stringify(entry))
    await overhear({ getToken: () => stored, refreshToken: () => refreshes.shift()!(stored), debug: true })
    await overhear({ getToken: () => 'sEcReT-3\nsEcReT-3', debug: true })
    await overhear({ getToken: () => ({ token: 'sEcReT-4' }), debug })
    const getToken = () => {
      throw new Error('sEcReT-5')
    }
    await overhear({ getToken, maxReconnects: 1, debug })
    for (const headers of [{ Authorization: 'sEcReT-6\nsEcReT-6' }, { 'sEcReT-7 sEcReT-7': 'x' }]) {
      await overhear({ headers }).catch((error) => heard.push(text(error)))
      await overhear({ headers: () => headers, debug })
    }
    return [...heard, ...told.map((entry) => JSON.stringify(entry))]
  })
  expect(heard.filter((line) => line.includes('debug: SSEClient')).length, 'something was overheard').toBeGreaterThan(0)
  expect(heard.filter((line) => line.includes('sEcReT'))).toEqual([])

  const addresses = await page.run(() => [location.href, ...performance.getEntries().map(({ name }) => name)])
  const exchanges = await faults.exchanges()
  expect([...addresses, ...exchanges.map(({ path, query }) => path + query)].join(' ')).not.toContain('sEcReT')
  expect(tokens(await faults.exchangesTo('/me'))[3]).toBe('sEcReT-2')
})

/** Follows a redirect from one server to another with a token; returns the heads that the other received. */
async function redirected(page: Page, status: number, method: string, from: FaultServer, to: FaultServer) {
  const path = `/${method}/${status}`
  const here = `${to.url}${path}/here`
  await from.answer(path, Reply.redirect(status, here))
  await to.answer(`${path}/here`, stayingOpen())
  const opened = await page.run(
    async ({ url, method }) => {
      told.length = 0
      const it = client(url, { method, getToken: () => 'sEcReT', lastEventId: '7' })
      await it.connect()
      it.disconnect()
      return of('open')[0].open.url
    },
    { url: from.url + path, method },
  )
  expect(opened).toBe(here)
  expect(tokens(await from.exchangesTo(path)), `${method} ${status}`).toEqual(['sEcReT'])
  const received = (await to.exchanges()).filter((exchange) => exchange.path === `${path}/here`)
  return received.map(({ head }) => head).join('')
}

test('a redirect to another origin does not carry the token along', async ({ page, faults: api }) => {
  const other = await FaultServer.start()
  const gets = [301, 302, 303, 307, 308].map((status) => [status, 'GET'] as const)
  for (const [status, method] of [...gets, [307, 'POST'], [308, 'POST']] as const) {
    const received = await redirected(page, status, method, api, other)
    const about = `${method} ${status}: ${received}`
    expect(received.startsWith(method) || received.startsWith('OPTIONS'), about).toBe(true)
    expect(received.toLowerCase(), about).toContain('\r\nlast-event-id: 7\r\n')
    expect(received.toLowerCase(), about).not.toContain('\r\nauthorization:')
    expect(received, about).not.toContain('sEcReT')
  }
})

test('a redirect within the origin keeps the token', async ({ page, faults: api }) => {
  const gets = [301, 302, 307, 308].map((status) => [status, 'GET'] as const)
  for (const [status, method] of [...gets, [307, 'POST'], [308, 'POST']] as const) {
    const received = await redirected(page, status, method, api, api)
    expect(received.toLowerCase(), `${method} ${status}`).toContain('\r\nauthorization: bearer secret\r\n')
  }
})
