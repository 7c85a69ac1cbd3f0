import assert from 'node:assert/strict'
import { test } from 'vitest'

import { BASELINE, OURS, PARSER } from '../engine/catalogue.ts'
import { fail, judge, meanOf, newEntry, type Outcome, report } from '../engine/row.ts'
import { rowWith } from './fixture.ts'

const around = (ms: number) => [ms - 1, ms, ms + 5]
const reported = (outcomes: Record<string, Outcome>) =>
  Object.entries(outcomes).map(([name, outcome]) => ({ ...newEntry(name), outcome }))
const right = { events: 9, checksum: 1 }

test('a library that differs from most in number or contents is void', () => {
  const entries = reported({
    [OURS]: right,
    [PARSER]: right,
    'counts-wrong': { events: 8, checksum: 1 },
    'reads-wrong': { events: 9, checksum: 2 },
    [BASELINE]: { events: 0, checksum: 0 },
  })
  judge(entries, 'outcome')
  assert.deepEqual(
    entries.map((entry) => entry.void),
    [undefined, undefined, '8 events instead of 9', 'other data than the rest', undefined],
  )
})

test('where as many report one thing as another the bare parser is right', () => {
  const entries = reported({ [OURS]: { events: 9, checksum: 2 }, [PARSER]: right })
  judge(entries, 'outcome')
  assert.deepEqual(
    entries.filter((entry) => entry.void !== undefined).map(({ name }) => name),
    [OURS],
  )
})

test('a library that failed has no vote', () => {
  const entries = reported({ [PARSER]: right, a: { events: 8 }, b: { events: 8 } })
  for (const entry of entries.slice(1)) fail(entry, 'it stopped')
  judge(entries, 'outcome')
  assert.deepEqual(
    entries.map((entry) => entry.void),
    [undefined, 'it stopped', 'it stopped'],
  )
})

test('most cannot be right against the number of events that were sent', () => {
  const entries = reported({ [OURS]: right, [PARSER]: { events: 8 }, other: { events: 8 } })
  judge(entries, 'outcome', 9)
  assert.deepEqual(
    entries.map((entry) => entry.void),
    [undefined, '8 events instead of 9', '8 events instead of 9'],
  )
})

test('a library that reports something else the next time is void', () => {
  const entry = newEntry('fickle')
  report(entry, right)
  report(entry, right)
  assert.equal(entry.void, undefined)
  report(entry, { events: 9, checksum: 2 })
  assert.equal(entry.void, 'not the same every time: other data than the rest')
})

test('ratios are without the baseline', () => {
  const row = rowWith({ [OURS]: around(30), [PARSER]: around(50), [BASELINE]: around(10) })
  assert.equal(row.ratio(), 2)
})

test('a machine that is slower for a while does not change the ratio', () => {
  const slower = [1, 3, 1.5, 2, 1]
  const row = rowWith({
    [OURS]: slower.map((n) => n * 30),
    [PARSER]: slower.map((n) => n * 50),
    [BASELINE]: slower.map((n) => n * 10),
  })
  assert.ok(Math.abs(row.ratio()! - 2) < 1e-12)
  assert.ok(row.ratioError()! < 1e-12)
  row.entries[0]!.ms[0]! += 10
  assert.ok(row.ratioError()! < 0.1, 'one of five says little')
  row.entries[0]!.ms[1]! -= 30
  row.entries[0]!.ms[2]! += 20
  assert.ok(row.ratioError()! > 0.1)
})

test('what is void or cannot be told apart from the baseline has no ratio', () => {
  const row = rowWith({ [OURS]: around(30), [PARSER]: around(50), [BASELINE]: around(40) })
  assert.equal(row.ratio(), undefined, 'less than nothing')
  row.entries[2]!.ms = [10]
  assert.notEqual(row.ratio(), undefined)
  fail(row.entries[0]!, 'differs')
  assert.equal(row.ratio(), undefined, 'void')
})

test('what cannot be told apart from the baseline has no time', () => {
  const row = rowWith({ [OURS]: [30, 31, 32], same: [11, 11, 11], void: [20], [BASELINE]: [11] })
  fail(row.entries[2]!, 'differs')
  assert.deepEqual(
    [OURS, 'same', 'void'].map((name) => row.time(name)),
    [20, undefined, undefined],
  )
  assert.deepEqual(
    [OURS, 'same', 'void', 'unknown'].map((name) => row.isLost(name)),
    [false, true, false, false],
  )
})

test('over the network the baseline is a library like the others', () => {
  const row = rowWith({ [OURS]: [14], [BASELINE]: [6] }, 'network')
  assert.equal(row.time(OURS), 14)
  assert.deepEqual(row.shown, [OURS, BASELINE])
  assert.deepEqual(rowWith({ [OURS]: [14], [BASELINE]: [6] }).shown, [OURS])
})

test('the spread is a part of the time without the baseline, and needs three samples', () => {
  const row = rowWith({ [OURS]: [12, 14, 16], few: [12, 14], [BASELINE]: [6, 6, 6] })
  assert.deepEqual(
    [OURS, 'few'].map((name) => row.timeSpread(name)),
    [1 / 8, undefined],
  )
})

test('a slow library is compared in the rounds it was in', () => {
  const row = rowWith({ [OURS]: [10, 20, 10, 50, 50], slow: [40, 80, 40] })
  const { samples, min, max } = row.quotients('slow', OURS, 'ms')!
  assert.deepEqual([samples, min, max], [3, 4, 4])
  assert.equal(row.quotients('slow', 'unknown', 'ms'), undefined)
  assert.equal(row.quotients('slow', OURS, 'busyMs'), undefined)
})

test('the best peer is neither the baseline nor sse-fetch nor void', () => {
  const row = rowWith({ [OURS]: [1], [BASELINE]: [2], a: [3], b: [4], c: [5] })
  fail(row.entries[2]!, 'differs')
  assert.equal(row.bestPeer('ms'), 'b')
})

test('a library that was left out is not the best peer', () => {
  assert.equal(rowWith({ [OURS]: [10, 10, 10], a: [10, 10, 10], lucky: [2, 2] }).bestPeer('ms'), 'a')
})

test('a library that may be as fast is not slower', () => {
  const times = { fast: [100, 100, 100], slow: [119, 120, 121], unsteady: [60, 120, 190] }
  const row = rowWith({ [OURS]: [100, 100, 100], ...times }, 'network')
  assert.deepEqual(
    Object.keys(times).map((name) => row.isSlower(name, 1.1)),
    [false, true, false],
  )
  // One that is slower, but keeps the main thread as busy as the best, is not slower either.
  for (const entry of row.entries) entry.busyMs = [50, 50, 50]
  assert.equal(row.isSlower('slow', 1.1), false)
})

test('a mean counts the rows without a figure', () => {
  const rows = [
    rowWith({ [OURS]: [20], peer: [30], [BASELINE]: [10] }),
    rowWith({ [OURS]: [20], peer: [90], [BASELINE]: [10] }),
    rowWith({ [OURS]: [20], peer: [10], [BASELINE]: [10] }),
    rowWith({ [OURS]: [20], peer: [30], [BASELINE]: [10] }),
  ]
  fail(rows[3]!.entries[1]!, 'differs')
  const mean = meanOf('peer', rows)!
  assert.ok(Math.abs(mean.mean - 4) < 1e-12)
  assert.deepEqual([mean.least.times, mean.most.times, mean.rows, mean.voids, mean.lost], [2, 8, 2, 1, 1])
  assert.equal(meanOf('unknown', rows), undefined)
})
