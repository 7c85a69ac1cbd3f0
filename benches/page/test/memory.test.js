// What a browser tells of its memory, or does not.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'

import { growth } from '../../../www/pages/js/bench/memory.js'

/** Answers as a stream of so many events would. */
const benchmark = {
  memory: async ({ events }) => ({ events, wasmAfterFirst: 65_536, wasmAfter: 131_072 }),
}

const isolated = Object.getOwnPropertyDescriptor(globalThis, 'crossOriginIsolated')

/** A browser that tells `measure()` of its memory. */
function browserThat(measure) {
  Object.defineProperty(globalThis, 'crossOriginIsolated', { configurable: true, value: true })
  performance.measureUserAgentSpecificMemory = measure
}

afterEach(() => {
  delete performance.measureUserAgentSpecificMemory
  if (isolated) Object.defineProperty(globalThis, 'crossOriginIsolated', isolated)
  else delete globalThis.crossOriginIsolated
})

const unstopped = () => new AbortController().signal

test('only what scripts hold counts', async () => {
  let bytes = 1000
  browserThat(async () => ({ breakdown: [{ bytes: (bytes += 500), types: ['JavaScript'] }, { bytes: 9999, types: ['DOM'] }] }))
  assert.deepEqual(await growth(benchmark, 100_000, unstopped()), { wasm: 65_536, heap: 500 })
})

test('a browser that does not tell is told apart from one that takes too long', async (context) => {
  assert.deepEqual(await growth(benchmark, 100_000, unstopped()), { wasm: 65_536, heap: undefined })

  context.mock.timers.enable({ apis: ['setTimeout'] })
  const asked = new Promise((resolve) => {
    browserThat(() => {
      resolve()
      return new Promise(() => {})
    })
  })
  const grown = growth(benchmark, 100_000, unstopped())
  await asked
  context.mock.timers.tick(60_000)
  assert.deepEqual(await grown, { wasm: 65_536, isLate: true })
})

test('a stream that lacks events is no measure', async () => {
  const short = { memory: async ({ events }) => ({ events: events - 1 }) }
  await assert.rejects(growth(short, 100_000, unstopped()), /999 events came where 1000 were asked for/)
})

test('who is stopped has no figures', async () => {
  const run = new AbortController()
  browserThat(() => {
    run.abort()
    return new Promise(() => {})
  })
  assert.equal(await growth(benchmark, 100_000, run.signal), undefined)
})
