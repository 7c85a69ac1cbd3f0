// `disconnect()` and the signal, at every stage: the server sees the connection close, nothing is delivered afterwards, and nothing is
// left in the page. How long it takes until the server sees it is printed, not checked.

import { type Exchange, expect, type FaultServer, type Page, Reply, stayingOpen, test } from './fixture/index.ts'

declare global {
  var controller: AbortController
  /** What is left of the listeners and timers of the client. */
  var left: () => { listeners: number; timers: number }
  /** The call of `getToken` that has no result yet. */
  var asked: { resolve: (token: string) => void; signal: AbortSignal }
  var frame: HTMLIFrameElement
}

/** How often a stage is cancelled in each way, where that is quick. */
const ROUNDS = 10

/** How a client is cancelled, and the reason that it reports. */
const WAYS = [
  { reason: 'client', act: () => it.disconnect() },
  { reason: 'aborted', act: () => controller.abort() },
]
type Way = (typeof WAYS)[number]

/** Makes the client `it` for a path, with a signal and with these options, and connects it. */
function begin(page: Page, path: string, options: object = {}): Promise<void> {
  return page.run(
    ({ path, options }) => {
      told.length = 0
      globalThis.controller = new AbortController()
      globalThis.left = leftovers(window, document, controller.signal)
      globalThis.it = client(at(path), { signal: controller.signal, ...options })
      it.connect()
    },
    { path, options },
  )
}

/** Cancels `it`; returns when that was, in milliseconds since 1970. */
async function cancel(page: Page, { reason, act }: Way): Promise<number> {
  const cancelled = await page.run(
    async ({ act }) => {
      const time = Date.now()
      act()
      await until(() => of('close').length === 1)
      return { time, reasons: of('close').map(({ close }) => close), left: left(), state: it.state }
    },
    { act },
  )
  expect(cancelled.reasons, reason).toEqual([reason])
  expect(cancelled.state, reason).toBe('closed')
  expect(cancelled.left, reason).toEqual({ listeners: 0, timers: page.timersOfDriver })
  return cancelled.time
}

/** Waits until the server sees that the client is gone; returns how many milliseconds after the call that was. */
async function untilSeen(exchange: Exchange, call: number): Promise<number> {
  return Math.max(0, (await exchange.closedByClient()) - call)
}

function report(page: Page, stage: string, times: number[]): void {
  times.sort((a, b) => a - b)
  const [median, longest] = [times[times.length >> 1]!, times.at(-1)!]
  console.log(
    `cancellation in ${page.engine}, ${stage}: the server saw it after ${median.toFixed(1)} ms ` +
      `(median of ${times.length}), ${longest.toFixed(1)} ms at most`,
  )
}

test('cancelling before there is a token sends nothing', async ({ page, faults }) => {
  for (const way of WAYS) {
    await begin(page, '/token', {
      getToken: ({ signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => {
          globalThis.asked = { resolve, signal }
          tell({ asked: true })
        }),
    })
    await page.run(() => until(() => of('asked').length === 1))
    await cancel(page, way)
    const isAborted = await page.run(async () => {
      asked.resolve('late')
      await fetch(at('/after'))
      return asked.signal.aborted
    })
    expect(isAborted, way.reason).toBe(true)
  }
  // A request of the client would have arrived before the last of those.
  expect(await faults.exchangesTo('/token')).toEqual([])
})

test('cancelling during a refresh ends the refresh', async ({ page, faults }) => {
  await faults.answer('/stream', Reply.unauthorized())
  await faults.answer('/refresh', Reply.sayNothing())
  const times: number[] = []
  for (const [round, way] of WAYS.entries()) {
    await begin(page, '/stream', {
      getToken: () => 'old',
      refreshToken: ({ signal }: { signal: AbortSignal }) => fetch(at('/refresh'), { method: 'POST', signal }).then(() => 'new'),
    })
    const refresh = await faults.requestTo('/refresh', round)
    times.push(await untilSeen(refresh, await cancel(page, way)))
  }
  report(page, 'during a refresh', times)
  await page.run(() => fetch(at('/after')).then(() => {}))
  expect(await faults.exchangesTo('/stream')).toHaveLength(2)
})

/** Cancels again and again when there is a request and the condition holds in the page. */
async function cancelAt(page: Page, faults: FaultServer, stage: string, reply: Reply, reached: () => boolean) {
  await faults.answer('/stage', reply)
  const times: number[] = []
  for (const way of WAYS) {
    for (let round = 0; round < ROUNDS; round++) {
      await begin(page, '/stage')
      const exchange = await faults.requestTo('/stage', times.length)
      await page.run(({ reached }) => until(reached), { reached })
      times.push(await untilSeen(exchange, await cancel(page, way)))
    }
  }
  report(page, stage, times)
  expect(await faults.exchangesTo('/stage')).toHaveLength(2 * ROUNDS)
  expect(await faults.mostOpenOf('/stage')).toBe(1)
  await faults.waitOpen(0)
}

test('cancelling while the head is awaited closes the connection', async ({ page, faults }) => {
  await cancelAt(page, faults, 'waiting for the head', Reply.sayNothing(), () => it.state === 'connecting')
})

test('cancelling in the middle of the head closes the connection', async ({ page, faults }) => {
  const reply = Reply.raw().send('HTTP/1.1 200 OK\r\nContent-Type: text/ev').hang()
  await cancelAt(page, faults, 'in the middle of the head', reply, () => it.state === 'connecting')
})

test('cancelling a stream closes the connection', async ({ page, faults }) => {
  const reply = Reply.eventStream().send('id: 1\ndata: whole\n\ndata: ha').hang()
  await cancelAt(page, faults, 'streaming', reply, () => of('event').length === 1)
  expect(await page.told('event')).toHaveLength(1)
})

test('cancelling a paused stream closes the connection', async ({ page, faults }) => {
  const reply = Reply.eventStream().send('data: 1\n\ndata: 2\n\n').hang()
  const reached = () => it.state === 'paused' || (it.state === 'open' && it.pause())
  await cancelAt(page, faults, 'paused', reply, reached)
})

test('cancelling while waiting to retry makes no other attempt', async ({ page, faults }) => {
  await faults.answer('/away', Reply.unavailable())
  for (const way of WAYS) {
    // A timer that is not cleared is found by the count of those that are left.
    await begin(page, '/away', { backoff: { initial: 20_000 } })
    const timers = await page.run(async () => {
      await until(() => of('retry').length === 1)
      return left().timers
    })
    expect(timers, way.reason).toBe(1 + page.timersOfDriver)
    await cancel(page, way)
  }
  expect(await faults.exchangesTo('/away')).toHaveLength(2)
})

test('disconnecting before the first byte closes the stream', async ({ page, lab }) => {
  await lab.script('silent', Reply.eventStream().hang())
  // `connect()` is not awaited: Firefox opens a stream with its first byte only.
  await page.run(() => {
    globalThis.it = client('/api/script/silent')
    it.connect()
  })
  await lab.waitOpenStreams(1)
  await page.run(() => it.disconnect())
  await lab.waitOpenStreams(0)
  expect(await page.told('close')).toEqual([{ close: 'client' }])
})

test('a frame that is removed closes its stream', async ({ page, lab }) => {
  await lab.script('silent', stayingOpen())
  await page.run(async () => {
    globalThis.frame = document.createElement('iframe')
    frame.src = 'lab.html'
    await new Promise((resolve) => {
      frame.onload = resolve
      document.body.append(frame)
    })
    await (frame.contentWindow as any).client('/api/script/silent').connect()
  })
  await lab.waitOpenStreams(1)
  await page.run(() => frame.remove())
  await lab.waitOpenStreams(0)
})
