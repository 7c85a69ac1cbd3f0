import assert from 'node:assert/strict'
import { test } from 'vitest'

import { BASELINE, OURS, PARSER } from '../engine/catalogue.ts'
import { measureMemory, measureRow, measureStart } from '../engine/measure.ts'
import { FULL } from '../engine/plan.ts'
import { type Script, scripted } from './fixture.ts'

const HONEST: Record<string, Script> = {
  [OURS]: { ms: 14 },
  [PARSER]: { ms: 22 },
  [BASELINE]: { ms: 6, events: 0, checksum: '' },
}
/** Three rounds. Before them, each library runs twice: it is compared, and warms up. */
const PLAN = { ...FULL, unmeasuredRounds: 0, rounds: 3, mostRounds: 3, peerRounds: 3, networkRounds: 1, networkRowMs: 0 }

test('the figures of a row are without the baseline', async () => {
  const { row, host } = scripted(HONEST)
  await measureRow(host, row, PLAN)
  assert.equal(row.time(OURS), 8)
  assert.equal(row.speed(OURS), 1000)
  assert.equal(row.times(PARSER), 2)
  assert.equal(row.entry(OURS)!.ms.length, 3)
})

test('a library that is wrong, fails or takes no part is void with the reason, and is not timed', async () => {
  const { row, host, asked } = scripted({
    ...HONEST,
    few: { events: 2 },
    other: { checksum: 'wrong' },
    known: { checksum: 'wrong', flaw: 'it trims the data' },
    broken: { fails: 'unexpected end' },
    absent: { skipped: 'it would take minutes' },
  })
  await measureRow(host, row, PLAN)
  assert.deepEqual(Object.fromEntries(row.entries.map((entry) => [entry.name, entry.void])), {
    [OURS]: undefined,
    [PARSER]: undefined,
    [BASELINE]: undefined,
    few: '2 events instead of 3',
    other: 'other data than the rest',
    known: 'it trims the data',
    broken: 'unexpected end',
    absent: 'it would take minutes',
  })
  const turns = ['few', 'other', 'known', 'broken', 'absent'].map((name) => asked.filter((other) => other === name).length)
  assert.deepEqual(turns, [1, 1, 1, 1, 0])
  assert.equal(row.times('few'), undefined)
})

test('a library that is wrong or fails when it is timed is void from then on', async () => {
  const { row, host, asked } = scripted({
    ...HONEST,
    wrong: { later: (turn) => (turn > 2 ? { checksum: 'wrong' } : {}) },
    fickle: { later: (turn) => (turn > 3 ? { events: 4 } : {}) },
    broken: { later: (turn) => (turn > 3 ? { fails: 'reset' } : {}) },
  })
  await measureRow(host, row, PLAN)
  const names = ['wrong', 'fickle', 'broken']
  assert.deepEqual(
    names.map((name) => row.entry(name)!.void),
    ['other data than the rest', 'not the same every time: 4 events instead of 3', 'reset'],
  )
  assert.deepEqual(
    names.map((name) => asked.filter((other) => other === name).length),
    [3, 4, 4],
  )
  assert.equal(row.time(OURS), 8)
})

test('without a baseline no row from memory has figures', async () => {
  const reason = '7 bytes were read where there are 8'
  for (const from of [1, 2, 3]) {
    const baseline = { ms: 6, later: (turn: number) => (turn >= from ? { fails: reason } : {}) }
    const { row, host } = scripted({ ...HONEST, [BASELINE]: baseline, peer: {} })
    await measureRow(host, row, PLAN)
    const reasons = row.entries.filter(({ name }) => name !== BASELINE).map((entry) => entry.void)
    assert.deepEqual(reasons, Array(3).fill(`${BASELINE}: ${reason}`), `at its turn ${from}`)
    assert.equal(row.time(OURS), undefined)
  }
})

test('rounds to warm up leave no figure', async () => {
  const { row, host, asked } = scripted(HONEST)
  await measureRow(host, row, { ...PLAN, unmeasuredRounds: 2, rounds: 0, mostRounds: 0, peerRounds: 0 })
  assert.deepEqual(asked.slice(6), [OURS, BASELINE, PARSER, PARSER, OURS, BASELINE])
  assert.ok(row.entries.every(({ ms }) => ms.length === 0))
})

test('a round that is stopped halfway is judged', async () => {
  const { row, host, asked } = scripted({ ...HONEST, wrong: { later: (turn) => (turn > 2 ? { events: 4 } : {}) } })
  await measureRow(host, row, PLAN, { isWanted: () => asked.filter((name) => name === 'wrong').length < 3 })
  assert.equal(asked.at(-1), 'wrong')
  assert.equal(row.entry('wrong')!.void, '4 events instead of 3')
})

test('a part of what comes from the server is compared in full before all of it is timed', async () => {
  const asked: unknown[] = []
  const { row, host } = scripted(HONEST, { kind: 'network' })
  const note =
    (what: string) =>
    async ({ library, url, count }: any) => {
      asked.push([what, library, count, new URL(url, 'http://localhost').searchParams.get('count')])
      return { ms: 5, events: count, checksum: 'a' }
    }
  Object.assign(host.benchmark, { network: note('timed'), verifyNetwork: note('verified') })
  await measureRow(host, row, PLAN)
  const libraries = [OURS, PARSER, BASELINE]
  assert.deepEqual(asked, [
    ...libraries.map((name) => ['verified', name, 40_000, '40000']),
    ...libraries.map((name) => ['timed', name, 40_000, '40000']),
    ['timed', BASELINE, 200_000, '200000'],
    ...[OURS, BASELINE, PARSER].map((name) => ['timed', name, 200_000, '200000']),
  ])
})

test('over the network the busy time of the main thread is measured, where the browser reports it', async () => {
  const { row, host } = scripted(HONEST, { kind: 'network', events: 3 })
  let busy = 0
  host.busy = async () => (busy += 7)
  const all = async ({ count }: any) => ({ ms: 5, events: count, checksum: '' })
  Object.assign(host.benchmark, { network: all, verifyNetwork: all })
  await measureRow(host, row, PLAN)
  assert.deepEqual(row.entry(OURS)!.busyMs, [7])
})

test('the start is measured until it is no longer wanted', async () => {
  const { host } = scripted({})
  let n = 0
  Object.assign(host.benchmark, { start: async () => ({ ms: (n += 1) }) })
  assert.deepEqual(await measureStart(host, 3), [1, 2, 3])
  assert.deepEqual(await measureStart(host, 3, { isWanted: () => n < 5 }), [4, 5])
})

test('the memory is measured after the first thousand events and at the end', async () => {
  const { host } = scripted({})
  let heap = 500
  host.heap = async () => (heap += 500)
  Object.assign(host.benchmark, { memory: async ({ events }: any) => ({ events, wasmAfterFirst: 65_536, wasmAfter: 131_072 }) })
  const memory = { events: 5000, wasmAfterFirst: 65_536, wasmAfter: 131_072 }
  assert.deepEqual(await measureMemory(host, 5000), { ...memory, heapBefore: 1000, heapAfter: 1500 })
  host.heap = async () => undefined
  assert.deepEqual(await measureMemory(host, 5000), { ...memory, heapBefore: undefined, heapAfter: undefined })
  assert.equal(await measureMemory(host, 5000, { isWanted: () => false }), undefined)
  Object.assign(host.benchmark, { memory: async () => ({ events: 4, wasmAfterFirst: 0, wasmAfter: 0 }) })
  await assert.rejects(measureMemory(host, 5000), /4 events arrived instead of 1000/)
})
