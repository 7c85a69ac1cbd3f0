// The thresholds, the tables and the JSON of given measurements.

import assert from 'node:assert/strict'
import { test } from 'vitest'

import { toJson } from '../command/json.ts'
import { tables, thresholdTable } from '../command/tables.ts'
import { QUICK } from '../engine/plan.ts'
import { fail } from '../engine/row.ts'
import { isMet, reachesAim, type Threshold, thresholds } from '../engine/thresholds.ts'
import { measuredIn, SIZES } from './results.ts'

function find(all: readonly Threshold[], what: string): Threshold {
  const found = all.find((threshold) => threshold.what === what)
  assert.ok(found, `no threshold ${what} in ${all.map((threshold) => threshold.what).join('\n')}`)
  return found
}

test('each threshold has its figure', () => {
  const all = thresholds([measuredIn('chromium')], SIZES)
  const expected: [string, number, boolean][] = [
    ['parse: worst row', 0.5, false],
    ['parse: geometric mean', 1, false],
    ['main thread, as-fast-as-possible: of the baseline', 2, false],
    ['main thread, as-fast-as-possible: less than the fastest peer', 2, true],
    ['main thread, as-fast-as-possible: less than fetch-event-source', 4, true],
    ['main thread, as-fast-as-possible: less than native EventSource', 10, false],
    ['wall, as-fast-as-possible: of the fastest peer', 0.5, true],
    ['start: from import until the wasm runs', 3, true],
    ['memory: growth of wasm', 0, true],
    ['memory: growth of the JS heap', 2, false],
    ['size: default entry, min + Brotli', 24, false],
    ['size: slim .wasm, Brotli', 12, true],
  ]
  for (const [what, figure, met] of expected) {
    assert.ok(Math.abs(find(all, what).figure! - figure) < 1e-9, `${what}: ${find(all, what).figure}`)
    assert.equal(isMet(find(all, what)), met, what)
  }
  assert.ok(reachesAim(find(all, 'main thread, as-fast-as-possible: less than the fastest peer')))
  assert.ok(!reachesAim(find(all, 'size: default entry, min + Brotli')))
  assert.equal(find(all, 'parse: worst row').note, 'drips-4 4-bytes ± 0.0 %')
  assert.equal(find(all, 'parse: geometric mean').note, '± 0.0 % of 2 of 2 rows')
})

test('only Chromium has thresholds for the main thread and the start', () => {
  const all = thresholds([measuredIn('firefox')], []).map(({ what }) => what)
  assert.ok(!all.some((what) => what.startsWith('main thread') || what.startsWith('start')))
  assert.ok(all.some((what) => what.startsWith('wall')))
})

test('a threshold without a figure is not met', () => {
  const all = thresholds([], SIZES)
  const slim = find(all, 'size: slim JS, min + Brotli')
  assert.deepEqual([slim.figure, isMet(slim)], [undefined, false])
  assert.match(thresholdTable(all), /1 of 3 thresholds are met/)
})

test('a void row is listed with its reason and fails the threshold of the worst row', () => {
  const measured = measuredIn('webkit')
  fail(measured.rows[1]!.entries[0]!, '8 events instead of 9')
  const all = thresholds([measured], [])
  const worst = find(all, 'parse: worst row')
  assert.ok(!isMet(worst))
  assert.match(worst.note, /no ratio for drips-4 4-bytes/)
  assert.ok(tables([measured], [], all).includes('sse-fetch: 8 events instead of 9 (drips-4 4-bytes)'))
})

test('the tables have the ratio of each row and each library over the network', () => {
  const all = [measuredIn('chromium')]
  const text = tables(all, SIZES, thresholds(all, SIZES))
  for (const part of ['2.00 ×', '0.50 ×', 'geometric mean', 'fetch-event-source', '200000 events', 'NOT MET', 'index.js']) {
    assert.ok(text.includes(part), `${part} is not in\n${text}`)
  }
})

test('the JSON has every sample and what was computed from them', () => {
  const browsers = [measuredIn('chromium')]
  const results = { plan: QUICK, browsers, sizes: SIZES, thresholds: thresholds(browsers, SIZES), failures: ['webkit: not here'] }
  const json = JSON.parse(JSON.stringify(toJson(results)))
  const [row] = json.browsers[0].rows
  assert.deepEqual([row.kind, row.ratio], ['parse', 2])
  assert.equal(row.entries[0].ms.length, 3)
  assert.equal(row.entries[0].timeMs, 10)
  assert.equal(json.thresholds[0].met, false)
  assert.equal(json.failures[0], 'webkit: not here')
})
