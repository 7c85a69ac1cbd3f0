// What a run of the benchmarks could have measured.

import type { Kind } from '../engine/catalogue.ts'
import { newEntry, Row } from '../engine/row.ts'
import type { Measured, Size } from '../engine/thresholds.ts'
import { subjectOf } from './fixture.ts'

const around = (middle: number) => [middle + 1, middle, middle - 1]

function rowOf(kind: Kind, workload: string, chunking: string, libraries: [name: string, ms: number, busyMs?: number][]): Row {
  const entries = libraries.map(([name, ms, busyMs]) => {
    return { ...newEntry(name), ms: around(ms), busyMs: busyMs === undefined ? [] : around(busyMs) }
  })
  return new Row({ ...subjectOf(kind, workload, chunking), label: chunking || workload }, entries)
}

/** Ratios of 2 and 0.5; over the network twice as busy as the baseline and half as busy as the fastest peer. */
export function measuredIn(engine: string): Measured {
  const fromMemory = (ours: number, parser: number): [string, number][] => [
    ['sse-fetch', ours],
    ['eventsource-parser', parser],
    ['baseline', 10],
  ]
  const busy = (ms: number) => (engine === 'chromium' ? ms : undefined)
  return {
    engine,
    userAgent: 'Netscape 4 <Gold>',
    catalogue: { libraries: [], workloads: [] },
    rows: [
      rowOf('parse', 'chat', '64k', fromMemory(20, 30)),
      rowOf('parse', 'drips-4', '4-bytes', fromMemory(30, 20)),
      rowOf('json', 'chat', '64k', fromMemory(20, 30)),
      rowOf('network', 'as-fast-as-possible', '', [
        ['sse-fetch', 50, busy(20)],
        ['eventsource-parser', 100, busy(40)],
        ['fetch-event-source', 300, busy(80)],
        ['native', 900, busy(200)],
        ['baseline', 30, busy(10)],
      ]),
    ],
    networkEvents: 200_000,
    startMs: [3, 2, 40],
    memory: { events: 1_000_000, wasmAfterFirst: 1_500_000, wasmAfter: 1_500_000, heapBefore: 2_000_000, heapAfter: 4_000_000 },
    failures: [],
  }
}

const size = (name: string, file: string, brotli: number): Size => ({
  name,
  file,
  raw: 90_000,
  minified: 80_000,
  gzip: 26_000,
  brotli,
})

export const SIZES = [size('sse-fetch', 'index.js', 24_000), size('sse-fetch.wasm', 'sse-fetch.wasm', 12_000)]
