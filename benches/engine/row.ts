// A row: one stream that every library reads, what each of them took, and what makes its figures void.

import { BASELINE, isChat, isNetwork, OURS, PARSER, type Subject } from './catalogue.ts'
import { geometricMean, halfRange, median, medianError, type Spread, spreadOf } from './statistics.ts'

/** Less than this above the baseline, in ms, is noise. */
const NOISE = 0.2

/** What a library reported. The checksum depends on the contents of the events. */
export interface Outcome {
  events: number
  checksum?: string | number
}

/** What one library took in a row. */
export interface Entry {
  name: string
  /** What it reported when every character of every event counted. */
  verified?: Outcome
  /** What it reported in the timed repetitions, whose checksum is a cheap one. */
  outcome?: Outcome
  /** Why its figures count for nothing. */
  void?: string
  /** It takes no part in this row. */
  isSkipped?: boolean
  /** Why it is known to be wrong in this row. */
  flaw?: string
  /** Milliseconds of each repetition. */
  ms: number[]
  /** Milliseconds that the main thread was busy, where the browser reports it. */
  busyMs: number[]
  /** Milliseconds of the longest task of the main thread in each repetition, where that is measured. */
  longestMs: number[]
}

export const newEntry = (name: string, skipped?: string, flaw?: string): Entry => ({
  name,
  ...(skipped === undefined ? {} : { void: skipped, isSkipped: true }),
  flaw,
  ms: [],
  busyMs: [],
  longestMs: [],
})

/** Milliseconds of all its repetitions. */
export const entryMs = ({ ms }: Entry): number => ms.reduce((sum, one) => sum + one, 0)

/** Makes its figures void; the first reason stands. */
export function fail(entry: Entry, reason: string): void {
  entry.void ??= reason
}

/** Notes what a library reported in a timed repetition; it is void if that is not the same every time. */
export function report(entry: Entry, outcome: Outcome): void {
  entry.outcome ??= outcome
  const other = difference(outcome, entry.outcome)
  if (other !== undefined) fail(entry, `not the same every time: ${other}`)
}

function difference(one: Outcome, right: Outcome): string | undefined {
  if (one.events !== right.events) return `${one.events} events instead of ${right.events}`
  return one.checksum === right.checksum ? undefined : 'other data than the rest'
}

/**
 * Makes those void that reported another number of events than `expected`, or something else than most; where as many report
 * one thing as another, the bare parser is right. The baseline reports nothing that could be compared.
 */
export function judge(entries: readonly Entry[], of: 'verified' | 'outcome', expected?: number): void {
  const compared = entries.filter((entry) => entry.name !== BASELINE && entry.void === undefined && entry[of])
  const isShort = (entry: Entry) => expected !== undefined && entry[of]!.events !== expected
  for (const entry of compared.filter(isShort)) fail(entry, entry.flaw ?? `${entry[of]!.events} events instead of ${expected}`)
  const rest = compared.filter((entry) => !isShort(entry))
  const votes = (entry: Entry) => rest.filter((other) => difference(other[of]!, entry[of]!) === undefined).length
  const weight = (entry: Entry) => votes(entry) + (entry.name === PARSER ? 0.5 : 0)
  const right = rest.reduce<Entry | undefined>((best, entry) => (best && weight(best) >= weight(entry) ? best : entry), undefined)
  for (const entry of rest) {
    const wrong = difference(entry[of]!, right![of]!)
    if (wrong !== undefined) fail(entry, entry.flaw ?? wrong)
  }
}

/** Which samples are compared. */
export type Samples = 'ms' | 'busyMs' | 'longestMs'

export class Row {
  subject: Subject
  entries: Entry[]
  /** How much of `unit` the stream has: known once it was made. */
  amount = 0

  constructor(subject: Subject, entries: Entry[]) {
    this.subject = subject
    this.entries = entries
  }

  get unit(): string {
    if (isChat(this.subject)) return 'ms'
    return isNetwork(this.subject) ? 'thousand/s' : 'MB/s'
  }

  /** For a sentence. */
  get sentence(): string {
    return `${this.subject.title}, ${this.subject.label}`
  }

  entry(name: string): Entry | undefined {
    return this.entries.find((entry) => entry.name === name)
  }

  /** Makes all figures void. */
  fail(reason: string): void {
    for (const entry of this.entries) fail(entry, reason)
  }

  /** The samples of a library, unless its figures are void or there are none. */
  samples(name: string, of: Samples = 'ms'): number[] | undefined {
    const entry = this.entry(name)
    return entry && entry.void === undefined && entry[of].length > 0 ? entry[of] : undefined
  }

  spread(name: string, of: Samples = 'ms'): Spread | undefined {
    return spreadOf(this.samples(name, of) ?? [])
  }

  /**
   * The median time of a library in ms. From memory the baseline is subtracted: undefined where the two cannot be told apart.
   */
  time(name: string): number | undefined {
    if (isChat(this.subject)) return this.overBaseline(name, 'busyMs')?.ms
    const time = this.spread(name)?.median
    if (isNetwork(this.subject) || time === undefined) return time
    const baseline = this.spread(BASELINE)?.median
    return baseline !== undefined && time - baseline > NOISE ? time - baseline : undefined
  }

  /** Half the distance between the quartiles as a part of that time; undefined with fewer than three samples. */
  timeSpread(name: string): number | undefined {
    const [time, spread] = [this.time(name), this.spread(name)]
    return time !== undefined && spread !== undefined && spread.samples > 2 ? halfRange(spread) / time : undefined
  }

  /** How much longer than the baseline a library takes, as the difference of the medians, with its standard error; both in ms. */
  overBaseline(name: string, of: Samples): { ms: number; error: number } | undefined {
    const [time, baseline] = [this.spread(name, of), this.spread(BASELINE, of)]
    if (!time || !baseline) return undefined
    return { ms: time.median - baseline.median, error: Math.hypot(medianError(time), medianError(baseline)) }
  }

  /** How much of `unit` a library reads in a second. */
  speed(name: string): number | undefined {
    if (isChat(this.subject)) return undefined
    const time = this.time(name)
    return time === undefined ? undefined : (this.amount / time) * 1000
  }

  /** How many times as long as sse-fetch a library takes. */
  times(name: string): number | undefined {
    const ratio = name === PARSER && !isNetwork(this.subject) && !isChat(this.subject) ? this.ratio() : undefined
    if (ratio !== undefined) return ratio
    const [ours, theirs] = [this.time(OURS), this.time(name)]
    return ours !== undefined && theirs !== undefined ? theirs / ours : undefined
  }

  /** Whether a library, or sse-fetch, has figures that cannot be told apart from the baseline. */
  isLost(name: string): boolean {
    return [name, OURS, BASELINE].every((one) => this.samples(one)) && this.times(name) === undefined
  }

  /**
   * How many times as fast as the bare parser sse-fetch is, both without the baseline. Undefined where one of them is void or
   * cannot be told apart from the baseline. The times of each round are scaled to the same sum, because a machine that is slower
   * for some seconds slows down all three.
   */
  ratio(): number | undefined {
    const net = this.#net()
    return net && net.parser / net.ours
  }

  /**
   * The relative standard error of that ratio. What makes one slower in a round makes the scaled time of the other smaller, so
   * it is the error of their difference, round by round.
   */
  ratioError(): number | undefined {
    const net = this.#net()
    if (!net) return undefined
    const { scaled, ours, parser } = net
    const differences = scaled.baseline.map((base, i) => (scaled.parser[i]! - base) / parser - (scaled.ours[i]! - base) / ours)
    return medianError(spreadOf(differences)!)
  }

  #net() {
    const [ours, parser, baseline] = [OURS, PARSER, BASELINE].map((name) => this.samples(name))
    if (!ours || !parser || !baseline) return undefined
    const rounds = Math.min(ours.length, parser.length, baseline.length)
    const sums = Array.from({ length: rounds }, (_, i) => ours[i]! + parser[i]! + baseline[i]!)
    const usual = median(sums)!
    const scale = (ms: number[]) => sums.map((sum, i) => (ms[i]! * usual) / sum)
    const scaled = { ours: scale(ours), parser: scale(parser), baseline: scale(baseline) }
    const net = (ms: number[]) => median(ms)! - median(scaled.baseline)!
    const figures = { scaled, ours: net(scaled.ours), parser: net(scaled.parser) }
    return figures.ours > NOISE && figures.parser > NOISE ? figures : undefined
  }

  /**
   * How many times as much one library took as another, round by round: a machine that is slower for some seconds slows down
   * both. A slow library is not measured in every round, but from the first one on.
   */
  quotients(one: string, other: string, of: Samples): Spread | undefined {
    const [ones, others] = [this.samples(one, of), this.samples(other, of)]
    if (!ones || !others) return undefined
    return spreadOf(ones.slice(0, others.length).map((value, i) => value / others[i]!))
  }

  /** The fastest of the other libraries, of those that were measured most often: one that was left out was slower. */
  bestPeer(of: Samples): string | undefined {
    const peers = this.entries.filter(({ name }) => name !== OURS && name !== BASELINE && this.samples(name, of))
    const most = Math.max(...peers.map((entry) => entry[of].length))
    const figures = peers
      .filter((entry) => entry[of].length === most)
      .map(({ name }) => ({ name, times: this.quotients(name, OURS, of)?.median ?? Number.POSITIVE_INFINITY }))
    return figures.sort((one, other) => one.times - other.times)[0]?.name
  }

  /**
   * Whether a library certainly (by two standard errors) takes more than so many times as long as the fastest one, and keeps the
   * main thread busy for as much longer than the best one in that, where that is known.
   */
  isSlower(peer: string, times: number): boolean {
    return (['ms', 'busyMs'] as const).every((of) => {
      const best = this.bestPeer(of)
      const quotients = best === undefined ? undefined : this.quotients(peer, best, of)
      return quotients === undefined || quotients.median - 2 * medianError(quotients) > times
    })
  }

  /** The relative standard error of what sse-fetch takes as a part of what the fastest peer takes. */
  wallError(): number | undefined {
    const best = this.bestPeer('ms')
    const quotients = best === undefined ? undefined : this.quotients(OURS, best, 'ms')
    return quotients && medianError(quotients) / quotients.median
  }

  /** The names of the libraries to show: the baseline is one of them only over the network. */
  get shown(): string[] {
    return this.entries
      .map(({ name }) => name)
      .filter((name) => name !== BASELINE || isNetwork(this.subject) || isChat(this.subject))
  }
}

/** How many times as long as sse-fetch a library takes over several rows, as the geometric mean. */
interface Mean {
  name: string
  mean: number
  least: { row: Row; times: number }
  most: { row: Row; times: number }
  /** How many rows have a figure, how many are void, and in how many it cannot be told apart from the baseline. */
  rows: number
  voids: number
  lost: number
}

/** The mean of a library; undefined if it has no figure. */
export function meanOf(name: string, rows: readonly Row[]): Mean | undefined {
  const compared = rows.flatMap((row) => {
    const times = row.times(name)
    return times === undefined ? [] : [{ row, times }]
  })
  compared.sort((one, other) => one.times - other.times)
  const mean = geometricMean(compared.map(({ times }) => times))
  if (mean === undefined) return undefined
  return {
    name,
    mean,
    least: compared[0]!,
    most: compared.at(-1)!,
    rows: compared.length,
    voids: rows.filter((row) => row.entry(name)?.void !== undefined).length,
    lost: rows.filter((row) => row.isLost(name)).length,
  }
}
