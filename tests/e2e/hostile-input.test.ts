// Servers that attack: what they send wedges nothing. How much memory they can take is in memory.test.ts.

import { expect, Flood, Reply, test } from './fixture/index.ts'

test('a client reconnects after an ID of megabytes', async ({ page, faults }) => {
  const event = Reply.eventStream()
    .send('id: ')
    .flood(new Flood('x', { total: 4 << 20 }))
    .send('\ndata: long\n\n')
  await faults.answer('/hostile', event, Reply.eventStream().send('id: 1\ndata: after\n\n').hang())
  await page.run(async () => {
    client(at('/hostile'), { backoff: { initial: 10, max: 10 }, maxReconnects: 20 }).connect()
    await until(() => of('event').at(-1)?.data === 'after' || of('close').length > 0)
  })
  expect(await page.told('close')).toEqual([])
})

test('a picture sent as a stream is no event', async ({ page, faults }) => {
  // Any bytes that are not text: those of a linear congruential generator.
  let state = 1
  const picture = Uint8Array.from({ length: 1 << 20 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
  const good = Reply.eventStream().send('data: after\n\n').hang()
  await faults.answer('/picture', Reply.eventStream().send(picture), good)
  await page.run(async () => {
    globalThis.it = client(at('/picture'))
    it.connect()
    await until(() => of('close').length > 0)
  })
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'format' }])
  expect(await page.told('event')).toEqual([])
  const data = await page.run(async () => {
    it.reconnect()
    await until(() => of('event').length > 0)
    return of('event').map(({ data }) => data)
  })
  expect(data).toEqual(['after'])
})
