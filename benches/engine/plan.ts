// What is measured, how often, and in which order.

import { type Catalogue, isChat, isMeasure, isNetwork, type Kind, nameOf, type Subject } from './catalogue.ts'
import { type Entry, entryMs, type Row } from './row.ts'

/** How often is measured, and what. Times are in milliseconds; errors are relative standard errors. */
export interface Plan {
  /** The names of the rows from memory, if not all of them are measured. */
  only?: { parse?: string[]; json?: string[] }
  /** The size of the streams in memory; 1 is the full size. */
  scale: number
  /**
   * Rounds of a row from memory that do not count: an engine compiles its fastest code for what has run long enough, and not
   * for all libraries at the same time.
   */
  unmeasuredRounds: number
  /** The least and the largest number of rounds of those that thresholds are about. */
  rounds: number
  mostRounds: number
  /** Between these two, rounds are added until the error of their ratio is at most this … */
  precision: number
  /** … or `rowMs` are over and the error is at most `noise`, or `noisyRowMs` are over. */
  rowMs: number
  noise: number
  noisyRowMs: number
  /** The number of rounds over the network. More are added until the error of the wall time is at most `networkPrecision`. */
  networkRounds: number
  networkPrecision: number
  /** No round is added over the network after this time. */
  networkRowMs: number
  /** The largest number of rounds of the other libraries. */
  peerRounds: number
  /** They get at least so many, and no more once they have taken `patienceMs`. */
  leastRounds: number
  patienceMs: number
  /** The same over the network. */
  leastNetworkRounds: number
  networkPatienceMs: number
  networkEvents: number
  networkKinds: ('network' | 'network-json' | 'network-all')[]
  /** How many events the server sends per write; 0: as fast as possible. */
  writes: number[]
  /** How many times slower the browser makes the CPU for the rows of chats; 1: not at all. */
  throttlings: number[]
  /** The number of fresh pages in which each library has its chats, for each of these. */
  chatRounds: number
  /** In how many more the longest task of the main thread is measured, which makes everything slower. */
  longestRounds: number
  /** The number of events of the first chat, how many later ones there are, and the events of each. */
  firstEvents: number
  laterChats: number
  laterEvents: number
  /** How often the start is measured. */
  starts: number
  /** How many events the memory is measured over. */
  memoryEvents: number
}

/** The figures that count: those of `cargo xtask bench browser`. */
export const FULL: Plan = {
  scale: 1,
  unmeasuredRounds: 4,
  rounds: 9,
  mostRounds: 299,
  precision: 0.015,
  rowMs: 9_000,
  noise: 0.05,
  noisyRowMs: 60_000,
  networkRounds: 36,
  networkPrecision: 0.03,
  networkRowMs: 240_000,
  peerRounds: 9,
  leastRounds: 3,
  patienceMs: 300,
  leastNetworkRounds: 12,
  networkPatienceMs: 3_000,
  networkEvents: 200_000,
  networkKinds: ['network', 'network-all'],
  writes: [0, 50],
  throttlings: [1, 6],
  chatRounds: 24,
  longestRounds: 5,
  firstEvents: 300,
  laterChats: 10,
  laterEvents: 20,
  starts: 20,
  memoryEvents: 1_000_000,
}

/** A short run of the command, to see that everything works. */
export const QUICK: Plan = {
  ...FULL,
  // Large chunks and small ones, text that is not ASCII, and the two hard cases.
  only: { parse: ['chat 64k', 'tokens 4k', 'chinese 64k', 'one-per-chunk per-event', 'chunks-8 8-bytes'], json: ['chat 64k'] },
  unmeasuredRounds: 0,
  rounds: 3,
  mostRounds: 3,
  networkRounds: 2,
  networkRowMs: 0,
  peerRounds: 3,
  leastRounds: 1,
  patienceMs: 100,
  leastNetworkRounds: 2,
  networkPatienceMs: 100,
  networkEvents: 50_000,
  networkKinds: ['network'],
  chatRounds: 3,
  longestRounds: 1,
  starts: 5,
  memoryEvents: 100_000,
}

/** What can be measured by itself. */
export const PARTS = ['chat', 'parse', 'json', 'network', 'start', 'memory'] as const

export type Part = (typeof PARTS)[number]

/** A plan that measures only these parts. */
export function restricted(plan: Plan, parts: readonly Part[]): Plan {
  const has = (part: Part) => parts.includes(part)
  const { parse, json } = plan.only ?? {}
  return {
    ...plan,
    throttlings: has('chat') ? plan.throttlings : [],
    only: { parse: has('parse') ? parse : [], json: has('json') ? json : [] },
    writes: has('network') ? plan.writes : [],
    starts: has('start') ? plan.starts : 0,
    memoryEvents: has('memory') ? plan.memoryEvents : 0,
  }
}

/** What the demo's page measures: so many rounds, that its user knows how long it takes. */
export const PAGE_FULL: Plan = {
  ...FULL,
  rounds: 2,
  mostRounds: 18,
  precision: 0,
  rowMs: 5_000,
  noisyRowMs: 5_000,
  networkRounds: 9,
  networkRowMs: 0,
  leastRounds: 2,
  patienceMs: 2_500,
  leastNetworkRounds: 2,
  networkPatienceMs: 2_500,
  networkKinds: ['network', 'network-json', 'network-all'],
  throttlings: [1],
  chatRounds: 8,
  longestRounds: 0,
  starts: 21,
}

/** The streams that differ most, each in its largest chunks. */
export const PAGE_QUICK: Plan = {
  ...PAGE_FULL,
  only: {
    parse: ['chat 64k', 'named 64k', 'tokens 64k', 'chinese 64k', 'payloads-16k 64k', 'one-per-chunk per-event'],
    json: ['chat 64k'],
  },
  mostRounds: 12,
  networkRounds: 5,
  peerRounds: 5,
  networkEvents: 50_000,
  networkKinds: ['network', 'network-json'],
  writes: [0],
  chatRounds: 4,
  starts: 9,
  memoryEvents: 100_000,
}

const LABELS: Record<string, string> = {
  '64k': '64 KiB chunks',
  '4k': '4 KiB chunks',
  '1k': '1 KiB chunks',
  'per-event': 'a flush after each event',
  '8-bytes': 'cut by a proxy',
  '4-bytes': 'the worst case',
}

/** The subjects of a plan: the chats first, since they are what most pages do. */
export function subjectsOf(plan: Plan, { workloads }: Catalogue): Subject[] {
  const fromMemory = (kind: 'parse' | 'json') =>
    workloads.flatMap(({ name: workload, title, chunkings }) =>
      chunkings
        .filter(({ json }) => kind === 'parse' || json)
        .map(({ name: chunking }) => ({ kind, workload, title, chunking, label: LABELS[chunking] ?? chunking }))
        .filter((subject) => plan.only?.[kind]?.includes(nameOf(subject)) ?? true),
    )
  const fromServer = plan.writes.flatMap((perWrite) =>
    plan.networkKinds.map((kind) => ({
      kind,
      workload: perWrite === 0 ? 'as-fast-as-possible' : `${perWrite}-per-write`,
      title: kind === 'network-json' ? 'JSON' : 'Text',
      chunking: '',
      label: `${perWrite === 0 ? 'as fast as possible' : `${perWrite} events per write`}${kind === 'network-all' ? ", listener to '*'" : ''}`,
    })),
  )
  const chats = plan.throttlings.flatMap((throttling) => {
    const label = throttling === 1 ? 'at full speed' : `CPU ${throttling} times slower`
    const subject = (kind: Kind, workload: string, title: string) => ({ kind, workload, title, chunking: '', label, throttling })
    return [
      subject('first-chat', 'first-chat', 'One chat in a fresh page'),
      subject('later-chat', 'later-chat', 'Each later chat'),
    ]
  })
  return [...chats, ...fromMemory('parse'), ...fromMemory('json'), ...fromServer]
}

/** After so many rounds three libraries, and over the network three or four, have run in all their orders. */
const ORDERS = 6
const NETWORK_ORDERS = 12

/** A library that certainly takes more than so many times as long as the fastest one need not be measured more exactly. */
const SLOWER = 1.1

/**
 * The groups that take turns. From memory, those that thresholds are about are among themselves: the others leave so much
 * garbage that the next one would be slower. To collect it each time would empty the engine's nursery, so that all would be
 * measured by page faults. Over the network there is one group, because every library has a threshold there.
 */
export function heatsOf(row: Row): Entry[][] {
  if (isNetwork(row.subject)) return [row.entries]
  return [true, false].map((wanted) => row.entries.filter(({ name }) => isMeasure(name) === wanted))
}

const isOfMeasures = (heat: Entry[]) => heat.every(({ name }) => isMeasure(name))

/** How many rounds of this group do not count. */
export function unmeasuredRounds(plan: Plan, row: Row, heat: Entry[]): number {
  return !isNetwork(row.subject) && isOfMeasures(heat) ? plan.unmeasuredRounds : 0
}

/** Whether this group of the row gets this round. */
export function hasRound(plan: Plan, row: Row, heat: Entry[], round: number): boolean {
  const ms = row.entries.reduce((sum, entry) => sum + entryMs(entry), 0)
  if (isNetwork(row.subject)) {
    if (round < plan.networkRounds) return true
    return ms < plan.networkRowMs && (round % NETWORK_ORDERS !== 0 || (row.wallError() ?? 0) > plan.networkPrecision)
  }
  if (!isOfMeasures(heat)) return round < plan.peerRounds
  if (round < plan.rounds) return true
  if (round >= plan.mostRounds || ms >= plan.noisyRowMs) return false
  // Only after all orders: the more often the error is looked at, the more often chance looks like precision.
  return round % ORDERS !== 0 || (row.ratioError() ?? Number.POSITIVE_INFINITY) > (ms < plan.rowMs ? plan.precision : plan.noise)
}

/** The largest number of steps that a row takes: the comparison before, and its rounds. */
export const stepsOf = (plan: Plan, row: Row): number =>
  isChat(row.subject) ? plan.chatRounds : 1 + (isNetwork(row.subject) ? plan.networkRounds : plan.mostRounds + plan.peerRounds)

/** Whether a library is measured in this round. One that is left out stays out, because times are compared round by round. */
export function isMeasuredIn(plan: Plan, row: Row, entry: Entry, round: number): boolean {
  if (entry.void !== undefined) return false
  if (isMeasure(entry.name)) return true
  const { length } = entry.ms
  const ms = entryMs(entry)
  if (isNetwork(row.subject)) {
    if (length !== round) return false
    const isPatient = round < plan.networkRounds && ms < plan.networkPatienceMs
    return round < plan.leastNetworkRounds || isPatient || !row.isSlower(entry.name, SLOWER)
  }
  return length < plan.leastRounds || ms < plan.patienceMs
}

/**
 * The order of a round (Williams' design). After as many rounds as there are members, or twice as many where that is odd, each
 * has begun a round and followed each of the others equally often: the next one is slowed by the garbage that one leaves.
 */
export function orderOf<T>(members: readonly T[], round: number): T[] {
  const { length } = members
  const zigzag = members.map((_, place) => (place % 2 === 0 ? place / 2 : length - (place + 1) / 2))
  const order = zigzag.map((place) => members[(place + round) % length]!)
  return length % 2 === 1 && Math.floor(round / length) % 2 === 1 ? order.reverse() : order
}
