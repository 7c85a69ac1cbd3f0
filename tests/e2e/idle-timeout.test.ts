// Streams that fall silent, and those that died while the computer slept.

import { expect, type Page, Reply, test } from './fixture/index.ts'

/** The codes of all errors. */
const codes = (page: Page): Promise<string[]> => page.run(() => of('error').map(({ error }) => error.code))

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

test('a stream that died while the computer slept fails at the next check', async ({ page, faults }) => {
  // The event arrives in the middle of an interval: by the page's clock the next check is too early.
  const stream = Reply.eventStream().send(': here\n\n').pause(700)
  await faults.answer('/sleepy', stream.send('id: 1\ndata: x\n\n').hang())
  const waits = await page.run(async () => {
    const { setTimeout } = globalThis
    globalThis.setTimeout = ((callback: () => void, delay: number) => {
      if (delay < 10_000) tell({ timer: delay })
      return setTimeout(callback, delay)
    }) as typeof setTimeout
    client(at('/sleepy'), { idleTimeout: 1500, backoff: { initial: 10 } }).connect()
    await until(() => of('event').length === 1)
    told.length = 0
    // The computer sleeps for an hour, in which the page's own clock stands still.
    const { now } = Date
    Date.now = () => now() + 3_600_000
    await until(() => of('error').length === 1)
    const before = told.slice(
      0,
      told.findIndex((entry) => 'error' in entry),
    )
    return before.filter(({ timer }) => timer > 100)
  })
  expect(await codes(page)).toEqual(['idle'])
  expect(waits, 'it is checked once more, without waiting for another interval').toEqual([])
  expect((await faults.requestTo('/sleepy', 1)).lastEventId).toBe('1')
})
