// Tabs of one origin that share the name of their tokens: one refreshes, the others wait for it.

import {
  accepts,
  type DemoServer,
  expect,
  type FaultServer,
  Gate,
  openLab,
  type Page,
  Reply,
  reach,
  test,
} from './fixture/index.ts'

/**
 * Connects with the token in the storage of the origin. A refresh fetches one from `/token` and stores it.
 */
function connect(page: Page, name: string): Promise<void> {
  return page.run((name) => {
    const getToken = () => localStorage.token
    const refreshToken = async ({ signal }: { signal: AbortSignal }) => {
      const response = await fetch(at('/token'), { method: 'POST', signal })
      if (!response.ok) throw new Error(`status ${response.status}`)
      localStorage.token = await response.text()
      return localStorage.token
    }
    const auth = new SSEAuth({ name: 'api', getToken, refreshToken })
    client(at(`/me?client=${name}`), { auth, backoff: { initial: 5 } }).connect()
  }, name)
}

/** The tokens that this tab's client sent, in their order. */
async function tokensOf(faults: FaultServer, name: string): Promise<string[]> {
  const requests = (await faults.exchangesTo('/me')).filter(({ client }) => client === name)
  return requests.flatMap((request) => request.header('authorization')?.replace('Bearer ', '') ?? [])
}

/** What the issuer of tokens replies once the gate is open. */
const issued = (token: string, gate: Gate) => Reply.status(200).body('text/plain', token).holdHead(gate)

/** Two tabs, both refused with the old token: the first one is refreshing it, the second one waits for that. */
async function twoRefusedTabs(page: Page, lab: DemoServer, faults: FaultServer, ...issuer: Reply[]) {
  await faults.answer('/token', ...issuer)
  await faults.answerBy('/me', accepts('new'))
  await page.run(() => {
    localStorage.token = 'old'
  })
  const first = await page.tab()
  await connect(page, 'first')
  await faults.waitForRequestsTo('/token', 1)

  const second = await page.openTab()
  await openLab(page, lab)
  await reach(page, faults)
  await connect(page, 'second')
  await (await faults.requestTo('/me', 1)).ended()
  // The platform has no event for waiting for a lock.
  await page.run(async () => {
    while ((await navigator.locks.query()).pending!.length === 0) await new Promise((resolve) => setTimeout(resolve))
  })
  return { first, second }
}

test('tabs that are refused together cause one refresh', async ({ page, lab, faults }) => {
  const gate = new Gate()
  const { first, second } = await twoRefusedTabs(page, lab, faults, issued('new', gate))
  await gate.open()
  for (const [tab, name] of [
    [second, 'second'],
    [first, 'first'],
  ] as const) {
    await page.goToTab(tab)
    await page.run(() => until(() => of('open').length === 1))
    expect(await page.told('error'), name).toEqual([])
    expect(await page.told('refresh'), name).toEqual([{ refresh: { attempt: 0 } }])
    expect(await tokensOf(faults, name)).toEqual(['old', 'new'])
  }
  expect(await faults.exchangesTo('/token')).toHaveLength(1)
  expect(await faults.open()).toBe(2)
  expect(await faults.mostOpenOf('first')).toBe(1)
  expect(await faults.mostOpenOf('second')).toBe(1)
})

declare global {
  var send: () => void
}

test('a tab that comes after the refresh uses the new token', async ({ page, lab, faults }) => {
  await faults.answer('/token', Reply.status(200).body('text/plain', 'new'))
  await faults.answerBy('/me', accepts('new'))
  await page.run(() => {
    localStorage.token = 'old'
  })
  // The second tab has its token already, and is refused with it after the first one has a new one.
  const second = await page.openTab()
  await openLab(page, lab)
  await reach(page, faults)
  await page.run(() => {
    const asked = Promise.withResolvers<void>()
    globalThis.send = asked.resolve
    let first = true
    const auth = new SSEAuth({
      name: 'api',
      getToken: async () => {
        if (!first) return localStorage.token
        first = false
        await asked.promise
        return 'old'
      },
      refreshToken: () => {
        tell({ refreshing: true })
        return false
      },
    })
    client(at('/me?client=second'), { auth }).connect()
  })
  await page.openTab()
  await openLab(page, lab)
  await reach(page, faults)
  await connect(page, 'first')
  await page.run(() => until(() => of('open').length === 1))

  await page.goToTab(second)
  await page.run(async () => {
    send()
    await until(() => of('open').length + of('close').length > 0)
  })
  expect(await page.told('refreshing')).toEqual([])
  expect(await tokensOf(faults, 'second')).toEqual(['old', 'new'])
  expect(await faults.exchangesTo('/token')).toHaveLength(1)
})

test('another tab refreshes when the one that did is closed', async ({ page, lab, faults }) => {
  const [never, gate] = [new Gate(), new Gate()]
  await gate.open()
  const { first, second } = await twoRefusedTabs(page, lab, faults, issued('lost', never), issued('new', gate))
  await page.goToTab(first)
  await page.closeTab(second)
  await page.run(() => until(() => of('open').length + of('close').length > 0))
  expect(await page.told('close')).toEqual([])
  expect(await page.told('error')).toEqual([])
  expect(await tokensOf(faults, 'second')).toEqual(['old', 'new'])
  expect(await faults.exchangesTo('/token')).toHaveLength(2)
  await faults.waitOpen(1)
})

test('another tab refreshes when the one that did fails', async ({ page, lab, faults }) => {
  const [gate, opened] = [new Gate(), new Gate()]
  await opened.open()
  const failing = Reply.unavailable().holdHead(gate)
  const { first, second } = await twoRefusedTabs(page, lab, faults, failing, issued('new', opened))
  await gate.open()
  for (const [tab, name] of [
    [second, 'second'],
    [first, 'first'],
  ] as const) {
    await page.goToTab(tab)
    await page.run(() => until(() => of('open').length + of('close').length > 0))
    expect(await page.told('close'), name).toEqual([])
    expect((await tokensOf(faults, name)).at(-1), name).toBe('new')
  }
  expect(await faults.exchangesTo('/token'), 'one failed, one did not').toHaveLength(2)
})
