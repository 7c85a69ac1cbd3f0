// What happens to a page: it loses the network, is hidden, is left and returned to. No attempt is wasted meanwhile, and two requests are
// never open at the same time.

import {
  type DemoServer,
  expect,
  type FaultServer,
  Gate,
  openLab,
  type Page,
  Reply,
  reach,
  stayingOpen,
  test,
} from './fixture/index.ts'

test.override('needsTabs', true)

/** Takes the network away or gives it back: in Chromium for everything that the page does, elsewhere by what the browser would report. */
async function setOffline(page: Page, offline: boolean): Promise<void> {
  if (page.engine === 'chromium') await page.setOffline(offline)
  else await pretendOffline(page, offline)
  await page.run((offline) => until(() => navigator.onLine !== offline), offline)
}

function pretendOffline(page: Page, offline: boolean): Promise<void> {
  return page.run((offline) => {
    Object.defineProperty(navigator, 'onLine', { configurable: true, value: !offline })
    dispatchEvent(new Event(offline ? 'offline' : 'online'))
  }, offline)
}

declare global {
  var opened: Promise<void>
  var isTheSame: boolean
  /** Waits until the stream was opened so many times. */
  var reopened: (times: number) => Promise<void>
}

function defineVisibility(page: Page): Promise<void> {
  return page.run(() => {
    const become = (state: string) => () => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: state })
      document.dispatchEvent(new Event('visibilitychange'))
    }
    globalThis.show = become('visible')
    globalThis.hide = become('hidden')
  })
}

/** Hides the page behind another tab, and shows it again; `meanwhile` begins when the page knows it. */
async function behindAnotherTab(page: Page, faults: FaultServer, meanwhile: () => Promise<unknown>): Promise<void> {
  await page.run(() => {
    document.addEventListener('visibilitychange', () => {
      tell({ page: document.visibilityState })
      if (document.visibilityState === 'hidden') fetch(at('/hidden'))
    })
  })
  // WebKit's driver opens tabs in the background, so that the page is never hidden.
  const isSimulated = page.engine === 'webkit'
  const here = await page.tab()
  if (isSimulated) await defineVisibility(page)
  await (isSimulated ? page.run(() => hide()) : page.openTab())
  await faults.requestTo('/hidden', 0)
  await meanwhile()
  await (isSimulated ? page.run(() => show()) : page.closeTab(here))
  await page.run(() => until(() => of('page').length === 2))
  expect(await page.told('page')).toEqual([{ page: 'hidden' }, { page: 'visible' }])
}

/** A stream with one event with this ID, which stays open. */
const streamWith = (id: number) => Reply.eventStream().send(`id: ${id}\ndata: x\n\n`).hang()

test('offline uses no attempt, and online reconnects', async ({ page, faults }) => {
  const gate = new Gate()
  const first = Reply.eventStream().send('id: 1\ndata: a\n\n').wait(gate).cut()
  await faults.answer('/feed', first, streamWith(2))
  await page.run(async () => {
    globalThis.it = client(at('/feed'), { maxReconnects: 0, backoff: { initial: 1 } })
    it.connect()
    await until(() => it.lastEventId === '1')
  })
  await setOffline(page, true)
  await gate.open()
  const counts = await page.run(async () => {
    await until(() => of('error').length === 1 && it.state === 'reconnecting')
    return [it.stats().attempts, it.retryCount]
  })
  expect(counts).toEqual([1, 0])

  await setOffline(page, false)
  await page.run(() => until(() => it.lastEventId === '2'))
  const requests = await faults.exchangesTo('/feed')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1'])
  expect(await page.told('retry')).toEqual([])
  expect(await page.run(() => it.retryCount)).toBe(0)
  expect(await faults.mostOpenOf('/feed')).toBe(1)
})

test('a stream that sent nothing while the page was offline is opened again', async ({ page, faults }) => {
  await faults.answer('/feed', streamWith(1))
  await page.run(async () => {
    globalThis.it = client(at('/feed'), { maxReconnects: 0 })
    it.connect()
    await until(() => it.lastEventId === '1')
  })
  await setOffline(page, true)
  await setOffline(page, false)
  expect((await faults.requestTo('/feed', 1)).lastEventId).toBe('1')
  await (await faults.requestTo('/feed', 0)).closedByClient()
  await page.run(() => until(() => of('event').length === 2))
  expect(await page.told('retry')).toEqual([])
  expect(await faults.mostOpenOf('/feed')).toBe(1)
})

test('closeWhenHidden closes a stream while its tab is hidden', async ({ page, faults }) => {
  await faults.answer('/feed', streamWith(5), streamWith(6))
  await page.run(async () => {
    globalThis.it = client(at('/feed'), { closeWhenHidden: true, maxReconnects: 0 })
    it.connect()
    await until(() => it.lastEventId === '5')
  })
  await behindAnotherTab(page, faults, async () => (await faults.requestTo('/feed', 0)).closedByClient())
  const states = await page.run(async () => {
    await until(() => it.lastEventId === '6')
    return of('state').map(({ state }) => state)
  })
  expect(states).toEqual(['connecting', 'open', 'reconnecting', 'open'])
  const requests = await faults.exchangesTo('/feed')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '5'])
  expect(await faults.mostOpenOf('/feed')).toBe(1)
})

/** Opens a stream that continues behind another tab and then ends. */
async function expectToContinueWhenHidden(page: Page, faults: FaultServer, options: object): Promise<void> {
  const [first, second] = [new Gate(), new Gate()]
  const stream = Reply.eventStream().send('id: 1\ndata: seen\n\n').wait(first).send('data: unseen\n\n').wait(second)
  await faults.answer('/feed', stream.send('data: seen again\n\ndata: [DONE]\n\n'))
  await page.run(async (options) => {
    client(at('/feed'), { until: '[DONE]', ...options }).connect()
    await until(() => of('event').length === 1)
  }, options)
  await behindAnotherTab(page, faults, () => first.open())
  await page.run(() => until(() => of('event').length === 2))
  await second.open()
  const data = await page.run(async () => {
    await until(() => of('close').length === 1)
    return of('event').map(({ data }) => data)
  })
  expect(data).toEqual(['seen', 'unseen', 'seen again'])
  expect(await page.told('close')).toEqual([{ close: 'done' }])
  expect(await faults.exchangesTo('/feed')).toHaveLength(1)
}

test('by default a stream continues in a hidden tab', async ({ page, faults }) => {
  await expectToContinueWhenHidden(page, faults, {})
})

test('a prompt continues in a hidden tab', async ({ page, faults }) => {
  await expectToContinueWhenHidden(page, faults, { closeWhenHidden: true, body: { prompt: 'once' } })
})

/** Leaves the lab for another page, and returns when `meanwhile` is over. Tells whether the page is still the one that was left. */
async function leaveAndReturn(page: Page, lab: DemoServer, meanwhile?: () => Promise<void>): Promise<boolean> {
  await page.run(() => {
    addEventListener('pageshow', ({ persisted }) => tell({ persisted }))
    globalThis.isTheSame = true
  })
  await page.open(`${lab.url}/lab.html?elsewhere`)
  await meanwhile?.()
  await page.back()
  const isTheSame = await page.run(() => globalThis.isTheSame === true)
  if (isTheSame) {
    await page.run(() => until(() => of('persisted').length === 1))
    expect(await page.told('persisted')).toEqual([{ persisted: true }])
  }
  return isTheSame
}

test('reconnect: never is one request, whatever the page goes through', async ({ page, lab, faults }) => {
  for (const [number, options] of [{}, { body: { prompt: 'once' } }].entries()) {
    await openLab(page, lab)
    await reach(page, faults)
    await defineVisibility(page)
    const path = `/once-${number}`
    const gate = new Gate()
    await faults.answer(path, Reply.eventStream().send('id: 1\ndata: first\n\n').wait(gate).send('data: last\n\n'))
    await page.run(
      async ({ path, options }) => {
        globalThis.it = client(at(path), { reconnect: 'never', closeWhenHidden: true, ...options })
        it.connect()
        await until(() => of('event').length === 1)
        hide()
        show()
        it.pause()
        it.resume()
      },
      { path, options },
    )
    await setOffline(page, true)
    await setOffline(page, false)
    // The browser may load a page with an open request again.
    const isTheSame = await leaveAndReturn(page, lab)
    if (isTheSame) await page.run(() => fetch(at('/later')).then(() => {}))
    expect(await faults.exchangesTo(path), path).toHaveLength(1)
    await gate.open()
    if (isTheSame) {
      // The browser may have closed the connection of a page that it keeps.
      await page.run(() => until(() => of('close').length === 1))
      expect(await faults.exchangesTo(path), path).toHaveLength(1)
    }
  }
})

/** Opens a stream in a page that can `show()` and `hide()`. */
async function openHideable(page: Page, faults: FaultServer): Promise<void> {
  await faults.answer('/feed', streamWith(1))
  await defineVisibility(page)
  await page.run(async () => {
    globalThis.it = client(at('/feed'), { closeWhenHidden: true, maxReconnects: 0 })
    globalThis.reopened = (times) => until(() => of('event').length === times)
    it.connect()
    await reopened(1)
  })
}

test('a hundred changes of visibility never open two requests', async ({ page, faults }) => {
  await openHideable(page, faults)
  const paces: (() => unknown)[] = [
    () => undefined,
    () => Promise.resolve(),
    () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = resolve
        port2.postMessage(0)
      }),
    () => new Promise((resolve) => setTimeout(resolve)),
    () => new Promise((resolve) => setTimeout(resolve, Math.floor(Math.random() * 10))),
  ]
  for (const pace of paces) {
    await page.run(
      async ({ pace }) => {
        told.length = 0
        for (let n = 0; n < 100; n++) {
          if (n % 2) show()
          else hide()
          await pace()
        }
        await until(() => it.state === 'open' && of('event').length > 0)
      },
      { pace },
    )
    await faults.waitOpen(1)
    expect(await faults.mostOpenOf('/feed'), String(pace)).toBe(1)
  }
})

test('hiding and showing again and again never opens two requests', async ({ page, faults }) => {
  await openHideable(page, faults)
  // As fast as the client opens its stream again.
  await page.run(async () => {
    for (let n = 2; n <= 20; n++) {
      hide()
      show()
      await reopened(n)
    }
  })
  const requests = await faults.exchangesTo('/feed')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, ...Array(19).fill('1')])
  expect(await faults.mostOpenOf('/feed')).toBe(1)
  expect(await page.told('error')).toEqual([])
})

test('a page that is left closes its stream, and opens it when it is returned to', async ({ page, lab, faults }) => {
  await faults.answer('/feed', streamWith(7), streamWith(8))
  // WebKit breaks the requests of a page off before the page learns that it is left: the client sees a lost connection, and waits to
  // retry. Other engines let the client close its stream.
  const isLost = page.engine === 'webkit'
  await page.run(async (maxReconnects) => {
    globalThis.it = client(at('/feed'), { maxReconnects, backoff: { initial: 1000, jitter: 0 } })
    it.connect()
    await until(() => it.lastEventId === '7')
  }, Number(isLost))
  const left = Date.now()
  const isTheSame = await leaveAndReturn(page, lab, async () => {
    const closed = await (await faults.requestTo('/feed', 0)).closedByClient()
    const duration = Math.max(0, closed - left).toFixed(0)
    console.log(`page-lifecycle in ${page.engine}: the server saw the page leave after ${duration} ms`)
  })
  console.log(`page-lifecycle in ${page.engine}: a page with an open stream came back from the cache: ${isTheSame}`)
  // Firefox keeps no page that has a request open: it loads the page again.
  if (page.engine !== 'firefox') expect(isTheSame).toBe(true)
  if (isTheSame) {
    await page.run(() => until(() => it.lastEventId === '8'))
    const requests = await faults.exchangesTo('/feed')
    expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '7'])
    const lost = { error: { code: 'network', retryable: true, attempt: 0 } }
    expect(await page.told('error')).toEqual(isLost ? [lost] : [])
  }
  expect(await faults.mostOpenOf('/feed')).toBe(1)
})

test('a page that waits to retry does so when it is returned to', async ({ page, lab, faults }) => {
  await faults.answer('/feed', Reply.unavailable(), stayingOpen())
  await page.run(async () => {
    globalThis.it = client(at('/feed'), { backoff: { initial: 1000, jitter: 0 } })
    globalThis.opened = it.connect()
    await until(() => of('retry').length === 1)
  })
  const isTheSame = await leaveAndReturn(page, lab)
  console.log(`page-lifecycle in ${page.engine}: a page without a request came back from the cache: ${isTheSame}`)
  expect(isTheSame).toBe(true)
  await page.run(() => opened)
  expect(await faults.exchangesTo('/feed')).toHaveLength(2)
  expect(await faults.mostOpenOf('/feed')).toBe(1)
})

test('a worker is not affected by what happens to its page', async ({ page, faults }) => {
  const gate = new Gate()
  const stream = Reply.eventStream().send('data: seen\n\n').wait(gate).send('data: unseen\n\n').hang()
  await faults.answer('/feed', stream)
  await page.run(async () => {
    const script = `
      import { SSEClient } from '${location.origin}/pkg/index.js'
      const client = new SSEClient('${at('/feed')}', { closeWhenHidden: true, maxReconnects: 0 })
      client.on('message', (data) => postMessage({ data }))
      client.on('state', ({ state }) => postMessage({ state }))
      client.connect()`
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
    globalThis.worker = new Worker(url, { type: 'module' })
    worker.onmessage = ({ data }) => tell(data)
    await until(() => of('data').length === 1)
  })
  await pretendOffline(page, true)
  await behindAnotherTab(page, faults, () => gate.open())
  await page.run(() => until(() => of('data').length === 2))
  await pretendOffline(page, false)
  expect(await page.told('state')).toEqual([{ state: 'connecting' }, { state: 'open' }])
  const requests = await faults.exchangesTo('/feed')
  expect(requests.map(({ isOpen }) => isOpen)).toEqual([true])
})
