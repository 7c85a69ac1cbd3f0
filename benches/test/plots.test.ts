import assert from 'node:assert/strict'
import { DOMParser } from 'linkedom'
import { test } from 'vitest'

import { toJson } from '../command/json.ts'
import { QUICK } from '../engine/plan.ts'
import { browserPlots } from '../plots/browser.ts'
import { dots, type Series } from '../plots/charts.ts'
import { nativePlots } from '../plots/native.ts'
import { reconnectStormPlots } from '../plots/reconnect-storm.ts'
import { measuredIn, SIZES } from './results.ts'

const AXIS = { unit: '×', least: [0.5, 2] as [number, number], middle: 1 }

const seriesOf = (name: string, colour: Series['colour'], figures: Series['figures']): Series => ({
  name,
  summary: 'so-so',
  colour,
  figures,
})

const parse = (plot: string) => new DOMParser().parseFromString(plot, 'image/svg+xml')
const count = (plot: string, selector: string) => parse(plot).querySelectorAll(selector).length
/** How many dots of any shape there are: each has a title. */
const dotsIn = (plot: string) => count(plot, 'g[aria-label=dot] title')

const plotsOf = (browsers: ReturnType<typeof measuredIn>[]) =>
  browserPlots(JSON.parse(JSON.stringify(toJson({ plan: QUICK, browsers, sizes: SIZES, thresholds: [], failures: [] }))))

test('the plots of the browsers show every figure', () => {
  const plots = plotsOf(['chromium', 'firefox', 'webkit'].map(measuredIn))
  const names = ['parse', 'json', 'wall', 'busy', 'start', 'memory', 'size']
  assert.deepEqual(
    Object.keys(plots),
    names.map((name) => `browser-${name}.svg`),
  )
  const bars = (name: string) => count(plots[`browser-${name}.svg`]!, 'g[aria-label=bar] path, g[aria-label=bar] rect')
  assert.equal(dotsIn(plots['browser-parse.svg']!), 6, 'two rows in three browsers')
  assert.equal(dotsIn(plots['browser-json.svg']!), 3, 'one row in three browsers')
  assert.deepEqual(['wall', 'busy', 'start', 'memory', 'size'].map(bars), [15, 5, 3, 12, 2])
})

test('a row without a ratio has no dot', () => {
  const measured = measuredIn('chromium')
  measured.rows[0]!.entries[2]!.ms = [1000]
  const plot = plotsOf([measured])['browser-parse.svg']!
  assert.equal(dotsIn(plot), 1)
  assert.doesNotMatch(plot, /NaN|Infinity/)
})

test('a series without a figure in a row has no dot there, and text is escaped', () => {
  const plot = dots('t', 'l', ['chat', 'a < b'], AXIS, [
    seriesOf('one', 'ours', [3, undefined]),
    seriesOf('other', 'ours', [1, 0.7]),
  ])
  assert.equal(dotsIn(plot), 3)
  assert.match(plot, /<title>one: 3.00 ×<\/title>/)
  assert.match(plot, />a &lt; b<\/text>/)
  assert.equal(plot.match(/var\(--axis\)"/g)?.length, 1, 'the middle of the axis')
})

test('series of one colour differ in shape', () => {
  const all = (['other', 'ours', 'other', 'other'] as const).map((colour, i) => seriesOf('abcd'[i]!, colour, [1]))
  const plot = dots('t', 'l', ['chat'], AXIS, all)
  for (const legend of ['● a', '● b', '■ c', '▲ d']) assert.ok(plot.includes(`>${legend}: so-so<`), legend)
})

test('a wide axis has every other mark', () => {
  const marks = (least: [number, number]) =>
    count(dots('t', 'l', [], { ...AXIS, least }, []), 'g[aria-label^="x-axis tick label"] text')
  assert.deepEqual([marks([0.5, 2]), marks([0.0625, 16])], [3, 5])
})

test('no rows leave an empty plot', () => {
  assert.doesNotMatch(dots('t', 'l', [], AXIS, []), /NaN|Infinity/)
})

test('the plot of the crates has a dot for each figure and the mean of each crate', () => {
  const plot = nativePlots({
    baseline: 'eventsource-stream',
    libraries: [
      { name: 'sse-fetch', timesBaseline: 2 },
      { name: 'eventsource-stream', timesBaseline: 1 },
      { name: 'void', timesBaseline: null },
    ],
    rows: [
      {
        workload: 'chat',
        chunking: '64 KiB',
        results: [
          { library: 'sse-fetch', gigabytesPerSecond: 2 },
          { library: 'eventsource-stream', gigabytesPerSecond: 1 },
        ],
      },
    ],
  })['native.svg']!
  assert.equal(dotsIn(plot), 2)
  for (const text of ['● sse-fetch: 2.0 ×<', '<title>sse-fetch: 2.00 GB/s</title>', '>chat, 64 KiB</text>'])
    assert.ok(plot.includes(text), text)
})

test('the plot of the reconnect storm has every outage with its peaks', () => {
  const policy = (policy: string, peak: number) => ({
    policy,
    peak_per_second: peak,
    all_back_after_ms: 1500,
    requests_during_outage: 3,
    requests_after_return: 4,
    requests_by_second_since_loss: [peak, 0, 1],
  })
  const outage = (title: string) => ({ title, outage_ms: 1000, policies: [policy('sse-fetch', 1234), policy('after 1 s', 5000)] })
  const plot = reconnectStormPlots({ clients: 5000, outages: [outage('a'), outage('b')] })['reconnect-storm.svg']!
  for (const text of [
    '5,000 clients lose',
    'sse-fetch: peak 1,234 a second, all back after 1.5 s',
    'after 1 s: peak 5,000 a second',
  ]) {
    assert.ok(plot.includes(text), text)
  }
  assert.equal(count(plot, 'g[aria-label=area]'), 4)
  assert.doesNotMatch(plot, /NaN|Infinity/)
})
