// The hooks for React and Vue, each in pages of both frameworks: what the component shows, and what the server saw of it. The pages are
// in tests/frameworks; they are bundled once, with the package that was built.

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

import {
  DEMO,
  DemoServer,
  expect,
  FaultServer,
  fromRoot,
  Gate,
  type Page,
  Reply,
  reach,
  runModule,
  stayingOpen,
  test,
  testOfHeap,
  testWithoutPage,
} from './fixture/index.ts'
import { artefacts } from './fixture/paths.ts'

// The globals of the pages (tests/frameworks/stage.js), and those that the tests add.
declare global {
  var stage: any
  /** What the component has shown, commit by commit. */
  var shown: any[]
  /** Warnings and errors of the frameworks, and uncaught errors. */
  var complaints: string[]
  /** Resolves when the page has nothing more to do. */
  function settled(): Promise<void>
  /** What the component was given last. */
  var given: any
  var give: (...args: any[]) => any
  /** What `onEvent` received. */
  var received: any[]
  /** How many commits there were before. */
  var begun: number
  var counted: { frames: number }
  var last: any
  /** Lets what waits continue. */
  var release: any
  /** The most requests that were open at once. */
  var most: number
  var url: any
  var options: any
  var Filter: new (topic: string) => { topic: string }
  var shows: (state: string, data: string) => Promise<void>
}

/** Each in its current version, and in the oldest one that the package's manifest allows. */
const FRAMEWORKS = ['react', 'react-18', 'vue', 'vue-3.2']

/** Those that can hide a component and show it again: React 18 has no `<Activity>`. */
const HIDING = ['react', 'vue', 'vue-3.2']

let bundled: string | undefined

/** The folder of the bundled pages. */
function bundledPages(): string {
  if (bundled) return bundled
  const folder = mkdtempSync(join(artefacts(), 'frameworks-'))
  execFileSync('node', [fromRoot('tests/frameworks/build.mjs'), folder])
  return (bundled = folder)
}

/** A page of one framework, with a fault server beside it. */
class Stage {
  readonly #page: Page
  readonly server: DemoServer
  readonly faults: FaultServer

  private constructor(page: Page, server: DemoServer, faults: FaultServer) {
    this.#page = page
    this.server = server
    this.faults = faults
  }

  static async open(page: Page, framework: string): Promise<Stage> {
    const server = await DemoServer.start({ ...DEMO, pages: bundledPages() })
    const faults = await FaultServer.start()
    await page.open(`${server.url}/${framework}.html`)
    await reach(page, faults)
    return new Stage(page, server, faults)
  }

  /** How many requests there were, when neither the page nor what it has sent makes others. */
  async requests(path: string): Promise<number> {
    await this.#page.run(() => settled())
    return (await this.faults.exchangesTo(path)).length
  }

  /** Waits until the client closes the connection of the request with this index. */
  async closed(path: string, index: number): Promise<void> {
    await (await this.faults.requestTo(path, index)).closedByClient()
  }

  /** Unmounts, which leaves nothing open; and no framework has complained. */
  async end(): Promise<void> {
    await this.#page.run(() => stage.remove())
    await this.faults.waitOpen(0)
    expect(await this.#page.run(() => complaints)).toEqual([])
  }
}

/** A stream of these events that stays open. */
const stream = (text: string) => Reply.eventStream().send(text).hang()

test('a component makes one request, and unmounting it closes that', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    const reply = Reply.eventStream().send('id: 1\nevent: a\ndata: {"n":1}\n\ndata: 2\n\n').wait(gate)
    await on.faults.answer('/feed', reply.send('data: 3\n\n').hang())
    const seen = await page.run(async () => {
      await stage.show({ url: at('/feed'), options: { event: '*' } })
      await until(() => stage.now.events?.length === 2)
      const { data, state, error, lastEventId, events } = stage.now
      const all = events.map(({ key, type, data, event }: any) => [key, type, data, event.id, event.data])
      return [data, state, error ?? null, lastEventId, all, shown[0]]
    })
    const events = [
      [1, 'a', { n: 1 }, '1', '{"n":1}'],
      [2, 'message', '2', '', '2'],
    ]
    expect(seen, framework).toEqual(['2', 'open', null, '1', events, { state: 'idle', lastEventId: '', events: 0 }])
    expect(await on.requests('/feed'), framework).toBe(1)

    await page.run(() => {
      globalThis.last = stage.now
      globalThis.begun = shown.length
      stage.remove()
    })
    await on.closed('/feed', 0)
    await gate.open()
    // Nothing comes after that, whatever is called.
    await page.run(() => {
      last.connect()
      last.reconnect()
      last.connect({ body: {} })
    })
    expect(await on.requests('/feed'), framework).toBe(1)
    expect(await page.run(() => [shown.length - begun, complaints]), framework).toEqual([0, []])
  }
})

test('another URL closes the connection and opens another', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/a', stream('id: 1\ndata: a\n\n'))
    await on.faults.answer('/b', stayingOpen())
    await on.faults.answer('/c', stream('data: c\n\n'))
    const seen = await page.run(async () => {
      await stage.show({ url: at('/a') })
      await until(() => stage.now.data === 'a')
      // Of two changes in one tick only the last is requested.
      const begun = shown.length
      stage.show({ url: at('/b') })
      stage.show({ url: at('/c') })
      await until(() => stage.now.data === 'c')
      return shown.slice(begun).filter(({ data, lastEventId, state }) => (data === 'a' || lastEventId) && state !== 'open')
    })
    expect(seen, `${framework}: nothing of the old one is shown`).toEqual([])
    await on.closed('/a', 0)
    expect([await on.requests('/a'), await on.requests('/b'), await on.requests('/c')], framework).toEqual([1, 0, 1])
    expect((await on.faults.requestTo('/c', 0)).lastEventId).toBeUndefined()

    await page.run(async () => {
      await stage.show({ url: null })
      await until(() => stage.now.state === 'idle' && !stage.now.data)
    })
    await on.faults.waitOpen(0)
    await page.run(() => {
      stage.now.disconnect()
      stage.now.reconnect()
      stage.now.connect()
    })
    expect(await on.requests('/c'), framework).toBe(1)
    await page.run(async () => {
      await stage.show({ url: at('/c') })
      await until(() => stage.now.data === 'c')
    })
    await on.end()
  }
})

test('new option objects change nothing, unless their content changes', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    const first = Reply.eventStream().send('id: 7\ndata: a\n\n').wait(gate).send('data: b\n\n').hang()
    await on.faults.answer('/feed', first, stayingOpen())
    await page.run(async () => {
      globalThis.received = []
      globalThis.Filter = class {
        topic: string
        constructor(topic: string) {
          this.topic = topic
        }
      }
      globalThis.give = (round: number, extra?: object) =>
        stage.show({
          url: new URL(at('/feed')),
          options: {
            headers: { 'X-Round': 'same' },
            backoff: { initial: 10 },
            event: ['message', 'other'],
            body: new URLSearchParams({ q: 'same' }),
            keep: 5 + round,
            signal: new AbortController().signal,
            validate: () => {},
            onEvent: (data: string) => received.push([round, data]),
            ...extra,
          },
        })
      await give(0)
      await until(() => stage.now.data === 'a')
      const { connect, disconnect, reconnect } = stage.now
      for (let round = 1; round <= 5; round++) await give(round)
      const { now } = stage
      if (now.connect !== connect || now.disconnect !== disconnect || now.reconnect !== reconnect) throw new Error('changed')
    })
    await gate.open()
    await page.run(() => until(() => stage.now.data === 'b'))
    expect(await page.run(() => received), `${framework}: the newest function`).toEqual([
      [0, 'a'],
      [5, 'b'],
    ])
    expect(await on.requests('/feed'), framework).toBe(1)

    const changes: (() => object)[] = [
      () => ({ headers: { 'X-Round': 'other' } }),
      () => ({ backoff: { initial: 20 } }),
      () => ({ body: new URLSearchParams({ q: 'other' }) }),
      () => ({ event: ['message'] }),
      () => ({ body: new Filter('a') }),
      () => ({ body: new Filter('b') }),
    ]
    for (const [n, change] of changes.entries()) {
      await page.run(
        async ({ change }) => {
          await give(6, change())
          await give(7, change())
        },
        { change },
      )
      const request = await on.faults.requestTo('/feed', n + 1)
      await on.closed('/feed', n)
      expect(request.lastEventId, `${framework}: it begins from the start`).toBeUndefined()
    }
    await page.run(() => until(() => stage.now.state === 'open' && stage.now.data === undefined && stage.now.events.length === 0))
    expect((await on.faults.requestTo('/feed', 1)).header('x-round')).toBe('other')
    expect(await on.requests('/feed'), framework).toBe(1 + changes.length)
    await on.end()
  }
})

/** Events with the numbers below this one, a thousand at a time. */
function sendNumbers(reply: Reply, end: number): Reply {
  let sent = reply
  for (let start = 0; start < end; start += 1000) {
    sent = sent.send(Array.from({ length: 1000 }, (_, n) => `data: ${start + n}\n\n`).join(''))
  }
  return sent
}

test('however fast events arrive, a frame shows them once', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    await on.faults.answer('/feed', sendNumbers(Reply.eventStream().send(': here\n\n').wait(gate), 200_000).hang())
    await page.run(async () => {
      globalThis.counted = { frames: 0 }
      globalThis.received = []
      ;(globalThis as any).heard = 0
      const onEvent = () => void (globalThis as any).heard++
      await stage.show({ url: at('/feed'), options: { keep: 1000, onEvent } })
      await until(() => stage.now.state === 'open')
      globalThis.begun = shown.length
      // Counts the frames from now on.
      globalThis.counted = (globalThis as any).frames()
    })
    await gate.open()
    const seen = await page.run(async () => {
      await until(() => stage.now.data === '199999')
      const { frames } = counted
      const commits = shown.slice(begun)
      const kept = stage.now.events.map(({ data }: any) => data)
      const mostKept = Math.max(...commits.map(({ events }) => events))
      const { heard } = globalThis as any
      return { heard, first: kept[0], last: kept.at(-1), mostKept, commits: commits.length, frames }
    })
    expect(seen, framework).toMatchObject({ heard: 200_000, first: '199000', last: '199999', mostKept: 1000 })
    // The count of frames and the commits begin a frame apart.
    expect(seen.commits, framework).toBeLessThanOrEqual(seen.frames + 1)
    await on.end()
  }
})

describe('behind another tab', () => {
  test.override('needsTabs', true)

  test('a hidden page shows events, too', async ({ page }) => {
    for (const framework of FRAMEWORKS) {
      const on = await Stage.open(page, framework)
      const gate = new Gate()
      await on.faults.answer('/feed', Reply.eventStream().send(': here\n\n').wait(gate).send('data: a\n\n').hang())
      await page.run(async () => {
        await stage.show({ url: at('/feed') })
        await until(() => stage.now.state === 'open')
        const report = (path: string) => void fetch(at(path))
        addEventListener('visibilitychange', () => report(`/${document.visibilityState}`), { capture: true })
        until(() => stage.now.data === 'a').then(() => report(`/seen-${document.visibilityState}`))
      })
      // WebKit's driver opens tabs in the background, so that the page is never hidden.
      const isSimulated = page.engine === 'webkit'
      const here = await page.tab()
      if (isSimulated) {
        await page.run(() => {
          Object.defineProperty(document, 'visibilityState', { configurable: true, value: 'hidden' })
          document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
        })
      } else await page.openTab()
      await on.faults.requestTo('/hidden', 0)
      await gate.open()
      await on.faults.requestTo('/seen-hidden', 0)
      if (!isSimulated) await page.closeTab(here)
      await on.end()
    }
  })
})

test('errors and retries are shown until the stream is open again', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    // Each answer waits until the page has shown what came before.
    const [refusing, resuming] = [new Gate(), new Gate()]
    const lost = Reply.eventStream().send('id: 1\ndata: a\n\n').wait(gate).cut()
    const resumed = stream('id: 2\ndata: b\n\n').holdHead(resuming)
    await on.faults.answer('/feed', lost, Reply.unavailable().holdHead(refusing), resumed, Reply.status(404))
    await page.run(async () => {
      globalThis.give = () => stage.show({ url: at('/feed'), options: { backoff: { initial: 10, jitter: 0 } } })
      await give()
      await until(() => stage.now.data === 'a')
    })
    await gate.open()
    await page.run(() => until(() => stage.now.state === 'reconnecting' && stage.now.error?.code === 'network'))
    await refusing.open()
    await page.run(() => until(() => stage.now.state === 'reconnecting' && stage.now.error?.status === 503))
    await resuming.open()
    const data = await page.run(async () => {
      await until(() => stage.now.state === 'open' && stage.now.data === 'b' && stage.now.error === undefined)
      if (stage.now.events.length !== 2) throw new Error('the events before are kept')
      stage.now.reconnect()
      await until(() => stage.now.state === 'closed' && stage.now.error?.status === 404)
      const { data } = stage.now
      // A stream that has ended for good is not opened again by a render.
      await give()
      return data
    })
    expect(data).toBe('b')
    expect(await on.requests('/feed'), framework).toBe(4)
    await on.end()
  }
})

test('connect() and reconnect() resume after the last event', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', ...[1, 2, 3, 4].map((n) => stream(`id: ${n}\ndata: ${n}\n\n`)))
    await page.run(async () => {
      await stage.show({ url: at('/feed'), options: {} })
      await until(() => stage.now.data === '1')
      stage.now.disconnect()
      await until(() => stage.now.state === 'closed')
    })
    await on.faults.waitOpen(0)
    expect(await on.requests('/feed'), framework).toBe(1)
    await page.run(async () => {
      // As a button calls it: with its event.
      stage.now.connect(new MouseEvent('click'))
      await until(() => stage.now.data === '2')
      stage.now.connect()
      stage.now.connect()
    })
    expect(await on.requests('/feed'), framework).toBe(2)
    const data = await page.run(async () => {
      stage.now.reconnect()
      await until(() => stage.now.data === '3')
      // In one tick the last call counts.
      stage.now.connect()
      stage.now.disconnect()
      await until(() => stage.now.state === 'closed')
      stage.now.disconnect()
      stage.now.connect()
      await until(() => stage.now.data === '4')
      return stage.now.events.map(({ data }: any) => data)
    })
    expect(data).toEqual(['1', '2', '3', '4'])
    const requests = await on.faults.exchangesTo('/feed')
    expect(
      requests.map(({ lastEventId }) => lastEventId),
      framework,
    ).toEqual([undefined, '1', '2', '3'])
    expect(await on.faults.mostOpenOf('/feed'), framework).toBe(1)

    // The option `immediate` can change.
    await page.run(async () => {
      await stage.show({ url: at('/feed'), options: { immediate: false } })
      await until(() => stage.now.state === 'closed')
    })
    await on.faults.waitOpen(0)
    await page.run(async () => {
      await stage.show({ url: at('/feed'), options: { immediate: true } })
      await until(() => stage.now.state === 'open')
    })
    expect((await on.faults.requestTo('/feed', 4)).lastEventId, framework).toBe('4')
    await on.end()
  }
})

test('after disconnect() nothing is requested until connect() is called', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/a', stream('data: a\n\n'))
    await on.faults.answer('/b', ...[1, 2, 3].map((n) => stream(`data: ${n}\n\n`)))
    await page.run(async () => {
      await stage.show({ url: at('/a'), options: { event: null } })
      await until(() => stage.now.data === 'a')
      stage.now.disconnect()
      await stage.show({ url: at('/a'), options: { headers: { 'X-A': '1' } } })
      await settled()
      await stage.show({ url: at('/b') })
      await stage.show({ url: at('/b'), options: { immediate: false } })
      await stage.show({ url: at('/b'), isHidden: true })
      await stage.show({ url: at('/b') })
    })
    expect([await on.requests('/a'), await on.requests('/b')], framework).toEqual([1, 0])
    await page.run(async () => {
      stage.now.connect()
      await until(() => stage.now.data === '1')
      // From then on it follows its options again.
      await stage.show({ url: at('/b'), options: { headers: { 'X-A': '2' } } })
      await until(() => stage.now.data === '2')
      stage.now.disconnect()
      await stage.show({ url: at('/b') })
      stage.now.reconnect()
      await until(() => stage.now.data === '3')
    })
    expect([await on.requests('/a'), await on.requests('/b')], framework).toEqual([1, 3])
    expect((await on.faults.requestTo('/b', 2)).header('x-a'), framework).toBeUndefined()
    await on.end()
  }
})

test('a new token provider or signal replaces the one before', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', ...[1, 2, 3, 4].map((n) => stream(`data: ${n}\n\n`)))
    await page.run(async () => {
      const auth = (token: string) => new SSEAuth({ getToken: () => token })
      const give = (options: object) => stage.show({ url: at('/feed'), options })
      const alice = auth('alice')
      await give({ auth: alice })
      await until(() => stage.now.data === '1')
      await give({ auth: alice, headers: {} })
      await give({ auth: auth('bob') })
      await until(() => stage.now.data === '2')
      // Where the application connects, new options wait for that; and a client that was aborted can connect again.
      const first = new AbortController()
      await give({ immediate: false, auth: auth('carol'), signal: first.signal })
      await until(() => stage.now.state === 'closed')
      stage.now.connect()
      await until(() => stage.now.data === '3')
      first.abort()
      await until(() => stage.now.state === 'closed')
      await give({ immediate: false, auth: auth('dave'), signal: new AbortController().signal })
      stage.now.connect()
      await until(() => stage.now.data === '4' && stage.now.state === 'open')
    })
    expect(await on.requests('/feed'), framework).toBe(4)
    const requests = await on.faults.exchangesTo('/feed')
    const tokens = requests.map((request) => request.header('authorization'))
    expect(tokens, framework).toEqual(['alice', 'bob', 'carol', 'dave'].map((name) => `Bearer ${name}`))
    await on.end()
  }
})

test('a chat sends a question when it is called, and types the answer', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    const tokens = (...tokens: string[]) => tokens.map((token) => `data: ${JSON.stringify({ token })}\n\n`).join('')
    const first = Reply.eventStream().send(tokens('Hel', 'lo')).wait(gate).send('data: [DONE]\n\n').hang()
    await on.faults.answer('/chat', first, stream(tokens('Good', ' day')), stream(tokens('By', 'e')))
    await page.run(async () => {
      const { fetch } = globalThis
      const signals: AbortSignal[] = []
      globalThis.most = 0
      globalThis.fetch = (url, init) => {
        signals.push(init!.signal!)
        globalThis.most = Math.max(most, signals.filter(({ aborted }) => !aborted).length)
        return fetch(url, init)
      }
      globalThis.give = (message: string) => {
        const reduce = (answer = '', { token }: { token: string }) => answer + token
        const options = { immediate: false, until: '[DONE]', body: { message }, reduce }
        return stage.show({ url: at('/chat'), options })
      }
      await give('first')
    })
    expect(await on.requests('/chat'), framework).toBe(0)

    await page.run(async () => {
      stage.now.connect()
      await until(() => stage.now.data === 'Hello')
      // The next question is typed meanwhile.
      await give('se')
      await give('second')
    })
    expect(await on.requests('/chat'), framework).toBe(1)
    await gate.open()
    const seen = await page.run(async () => {
      await until(() => stage.now.state === 'closed' && stage.now.data === 'Hello')
      stage.now.connect()
      await until(() => stage.now.data === 'Good day')
      const tokens = stage.now.events.map(({ data }: any) => data.token)
      // With a body of its own, while the answer before is still being typed.
      stage.now.connect({ body: { message: 'third' } })
      await until(() => stage.now.data === 'Bye')
      stage.now.disconnect()
      await until(() => stage.now.state === 'closed')
      return { tokens, data: stage.now.data, most }
    })
    expect(seen.tokens).toEqual(['Good', ' day'])
    expect(seen.data, `${framework}: the typed text stays`).toBe('Bye')
    // As the page sees it: for the server, the end of one request and the beginning of the next lie microseconds apart, on two
    // connections.
    expect(seen.most, framework).toBe(1)
    const sent = await on.faults.exchangesTo('/chat')
    expect(
      sent.map(({ json }) => json.message),
      framework,
    ).toEqual(['first', 'second', 'third'])
    for (const exchange of sent) await exchange.closedByClient()

    // For another conversation, the connection is closed, and nothing is requested. The typed text stays until then.
    await page.run(async () => {
      stage.now.connect()
      await until(() => stage.now.state === 'open' && stage.now.data === 'Bye')
      await stage.show({ url: at('/other'), options: { immediate: false } })
      await until(() => stage.now.state === 'idle' && stage.now.data === undefined)
    })
    await on.faults.waitOpen(0)
    expect(await on.requests('/other'), framework).toBe(0)

    // Another conversation and its first question at once.
    await page.run(() => {
      stage.show({ url: at('/chat'), options: { immediate: false } })
      stage.now.connect({ body: { n: 5 } })
    })
    expect((await on.faults.requestTo('/chat', 4)).json, framework).toEqual({ n: 5 })
    await page.run(() => until(() => stage.now.data?.token === 'e'))
    expect([await on.requests('/chat'), await on.requests('/other')], framework).toEqual([5, 0])

    // A question that is sent before the component is mounted is sent when it is, and once.
    for (const [n, isOnce] of [false, true].entries()) {
      await on.faults.answer('/early', stream('data: a\n\n'))
      await page.run(async (isOnce) => {
        stage.remove()
        stage.show({ url: at('/early'), options: { immediate: false }, question: { q: 1 }, isOnce })
        await until(() => stage.now.data === 'a')
      }, isOnce)
      expect(await on.requests('/early'), framework).toBe(n + 1)
      expect((await on.faults.requestTo('/early', n)).json, framework).toEqual({ q: 1 })
    }
    await on.end()
  }
})

/** Shows the component, connects, and waits for this data; then hides it, and waits until the connection is closed. */
async function connectAndHide(page: Page, on: Stage, path: string, options: object, data: string): Promise<void> {
  await page.run(
    async ({ path, options, data }) => {
      globalThis.given = { url: at(path), options }
      await stage.show(given)
      await until(() => stage.now.connect)
      stage.now.connect()
      await until(() => stage.now.data === data)
      await stage.show({ ...given, isHidden: true })
    },
    { path, options, data },
  )
  await on.closed(path, 0)
}

test('a component that is hidden and shown again resumes after the last event', async ({ page }) => {
  // What resumes by itself: a GET, and a request that may be repeated.
  const cases = [
    {},
    { reconnect: 'on-error' },
    { immediate: false },
    { body: { q: 1 }, reconnect: 'on-error' },
    { body: { q: 1 }, reconnect: 'always', immediate: false },
    { body: { q: 1 }, maxReconnects: 3 },
  ]
  for (const framework of HIDING) {
    const on = await Stage.open(page, framework)
    for (const [n, options] of cases.entries()) {
      const path = `/feed-${n}`
      const about = `${framework}: ${JSON.stringify(options)}`
      await on.faults.answer(path, ...[1, 2].map((n) => stream(`id: ${n}\ndata: ${n}\n\n`)))
      await connectAndHide(page, on, path, options, '1')
      expect(await on.requests(path), about).toBe(1)
      const seen = await page.run(async () => {
        await stage.show(given)
        await until(() => stage.now.data === '2' && stage.now.state === 'open')
        return [stage.now.events.map(({ data }: any) => data), stage.now.closeReason ?? null]
      })
      expect(seen, about).toEqual([['1', '2'], null])
      const [first, second] = await on.faults.exchangesTo(path)
      expect(second!.lastEventId, about).toBe('1')
      expect(second!.body, about).toBe(first!.body)
      expect(await on.requests(path), about).toBe(2)
    }

    // A stream that is over stays closed.
    await on.faults.answer('/once', stream('data: a\n\ndata: [DONE]\n\n'))
    await page.run(async () => {
      globalThis.given = { url: at('/once'), options: { until: '[DONE]' } }
      await stage.show(given)
      await until(() => stage.now.closeReason === 'done')
      await stage.show({ ...given, isHidden: true })
      await stage.show(given)
    })
    expect(await on.requests('/once'), framework).toBe(1)
    expect(await page.run(() => [stage.now.state, stage.now.closeReason])).toEqual(['closed', 'done'])
    await on.end()
  }
})

test('a render that waits requests nothing', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', stream('data: a\n\n'))
    await page.run(() => {
      const { promise, resolve } = Promise.withResolvers()
      globalThis.release = resolve
      stage.show({ url: at('/feed'), data: promise })
    })
    expect(await on.requests('/feed'), framework).toBe(0)
    await page.run(async () => {
      release()
      await until(() => stage.now.data === 'a')
    })
    expect(await on.requests('/feed'), framework).toBe(1)
    await on.end()
  }
})

test('a question is not sent again because its component is shown again', async ({ page }) => {
  // Event IDs change nothing: most servers number their events, and few resume an answer.
  const numbered = 'id: 1\ndata: a\n\n'
  const cases: [object, string][] = [
    [{ body: { q: 1 } }, 'data: a\n\n'],
    [{ body: { q: 1 } }, numbered],
    [{ body: { q: 1 }, immediate: false }, numbered],
    [{ body: { q: 1 }, lastEventId: '7' }, 'id: 8\ndata: a\n\n'],
    [{ body: { q: 1 }, reconnect: 'never' }, numbered],
    [{ body: { q: 1 }, maxReconnects: 0 }, numbered],
    [{ method: 'PUT' }, numbered],
    [{ reconnect: 'never' }, numbered],
  ]
  for (const framework of HIDING) {
    const on = await Stage.open(page, framework)
    for (const [n, [options, text]] of cases.entries()) {
      const path = `/ask-${n}`
      const about = `${framework}: ${JSON.stringify(options)}`
      const again = stream('data: again\n\n')
      await on.faults.answer(path, stream(text), again, again)
      await connectAndHide(page, on, path, options, 'a')
      await page.run(async () => {
        await stage.show(given)
        await until(() => stage.now.state === 'closed')
      })
      expect(await on.requests(path), about).toBe(1)
      // What arrived is still there, and so is the reason of the end.
      const seen = await page.run(async () => {
        const { data, closeReason, error } = stage.now
        // Nor is it sent a second time.
        await stage.show({ ...given, isHidden: true })
        await stage.show(given)
        return [data, closeReason, error?.code ?? null]
      })
      expect(seen, about).toEqual(['a', 'client', null])
      expect(await on.requests(path), about).toBe(1)

      // The application may send it again.
      for (const [count, method] of [
        [2, 'connect'],
        [3, 'reconnect'],
      ] as const) {
        await page.run((method) => stage.now[method](), method)
        await on.faults.requestTo(path, count - 1)
        await page.run(() => until(() => stage.now.data === 'again' && stage.now.state === 'open'))
        expect(await on.requests(path), about).toBe(count)
      }
    }
    await on.end()
  }
})

test('a question that was hidden before it was sent is sent once', async ({ page }) => {
  for (const framework of HIDING) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/ask', stream('data: a\n\n'))
    await page.run(async () => {
      const asked = Promise.withResolvers<void>()
      const getToken = () =>
        new Promise((resolve) => {
          globalThis.release = resolve
          asked.resolve()
        })
      globalThis.given = { url: at('/ask'), options: { body: { q: 1 }, getToken } }
      stage.show(given)
      await asked.promise
      await stage.show({ ...given, isHidden: true })
      release('late')
    })
    expect(await on.requests('/ask'), framework).toBe(0)
    await page.run(async () => {
      globalThis.release = undefined
      stage.show(given)
      while (!release) await settled()
      release('token')
      await until(() => stage.now.data === 'a')
    })
    expect(await on.requests('/ask'), framework).toBe(1)

    // A question that the server has put off is sent, too.
    await on.faults.answer('/busy', Reply.unavailable().retryAfter(3600), stream('data: b\n\n'))
    await page.run(async () => {
      globalThis.given = { url: at('/busy'), options: { body: { q: 2 } } }
      stage.show(given)
      await until(() => stage.now.retry)
      await stage.show({ ...given, isHidden: true })
    })
    expect(await on.requests('/busy'), framework).toBe(1)
    await page.run(async () => {
      stage.show(given)
      await until(() => stage.now.data === 'b')
    })
    expect(await on.requests('/busy'), framework).toBe(2)
    await on.end()
  }
})

test('a question that is sent again is answered from the beginning', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/ask', ...['a', 'b', 'c'].map((data, n) => stream(`id: ${n + 1}\ndata: ${data}\n\n`)))
    const seen = await page.run(async () => {
      await stage.show({ url: at('/ask'), options: { body: { q: 1 } } })
      await until(() => stage.now.data === 'a')
      stage.now.reconnect()
      await until(() => stage.now.data === 'b')
      stage.now.disconnect()
      await until(() => stage.now.state === 'closed')
      stage.now.reconnect()
      await until(() => stage.now.data === 'c')
      const { events, state, closeReason } = stage.now
      return [events.length, state, closeReason ?? null]
    })
    expect(seen, framework).toEqual([1, 'open', null])
    // A server that resumes would have sent the rest of an answer whose beginning is no longer shown.
    const requests = await on.faults.waitForRequestsTo('/ask', 3)
    expect(
      requests.map(({ lastEventId }) => lastEventId),
      framework,
    ).toEqual([undefined, undefined, undefined])
    expect(await on.requests('/ask'), framework).toBe(3)
    await on.end()
  }
})

test('unmounting closes the connection under fake timers, too', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', stream('data: a\n\n'))
    await page.run(async () => {
      await stage.show({ url: at('/feed') })
      await until(() => stage.now.data === 'a')
      globalThis.queueMicrotask = () => {}
    })
    await on.end()
  }
})

test('a component that suspends after it was shown keeps its connection', async ({ page }) => {
  for (const framework of ['react', 'react-18']) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    await on.faults.answer('/feed', Reply.eventStream().send('data: a\n\n').wait(gate).send('data: b\n\n').hang())
    await page.run(async () => {
      await stage.show({ url: at('/feed') })
      await until(() => stage.now.data === 'a')
      const { promise, resolve } = Promise.withResolvers()
      globalThis.release = resolve
      await stage.show({ url: at('/feed'), data: promise })
    })
    await page.waitUntil(() => document.querySelector('main')!.textContent.includes('wait'))
    expect([await on.requests('/feed'), await on.faults.open()], framework).toEqual([1, 1])
    await gate.open()
    await page.run(async () => {
      release()
      await until(() => stage.now.data === 'b')
    })
    expect(await on.requests('/feed'), framework).toBe(1)
    await on.end()
  }
})

test('an answer that was cut off looks different from a whole one', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const answer = Reply.eventStream().send('data: Hel\n\ndata: lo\n\n')
    await on.faults.answer('/whole', answer.send('data: [DONE]\n\n').end())
    // A proxy may turn a broken answer into one that just ends.
    await on.faults.answer('/cut', answer.end(), answer.hang())
    await on.faults.answer('/unmarked', answer.end())
    await on.faults.answer('/nothing', Reply.noContent())
    const cases: [path: string, marker: string | null, expected: unknown[]][] = [
      ['/whole', '[DONE]', ['Hello', 'done', null]],
      ['/unmarked', null, ['Hello', 'server', null]],
      ['/nothing', '[DONE]', [null, 'no-content', null]],
      ['/cut', '[DONE]', ['Hello', 'fatal', 'incomplete']],
    ]
    for (const [path, marker, expected] of cases) {
      const seen = await page.run(
        async ({ path, marker }) => {
          const reduce = (answer = '', text: string) => answer + text
          await stage.show({ url: at(path), options: { body: {}, until: marker ?? undefined, reduce } })
          await until(() => stage.now.state === 'closed')
          const { data, closeReason, error } = stage.now
          return [data ?? null, closeReason, error?.code ?? null]
        },
        { path, marker },
      )
      expect(seen, `${framework}: ${path}`).toEqual(expected)
    }
    // When it is requested again it is open, and not closed, until the application closes it.
    await page.run(async () => {
      const begun = shown.length
      stage.now.connect()
      await until(() => stage.now.state === 'open' && stage.now.data === 'Hello')
      const wrong = shown.slice(begun).filter(({ state, closeReason }) => closeReason && state !== 'closed')
      if (wrong.length > 0) throw new Error('a reason, but not closed')
      stage.now.disconnect()
      await until(() => stage.now.closeReason === 'client')
    })
    await on.end()
  }
})

test('the time of the next attempt is shown', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    const lost = Reply.eventStream().send(': here\n\n').cut()
    await on.faults.answer('/feed', lost, stream('data: a\n\n').holdHead(gate))
    const seen = await page.run(async () => {
      const hour = 3_600_000
      const before = Date.now()
      await stage.show({ url: at('/feed'), options: { backoff: { initial: hour, jitter: 0 } } })
      await until(() => stage.now.retry)
      const { state, retry, error } = stage.now
      const isInAnHour = retry.at >= before + hour && retry.at <= Date.now() + hour
      return [state, retry.attempt, isInAnHour, error.code, shown.slice(0, -1).some(({ retry }) => retry)]
    })
    expect(seen, framework).toEqual(['reconnecting', 1, true, 'network', false])
    // While an attempt is made, there is no time to show.
    await page.run(async () => {
      dispatchEvent(new Event('offline'))
      dispatchEvent(new Event('online'))
      await until(() => stage.now.state === 'reconnecting' && !stage.now.retry)
    })
    await on.faults.requestTo('/feed', 1)
    await gate.open()
    await page.run(() => until(() => stage.now.state === 'open' && !stage.now.retry && !stage.now.error))
    await on.end()
  }
})

test('an error of the application that ends the stream is shown', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const overloaded = stream('data: a\n\nevent: error\ndata: overloaded\n\n')
    await on.faults.answer('/feed', overloaded, overloaded, stream('data: b\n\n'))
    // By the rule for the end of an answer; and by the application, when it receives the event.
    const seen = await page.run(async () => {
      const failure = new Error('overloaded')
      const isEnd = ({ type, data }: any) => (type === 'error' ? failure : data === '[DONE]')
      await stage.show({ url: at('/feed'), options: { body: { n: 1 }, until: isEnd } })
      await until(() => stage.now.state === 'closed')
      const first = [stage.now.error === failure, stage.now.closeReason, stage.now.data]
      const onEvent = (_: unknown, { type }: any) => type === 'error' && stage.now.disconnect(failure)
      await stage.show({ url: at('/feed'), options: { body: { n: 2 }, event: '*', onEvent } })
      await until(() => stage.now.state === 'closed' && stage.now.closeReason === 'client')
      const second = stage.now.error === failure
      stage.now.connect()
      await until(() => stage.now.state === 'open' && stage.now.data === 'b' && !stage.now.error)
      // The event that a button passes is no error.
      stage.now.disconnect(new MouseEvent('click'))
      await until(() => stage.now.closeReason === 'client' && !stage.now.error)
      return [first, second]
    })
    expect(seen, framework).toEqual([[true, 'fatal', 'a'], true])
    await on.end()
  }
})

// Engines make a slice of a string by pointing into it: a short text would hold the whole chunk in which it arrived.
testOfHeap('short texts that are kept from a flood hold little memory', async ({ page }) => {
  const count = 1000
  // Bytes of other events for each of them, in pieces small enough that chunks hold whole ones.
  const others = 16 * 1024
  for (const framework of ['react', 'vue']) {
    const on = await Stage.open(page, framework)
    const gate = new Gate()
    let flood = Reply.eventStream().send(': here\n\n').wait(gate)
    for (let n = 0; n < count; n++) {
      const kept = `id: the event number ${n}\ndata: a short text with the number ${n}\n\n`
      flood = flood.send(`${kept}event: log\ndata: ${'x'.repeat(others)}\n\n`)
    }
    await on.faults.answer('/feed', flood.hang())
    await page.run(async (keep) => {
      await stage.show({ url: at('/feed'), options: { keep } })
      await until(() => stage.now.state === 'open')
    }, count)
    const before = await page.heap()
    await gate.open()
    await page.run(async (count) => {
      await until(() => stage.now.events.length === count)
      const { events, data } = stage.now
      const isRight = ({ data, type, event }: any, n: number) =>
        data === `a short text with the number ${n}` &&
        data === event.data &&
        type === 'message' &&
        event.id === event.lastEventId
      if (!events.every(isRight) || data !== events.at(-1).data) throw new Error('not the same texts')
      shown.length = 0
    }, count)
    // A tenth of what arrived.
    expect((await page.heap()) - before, framework).toBeLessThan((count * others) / 10)
    await on.end()
  }
})

test('keep-alives without data are no errors beside a whole answer', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    const answer = 'data:\n\ndata: {"n":1}\n\ndata: \n\ndata\n\ndata: [DONE]\n\n'
    await on.faults.answer('/feed', Reply.eventStream().send(answer).end())
    const seen = await page.run(async () => {
      await stage.show({ url: at('/feed'), options: { body: {}, parse: 'json', until: '[DONE]' } })
      await until(() => stage.now.state === 'closed')
      const { data, events, closeReason, error } = stage.now
      return [data, events.length, closeReason, error?.message ?? null]
    })
    expect(seen, framework).toEqual([{ n: 1 }, 1, 'done', null])
    await on.end()
  }
})

test('a wrong option is an error of the framework', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await page.run(() => void stage.show({ url: at('/feed'), options: { retries: 3 } }))
    await page.waitUntil(() => part('refused')?.textContent.includes("there is no option 'retries'"))
    expect(await on.requests('/feed'), framework).toBe(0)
    await page.run(() => {
      stage.remove()
      stage.show({ url: at('/feed'), options: { body: { n: 1n } } })
    })
    await page.waitUntil(() => part('refused')?.textContent.includes("option 'body'"))
    // Where the application connects, the call throws.
    const thrown = await page.run(async () => {
      stage.remove()
      await stage.show({ url: at('/feed'), options: { immediate: false } })
      try {
        stage.now.connect({ retries: 3 })
      } catch (error) {
        return (error as Error).name
      }
      return 'nothing'
    })
    expect(thrown, framework).toBe('TypeError')
  }
})

test('the error of a wrong option of the hook names what is accepted', async ({ page }) => {
  const count = 'a whole number of events from 0 up, or Infinity'
  const type = 'a type of events (a string that is not empty), or an array of types'
  const wrong: [options: () => object, name: string, given: string, accepted: string][] = [
    [() => ({ keep: Number.NaN }), 'keep', 'NaN', count],
    [() => ({ keep: 'x' }), 'keep', "'x'", count],
    [() => ({ keep: {} }), 'keep', 'an object', count],
    [() => ({ keep: -1 }), 'keep', '-1', count],
    [() => ({ keep: 1.5 }), 'keep', '1.5', count],
    [() => ({ event: 7 }), 'event', '7', type],
    [() => ({ event: '' }), 'event', "''", type],
    [() => ({ event: ['a', null] }), 'event', 'an array', type],
    [() => ({ immediate: 'no' }), 'immediate', "'no'", 'true or false'],
    [() => ({ immediate: false, onEvent: 'log' }), 'onEvent', "'log'", 'a function'],
    [() => ({ reduce: {} }), 'reduce', 'an object', 'a function'],
  ]
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', ...Array(20).fill(stream('data: a\n\n')))
    for (const [options, name, given, accepted] of wrong) {
      // From the start, and while it is connected.
      for (const isConnected of [false, true]) {
        await page.run(
          async ({ options, isConnected }) => {
            if (isConnected) {
              await stage.show({ url: at('/feed') })
              await until(() => stage.now.state === 'open')
            }
            stage.show({ url: at('/feed'), options: options() })
          },
          { options, isConnected },
        )
        await page.waitForText('refused', `TypeError: useSSE: option '${name}': ${given} was given; it must be ${accepted}`)
        await on.faults.waitOpen(0)
        await page.run(() => stage.remove())
      }
    }
    expect(await on.requests('/feed'), framework).toBe(11)

    // Values that mean the default are right, and all events can be kept.
    await page.run(async () => {
      const defaults = { keep: null, event: undefined, immediate: null, onEvent: null, reduce: undefined }
      for (const options of [defaults, { keep: Number.POSITIVE_INFINITY, event: [] }]) {
        await stage.show({ url: at('/feed'), options })
        await until(() => stage.now.state === 'open')
        stage.remove()
      }
    })

    const urls: [() => unknown, string][] = [
      [() => 7, '7'],
      [() => () => at('/feed'), 'a function'],
    ]
    for (const [url, given] of urls) {
      await page.run(({ url }) => void stage.show({ url: url() }), { url })
      const accepted = 'it must be a string or a URL, and null for no connection'
      await page.waitForText('refused', `TypeError: useSSE: the URL: ${given} was given; ${accepted}`)
      await page.run(() => stage.remove())
    }
    // An option that is unknown to the hook is refused by the client, when it connects.
    const thrown = await page.run(async () => {
      stage.show({ url: at('/feed'), options: { keep: 3, event: 'a', immediate: false, keeps: 3 } })
      await until(() => stage.now.connect)
      try {
        stage.now.connect()
      } catch (error) {
        return (error as Error).message
      } finally {
        stage.remove()
      }
      return 'nothing'
    })
    expect(thrown, framework).toContain("there is no option 'keeps'")
  }
})

test('under a policy that forbids wasm, a component receives events', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.server.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
    const [seen, refused] = await page.run((src) => {
      const { promise, resolve } = Promise.withResolvers<any>()
      addEventListener('message', ({ data }) => resolve(data), { once: true })
      const frame = document.createElement('iframe')
      frame.src = src
      document.body.append(frame)
      return promise
    }, `${framework}-strict.html`)
    expect(seen, framework).toStrictEqual({ state: 'open', data: 'hello', text: 'open hello' })
    expect(refused, framework).toContain("there is no option 'retries'")
  }
})

test('what a server has rendered is hydrated without complaints', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const on = await Stage.open(page, framework)
    await on.faults.answer('/feed', stream('data: a\n\n'))
    const html = await page.run(async () => {
      const html = await stage.hydrate({ url: at('/feed') })
      await until(() => stage.now.data === 'a')
      return html
    })
    expect(html, framework).toBe('idle nothing')
    await page.waitForText('probe', 'open a')
    expect(await on.requests('/feed'), framework).toBe(1)
    await on.end()
  }
})

test('in Vue, the hook follows refs and works in scopes without components', async ({ page }) => {
  const on = await Stage.open(page, 'vue')
  await on.faults.answer('/a', stream('data: a\n\n'))
  await on.faults.answer('/b', stream('data: b\n\n'))
  await page.run(async () => {
    globalThis.url = stage.ref(at('/a'))
    globalThis.options = stage.ref({ headers: { 'X-Deep': 'a' } })
    globalThis.release = stage.inScope(url, options)
    globalThis.shows = (state, data) =>
      new Promise((resolve) => {
        const look = () => {
          const { scoped } = stage
          if (scoped.state.value === state && scoped.data.value === data) resolve()
          else requestAnimationFrame(look)
        }
        look()
      })
    await shows('open', 'a')
    // Two changes in one tick, one of them back.
    url.value = at('/b')
    url.value = at('/a')
    options.value.headers['X-Deep'] = 'b'
    await stage.nextTick()
    await shows('open', 'a')
  })
  expect([await on.requests('/a'), await on.requests('/b')]).toEqual([2, 0])
  expect((await on.faults.requestTo('/a', 1)).header('x-deep')).toBe('b')
  await page.run(async () => {
    url.value = at('/b')
    await stage.nextTick()
    await shows('open', 'b')
    // A wrong option is reported once; when it is right again, the hook connects.
    options.value = { retries: 3 }
    const error = String(await stage.nextTick().catch((error: unknown) => error))
    if (!error.includes('retries')) throw new Error('it is not reported')
    complaints.length = 0
    options.value = {}
    await stage.nextTick()
    await shows('open', 'b')
    release()
  })
  await on.faults.waitOpen(0)
  const ended = await page.run(async () => {
    const { state, data } = stage.scoped
    const ended = [state.value, data.value]
    url.value = at('/a')
    await stage.nextTick()
    stage.scoped.connect()
    return ended
  })
  expect(ended).toEqual(['closed', 'b'])
  expect([await on.requests('/a'), await on.requests('/b')]).toEqual([2, 2])
  expect(await page.run(() => complaints)).toEqual([])
})

test('in Vue, components can share a connection, and workers can have one', async ({ page }) => {
  const on = await Stage.open(page, 'vue')
  await on.faults.answer('/shared', stream('data: a\n\n'))
  await page.run(async () => {
    globalThis.given = { url: at('/shared'), isShared: true }
    await stage.show(given)
    await until(() => stage.now.data === 'a')
    await stage.show({ ...given, isHidden: true })
  })
  expect(await on.requests('/shared')).toBe(1)
  expect(await on.faults.open(), 'other components still need it').toBe(1)
  await page.run(() => stage.remove())
  expect(await on.requests('/shared')).toBe(1)
  expect(await on.faults.open()).toBe(1)
  await page.run(() => stage.shared.stop())
  await on.faults.waitOpen(0)

  await on.faults.answer('/worker', stream('data: b\n\n'))
  const sent = await page.run(async () => {
    const worker = new Worker('worker.js', { type: 'module' })
    worker.postMessage(at('/worker'))
    const { data } = await new Promise<MessageEvent>((resolve) => (worker.onmessage = resolve))
    worker.terminate()
    return data
  })
  expect(sent).toBe('b')
  await on.faults.waitOpen(0)
  expect(await page.run(() => complaints)).toEqual([])
})

testWithoutPage('on a server both render, and request nothing', async () => {
  const printed = await runModule(`
    import { createElement } from 'react'
    import { renderToString } from 'react-dom/server'
    import { createSSRApp, effectScope, h } from 'vue'
    import { renderToString as renderVue } from 'vue/server-renderer'
    import * as react from 'sse-fetch/react'
    import * as vue from 'sse-fetch/vue'

    globalThis.fetch = () => { throw new Error('requested') }
    // A relative URL means nothing here.
    const options = { event: '*', keep: 3, headers: { a: 'b' }, onEvent: () => {} }
    const React = () => {
      const { data, events, state, error, lastEventId } = react.useSSE('/events', options)
      return createElement('p', null, JSON.stringify([data ?? null, events, state, error ?? null, lastEventId]))
    }
    console.log(renderToString(createElement(React)).replaceAll('&quot;', '"'))
    const Vue = {
      setup() {
        const { data, events, state, error, lastEventId } = vue.useSSE('/events', () => options)
        return () => h('p', JSON.stringify([data.value ?? null, events.value, state.value, error.value ?? null, lastEventId.value]))
      },
    }
    console.log((await renderVue(createSSRApp(Vue))).replaceAll('&quot;', '"'))
    effectScope().run(() => console.log(vue.useSSE('/events').state.value))
    // Outside components, a call of connect() connects.
    const requested = new Promise((resolve) => {
      globalThis.fetch = (url) => {
        resolve(url)
        return new Promise(() => {})
      }
    })
    const scope = effectScope()
    scope.run(() => vue.useSSE('https://example.test/requested').connect())
    console.log(await requested)
    scope.stop()`)
  const html = '<p>[null,[],"idle",null,""]</p>\n'
  expect(printed).toBe(`${html}${html}idle\nhttps://example.test/requested\n`)
})
