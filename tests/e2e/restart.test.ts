// The server is killed during a stream and started again: no event is lost and none comes twice.

import { indexOf } from './fixture/chat.ts'
import { DemoPage } from './fixture/demo-page.ts'
import { DEMO, expect, Gate, LAB, Reply, test } from './fixture/index.ts'

test('a chat continues after the server was killed and restarted', async ({ page }) => {
  const question = 'Tell me about events'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  const [first] = await demo.requests()
  // A new process has a new secret, so the tokens of the page are not valid any more.
  await demo.server.restart(DEMO, async () => {
    await page.waitForText('chat-state', 'Reconnecting')
    await page.waitUntil(() => part('message-assistant').dataset.phase === 'waiting' && !part('cursor').hidden)
  })
  await demo.expectWholeAnswer(question)

  const requests = await demo.requests()
  expect(requests, 'refused for the token of the old process, then accepted').toHaveLength(2)
  for (const { method, body, lastEventId } of requests) {
    expect([method, body]).toEqual(['POST', first!.body])
    expect(indexOf(lastEventId!)).toBeGreaterThan(0)
  }
  await demo.expectNeverTwoStreams()
})

test('notifications published while the server was down arrive', async ({ page }) => {
  const demo = await DemoPage.open(page)
  const ids = [await demo.server.notify('before')]
  await demo.expectNotifications(...ids)

  await demo.server.restart(DEMO, async () => {
    await page.waitForText('feed-state', 'Reconnecting')
    for (const title of ['while', 'it was', 'down']) ids.push(await demo.server.notify(title))
  })
  ids.push(await demo.server.notify('after'))
  await demo.expectNotifications(...ids)

  const [request] = await demo.server.requestsTo('/events')
  expect(request!.lastEventId).toBe(String(ids[0]))
  await demo.expectNeverTwoStreams()
})

/** The numbers from `first` to `last`. */
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

test('ids come in order and once through two restarts', async ({ page, lab }) => {
  // Each server sends some hundred events and dies in the middle of the next one.
  const numbers = (first: number, last: number) =>
    range(first, last)
      .map((n) => `id: ${n}\ndata: ${n}\n\n`)
      .join('')
  const cutOff = new Gate()
  const dying = (first: number, last: number) =>
    Reply.eventStream()
      .send(numbers(first, last))
      .send(`id: ${last + 1}\ndata: never `)
      .wait(cutOff)
  const waitForId = (id: string) => page.run((id) => until(() => it.lastEventId === id), id)
  const lastRequestedId = async () => (await lab.requestsTo('/api/script/numbers')).at(-1)!.lastEventId

  await lab.script('numbers', dying(1, 300))
  await page.run(() => {
    // Until its script is set, a new server answers 404.
    globalThis.it = client('/api/script/numbers', { backoff: { initial: 10, max: 200 }, shouldRetry: () => true })
    it.connect()
  })
  await waitForId('300')

  await lab.restart(LAB)
  await lab.script('numbers', dying(301, 600))
  await waitForId('600')
  expect(await lastRequestedId()).toBe('300')
  expect(await lab.mostOpenStreams()).toBe(1)

  await lab.restart(LAB)
  await lab.script('numbers', Reply.eventStream().send(numbers(601, 900)).hang())
  await waitForId('900')
  expect(await lastRequestedId()).toBe('600')
  expect(await lab.mostOpenStreams()).toBe(1)

  const ids = await page.run(() => of('event').map(({ id }) => id))
  expect(ids).toEqual(range(1, 900).map(String))
  await lab.waitOpenStreams(1)
})

test('a feed is complete through three restarts', async ({ page, lab }) => {
  await page.run(async () => {
    globalThis.it = client('/events', { backoff: { max: 200 } })
    await it.connect()
  })
  const ids: number[] = []
  const publish = async (round: number, first: number, last: number) => {
    for (const n of range(first, last)) ids.push(await lab.push('tick', [round, n]))
  }
  const waitForLast = () => page.run((id) => until(() => it.lastEventId === id), String(ids.at(-1)))

  for (const round of [0, 1, 2]) {
    await publish(round, 0, 19)
    await waitForLast()
    await lab.restart(LAB, async () => {
      await page.run(() => until(() => it.state === 'reconnecting'))
      await publish(round, 20, 24)
    })
    // Published while the client may be reconnecting: some are replayed, some are live.
    await publish(round, 25, 29)
    await waitForLast()
    expect(await lab.mostOpenStreams()).toBe(1)
  }
  const seen = await page.run(() => of('event').map(({ id }) => id))
  expect(seen).toEqual(ids.map(String))
})
