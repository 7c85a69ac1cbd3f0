// The plot of `native.json`: a row for each stream, a dot for each crate.

import { dots } from './charts.ts'

interface Results {
  baseline: string
  libraries: { name: string; timesBaseline: number | null }[]
  rows: { workload: string; chunking: string; results: { library: string; gigabytesPerSecond: number }[] }[]
}

/** The two ways to use sse-fetch and the fastest of the others have colours. */
const COLOURS = { 'sse-fetch': 'ours', 'sse-fetch (strings)': 'theirs', 'sse-stream': 'third' } as const

export function nativePlots({ baseline, libraries, rows }: Results): Record<string, string> {
  const series = libraries.map(({ name, timesBaseline }) => ({
    name,
    summary: timesBaseline === null ? 'no figure' : `${timesBaseline.toFixed(1)} ×`,
    colour: COLOURS[name as keyof typeof COLOURS] ?? ('other' as const),
    figures: rows.map(({ results }) => results.find(({ library }) => library === name)?.gigabytesPerSecond),
  }))
  const names = rows.map(({ workload, chunking }) => `${workload}, ${chunking}`)
  const legend = `GB/s, medians; means as a multiple of ${baseline}. sse-fetch and sseer give slices, the others strings.`
  return { 'native.svg': dots('Parsing natively', legend, names, { unit: 'GB/s', least: [0.5, 2] }, series) }
}
