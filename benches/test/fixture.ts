// Rows and hosts that need no browser.

import type { Kind, Subject } from '../engine/catalogue.ts'
import type { Benchmark, Host } from '../engine/measure.ts'
import { newEntry, type Outcome, Row } from '../engine/row.ts'

export function subjectOf(kind: Kind, workload = 'chat', chunking = kind.startsWith('network') ? '' : '64k'): Subject {
  return { kind, workload, title: 'Chat', chunking, label: chunking }
}

/** A row whose libraries took these times. */
export function rowWith(times: Record<string, number[]>, kind: Kind = 'parse'): Row {
  return new Row(
    subjectOf(kind),
    Object.entries(times).map(([name, ms]) => ({ ...newEntry(name), ms })),
  )
}

/** What a library does: its time, and what it reports; `turn` counts from 1, the comparison included. */
export interface Script {
  ms?: number | ((turn: number) => number)
  events?: number
  checksum?: string
  fails?: string
  skipped?: string
  flaw?: string
  later?: (turn: number) => Omit<Script, 'ms' | 'later'>
}

/** A row and a host whose libraries do what the script says; `asked` has the name of each that ran, in order. */
export function scripted(script: Record<string, Script>, { kind = 'parse', events = 3 }: { kind?: Kind; events?: number } = {}) {
  const entries = Object.entries(script).map(([name, { skipped, flaw }]) => newEntry(name, skipped, flaw))
  const row = new Row(subjectOf(kind), entries)
  const asked: string[] = []
  const turn = async ({ library }: any): Promise<Outcome & { ms: number }> => {
    asked.push(library)
    const turn = asked.filter((name) => name === library).length
    const { ms = 10, later, ...rest } = script[library]!
    const { fails, ...outcome } = { events: 3, checksum: 'right', ...rest, ...later?.(turn) }
    if (fails) throw new Error(fails)
    return { ms: typeof ms === 'function' ? ms(turn) : ms, events: outcome.events, checksum: outcome.checksum }
  }
  const benchmark = {
    prepare: async () => ({ events, bytes: 8e6 }),
    parse: turn,
    verify: turn,
    network: turn,
    verifyNetwork: turn,
  } as unknown as Benchmark
  const host: Host = { benchmark, renew: async () => {}, heap: async () => undefined }
  return { row, host, asked }
}
