// The plots of `browser.json`.

import { BASELINE, OURS } from '../engine/catalogue.ts'
import { geometricMean, type Spread, spreadOf } from '../engine/statistics.ts'
import { type Bar, bars, dots } from './charts.ts'
import type { Colour } from './frame.ts'

interface Row {
  kind: string
  name: string
  label: string
  ratio?: number
  entries: { name: string; spreadMs?: Spread; spreadBusyMs?: Spread; timeMs?: number }[]
}

interface Browser {
  engine: string
  rows: Row[]
  networkEvents: number
  startMs: number[]
  memory?: { events: number; wasmAfterFirst: number; wasmAfter: number; heapBefore?: number; heapAfter?: number }
}

interface Results {
  browsers: Browser[]
  sizes: { name: string; gzip: number; brotli: number }[]
}

/** Every plot that there are figures for, by the name of its file. */
export function browserPlots({ browsers, sizes }: Results): Record<string, string> {
  const fromMemory = 'from bytes in memory to the listener, without the time to read the bytes.'
  const named = {
    chat: chats(browsers),
    parse: ratios(
      browsers,
      'parse',
      'Parse and dispatch',
      `How many times as fast as eventsource-parser with TextDecoder, ${fromMemory}`,
    ),
    json: ratios(
      browsers,
      'json',
      'JSON',
      "The same with parsed data: the option parse: 'json', and eventsource-parser with JSON.parse.",
    ),
    wall: network(
      browsers,
      'spreadMs',
      'Over the network: wall time',
      'Milliseconds from the request to the last listener called, the time of the server included',
    ),
    busy: network(
      browsers.filter(({ engine }) => engine === 'chromium'),
      'spreadBusyMs',
      'Over the network: main thread',
      "Milliseconds the page's main thread was busy (DevTools' TaskDuration)",
    ),
    start: start(browsers),
    memory: memory(browsers),
    size: size(sizes),
  }
  const found = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(found.map(([name, plot]) => [`browser-${name}.svg`, plot]))
}

/** What a chat costs with each library. */
function chats(browsers: Browser[]): string | undefined {
  const panels = browsers.flatMap(({ rows }) =>
    rows
      .filter(({ kind }) => kind.endsWith('-chat'))
      .map(({ kind, label, entries }) => {
        const measured = entries.flatMap(({ name, timeMs }): Bar[] => {
          if (name === BASELINE || timeMs === undefined || timeMs === null) return []
          const colour = name === OURS ? 'ours' : 'other'
          return [{ name, value: Math.max(timeMs, 0), figure: `${timeMs.toFixed(2)} ms`, colour }]
        })
        measured.sort((one, other) => one.value - other.value)
        return { title: `${kind === 'first-chat' ? 'First chat in a fresh page' : 'Each later chat'}, ${label}`, bars: measured }
      }),
  )
  const legend =
    "Milliseconds that the page's main thread was busy, without the baseline, which throws the same stream away; medians."
  return panels.length > 0 ? bars('One chat', legend, panels) : undefined
}

/** A row for each stream, a dot for each browser. */
function ratios(browsers: Browser[], kind: string, title: string, legend: string): string | undefined {
  const rows = (browser: Browser) => browser.rows.filter((row) => row.kind === kind)
  const names = [...new Set(browsers.flatMap(rows).map(({ name }) => name))]
  if (names.length === 0) return undefined
  const series = browsers.map((browser) => {
    const figures = names.map((name) => rows(browser).find((row) => row.name === name)?.ratio ?? undefined)
    const mean = geometricMean(figures.filter((figure) => figure !== undefined))
    const summary = mean === undefined ? 'no figure' : `geometric mean ${mean.toFixed(2)} ×`
    return { name: browser.engine, summary, colour: colourOf(browser.engine), figures }
  })
  const axis = { unit: '×', least: [0.5, 2] as [number, number], middle: 1 }
  return dots(`${title}: sse-fetch and the fastest JavaScript parser`, legend, names, axis, series)
}

const colourOf = (engine: string): Colour => (engine === 'chromium' ? 'ours' : engine === 'firefox' ? 'theirs' : 'third')

const inMs = (name: string, spread: Spread, colour: Colour, digits: number): Bar => ({
  name,
  value: spread.median,
  figure: `${spread.median.toFixed(digits)} ms`,
  colour,
  quartiles: [spread.lowerQuartile, spread.upperQuartile],
})

function network(browsers: Browser[], of: 'spreadMs' | 'spreadBusyMs', title: string, legend: string): string | undefined {
  const panels = browsers.flatMap(({ engine, rows, networkEvents }) =>
    rows
      .filter(({ kind }) => kind.startsWith('network'))
      .map(({ label, entries }) => {
        const measured = entries.flatMap(({ name, [of]: spread }) => {
          const colour = name === OURS ? 'ours' : name === BASELINE ? 'third' : 'other'
          return spread ? [inMs(name, spread, colour, 0)] : []
        })
        measured.sort((one, other) => one.value - other.value)
        return { title: `${engine}: ${networkEvents} events, ${label}`, bars: measured }
      }),
  )
  return panels.length > 0 ? bars(title, `${legend}; medians, the line spans the quartiles.`, panels) : undefined
}

function start(browsers: Browser[]): string | undefined {
  const all = browsers.flatMap(({ engine, startMs }) => {
    const spread = spreadOf(startMs)
    return spread ? [inMs(engine, spread, colourOf(engine), 2)] : []
  })
  const legend =
    'Milliseconds from the evaluated import until the wasm of the first client runs; medians, the line spans the quartiles.'
  return all.length > 0 ? bars('Start', legend, [{ title: 'Milliseconds', bars: all }]) : undefined
}

/** What was held after the first thousand events, and at the end. */
function memory(browsers: Browser[]): string | undefined {
  const panels = browsers.flatMap(({ engine, memory }) => {
    if (!memory) return []
    const figures: [string, number | undefined][] = [
      ['wasm, after the first thousand', memory.wasmAfterFirst],
      ['wasm, at the end', memory.wasmAfter],
      ['JS heap, after the first thousand', memory.heapBefore],
      ['JS heap, at the end', memory.heapAfter],
    ]
    const measured = figures.flatMap(([name, bytes]) =>
      bytes === undefined || bytes === null
        ? []
        : [{ name, value: bytes, figure: `${(bytes / 1e6).toFixed(2)} MB`, colour: colourOf(engine) }],
    )
    return [{ title: `${engine}: ${memory.events} events`, bars: measured }]
  })
  const legend = 'What a long stream leaves in memory, with the client connected and garbage collected.'
  return panels.length > 0 ? bars('Memory', legend, panels) : undefined
}

function size(sizes: Results['sizes']): string | undefined {
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1)
  const all = sizes.map(({ name, brotli, gzip }) => {
    const figure = `${kilobytes(brotli)} KB (gzip ${kilobytes(gzip)})`
    return { name, value: brotli, figure, colour: 'ours' as const }
  })
  const legend = 'Each entry with all that it imports, minified.'
  return all.length > 0 ? bars('What a page downloads', legend, [{ title: 'KB with Brotli', bars: all }]) : undefined
}
