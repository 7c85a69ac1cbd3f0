// What the demo's page adds to the engine: the memory that a browser reports to a page, and figures as text.

import assert from 'node:assert/strict'
import { afterEach, test, vi } from 'vitest'

import { grown, percent, times } from '../../../www/pages/js/bench/figures.js'
import { Realm } from '../../../www/pages/js/bench/realm.js'

const isolated = Object.getOwnPropertyDescriptor(globalThis, 'crossOriginIsolated')

/** A realm in a browser that reports its memory by `measure()`. */
function realmWith(measure, run = new AbortController()) {
  Object.defineProperty(globalThis, 'crossOriginIsolated', { configurable: true, value: true })
  performance.measureUserAgentSpecificMemory = measure
  return Object.assign(new Realm(), { signal: run.signal })
}

afterEach(() => {
  vi.useRealTimers()
  delete performance.measureUserAgentSpecificMemory
  if (isolated) Object.defineProperty(globalThis, 'crossOriginIsolated', isolated)
  else delete globalThis.crossOriginIsolated
})

test('only the bytes that scripts hold count', async () => {
  const realm = realmWith(async () => ({
    breakdown: [
      { bytes: 1500, types: ['JavaScript'] },
      { bytes: 9999, types: ['DOM'] },
    ],
  }))
  assert.equal(await realm.heap(), 1500)
})

test('a browser that reports no memory gets another message than one that takes too long', async () => {
  const silent = realmWith(undefined)
  assert.equal(await silent.heap(), undefined)
  assert.equal(silent.isLate, false)

  vi.useFakeTimers()
  const slow = realmWith(() => new Promise(() => {}))
  const heap = slow.heap()
  vi.advanceTimersByTime(60_000)
  assert.equal(await heap, undefined)
  assert.equal(slow.isLate, true)
})

test('a run that is stopped does not wait for the memory', async () => {
  const run = new AbortController()
  const realm = realmWith(() => {
    run.abort()
    return new Promise(() => {})
  }, run)
  assert.equal(await realm.heap(), undefined)
  assert.equal(realm.isLate, false)
})

test('spreads, growth and ratios are short', () => {
  assert.equal(percent(0.024), '± 2 %')
  assert.equal(percent(0.004), '± 0.4 %')
  assert.equal(percent(0 / 0) + percent(1 / 0) + percent(undefined), '')
  assert.equal(grown(0), '± 0')
  assert.equal(grown(840_000), '+ 0.84 MB')
  assert.equal(grown(-65_536), '− 0.07 MB')
  assert.equal(times(1.3333), '1.33 ×')
  assert.equal(times(24.4), '24 ×')
})
