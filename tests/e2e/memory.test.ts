// Memory: a page that reads slowly makes the server wait, where the engine allows that, and holds no more than what was on its way;
// hostile streams cost no more than `maxEventBytes` allows; a page that reconnects a thousand times keeps nothing of it. The figures
// are printed. These tests run one at a time, each in a browser of its own.

import { inject } from 'vitest'

import { expect, type FaultServer, Flood, type Page, Reply, test } from './fixture/index.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** What the page's scripts hold, in JavaScript and in wasm, in bytes. WebKit tells nothing of JavaScript: there limits are of wasm. */
interface Memory {
  heap: number
  wasm: number
}

async function memoryOf(page: Page): Promise<Memory> {
  const heap = page.engine === 'webkit' ? 0 : await page.heap()
  return { heap, wasm: (await page.run(() => wasmPages())) * 64 * KIB }
}

/** Expects that the page holds little more than before; returns what it holds. */
async function expectGrowthBelow(limit: number, page: Page, before: Memory, about: string): Promise<Memory> {
  const after = await memoryOf(page)
  const [heap, wasm] = [after.heap - before.heap, after.wasm - before.wasm]
  console.log(`memory in ${page.engine}, ${about}: heap ${signed(heap)} bytes, wasm ${signed(wasm)} bytes`)
  expect(heap + wasm, `${about}: ${heap} and ${wasm} bytes more`).toBeLessThan(limit)
  return after
}

const signed = (number: number) => (number < 0 ? String(number) : `+${number}`)

/** What a page that reads slowly may grow by. */
const GROWTH = 8 * MIB

/**
 * Firefox and WebKit take the body of a response from the network whether the page reads it or not, keep it, and deliver all of it to
 * the next read: there the server never has to wait. (In Firefox the client reads at most a megabyte more, and cancels a stream that
 * it can request again.)
 */
const makesTheServerWait = (page: Page) => page.engine === 'chromium'

/** What the server would send. Where it never has to wait, a gigabyte would be a burden. */
const floodSize = (page: Page) => ({ chromium: 1024, firefox: 64, webkit: 64 })[page.engine] * MIB

declare global {
  /** How many events were delivered. */
  var count: number
  /** The count at which the page stops reading. */
  var awaited: number | 'enough'
  var reached: () => void
  var next: (() => void) | undefined
  /** Continues until so many events were delivered. */
  var reach: (events: any) => Promise<void>
  var ended: Promise<void>
  var reader: ReadableStreamDefaultReader<any>
  var first: ReadableStreamReadResult<any>
  var inOrder: boolean
  var take: (event: { id: string }) => void
  var read: (bytes: number) => Promise<void>
  var listen: (types: number) => Promise<void>
  var left: () => { listeners: number; timers: number }
}

/** A page with the client `it` of a server that writes as fast as it can. */
class Flooded {
  readonly #page: Page
  readonly #faults: FaultServer
  readonly #flood: Flood
  readonly #before: Memory
  /** How much the server had written when it had to wait the last time. */
  #written = 0

  private constructor(page: Page, faults: FaultServer, flood: Flood, before: Memory) {
    this.#page = page
    this.#faults = faults
    this.#flood = flood
    this.#before = before
  }

  static async open(page: Page, faults: FaultServer): Promise<Flooded> {
    const flood = Flood.ofEvents(floodSize(page))
    await faults.answer('/flood', Reply.eventStream().flood(flood).hang())
    await page.run(() => {
      globalThis.it = new SSEClient(at('/flood'))
      globalThis.count = 0
    })
    return new Flooded(page, faults, flood, await memoryOf(page))
  }

  /**
   * Waits until the server cannot write any more, or has written everything where the engine takes it all the same. Meanwhile the page
   * reads nothing, and it must not have grown where that depends on the client.
   */
  async expectNothingIsRead(about: string): Promise<void> {
    const page = this.#page
    const read = await page.run(() => it.stats().bytes)
    const waits = makesTheServerWait(page)
    const written = await (waits ? this.#flood.waitBlocked() : this.#flood.waitWritten(floodSize(page)))
    const { blocked } = await this.#flood.state()
    console.log(
      `memory in ${page.engine}, ${about}: the page read ${read} bytes, the server wrote ${written} of ${floodSize(page)} ` +
        `and ${blocked ? 'had to wait' : 'did not have to wait'}`,
    )
    if (waits) {
      await expectGrowthBelow(GROWTH, page, this.#before, about)
      expect(await page.run(() => it.stats().bytes), `${about}: nothing is read`).toBe(read)
      expect((await this.#flood.state()).blocked, `${about}: it still waits`).toBe(true)
      expect(written, `${about}: it had continued in between`).toBeGreaterThan(this.#written)
    }
    this.#written = written
  }

  async expectClosed(): Promise<void> {
    await (await this.#faults.requestTo('/flood', 0)).closedByClient()
    expect(await this.#page.run(() => it.state)).toBe('closed')
    expect(await this.#faults.exchangesTo('/flood')).toHaveLength(1)
  }
}

test('a paused page does not grow, and the server waits', async ({ page, faults }) => {
  const flooded = await Flooded.open(page, faults)
  await page.run(() => {
    it.on('message', () => {
      if (++count === awaited) it.pause()
    })
  })
  for (const [about, events] of [
    ['paused', 100],
    ['resumed and paused', 20_000],
    ['once more', 40_000],
  ] as const) {
    await page.run(async (events) => {
      globalThis.awaited = events
      it.connect()
      it.resume()
      while (it.state !== 'paused') await new Promise((resolve) => setTimeout(resolve, 1))
    }, events)
    await flooded.expectNothingIsRead(about)
    expect(await page.run(() => count), 'not one more than before the pause').toBe(events)
  }
  await page.run(() => it.disconnect())
  await flooded.expectClosed()
})

test('a slow loop makes the server wait', async ({ page, faults }) => {
  const flooded = await Flooded.open(page, faults)
  await page.run(async () => {
    globalThis.reach = (events) =>
      new Promise((resolve) => {
        globalThis.awaited = events
        globalThis.reached = resolve
        globalThis.next?.()
      })
    const loop = async () => {
      for await (const { data } of it) {
        count += data.length === 1016 ? 1 : Number.NaN
        if (count < Number(awaited)) continue
        reached()
        await new Promise<void>((resolve) => (globalThis.next = resolve))
        if (awaited === 'enough') break
      }
      reached()
    }
    const first = reach(1000)
    globalThis.ended = loop()
    await first
  })
  await flooded.expectNothingIsRead('in a slow loop')
  await page.run(() => reach(20_000))
  await flooded.expectNothingIsRead('in a slow loop, later')
  await page.run(async () => {
    await reach('enough')
    await ended
  })
  await flooded.expectClosed()
})

test('a stream that is not read makes the server wait', async ({ page, faults }) => {
  const flooded = await Flooded.open(page, faults)
  await page.run(async () => {
    globalThis.reader = it.stream().getReader()
    globalThis.first = await reader.read()
  })
  await flooded.expectNothingIsRead('as a stream')
  expect(await page.run(() => [first.done, first.value.data.length])).toEqual([false, 1016])
  await page.run(async () => {
    for (let n = 0; n < 20_000; n++) await reader.read()
  })
  await flooded.expectNothingIsRead('as a stream, later')
  await page.run(() => reader.cancel())
  await flooded.expectClosed()
})

/** How many numbered events the server has, of 1 KiB each. */
const NUMBERED = 40_000

/** Opens a client of a server that has all events after the last that was seen. */
async function openNumbered(page: Page, faults: FaultServer): Promise<Memory> {
  await faults.kibibytes('/numbers', NUMBERED)
  await page.run(() => {
    globalThis.it = new SSEClient(at('/numbers'))
    globalThis.count = 0
    globalThis.inOrder = true
    globalThis.take = ({ id }) => {
      if (Number(id) !== ++count) globalThis.inOrder = false
    }
  })
  return memoryOf(page)
}

/** Whether streams with IDs are bounded. The client does not know yet that WebKit reads ahead. */
const isBounded = inject('engine') !== 'webkit'

const expected = isBounded ? 'bounded, and complete' : 'complete'

/** Nothing is read: the connection is kept where that makes the server wait, and closed where it would fill the memory. */
async function expectBounded(page: Page, faults: FaultServer, before: Memory, about: string): Promise<void> {
  if (!isBounded) return
  if (!makesTheServerWait(page)) {
    // The server may have sent everything. Then the client drops what it has received after a second.
    await faults.waitOpen(0)
    await page.waitUntil(() => it.state !== 'open')
  }
  await expectGrowthBelow(GROWTH, page, before, `${about}, with IDs, ${await faults.open()} connections open`)
}

async function expectComplete(page: Page, faults: FaultServer): Promise<void> {
  expect(await page.run(() => [count, inOrder])).toEqual([NUMBERED, true])
  expect(await faults.mostOpenOf('/numbers')).toBe(1)
  if (makesTheServerWait(page)) expect(await faults.exchangesTo('/numbers')).toHaveLength(1)
  await page.run(() => it.disconnect())
  await faults.waitOpen(0)
}

test(`a paused stream with IDs is ${expected}`, async ({ page, faults }) => {
  const before = await openNumbered(page, faults)
  await page.run(() => {
    globalThis.reach = (events) =>
      new Promise((resolve) => {
        globalThis.awaited = events
        globalThis.reached = resolve
        it.connect()
        it.resume()
      })
    it.on('message', (_: unknown, event: { id: string }) => {
      take(event)
      if (count !== awaited) return
      it.pause()
      reached()
    })
  })
  for (const [about, events] of [
    ['paused', 100],
    ['resumed and paused', 20_000],
  ] as const) {
    await page.run((events) => reach(events), events)
    await expectBounded(page, faults, before, about)
    expect(await page.run(() => [count, it.state])).toEqual([events, 'paused'])
  }
  await page.run((events) => reach(events), NUMBERED)
  await expectComplete(page, faults)
})

test(`a slow loop over a stream with IDs is ${expected}`, async ({ page, faults }) => {
  const before = await openNumbered(page, faults)
  await page.run(() => {
    const events = it[Symbol.asyncIterator]()
    globalThis.reach = async (awaited) => {
      while (count < awaited) take((await events.next()).value)
    }
  })
  for (const [about, events] of [
    ['in a slow loop', 100],
    ['in a slow loop, later', 20_000],
  ] as const) {
    await page.run((events) => reach(events), events)
    await expectBounded(page, faults, before, about)
  }
  await page.run((events) => reach(events), NUMBERED)
  await expectComplete(page, faults)
})

/**
 * What the page may grow by for a hostile stream at first. A memory of wasm never becomes smaller again, and in Firefox it counts
 * twice, as does a chunk that was just read.
 */
const HOSTILE_GROWTH = 16 * MIB

/** What it may grow by when that is repeated. */
const REPEATED_GROWTH = 2 * MIB

/** Connects again and again to something endless; each time it is too large, and the connection is closed. */
async function expectTooLarge(page: Page, faults: FaultServer, about: string, reply: Reply): Promise<void> {
  await faults.answer('/endless', reply)
  await page.run(() => {
    globalThis.it = client(at('/endless'), { maxEventBytes: 1 << 20 })
  })
  let before = await memoryOf(page)
  // The second time the same blocks are cut at other places, which may take as much again; after that they all fit.
  for (const [round, limit] of [HOSTILE_GROWTH, HOSTILE_GROWTH, REPEATED_GROWTH, REPEATED_GROWTH].entries()) {
    await page.run(async () => {
      told.length = 0
      it.connect()
      await until(() => of('close').length === 1)
    })
    expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'too-large' }])
    await (await faults.requestTo('/endless', round)).closedByClient()
    before = await expectGrowthBelow(limit, page, before, about)
  }
  expect(await faults.exchangesTo('/endless')).toHaveLength(4)
}

test('a line that never ends is too large', async ({ page, faults }) => {
  await expectTooLarge(page, faults, 'an endless line', Reply.eventStream().send('data: ').flood(new Flood('x')))
})

test('an event that never ends is too large', async ({ page, faults }) => {
  const reply = Reply.eventStream().flood(new Flood('data: one more line\n'))
  await expectTooLarge(page, faults, 'an endless event', reply)
})

test('a comment that never ends is too large', async ({ page, faults }) => {
  await expectTooLarge(page, faults, 'an endless comment', Reply.eventStream().send(':').flood(new Flood('x')))
})

test('endless comments take no memory', async ({ page, faults }) => {
  // What WebKit reads ahead fills its memory, so there the comments end a little later than the test.
  const total = page.engine === 'webkit' ? 65 * MIB : undefined
  await faults.answer('/endless', Reply.eventStream().flood(new Flood(': still nothing\n', { total })).hang())
  await page.run(async () => {
    globalThis.it = new SSEClient(at('/endless'))
    globalThis.read = async (bytes) => {
      while (it.stats().bytes < bytes && it.state !== 'closed') await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await it.connect()
    await read(1 << 20)
  })
  const before = await memoryOf(page)
  await page.run(() => read(64 << 20))
  await expectGrowthBelow(HOSTILE_GROWTH, page, before, '64 MB of comments')
  const seen = await page.run(() => {
    const { state } = it
    const { events } = it.stats()
    it.disconnect()
    return { state, events }
  })
  expect(seen).toEqual({ state: 'open', events: 0 })
  await (await faults.requestTo('/endless', 0)).closedByClient()
})

/** A test of JavaScript's memory to the megabyte. The figure of Firefox counts what its collector frees later. */
const testInChromium = test.skipIf(inject('engine') !== 'chromium')

/** What an open client may keep of a stream that has nothing more to say. */
const IDLE_GROWTH = 4 * MIB

testInChromium('types without listeners are not kept', async ({ page, lab: _ }) => {
  await page.run(async () => {
    let stream: ReadableStreamDefaultController | undefined
    const body = new ReadableStream({ start: (controller) => void (stream = controller) })
    const response = new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
    globalThis.it = new SSEClient(location.href, { fetch: async () => response })
    await it.connect()
    let round = 0
    const parse = async () => {
      const parsed = new Promise((resolve) => it.once('message', resolve))
      stream!.enqueue(new TextEncoder().encode('data: parsed\n\n'))
      await parsed
    }
    globalThis.listen = async (types) => {
      const names = Array.from({ length: types }, (_, n) => `${'long '.repeat(100)}${++round} ${n}`)
      for (const name of names) it.on(name, () => {})
      await parse()
      for (const name of names) it.off(name)
      await parse()
    }
    await listen(1)
  })
  const { heap } = await memoryOf(page)
  await page.run(() => listen(20_000))
  // The wasm keeps the memory in which it had the names, for other names.
  const { wasm } = await memoryOf(page)
  await expectGrowthBelow(IDLE_GROWTH, page, { heap, wasm }, '20,000 types that had listeners')
})

/** Of so many streams, one stays open. */
const LEFT_OPEN = 25
/** Reconnects before the memory is measured for the first time, so that what is made once and kept does not count. */
const WARM_UP = 100

test('a thousand reconnects leave nothing behind', async ({ page, faults }) => {
  // The server breaks most streams off. The page leaves some of them, and then waits for a moment each time.
  let requests = 0
  await faults.answerBy('/again', () => {
    const stream = Reply.eventStream().send(`id: ${++requests}\ndata: ${requests}\n\n`)
    return requests % LEFT_OPEN === 0 ? stream.hang() : stream.cut()
  })
  await page.run((leftOpen) => {
    // The browser's own records of the last 250 requests are not what the test looks for.
    performance.setResourceTimingBufferSize(0)
    const controller = new AbortController()
    globalThis.left = leftovers(window, document, controller.signal)
    globalThis.it = new SSEClient(at('/again'), { backoff: { initial: 0, max: 0 }, signal: controller.signal })
    it.on('message', (data: number) => {
      if (data % leftOpen !== 0) return
      if (it.stats().attempts < awaited) it.reconnect()
      else reached()
    })
    globalThis.reach = (attempts) =>
      new Promise((resolve) => {
        globalThis.awaited = attempts
        globalThis.reached = resolve
        it.reconnect()
      })
  }, LEFT_OPEN)

  const measure = async () => {
    const { attempts, listeners } = await page.run(() => ({ attempts: it.stats().attempts, listeners: left().listeners }))
    return { attempts, listeners, ...(await memoryOf(page)) }
  }
  const reachAttempts = (attempts: number) => page.run((attempts) => reach(attempts), attempts)
  await reachAttempts(WARM_UP)
  const before = await measure()
  for (let hundreds = 1; hundreds <= 10; hundreds++) await reachAttempts(WARM_UP + 100 * hundreds)
  const after = await measure()
  await page.run(() => it.disconnect())
  await faults.waitOpen(0)

  const growth = after.heap - before.heap
  console.log(
    `memory in ${page.engine}: ${after.attempts - before.attempts} reconnects; wasm ${before.wasm} bytes before, ` +
      `${signed(after.wasm - before.wasm)} after; heap ${before.heap} bytes before, ${signed(growth)} after; ` +
      `listeners while connected ${before.listeners} before, ${after.listeners} after`,
  )
  expect(after.attempts - before.attempts).toBeGreaterThanOrEqual(1000)
  expect(after.wasm, 'bytes of wasm').toBe(before.wasm)
  expect(growth, 'bytes more').toBeLessThan(MIB)
  expect(after.listeners, 'while connected').toBe(before.listeners)
  expect(await page.run(() => left())).toEqual({ listeners: 0, timers: page.timersOfDriver })
  expect(await faults.mostOpenOf('/again')).toBe(1)
})
