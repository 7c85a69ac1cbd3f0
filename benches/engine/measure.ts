// Measures a row, the start and the memory, in whatever page a host offers.

import { answerStream, BASELINE, type Catalogue, chatStream, isNetwork, type Subject } from './catalogue.ts'
import { hasRound, heatsOf, isMeasuredIn, orderOf, type Plan, unmeasuredRounds } from './plan.ts'
import { type Entry, fail, judge, newEntry, type Outcome, Row, report } from './row.ts'

/** What the page of the benchmarks offers as `globalThis.benchmark`. */
export interface Benchmark {
  list(): Promise<Catalogue>
  prepare(stream: object): Promise<{ events: number; bytes: number }>
  parse(row: object): Promise<Outcome & { ms: number }>
  verify(row: object): Promise<Outcome>
  network(row: object): Promise<Outcome & { ms: number }>
  verifyNetwork(row: object): Promise<Outcome>
  start(): Promise<{ ms: number }>
  memory(stream: { events: number; url: string }): Promise<{ events: number; wasmAfterFirst: number; wasmAfter: number }>
}

/** A browser, as far as it can be asked. What it cannot tell is undefined. */
export interface Host {
  benchmark: Benchmark
  /** Makes a fresh copy of the page, so that no row is influenced by earlier ones. */
  renew(): Promise<void>
  collectGarbage?(): Promise<void>
  /** Milliseconds that the main thread has been busy. */
  busy?(): Promise<number | undefined>
  /** The bytes that scripts hold, after garbage was collected. */
  heap(): Promise<number | undefined>
  /**
   * Opens a page that will load only one client. The browser makes the CPU so many times slower. `traced`: the longest task is
   * measured instead of the busy time. Undefined where chats are not measured.
   */
  openChat?(throttling: number, traced: boolean): Promise<ChatPage>
}

/** What the page is asked for: `chats` answers of `count` events each, the first of which begins at event `from`. */
export interface ChatJob {
  library: string
  url: string
  count: number
  chats: number
  from: number
  /** Every character of every event is in the checksum. */
  verified?: boolean
}

/** A page that loads only one client. Times are those of the main thread for the whole job. */
export interface ChatPage {
  run(job: ChatJob): Promise<Outcome & { ms: number; busyMs?: number; longestMs?: number }>
  end(): Promise<void>
}

/** Called while a row is measured. */
interface Watch {
  /** Whether to continue. */
  isWanted(): boolean
  /** Before each repetition. */
  breath?(): Promise<void>
  /** The libraries are verified, or a round is over. */
  onStep?(): void
}

const UNWATCHED: Watch = { isWanted: () => true }

/** The part of a stream that is compared in full, and run once, before any figure counts. */
const FIRST_PART = 0.2

/** A row without any figure yet. */
export function rowOf(subject: Subject, { libraries }: Catalogue): Row {
  const takers = libraries.filter(({ kinds }) => kinds.includes(subject.kind))
  return new Row(
    subject,
    takers.map(({ name, skips, flaws }) => newEntry(name, skips[subject.workload], flaws[subject.workload])),
  )
}

/** Measures a row. What fails with a library makes that one void; it throws where no library can be measured. */
export async function measureRow(host: Host, row: Row, plan: Plan, watch: Watch = UNWATCHED): Promise<void> {
  await host.renew()
  const job = jobOf(row.subject, plan)
  await verify(host, row, job, watch)
  watch.onStep?.()
  if (!watch.isWanted()) return

  const { events, amount } = await job.prepare(host, 1)
  row.amount = amount
  for (const heat of heatsOf(row)) {
    for (let round = 0; round < unmeasuredRounds(plan, row, heat); round += 1) {
      for (const entry of orderOf(heat, round)) await attempt(entry, watch, () => job.run(host, entry.name, 1))
    }
    await host.collectGarbage?.()
    for (let round = 0; watch.isWanted() && hasRound(plan, row, heat, round); round += 1) {
      const left = heat.filter((entry) => isMeasuredIn(plan, row, entry, round))
      if (left.length === 0) break
      for (const entry of orderOf(left, round)) await repeat(host, job, entry, watch)
      judge(row.entries, 'outcome', events)
      failWithoutBaseline(row)
      watch.onStep?.()
    }
  }
}

/** Compares what the libraries make of the stream, and runs those that are right once, untimed. */
export async function verify(host: Host, row: Row, job = jobOf(row.subject), watch: Watch = UNWATCHED): Promise<void> {
  const { events } = await job.prepare(host, FIRST_PART)
  for (const entry of row.entries) {
    await attempt(entry, watch, async () => {
      entry.verified = await job.verify(host, entry.name, FIRST_PART)
    })
  }
  judge(row.entries, 'verified', events)
  failWithoutBaseline(row)
  for (const entry of row.entries) await attempt(entry, watch, () => job.run(host, entry.name, FIRST_PART))
  failWithoutBaseline(row)
}

/** From memory all figures are compared with those of the baseline. */
function failWithoutBaseline(row: Row): void {
  const reason = row.entry(BASELINE)?.void
  if (reason !== undefined && !isNetwork(row.subject)) row.fail(`${BASELINE}: ${reason}`)
}

/** Runs something with a library that is not void. */
async function attempt(entry: Entry, { breath, isWanted }: Watch, run: () => Promise<unknown>): Promise<void> {
  await breath?.()
  if (entry.void !== undefined || !isWanted()) return
  try {
    await run()
  } catch (error) {
    fail(entry, entry.flaw ?? messageOf(error))
  }
}

/** One repetition that counts. */
async function repeat(host: Host, job: Job, entry: Entry, watch: Watch): Promise<void> {
  await attempt(entry, watch, async () => {
    const before = job.isNetwork ? await host.busy?.() : undefined
    const { ms, events, checksum } = await job.run(host, entry.name, 1)
    const after = before === undefined ? undefined : await host.busy?.()
    entry.ms.push(ms)
    if (before !== undefined && after !== undefined) entry.busyMs.push(after - before)
    report(entry, { events, checksum })
  })
}

/** What is measured of chats: a row of the first chat, and one of a later chat, in the same pages. */
export interface ChatRows {
  first: Row
  later: Row
}

/** The rows of chats, in pairs. */
export function chatRowsOf(rows: readonly Row[]): ChatRows[] {
  const of = (kind: string) => rows.filter(({ subject }) => subject.kind === kind)
  return of('first-chat').map((first, n) => ({ first, later: of('later-chat')[n]! }))
}

/**
 * Measures the first chat and later ones, each time in a fresh page, which loads only one client. What fails with a library makes
 * that one void.
 */
export async function measureChats(host: Host, rows: ChatRows, plan: Plan, watch: Watch = UNWATCHED): Promise<void> {
  const { first, later } = rows
  const { throttling = 1 } = first.subject
  const names = first.entries.map(({ name }) => name)
  await inPages(host, rows, plan, watch, { names, verified: true, traced: false }, (entry, outcome) => {
    entry.verified = outcome
  })
  judge(first.entries, 'verified', plan.firstEvents)
  judge(later.entries, 'verified', plan.laterChats * plan.laterEvents)
  for (let round = 0; round < plan.chatRounds && watch.isWanted(); round += 1) {
    const measured = { names: orderOf(names, round), throttling, traced: false }
    await inPages(host, rows, plan, watch, measured, (entry, { ms, busyMs, longestMs, ...outcome }, chats) => {
      entry.ms.push(ms / chats)
      if (busyMs !== undefined) entry.busyMs.push(busyMs / chats)
      // A page that measures itself sees both at once.
      if (longestMs !== undefined) entry.longestMs.push(longestMs)
      report(entry, outcome)
    })
    judge(first.entries, 'outcome', plan.firstEvents)
    judge(later.entries, 'outcome', plan.laterChats * plan.laterEvents)
    watch.onStep?.()
  }
  for (let round = 0; round < plan.longestRounds && watch.isWanted(); round += 1) {
    const traced = { names: orderOf(names, round), throttling, traced: true }
    await inPages(host, rows, plan, watch, traced, (entry, { longestMs }) => {
      if (longestMs !== undefined) entry.longestMs.push(longestMs)
    })
  }
  for (const row of [first, later]) failWithoutBaseline(row)
}

/** Has each of these libraries chat in a page of its own. `note` is called for the first chat, and for the later ones together. */
async function inPages(
  host: Host,
  { first, later }: ChatRows,
  { firstEvents, laterChats, laterEvents }: Plan,
  watch: Watch,
  { names, throttling = 1, traced, verified }: { names: string[]; throttling?: number; traced: boolean; verified?: boolean },
  note: (entry: Entry, outcome: Awaited<ReturnType<ChatPage['run']>>, chats: number) => void,
): Promise<void> {
  for (const library of names) {
    const entries = [first.entry(library)!, later.entry(library)!] as const
    await attempt(entries[0], watch, async () => {
      const page = await host.openChat!(throttling, traced)
      try {
        const answer = (count: number, chats: number, from: number): ChatJob => {
          return { library, url: answerStream(count), count, chats, from, ...(verified && { verified }) }
        }
        note(entries[0], await page.run(answer(firstEvents, 1, 0)), 1)
        note(entries[1], await page.run(answer(laterEvents, laterChats, firstEvents)), laterChats)
      } finally {
        await page.end()
      }
    })
    // A library that cannot have a first chat has no later one.
    if (entries[0].void !== undefined) fail(entries[1], entries[0].void)
  }
}

/** How the page is asked for a row, of which `part` is measured. */
interface Job {
  isNetwork: boolean
  /** Makes the stream ahead, so that the first library does not wait for it. */
  prepare(host: Host, part: number): Promise<{ events: number; amount: number }>
  run(host: Host, library: string, part: number): Promise<Outcome & { ms: number }>
  verify(host: Host, library: string, part: number): Promise<Outcome>
}

type Size = Pick<Plan, 'scale' | 'networkEvents'>

export function jobOf(subject: Subject, size: Size = { scale: 1, networkEvents: 200_000 }): Job {
  return isNetwork(subject) ? fromServer(subject, size) : fromMemory(subject, size)
}

function fromMemory({ workload, chunking, kind }: Subject, { scale }: Size): Job {
  const stream = (part: number) => ({ workload, chunking, scale: scale * part })
  const of = (library: string, part: number) => ({ ...stream(part), library, json: kind === 'json' })
  return {
    isNetwork: false,
    prepare: async ({ benchmark }, part) => {
      const { events, bytes } = await benchmark.prepare(stream(part))
      return { events, amount: bytes / 1e6 }
    },
    run: ({ benchmark }, library, part) => benchmark.parse(of(library, part)),
    verify: ({ benchmark }, library, part) => benchmark.verify(of(library, part)),
  }
}

function fromServer({ workload, kind }: Subject, { networkEvents }: Size): Job {
  const perWrite = Number.parseInt(workload, 10) || 0
  const of = (library: string, part: number) => {
    const count = Math.ceil(networkEvents * part)
    return { library, url: chatStream(count, perWrite), count, json: kind === 'network-json', all: kind === 'network-all' }
  }
  return {
    isNetwork: true,
    prepare: async ({ benchmark }, part) => {
      const { count } = of(BASELINE, part)
      // The server keeps what it has sent.
      if (part === 1) await benchmark.network(of(BASELINE, part))
      return { events: count, amount: count / 1000 }
    },
    run: ({ benchmark }, library, part) => benchmark.network(of(library, part)),
    verify: ({ benchmark }, library, part) => benchmark.verifyNetwork(of(library, part)),
  }
}

/** Milliseconds from the evaluated script until the wasm of the first client runs, once for each sample. */
export async function measureStart(host: Host, samples: number, watch: Watch = UNWATCHED): Promise<number[]> {
  await host.renew()
  const all: number[] = []
  while (all.length < samples && watch.isWanted()) {
    all.push((await host.benchmark.start()).ms)
    await watch.breath?.()
  }
  return all
}

/** Bytes held after the first thousand events of a long stream and at its end, while the client is connected. */
export interface Memory {
  events: number
  wasmAfterFirst: number
  wasmAfter: number
  /** What scripts hold, after garbage was collected. */
  heapBefore?: number
  heapAfter?: number
}

/** After so many events the memory has found its size. */
const FIRST_EVENTS = 1000

/** Measures the memory; undefined if it is no longer wanted. */
export async function measureMemory(host: Host, events: number, watch: Watch = UNWATCHED): Promise<Memory | undefined> {
  await host.renew()
  const { wasmAfterFirst } = await received(host, FIRST_EVENTS)
  const heapBefore = await host.heap()
  if (!watch.isWanted()) return undefined
  const { wasmAfter } = await received(host, events)
  const heapAfter = heapBefore === undefined ? undefined : await host.heap()
  return watch.isWanted() ? { events, wasmAfterFirst, wasmAfter, heapBefore, heapAfter } : undefined
}

async function received({ benchmark }: Host, events: number) {
  const memory = await benchmark.memory({ events, url: chatStream(events) })
  if (memory.events !== events) throw new Error(`${memory.events} events arrived instead of ${events}`)
  return memory
}

/** The first line of an error's message. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!
