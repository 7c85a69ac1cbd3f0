// The last events, for listeners that are added late.

import { expect, Reply, test } from './fixture/index.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('a listener that is added late finds the last events', async ({ page, faults }) => {
  const events = numbers(10).map((n) => `id: ${n}\nevent: tick\ndata: {"n":${n}}\n\n`)
  await faults.answer('/ten', Reply.eventStream().send(events.join('')).hang())
  const kept = await page.run(async () => {
    globalThis.it = client(at('/ten'), { history: 3 })
    it.connect()
    await until(() => of('event').length === 10)
    return it.history.map((event: any) => [event.type, event.id, event.data, event.json().n, Object.isFrozen(it.history)])
  })
  expect(kept).toEqual([8, 9, 10].map((n) => ['tick', String(n), `{"n":${n}}`, n, true]))
  const afterwards = await page.run(() => {
    it.disconnect()
    return it.history.length
  })
  expect(afterwards, 'it stays after the end').toBe(3)
})

test('the history continues after a reconnect', async ({ page, faults }) => {
  const schedule = [{ fault: 'cutMidLine', after: 4 } as const]
  await faults.numbered('/numbers', { total: 6, done: 'stayOpen', schedule })
  const ids = await page.run(async () => {
    const it = client(at('/numbers'), { history: 4, backoff: { initial: 10 } })
    it.connect()
    await until(() => of('event').length === 6)
    return it.history.map(({ id }: any) => id)
  })
  expect(ids).toEqual(['3', '4', '5', '6'])
})

test('the history is bounded in bytes', async ({ page, faults }) => {
  const events = numbers(10).map((n) => `id: ${n}\ndata: ${'x'.repeat(400)}\n\n`)
  await faults.answer('/large', Reply.eventStream().send(events.join('')).hang())
  const ids = await page.run(async () => {
    const it = client(at('/large'), { history: 8, maxEventBytes: 1000 })
    it.connect()
    await until(() => of('event').length === 10)
    return it.history.map(({ id }: any) => id)
  })
  expect(ids).toEqual(['9', '10'])
})

test('without the option nothing is kept', async ({ page, faults }) => {
  await faults.numbered('/numbers', { total: 3, done: 'stayOpen' })
  const history = await page.run(async () => {
    const it = client(at('/numbers'))
    it.connect()
    await until(() => of('event').length === 3)
    return it.history
  })
  expect(history).toEqual([])
})
