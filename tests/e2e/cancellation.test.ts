// `disconnect()` and the signal, at every stage: the server sees the connection close, nothing is delivered afterwards, and nothing is
// left in the page. How long it takes until the server sees it is printed, not checked.

import {
  Answer,
  answerStayingOpen,
  type Exchange,
  expect,
  type FaultServer,
  Gate,
  type Page,
  RawServer,
  Reply,
  test,
} from './fixture/index.ts'

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

test('disconnecting while headers are awaited sends nothing', async ({ page, lab }) => {
  await lab.script('silent', answerStayingOpen())
  await page.run(async () => {
    const { promise, resolve } = Promise.withResolvers()
    const headers = () => {
      tell({ asked: true })
      return promise
    }
    const it = client('/api/script/silent', { headers })
    it.connect()
    await until(() => of('asked').length === 1)
    it.disconnect()
    resolve({ 'X-Late': 'yes' })
    // A request of the client would be in the journal before this one.
    await fetch('/api/status')
  })
  expect(await lab.requestsTo('/api/script/silent')).toEqual([])
  expect(await page.told('close')).toEqual([{ close: 'client' }])
})

/** Connects to this address. */
function connect(page: Page, url: string): Promise<void> {
  return page.run((url) => {
    globalThis.it = client(url)
    it.connect()
  }, url)
}

test('disconnecting before the answer closes the connection', async ({ page, lab: _ }) => {
  await using raw = await RawServer.start()
  await connect(page, raw.url)
  const connection = await raw.request()
  expect(connection.head.toLowerCase()).toContain('accept: text/event-stream')

  await page.run(() => it.disconnect())
  await connection.closed()
  expect(await page.told('close')).toEqual([{ close: 'client' }])
  expect(await page.told('error')).toEqual([])
})

test('disconnecting in the middle of the head closes the connection', async ({ page, lab: _ }) => {
  await using raw = await RawServer.start()
  await connect(page, raw.url)
  const connection = await raw.request()
  await connection.drip('HTTP/1.1 200 OK\r\nContent-Type: text/ev')

  await page.run(() => it.disconnect())
  await connection.closed()
  expect(await page.told('open')).toEqual([])
})

test('disconnecting before the first byte closes the stream', async ({ page, lab }) => {
  await lab.script('silent', Answer.eventStream().hang())
  // `connect()` is not awaited: Firefox opens a stream with its first byte only.
  await connect(page, '/api/script/silent')
  await lab.waitOpenStreams(1)
  await page.run(() => it.disconnect())
  await lab.waitOpenStreams(0)
  expect(await page.told('close')).toEqual([{ close: 'client' }])
})

test('disconnecting in the middle of an event closes the stream', async ({ page, lab }) => {
  await lab.script('half', Answer.eventStream().chunk('data: whole\n\ndata: ha').wait(new Gate()))
  await page.run(async () => {
    const it = client('/api/script/half')
    it.connect()
    await until(() => of('event').length === 1)
    it.disconnect()
  })
  await lab.waitOpenStreams(0)
  expect(await page.run(() => of('event').map(({ data }) => data))).toEqual(['whole'])
})

test('after disconnect() in a listener no other listener is called', async ({ page, lab }) => {
  await lab.script('three', Answer.eventStream().chunk('data: 1\n\ndata: 2\n\ndata: 3\n\n').hang())
  await page.run(async () => {
    const it = client('/api/script/three')
    it.on('message', (data: string) => data === '2' && it.disconnect())
    it.on('message', (data: string) => tell({ second: data }))
    it.connect()
    await until(() => of('close').length === 1)
  })
  await lab.waitOpenStreams(0)
  expect(await page.told('second')).toEqual([{ second: '1' }])
  expect(await page.told('event')).toHaveLength(2)
})

test('disconnecting between attempts makes no other', async ({ page, lab }) => {
  await lab.script('away', Answer.status(503))
  await page.run(async () => {
    const it = client('/api/script/away', { backoff: { initial: 1, max: 1 } })
    it.on('retry', ({ attempt }: { attempt: number }) => attempt === 3 && it.disconnect())
    it.connect()
    await until(() => of('close').length === 1)
    // Timers fire in the order of their times: before this one, a timer of 1 ms that was not cleared would.
    await new Promise((resolve) => setTimeout(resolve, 2))
    await fetch('/api/status')
  })
  expect(await lab.requestsTo('/api/script/away')).toHaveLength(3)
  expect((await page.told('state')).at(-1)).toEqual({ state: 'closed' })
})

test('an aborted signal closes the stream', async ({ page, lab }) => {
  await lab.script('silent', answerStayingOpen())
  await page.run(async () => {
    const controller = new AbortController()
    await client('/api/script/silent', { signal: controller.signal }).connect()
    controller.abort()
    await until(() => of('close').length === 1)
  })
  await lab.waitOpenStreams(0)
  expect((await page.told('close'))[0].close).toBe('aborted')
})

test('the option until closes the stream', async ({ page, lab }) => {
  await lab.script('marked', Answer.eventStream().chunk('data: a\n\ndata: [DONE]\n\ndata: b\n\n').hang())
  await page.run(async () => {
    client('/api/script/marked', { until: '[DONE]' }).connect()
    await until(() => of('close').length === 1)
  })
  await lab.waitOpenStreams(0)
  expect(await page.run(() => of('event').map(({ data }) => data))).toEqual(['a'])
  expect(await page.told('close')).toEqual([{ close: 'done' }])
  expect(await lab.requestsTo('/api/script/marked')).toHaveLength(1)
})

test('reconnect() closes the old stream before the new one', async ({ page, lab }) => {
  await lab.script('again', Answer.eventStream().chunk('id: 5\ndata: x\n\n').hang(), answerStayingOpen())
  await page.run(async () => {
    const it = client('/api/script/again')
    it.connect()
    await until(() => it.lastEventId === '5')
    await it.reconnect()
  })
  await lab.waitOpenStreams(1)
  const requests = await lab.requestsTo('/api/script/again')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '5'])
})

test('a frame that is removed closes its stream', async ({ page, lab }) => {
  await lab.script('silent', answerStayingOpen())
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

test('an event that is too large closes the stream', async ({ page, lab }) => {
  const endless = Answer.eventStream().chunk('data: fits\n\ndata: ').chunk('x'.repeat(5000)).hang()
  await lab.script('endless', endless)
  await page.run(async () => {
    client('/api/script/endless', { maxEventBytes: 1000 }).connect()
    await until(() => of('close').length === 1)
  })
  await lab.waitOpenStreams(0)
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'too-large' }])
  expect(await lab.requestsTo('/api/script/endless')).toHaveLength(1)
})
