// The thresholds of the project, and whether the figures meet them.

import type { Catalogue } from './catalogue.ts'
import { BASELINE, isNetwork, nameOf, OURS } from './catalogue.ts'
import type { Memory } from './measure.ts'
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
    what: 'start: import to constructed',
    unit: 'ms',
    atMost: 5,
    note: `median of ${measured.startMs.length}`,
  } as const
  return [
    ...ofParsing(measured),
    ...network.flatMap((row) => [...(isChromium ? ofBusyThread(row) : []), ofWallTime(row)]),
    ...(isChromium ? [{ ...start, figure: median(measured.startMs) }] : []),
    ...ofMemory(measured.memory),
  ]
}

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
  return [
    busy('of the baseline', OURS, BASELINE, { atMost: 1.6, aim: 1.3 }),
    busy('less than the fastest peer', row.bestPeer('busyMs'), OURS, { atLeast: 1.2, aim: 1.5 }),
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
    one('size: default entry, min + Brotli', entry('sse-fetch'), 25, 20),
    one(
      'size: slim .wasm, Brotli',
      sizes.find(({ file }) => file.endsWith('.wasm')),
      16,
    ),
    one('size: slim JS, min + Brotli', entry('sse-fetch/slim'), 5),
  ]
}

export const percent = (part: number, digits: number): string => `${(part * 100).toFixed(digits)} %`
