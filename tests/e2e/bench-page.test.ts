// The page of the benchmarks: every library reads every row correctly, and what only a page has can be measured. No figure is
// checked, because `cargo xtask bench` measures the speed.

import { DEMO, DemoServer, expect, type Page, test } from './fixture/index.ts'

/** Events of a row over the network. */
const EVENTS = 1_000

async function open(page: Page): Promise<void> {
  const server = await DemoServer.start(DEMO)
  await page.open(`${server.url}/bench.html`)
  await page.waitForText('bench-status', 'Ready.')
}

test('every client of the benchmarks gets every row right', async ({ page }) => {
  await open(page)
  const { names, overTheNetwork, chats, surprises } = await page.run(async (networkEvents) => {
    const { PAGE_FULL, chatRowsOf, isChat, isNetwork, jobOf, measureChats, measureRow, rowOf, subjectsOf, verify } =
      await load('/bench/engine.js')
    const { Realm } = await load('/js/bench/realm.js')
    const benchmark = await load('/bench/benchmark.js')
    const catalogue = await benchmark.list()
    const known = catalogue.libraries.flatMap(({ skips, flaws }: any) => Object.values({ ...skips, ...flaws }))
    const chats = { chatRounds: 1, firstEvents: 30, laterChats: 2, laterEvents: 5 }
    const plan = { ...PAGE_FULL, scale: 0.02, networkEvents, networkRounds: 1, ...chats }
    const host = { benchmark, renew: async () => {}, heap: async () => undefined }
    const rows = subjectsOf(plan, catalogue).map((subject) => rowOf(subject, catalogue))
    const network = rows.filter(({ subject }) => isNetwork(subject))
    const [pair] = chatRowsOf(rows)
    await measureChats(Object.assign(new Realm(), { signal: new AbortController().signal }), pair!, plan)
    for (const row of rows.filter(({ subject }) => !isChat(subject))) {
      if (network.includes(row)) await measureRow(host, row, plan)
      else await verify(host, row, jobOf(row.subject, plan))
    }
    const reasons = (row: any): [string, string, string | undefined][] =>
      row.entries.map((entry: any) => [row.sentence, entry.name, entry.void])
    return {
      names: rows.map(({ sentence }): string => sentence),
      /** The libraries that had a figure in each row over the network. */
      overTheNetwork: network.map((row): string[] => row.shown.filter((name: string) => (row.time(name) ?? 0) > 0)),
      /** What each library reported of its chats, verified and timed, in both rows. */
      chats: [pair!.first, pair!.later].map((row): [string, number | undefined, number | undefined, boolean][] =>
        row.entries.map(({ name, verified, outcome, busyMs, longestMs }: any) => [
          name,
          verified?.events,
          outcome?.events,
          busyMs.length === 1 && busyMs[0] > 0 && longestMs.length === 1,
        ]),
      ),
      /** Row, library and reason, where the library is not known for that reason. */
      surprises: rows.flatMap(reasons).filter(([, , reason]) => reason && !known.includes(reason)),
    }
  }, EVENTS)
  expect(surprises).toEqual([])
  expect(names).toHaveLength(2 + 33 + 12 + 6)
  expect(overTheNetwork, "text, JSON and a listener to '*', in one go and in small writes").toHaveLength(6)
  const clients = ['sse-fetch', 'eventsource-parser', 'fetch-event-source', 'eventsource-client', 'native']
  expect(chats, 'the first chat, and two later ones').toEqual(
    [30, 10].map((events) => [...clients.map((name) => [name, events, events, true]), ['baseline', 0, 0, true]]),
  )
  for (const libraries of overTheNetwork) {
    expect(libraries).toEqual(expect.arrayContaining(['sse-fetch', 'eventsource-parser', 'native', 'baseline']))
  }
})

test('start and memory can be measured', async ({ page }) => {
  await open(page)
  const measured = await page.run(async () => {
    const benchmark = await load('/bench/benchmark.js')
    const { ms } = await benchmark.start()
    return { ms, ...(await benchmark.memory({ events: 20_000 })) }
  })
  expect(measured.ms).toBeGreaterThanOrEqual(0)
  expect(measured.events).toBe(20_000)
  expect(measured.wasmAfter).toBeGreaterThan(0)
  expect(measured.wasmAfter, 'the memory of wasm does not grow with the stream').toBe(measured.wasmAfterFirst)
})

/** In the page: a browser takes up to 20 s to report the memory of scripts, if it does at all. Here it reports at once. */
async function reportMemoryAtOnce(): Promise<void> {
  let held = 0
  // Half a megabyte more each time.
  ;(performance as any).measureUserAgentSpecificMemory = async () => ({
    bytes: 9e9,
    breakdown: [
      { types: ['DOM'], bytes: 7e6 * held },
      { types: ['JavaScript'], bytes: (held += 1) * 5e5 },
    ],
  })
}

test('a run shows figures when they are measured, and can be stopped', async ({ page }) => {
  await open(page)
  await page.run(reportMemoryAtOnce)
  await page.run(shortenRun)
  await page.click('bench-start')
  await page.waitUntil(() => [...document.querySelectorAll('.bar-speed')].some((figure) => figure.textContent !== ''))
  await page.click('bench-start')
  await page.waitForText('bench-status', 'Stopped.')
  expect(await page.text('bench-start-time')).toContain(' ms ± ')
  await page.click('bench-start')
  await page.waitUntil(() => part('bench-status').textContent.startsWith('Parse and dispatch'))
})

/** In the page: makes the quick set shorter. Chats, each of which needs a page of its own, are only verified. */
async function shortenRun(): Promise<void> {
  const { PAGE_QUICK } = await load('/bench/engine.js')
  Object.assign(PAGE_QUICK, { scale: 0.2, chatRounds: 0, firstEvents: 2, laterChats: 1, laterEvents: 1 })
}

/** In the page: makes the quick set so small that it ends at once. */
async function shrinkRun(): Promise<void> {
  const { PAGE_QUICK } = await load('/bench/engine.js')
  const only = { parse: ['chat 64k'], json: ['chat 64k'] }
  const rounds = { unmeasuredRounds: 1, mostRounds: 3, peerRounds: 3, networkRounds: 3 }
  const chats = { chatRounds: 0, firstEvents: 2, laterChats: 1, laterEvents: 1 }
  const counts = { networkEvents: 3000, starts: 3, memoryEvents: 5000 }
  Object.assign(PAGE_QUICK, { only, scale: 0.02, ...rounds, ...chats, ...counts })
}

/** In the page: chats are measured too, once. */
async function measureChats(): Promise<void> {
  const { PAGE_QUICK } = await load('/bench/engine.js')
  PAGE_QUICK.chatRounds = 1
}

test('a run ends with every figure there is', async ({ page }) => {
  await open(page)
  await page.run(reportMemoryAtOnce)
  await page.run(shrinkRun)
  await page.run(measureChats)
  await page.click('bench-start')
  await page.waitUntil(() => /^(Done\.|It failed)/.test(part('bench-status').textContent))
  expect(await page.text('bench-status')).toBe('Done.')
  const shown = await page.run(() => {
    const texts = (selector: string) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent)
    const { max, value } = part('bench-progress')
    return {
      rows: ['bench-parse', 'bench-json', 'bench-network'].map((name) => texts(`[data-testid=${name}] .bench-chart`).length),
      native: texts('[data-testid=bench-network] [data-library=native] .bar-speed'),
      spreads: texts('[data-testid=bench-network] [data-library=native] .bar-spread'),
      void: texts('[data-void] .bar-reason'),
      chats: [...document.querySelectorAll<HTMLTableRowElement>('[data-testid=bench-chats] tr')].map(({ cells }) =>
        [...cells].map(({ textContent }) => /^[\d.,]+$/.test(textContent)),
      ),
      start: part('bench-start-time').textContent,
      wasm: part('bench-memory-wasm').textContent,
      heap: part('bench-memory-heap').textContent,
      frames: document.querySelectorAll('iframe').length,
      left: max - value,
    }
  })
  const speed = expect.stringMatching(/ thousand\/s$/)
  const spread = expect.stringMatching(/^± /)
  expect(shown).toEqual({
    rows: [1, 1, 2],
    native: [speed, speed],
    spreads: [spread, spread],
    void: [],
    // The name of the library, then its three figures.
    chats: Array(6).fill([false, true, true, true]),
    start: expect.stringContaining(' ms ± '),
    wasm: '± 0',
    heap: '+ 0.50 MB',
    // The copies that were measured are removed.
    frames: 0,
    left: 0,
  })
})

/** Waits until a run that was stopped has ended. */
const waitForEnd = (page: Page) =>
  page.waitUntil(() => !part('bench-start').hasAttribute('aria-disabled') && document.querySelectorAll('iframe').length === 0)

test('a run that is stopped has ended before the next one begins', async ({ page }) => {
  await open(page)
  await page.run(reportMemoryAtOnce)
  await page.run(shrinkRun)
  // The browser never reports the memory of scripts. The run can be stopped all the same.
  const isIsolated = await page.run(() => {
    ;(performance as any).measureUserAgentSpecificMemory = () => new Promise(() => {})
    return crossOriginIsolated
  })
  expect(isIsolated).toBe(true)
  await page.click('bench-start')
  await page.waitUntil(() => part('bench-status').textContent.startsWith('Memory'))
  const pressed = await page.run(async () => {
    const button = part('bench-start')
    button.focus()
    button.click()
    const disabled = button.getAttribute('aria-disabled')
    button.click()
    // An element that can no longer have the focus loses it with the next frame.
    await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))
    return { disabled, focused: document.activeElement === button }
  })
  expect(pressed).toEqual({ disabled: 'true', focused: true })
  await page.waitForText('bench-status', 'Stopped.')
  expect(await page.text('bench-memory-wasm')).toBe('')
  await waitForEnd(page)
  await page.run(() => {
    ;(performance as any).measureUserAgentSpecificMemory = async () => {
      throw new DOMException('no', 'SecurityError')
    }
  })
  await page.click('bench-start')
  await page.waitForText('bench-status', 'Done.')
  expect(await page.text('bench-memory-wasm')).toBe('± 0')
  expect(await page.text('bench-memory-heap')).toBe('not reported by this browser')
})

declare global {
  /** Changes what measures to what `change(honest)` returns, in every copy. */
  var tamper: (change: (honest: any) => object) => void
  /** What ends the measurements that never end. */
  var ends: (() => void)[]
}

/** In the page: makes `tamper`. */
async function addTamper(): Promise<void> {
  const { Realm } = await load('/js/bench/realm.js')
  const { renew } = Realm.prototype
  globalThis.tamper = (change) => {
    Realm.prototype.renew = async function () {
      await renew.call(this)
      this.benchmark = { ...this.benchmark, ...change(this.benchmark) }
    }
  }
}

test('a server that never answers does not keep a run from being stopped', async ({ page }) => {
  await open(page)
  await page.run(reportMemoryAtOnce)
  await page.run(shrinkRun)
  await page.run(addTamper)
  await page.run(() => {
    globalThis.ends = []
    const start = () =>
      new Promise((_, reject) => {
        document.body.dataset.stuck = String(ends.push(() => reject(new Error('too late'))))
      })
    tamper(() => ({ start }))
  })
  await page.click('bench-start')
  await page.waitUntil(() => document.body.dataset.stuck === '1')
  await page.click('bench-start')
  await page.waitForText('bench-status', 'Stopped.')
  await waitForEnd(page)
  // What ends at last belongs to a run that has ended.
  await page.click('bench-start')
  const shown = await page.run(async () => {
    ends[0]!()
    await new Promise((resolve) => setTimeout(resolve))
    return { start: part('bench-start-time').textContent, progress: part('bench-progress').value }
  })
  expect(shown).toEqual({ start: '', progress: 0 })
})

test('what cannot be measured leaves the rest its figures', async ({ page }) => {
  await open(page)
  await page.run(reportMemoryAtOnce)
  await page.run(shrinkRun)
  await page.run(addTamper)
  await page.run(() => {
    const fail = async () => {
      throw new Error('no luck')
    }
    tamper((honest) => ({
      start: fail,
      memory: fail,
      verify: (row: any) => (row.json || row.library === 'eventsource' ? fail() : honest.verify(row)),
    }))
  })
  await page.click('bench-start')
  await page.waitForText('bench-status', 'Done.')
  const shown = await page.run(() => {
    const reason = (panel: string, library: string) =>
      document.querySelector(`[data-testid=${panel}] [data-library='${library}'] .bar-reason`)!.textContent
    const { max, value } = part('bench-progress')
    return {
      start: part('bench-start-time').textContent,
      memory: part('bench-memory-wasm').textContent,
      parse: [reason('bench-parse', 'eventsource'), reason('bench-parse', 'sse-fetch')],
      json: reason('bench-json', 'sse-fetch'),
      left: max - value,
      running: document.querySelectorAll('.bench-chart[data-running]').length,
    }
  })
  expect(shown).toEqual({
    start: 'not measured: no luck',
    memory: 'not measured: no luck',
    parse: ['no luck', ''],
    json: 'no luck',
    left: expect.closeTo(0, 9),
    running: 0,
  })
})

test('sizes are those of the package', async ({ page }) => {
  await open(page)
  const { rows, slim } = await page.run(async () => ({
    rows: [...document.querySelectorAll<HTMLTableRowElement>('[data-testid=bench-sizes] tr')].map(({ cells }) =>
      [...cells].map(({ textContent }) => textContent),
    ),
    slim: (await (await fetch('/pkg/sse-fetch.wasm')).arrayBuffer()).byteLength,
  }))
  const sizes = new Map(rows.map(([name, ...sizes]) => [name, sizes.map(Number)]))
  expect(Math.abs(sizes.get('sse-fetch.wasm')![0]! - slim / 1000)).toBeLessThan(0.06)
  for (const entry of ['sse-fetch', 'sse-fetch/slim', 'sse-fetch/vue']) {
    const [min, gzip, brotli] = sizes.get(entry)!
    expect(min!, entry).toBeGreaterThan(gzip!)
    expect(gzip!, entry).toBeGreaterThan(brotli!)
    expect(brotli!, entry).toBeGreaterThan(1)
  }
})
