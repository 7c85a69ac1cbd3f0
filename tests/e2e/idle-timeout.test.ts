// Servers and connections that send nothing: before an answer, in the middle of a stream, and after the computer slept.

import { expect, type FaultServer, type Page, Reply, stayingOpen, test } from './fixture/index.ts'

/** The codes of all errors. */
const codes = (page: Page): Promise<string[]> => page.run(() => of('error').map(({ error }) => error.code))

/** The computer sleeps for an hour, in which the page's own clock stands still. */
const sleep = () => {
  const { now } = Date
  Date.now = () => now() + 3_600_000
}

async function expectTimeout(page: Page, faults: FaultServer, path: string): Promise<void> {
  await page.run((path) => client(at(path), { connectTimeout: 500, backoff: { initial: 10 } }).connect(), path)
  expect(new Set(await codes(page))).toEqual(new Set(['timeout']))
  await (await faults.requestTo(path, 0)).closedByClient()
}

test('a server that never answers is left after connectTimeout', async ({ page, faults }) => {
  await faults.answer('/silent', Reply.sayNothing(), stayingOpen())
  await expectTimeout(page, faults, '/silent')
  expect(await faults.mostOpenOf('/silent')).toBe(1)
})

test('a head that takes too long is not awaited', async ({ page, faults }) => {
  await faults.answer('/slow', Reply.eventStream().slowHead(1000), stayingOpen())
  await expectTimeout(page, faults, '/slow')
})

test('a stream that became silent is requested again after the last ID', async ({ page, faults }) => {
  await faults.numbered('/numbers', { total: 6, schedule: [{ fault: 'silence', after: 3 }] })
  const ids = await page.run(async () => {
    client(at('/numbers'), { idleTimeout: 500, backoff: { initial: 10 } }).connect()
    await until(() => of('close').length === 1)
    return of('event').map(({ id }) => id)
  })
  expect(ids).toEqual(['1', '2', '3', '4', '5', '6'])
  expect(await codes(page)).toEqual(['idle'])
  const requests = await faults.exchangesTo('/numbers')
  await requests[0]!.closedByClient()
  expect(requests[1]!.lastEventId).toBe('3')
  expect(await faults.mostOpenOf('/numbers')).toBe(1)
})

test('comments keep a quiet stream alive', async ({ page, faults }) => {
  const beats = Reply.eventStream().send(':').drip('still here\n', 300)
  await faults.answer('/quiet', beats.send('data: at last\n\n').hang())
  await page.run(async () => {
    client(at('/quiet'), { idleTimeout: 2000 }).connect()
    await until(() => of('event').length === 1)
  })
  expect(await codes(page)).toEqual([])
  expect(await faults.exchangesTo('/quiet')).toHaveLength(1)
})

test('a paused stream may be silent', async ({ page, faults }) => {
  await faults.answer('/silent', stayingOpen())
  const state = await page.run(async () => {
    globalThis.it = client(at('/silent'), { idleTimeout: 300, backoff: { initial: 10 } })
    it.once('open', () => it.pause())
    await it.connect()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return it.state
  })
  expect(state).toBe('paused')
  expect(await codes(page)).toEqual([])
  expect((await faults.requestTo('/silent', 0)).isOpen).toBe(true)

  await page.run(async () => {
    it.resume()
    await until(() => of('error').length > 0)
  })
  expect((await codes(page))[0]).toBe('idle')
  await (await faults.requestTo('/silent', 0)).closedByClient()
})

test('a stream that died while the computer slept fails at the next check', async ({ page, faults }) => {
  // The event arrives in the middle of an interval: by the page's clock the next check is too early.
  const stream = Reply.eventStream().send(': here\n\n').pause(700)
  await faults.answer('/sleepy', stream.send('id: 1\ndata: x\n\n').hang())
  const waits = await page.run(
    async ({ sleep }) => {
      const { setTimeout } = globalThis
      globalThis.setTimeout = ((callback: () => void, delay: number) => {
        if (delay < 10_000) tell({ timer: delay })
        return setTimeout(callback, delay)
      }) as typeof setTimeout
      client(at('/sleepy'), { idleTimeout: 1500, backoff: { initial: 10 } }).connect()
      await until(() => of('event').length === 1)
      told.length = 0
      sleep()
      await until(() => of('error').length === 1)
      const before = told.slice(
        0,
        told.findIndex((entry) => 'error' in entry),
      )
      return before.filter(({ timer }) => timer > 100)
    },
    { sleep },
  )
  expect(await codes(page)).toEqual(['idle'])
  expect(waits, 'it is checked once more, without waiting for another interval').toEqual([])
  expect((await faults.requestTo('/sleepy', 1)).lastEventId).toBe('1')
})

/** Sleeps with an open stream, whose next check is long after the test, and wakes with this event. */
async function expectFailureOnWaking(page: Page, faults: FaultServer, wake: () => void): Promise<void> {
  await faults.answer('/sleepy', Reply.eventStream().send('id: 1\ndata: x\n\n').hang())
  await page.run(
    async ({ wake }) => {
      client(at('/sleepy'), { idleTimeout: 300_000, backoff: { initial: 10 } }).connect()
      await until(() => of('event').length === 1)
      wake()
    },
    { wake },
  )
  expect(await page.told('error'), 'something arrived a moment ago').toEqual([])

  await page.run(
    async ({ sleep, wake }) => {
      sleep()
      wake()
      await until(() => of('error').length > 0)
    },
    { sleep, wake },
  )
  expect((await page.told('error'))[0]).toEqual({ error: { code: 'idle', retryable: true, attempt: 0 } })
  await (await faults.requestTo('/sleepy', 0)).closedByClient()
  expect((await faults.requestTo('/sleepy', 1)).lastEventId).toBe('1')
  expect(await faults.mostOpenOf('/sleepy')).toBe(1)
}

test('a stream that died while the computer slept fails when the page becomes visible', async ({ page, faults }) => {
  await expectFailureOnWaking(page, faults, () => document.dispatchEvent(new Event('visibilitychange')))
})

test('a stream that died while the computer slept fails when the network is back', async ({ page, faults }) => {
  await expectFailureOnWaking(page, faults, () => dispatchEvent(new Event('online')))
})
