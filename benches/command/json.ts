// Everything that was measured as JSON, with all samples.

import { nameOf } from '../engine/catalogue.ts'
import type { Plan } from '../engine/plan.ts'
import type { Row } from '../engine/row.ts'
import { isMet, type Measured, type Size, type Threshold } from '../engine/thresholds.ts'
import { DEFINITIONS } from './tables.ts'

export interface Results {
  plan: Plan
  browsers: readonly Measured[]
  sizes: readonly Size[]
  thresholds: readonly Threshold[]
  failures: readonly string[]
}

export const toJson = ({ browsers, thresholds, ...rest }: Results) => ({
  benchmark: 'browser',
  definitions: DEFINITIONS,
  thresholds: thresholds.map((threshold) => ({ ...threshold, met: isMet(threshold) })),
  browsers: browsers.map((measured) => ({ ...measured, rows: measured.rows.map(rowToJson) })),
  ...rest,
})

function rowToJson(row: Row) {
  const entries = row.entries.map((entry) => ({
    ...entry,
    spreadMs: row.spread(entry.name),
    spreadBusyMs: row.spread(entry.name, 'busyMs'),
    spreadLongestMs: row.spread(entry.name, 'longestMs'),
    timeMs: row.time(entry.name),
  }))
  return { ...row.subject, name: nameOf(row.subject), ratio: row.ratio(), ratioError: row.ratioError(), entries }
}
