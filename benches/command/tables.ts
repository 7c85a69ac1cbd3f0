// The tables that the command prints.

import { BASELINE, isNetwork, type Kind, nameOf, OURS, PARSER } from '../engine/catalogue.ts'
import { type ChatRows, chatRowsOf } from '../engine/measure.ts'
import type { Entry, Row } from '../engine/row.ts'
import { geometricMean, relative, type Spread, spreadOf } from '../engine/statistics.ts'
import { isMet, type Measured, percent, reachesAim, type Size, showFigure, type Threshold } from '../engine/thresholds.ts'

/** How the figures are defined. */
export const DEFINITIONS = [
  'chats: each time in a fresh page of a browser that was just started, with a new profile, so that nothing is in a cache. The page ' +
    'imports one bundled client when its first chat begins (loading it counts), and reads 300 events, which the server writes one by ' +
    "one, 1 ms apart. Then it has ten chats of 20 events; what is shown is that of one. Busy: DevTools' TaskDuration of the main " +
    'thread, in CPU time, so other programs do not count. Longest task: in CPU time too, in other pages, since tracing costs time. ' +
    'All of it before the difference between two medians. Only in Chromium, at full speed and with a CPU that Chromium makes six ' +
    'times slower.',
  'parse, json: from bytes in memory to the listener, through the public class of each library. Medians of rounds in which ' +
    'sse-fetch, the bare parser and the baseline run once each, in changing order, after four rounds that do not count, with ' +
    'garbage collected between rows. There are as many rounds as it takes until the standard error of the ratio is 1.5 %, but ' +
    'none after some 9 s (60 s where that error is above 5 % or there is no ratio), and 299 at most. The other libraries take ' +
    'turns among themselves afterwards, 3 to 9 times, and read a fifth of the stream first to warm up.',
  'baseline: reads the same stream and throws its bytes away.',
  'net: without the median time of the baseline.',
  'ratio: net time of eventsource-parser (with fetch and TextDecoder) divided by that of sse-fetch; above 1 sse-fetch is faster. ' +
    'The times of a round are scaled to the same sum for it, because the pace of a machine varies, so it is not exactly the ' +
    'quotient of the columns. Behind it is its standard error.',
  '±: half the distance between the quartiles.',
  'n: repetitions. A library that takes long gets fewer, except the bare parser and the baseline.',
  "busy: DevTools' TaskDuration of the page's main thread, which only Chromium reports.",
  'over the network: 36 rounds, and more until the threshold for the wall time is known to 3 %, while all of them take less than ' +
    '4 min. A library that is certainly more than a tenth slower than the fastest one, and busier by as much than the least busy, ' +
    'gets as many of the 36 as take 3 s, but at least 12. Thresholds compare two libraries round by round, so a figure there is ' +
    'the median of quotients, with its standard error.',
]

/** Every table. */
export function tables(all: readonly Measured[], sizes: readonly Size[], thresholds: readonly Threshold[]): string {
  const definitions = DEFINITIONS.map((definition) => `${definition}\n`)
  return [...all.map(ofBrowser), sizeTable(sizes), '\n', ...definitions, thresholdTable(thresholds)].join('')
}

function ofBrowser(measured: Measured): string {
  const { engine, userAgent, rows, startMs } = measured
  const start = spreadOf(startMs)
  return [
    `\n${engine}: ${userAgent}\n`,
    ...chatRowsOf(rows).map(chatTable),
    memoryTable(rows, 'parse', 'Parse and dispatch'),
    memoryTable(rows, 'json', 'JSON'),
    ...rows.filter(({ subject }) => isNetwork(subject)).map((row) => networkTable(measured, row)),
    voidTable(measured),
    start ? `\nStart: ${withSpread(start)} from the evaluated import to the client (n ${start.samples})\n` : '',
  ].join('')
}

/** A line for each library: what a chat costs beyond reading the stream. */
function chatTable({ first, later }: ChatRows): string {
  const line = (...[name, ...cells]: string[]) => `${name!.padEnd(24)}${cells.map((cell) => cell.padStart(20)).join('')}\n`
  const longest = (row: Row, name: string) => {
    const spread = row.spread(name, 'longestMs')
    return spread ? withSpread(spread) : '–'
  }
  const lines = first.entries
    .filter((entry) => entry.void === undefined)
    .sort((one, other) => (first.time(one.name) ?? 0) - (first.time(other.name) ?? 0))
    .map(({ name, busyMs }) => {
      const figures = [first, later].map((row) => (name === BASELINE ? busyOf(row) : overBaseline(row, name)))
      return line(name, figures[0]!, longest(first, name), figures[1]!, longest(later, name), String(busyMs.length))
    })
  const head = line('', 'first', 'longest task', 'each later', 'longest task', 'n')
  return `\nChats, ${first.subject.label}: busy ms over the baseline (± standard error)\n${head}${lines.join('')}`
}

/** How busy the baseline keeps the main thread. */
const busyOf = (row: Row): string => {
  const spread = row.spread(BASELINE, 'busyMs')
  return spread ? `(${spread.median.toFixed(2)})` : '–'
}

/** `7.20 ± 0.31`. */
export function overBaseline(row: Row, name: string): string {
  const over = row.overBaseline(name, 'busyMs')
  return over ? `${over.ms.toFixed(2)} ± ${over.error.toFixed(2)}` : '–'
}

/** A line for each row, a column for each library: net times, and first of all the ratio. */
function memoryTable(all: readonly Row[], kind: Kind, title: string): string {
  const rows = all.filter(({ subject }) => subject.kind === kind)
  if (rows.length === 0) return ''
  const names = rows[0]!.entries.map(({ name }) => name).filter((name) => name !== BASELINE)
  const line = (name: string, ratio: string, cells: string[], baseline: string) =>
    `${name.padEnd(24)}${ratio.padStart(16)}${cells.map((cell) => cell.slice(0, 18).padStart(19)).join('')}${baseline.padStart(10)}\n`
  const lines = rows.map((row) => {
    const baseline = row.spread(BASELINE)?.median.toFixed(1) ?? '–'
    return line(
      nameOf(row.subject),
      ratioOf(row) ?? '–',
      names.map((name) => netTime(row, name)),
      baseline,
    )
  })
  const ratios = rows.flatMap((row) => row.ratio() ?? [])
  const mean = geometricMean(ratios)
  const last = mean === undefined ? '' : line('geometric mean', `${mean.toFixed(2)} ×`, [`of ${ratios.length} rows`], '')
  return `\n${title}, net ms (± of ${OURS} and of ${PARSER})\n${line('', 'ratio', names, BASELINE)}${lines.join('')}${last}`
}

/** `1.44 × ± 0.3 %`. */
export function ratioOf(row: Row): string | undefined {
  const ratio = row.ratio()
  return ratio === undefined ? undefined : `${ratio.toFixed(2)} × ± ${percent(row.ratioError()!, 1)}`
}

/** `31.4 ± 2 %`, or how many repetitions there were where they are few. */
function netTime(row: Row, name: string): string {
  const entry = row.entry(name)
  if (!entry || entry.isSkipped) return '·'
  if (entry.void !== undefined) return 'void'
  const [net, spread] = [row.time(name), row.spread(name)]
  if (net === undefined || !spread) return 'below baseline'
  return [OURS, PARSER].includes(name)
    ? `${net.toFixed(1)} ± ${percent(relative(spread), 0)}`
    : `${net.toFixed(1)} (n ${spread.samples})`
}

function networkTable({ networkEvents }: Measured, row: Row): string {
  const line = (...[name, wall, busy, n]: [string, string, string, string]) =>
    `${name.padEnd(24)}${wall.padStart(20)}${busy.padStart(20)}${n.padStart(6)}\n`
  const cell = (ms: number[]) => (ms.length > 0 ? withSpread(spreadOf(ms)!) : '–')
  const middle = ({ name }: Entry) => row.spread(name)?.median ?? Number.POSITIVE_INFINITY
  const lines = row.entries
    .filter((entry) => entry.void === undefined)
    .sort((one, other) => middle(one) - middle(other))
    .map(({ name, ms, busyMs }) => line(name, cell(ms), cell(busyMs), String(ms.length)))
  const { title, label } = row.subject
  return `\nOver the network: ${networkEvents} events, ${title}, ${label}\n${line('', 'wall', 'busy', 'n')}${lines.join('')}`
}

const withSpread = (ms: Spread) => `${ms.median.toFixed(ms.median < 10 ? 2 : 0)} ms ± ${percent(relative(ms), 0)}`

/** What does not count, and why: each reason once, with the rows it holds for. */
function voidTable({ rows, failures }: Measured): string {
  const reasons = new Map<string, string[]>()
  for (const row of rows) {
    for (const { name, void: reason, isSkipped } of row.entries) {
      if (reason === undefined || isSkipped) continue
      const key = `${name}: ${reason}`
      reasons.set(key, [...(reasons.get(key) ?? []), nameOf(row.subject)])
    }
  }
  const voids = [...reasons].map(([reason, names]) => `${reason} (${names.join(', ')})`)
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`
  return list('Void', voids) + list('Not measured', failures)
}

function sizeTable(sizes: readonly Size[]): string {
  const line = (name: string, ...cells: (string | number)[]) =>
    `${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(9)).join('')}\n`
  const lines = sizes.map(({ name, raw, minified, gzip, brotli }) => line(name, raw, minified, gzip, brotli))
  return `\n${line('Size in bytes', 'raw', 'min', 'gzip', 'Brotli')}${lines.join('')}`
}

/** Each threshold, its figure, and whether it is met. */
export function thresholdTable(thresholds: readonly Threshold[]): string {
  const line = (...[engine, what, figure, limit, aim, verdict]: string[]) =>
    `${engine!.padEnd(10)}${what!.padEnd(64)}${figure!.padStart(10)}${limit!.padStart(11)}${aim!.padStart(6)}  ${verdict}\n`
  const lines = thresholds.map((threshold) => {
    const { engine = '', what, atLeast, atMost, aim, note } = threshold
    const verdict = !isMet(threshold) ? 'NOT MET' : reachesAim(threshold) ? 'met, and the aim' : 'met'
    const limit = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
    return line(engine, what, showFigure(threshold), limit, String(aim ?? ''), `${verdict.padEnd(17)} ${note}`)
  })
  const met = thresholds.filter(isMet).length
  const head = line('Thresholds', '', 'figure', 'threshold', 'aim', '')
  return `\n${head}${lines.join('')}${met} of ${thresholds.length} thresholds are met\n`
}
