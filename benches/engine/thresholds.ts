// The thresholds of the project, and whether the figures meet them.

import type { Catalogue } from './catalogue.ts'
import { BASELINE, isNetwork, nameOf, OURS, PARSER } from './catalogue.ts'
import { type ChatRows, chatRowsOf, type Memory } from './measure.ts'
import type { Row, Samples } from './row.ts'
import { geometricMean, median, medianError } from './statistics.ts'

/** Everything that was measured in one browser. */
export interface Measured {
  engine: string
  userAgent: string
  catalogue: Catalogue
  rows: Row[]
  networkEvents: number
  startMs: number[]
  memory?: Memory
  /** What could not be measured, and why. */
  failures: string[]
}

/** The size of an entry of the package with everything it imports, or of a wasm file, in bytes. */
export interface Size {
  name: string
  file: string
  raw: number
  minified: number
  gzip: number
  brotli: number
}

/** What a figure has to be at least, or at most. */
export interface Threshold {
  engine?: string
  what: string
  /** Undefined if nothing was measured. */
  figure?: number
  unit: '×' | 'KB' | 'MB' | 'ms'
  atLeast?: number
  atMost?: number
  /** What would be better still. */
  aim?: number
  /** Where the figure comes from, or why there is none. */
  note: string
}

/** Whether the figure meets the threshold; a missing one does not. */
export const isMet = ({ figure, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Threshold): boolean =>
  figure !== undefined && figure >= atLeast && figure <= atMost

/** Whether it is as good as what would be better still. */
export const reachesAim = ({ aim, ...threshold }: Threshold): boolean =>
  aim !== undefined && isMet({ ...threshold, [threshold.atMost === undefined ? 'atLeast' : 'atMost']: aim })

/** `1.43 ×`. */
export const showFigure = ({ figure, unit }: Threshold): string =>
  figure === undefined ? '–' : `${figure.toFixed(unit === 'KB' ? 1 : 2)} ${unit}`

/** Every threshold, for these browsers and sizes. */
export function thresholds(all: readonly Measured[], sizes: readonly Size[]): Threshold[] {
  return [
    ...all.flatMap((measured) => ofBrowser(measured).map((one) => ({ engine: measured.engine, ...one }))),
    ...ofSizes(sizes),
  ]
}

function ofBrowser(measured: Measured): Threshold[] {
  const isChromium = measured.engine === 'chromium'
  const network = measured.rows.filter(({ subject }) => isNetwork(subject))
  const start = {
    what: 'start: from import until the wasm runs',
    unit: 'ms',
    atMost: 5,
    note: `median of ${measured.startMs.length}`,
  } as const
  return [
    ...(isChromium ? chatRowsOf(measured.rows).flatMap(ofChats) : []),
    ...ofParsing(measured),
    ...network.flatMap((row) => [...(isChromium ? ofBusyThread(row) : []), ofWallTime(row)]),
    ...(isChromium ? [{ ...start, figure: median(measured.startMs) }] : []),
    ...ofMemory(measured.memory),
  ]
}

/** The library that most applications use for a chat today. */
const USUAL = 'fetch-event-source'

/** What a chat costs beyond reading the stream, beside what most applications use. */
function ofChats({ first, later }: ChatRows): Threshold[] {
  const isThrottled = (first.subject.throttling ?? 1) > 1
  const over = (row: Row, name: string, of: Samples = 'busyMs') => row.overBaseline(name, of)
  const [ours, usual] = [over(first, OURS), over(first, USUAL)]
  const started: Threshold = {
    what: `one chat in a fresh page, ${first.subject.label}: more than ${USUAL}`,
    unit: 'ms',
    figure: ours && usual && ours.ms - usual.ms,
    ...(isThrottled ? { atMost: 40, aim: 12 } : { atMost: 8, aim: 2 }),
    note: `over the baseline: ${inMs(OURS, ours)}, ${inMs(USUAL, usual)}`,
  }
  if (isThrottled) return [started]
  const longest = first.spread(OURS, 'longestMs')?.median
  const ofBaseline = first.spread(BASELINE, 'longestMs')?.median
  const task: Threshold = {
    what: 'one chat in a fresh page: longest task',
    unit: 'ms',
    figure: longest,
    atMost: 5,
    aim: 3,
    note: ofBaseline === undefined ? 'not measured' : `baseline ${ofBaseline.toFixed(1)} ms`,
  }
  const times = (peer: string, limit: object): Threshold => {
    const [ours, theirs] = [over(later, OURS), over(later, peer)]
    return {
      what: `each later chat: of ${peer}`,
      unit: '×',
      // What cannot be told apart from the baseline is no measure.
      figure: ours && theirs && theirs.ms > theirs.error ? Math.max(ours.ms, 0) / theirs.ms : undefined,
      ...limit,
      note: `over the baseline: ${inMs(OURS, ours)}, ${inMs(peer, theirs)}`,
    }
  }
  return [started, task, times(USUAL, { atMost: 1, aim: 0.3 }), times(PARSER, { atMost: 1.5 })]
}

const inMs = (name: string, over: { ms: number; error: number } | undefined): string =>
  over ? `${name} ${over.ms.toFixed(2)} ± ${over.error.toFixed(2)} ms` : `${name}: no figure`

/** Compared with the bare parser. A row without a ratio fails the threshold of the worst row, which it may be. */
function ofParsing({ engine, rows: all }: Measured): Threshold[] {
  const rows = all.filter(({ subject }) => subject.kind === 'parse')
  const compared = rows.flatMap((row) => {
    const ratio = row.ratio()
    return ratio === undefined ? [] : [{ row, ratio, error: row.ratioError()! }]
  })
  const without = rows.filter((row) => row.ratio() === undefined).map(({ subject }) => nameOf(subject))
  const worst = [...compared].sort((one, other) => one.ratio - other.ratio)[0]
  const name = worst && nameOf(worst.row.subject)
  let note = worst ? `${name} ± ${percent(worst.error, 1)}` : 'no row'
  if (worst && without.length > 0) note = `${name} at ${worst.ratio.toFixed(2)} ×, but no ratio for ${without.join(', ')}`
  const meanError = Math.hypot(...compared.map(({ error }) => error)) / Math.max(compared.length, 1)
  return [
    {
      what: 'parse: worst row',
      unit: '×',
      figure: without.length === 0 ? worst?.ratio : undefined,
      atLeast: engine === 'chromium' ? 0.95 : 0.9,
      note,
    },
    {
      what: 'parse: geometric mean',
      unit: '×',
      figure: geometricMean(compared.map(({ ratio }) => ratio)),
      atLeast: 1.25,
      aim: engine === 'chromium' ? 1.5 : undefined,
      note: `± ${percent(meanError, 1)} of ${compared.length} of ${rows.length} rows`,
    },
  ]
}

/** Main-thread time over the network. */
function ofBusyThread(row: Row): Threshold[] {
  const busy = (part: string, one: string | undefined, other: string | undefined, limit: object) =>
    compare(row, `main thread, ${row.subject.label}: ${part}`, one, other, limit, 'busyMs')
  const isFlood = row.subject.workload === 'as-fast-as-possible'
  return [
    busy('of the baseline', OURS, BASELINE, { atMost: 1.6, aim: 1.3 }),
    busy('less than the fastest peer', row.bestPeer('busyMs'), OURS, { atLeast: isFlood ? 1.4 : 1.2, aim: 1.5 }),
    busy('less than fetch-event-source', 'fetch-event-source', OURS, { atLeast: 3 }),
    busy('less than native EventSource', 'native', OURS, { atLeast: 12 }),
  ]
}

function ofWallTime(row: Row): Threshold {
  return compare(row, `wall, ${row.subject.label}: of the fastest peer`, OURS, row.bestPeer('ms'), { atMost: 1 }, 'ms')
}

/** A threshold for how many times as much one library takes as another: `± 2 % of 36; sse-fetch 66 ms, native 780 ms`. */
function compare(row: Row, what: string, one = '', other = '', limit: object = {}, of: Samples = 'ms'): Threshold {
  const quotients = row.quotients(one, other, of)
  const medianOf = (name: string) => {
    const ms = row.spread(name, of)?.median
    return ms === undefined ? `${name}: no figure` : `${name} ${ms.toFixed(0)} ms`
  }
  const names = [OURS, one === OURS ? other : one].filter((name) => name !== '')
  let note = names.map(medianOf).join(', ')
  // One or two samples have no meaningful error.
  if (quotients && quotients.samples > 2) {
    note = `± ${percent(medianError(quotients) / quotients.median, 0)} of ${quotients.samples}; ${note}`
  }
  return { what, unit: '×', figure: quotients?.median, ...limit, note }
}

function ofMemory(memory: Memory | undefined): Threshold[] {
  const wasm = { what: 'memory: growth of wasm', unit: 'MB', atMost: 0 } as const
  if (!memory) return [{ ...wasm, note: 'not measured' }]
  const { events, wasmAfter, wasmAfterFirst, heapBefore, heapAfter } = memory
  const megabytes = (bytes: number) => bytes / 1e6
  const note = `${megabytes(wasmAfter).toFixed(2)} MB after ${events} events`
  const all: Threshold[] = [{ ...wasm, figure: megabytes(wasmAfter - wasmAfterFirst), note }]
  if (heapBefore !== undefined && heapAfter !== undefined) {
    const figure = megabytes(heapAfter - heapBefore)
    all.push({
      what: 'memory: growth of the JS heap',
      unit: 'MB',
      figure,
      atMost: 1,
      note: `${megabytes(heapAfter).toFixed(2)} MB at the end`,
    })
  }
  return all
}

function ofSizes(sizes: readonly Size[]): Threshold[] {
  const one = (what: string, size: Size | undefined, atMost: number, aim?: number): Threshold => ({
    what,
    unit: 'KB',
    figure: size && size.brotli / 1000,
    atMost,
    aim,
    note: size?.file ?? 'not in the package',
  })
  const entry = (name: string) => sizes.find((size) => size.name === name)
  return [
    one('size: default entry, min + Brotli', entry('sse-fetch'), 20, 15),
    one(
      'size: slim .wasm, Brotli',
      sizes.find(({ file }) => file.endsWith('.wasm')),
      16,
    ),
    one('size: slim JS, min + Brotli', entry('sse-fetch/slim'), 5),
  ]
}

export const percent = (part: number, digits: number): string => `${(part * 100).toFixed(digits)} %`
