// Measures a row, the start and the memory, in whatever page a host offers.

import { BASELINE, type Catalogue, chatStream, isNetwork, type Subject } from './catalogue.ts'
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
    return { library, url: chatStream(count, perWrite), count, json: kind === 'network-json' }
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

/** Milliseconds from the evaluated script to the constructed client, once for each sample. */
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
