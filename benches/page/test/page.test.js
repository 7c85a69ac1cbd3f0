// What the demo page makes of the samples.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { geometricMean, grown, median, net, percent, spread, times } from '../../../www/pages/js/bench/figures.js'
import { FLOOR, OURS, Row } from '../../../www/pages/js/bench/row.js'
import { SETS, rowsOf } from '../../../www/pages/js/bench/rows.js'

test('the median is the middle one, or between the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('twice as fast and half as fast cancel out', () => {
  assert.equal(geometricMean([2, 0.5]), 1)
})

test('what cannot be told from the floor is no figure', () => {
  assert.equal(net([30, 31, 32], 11), 20)
  assert.equal(net([11, 11, 11], 11), undefined)
  assert.equal(net([10], 11), undefined)
})

test('the spread is half of what lies between the quartiles', () => {
  assert.equal(spread([5, 1, 2, 4, 3]), 1)
  assert.equal(spread([1, 2]), undefined)
})

test('spreads and growth are short', () => {
  assert.equal(percent(0.024), '± 2 %')
  assert.equal(percent(0.004), '± 0.4 %')
  assert.equal(percent(0 / 0) + percent(1 / 0), '')
  assert.equal(grown(0), '± 0')
  assert.equal(grown(840_000), '+ 0.84 MB')
  assert.equal(grown(-65_536), '− 0.07 MB')
})

test('ratios are short', () => {
  assert.equal(times(1.3333), '1.33 ×')
  assert.equal(times(24.4), '24 ×')
})

/** A row whose contestants take as long, and report, what `script` says. */
function row(script, { isNet = true, events } = {}) {
  const contestants = Object.entries(script).map(([name, { skipped, flaw }]) => ({ name, skipped, flaw }))
  const asked = []
  const run = async (name) => {
    asked.push(name)
    const { ms = 10, events = 3, checksum = 'right', fails, later } = script[name]
    if (fails) throw new Error(fails)
    const turn = asked.filter((other) => other === name).length
    const outcome = { ms: typeof ms === 'function' ? ms(turn) : ms, events, checksum, ...later?.(turn) }
    if (outcome.fails) throw new Error(outcome.fails)
    return outcome
  }
  return { asked, row: new Row({ title: 'Chat', label: '4 KiB chunks', contestants, run, amount: () => 8, events, unit: 'MB/s', isNet }) }
}

/** One round of everybody. */
async function roundOf(row, n = 0) {
  for (const names of row.heats) await row.round(names, n, () => true)
}

const HONEST = { [OURS]: { ms: 14 }, 'eventsource-parser': { ms: 22 }, [FLOOR]: { ms: 6, events: 0, checksum: '' } }

test('figures are net of the floor', async () => {
  const { row: one } = row(HONEST)
  await one.verify()
  await roundOf(one)
  assert.equal(one.time(OURS), 8)
  assert.equal(one.speed(OURS), 1000)
  assert.equal(one.ratio('eventsource-parser'), 2)
  assert.deepEqual(one.shown, [OURS, 'eventsource-parser'])
})

test('end to end the floor is a contestant like the others', async () => {
  const { row: one } = row(HONEST, { isNet: false })
  await one.verify()
  await roundOf(one)
  assert.equal(one.time(OURS), 14)
  assert.ok(one.shown.includes(FLOOR))
})

test('who is wrong, fails or has no part is void, with the reason, and gets no turn', async () => {
  const { row: one, asked } = row({
    ...HONEST,
    few: { events: 2 },
    other: { checksum: 'wrong' },
    known: { checksum: 'wrong', flaw: 'it trims the data' },
    broken: { fails: 'unexpected end' },
    absent: { skipped: 'it would take minutes' },
  })
  await one.verify()
  asked.length = 0
  await roundOf(one)
  const reasons = Object.fromEntries([...one.entries].map(([name, { reason }]) => [name, reason]))
  assert.deepEqual(reasons, {
    [OURS]: undefined,
    'eventsource-parser': undefined,
    [FLOOR]: undefined,
    few: '2 events instead of 3',
    other: 'other data than the rest',
    known: 'it trims the data',
    broken: 'unexpected end',
    absent: 'it would take minutes',
  })
  assert.deepEqual(new Set(asked), new Set([OURS, 'eventsource-parser', FLOOR]))
  assert.equal(asked.length, 3)
  assert.equal(one.ratio('few'), undefined)
})

test('who is wrong or fails when it is timed is void from then on', async () => {
  const { row: one, asked } = row({
    ...HONEST,
    wrong: { later: (turn) => (turn > 1 ? { checksum: 'wrong' } : {}) },
    fickle: { later: (turn) => (turn > 2 ? { events: 4 } : {}) },
    broken: { later: (turn) => (turn > 2 ? { fails: 'reset' } : {}) },
  })
  await one.verify()
  for (let n = 0; n < 3; n += 1) await roundOf(one, n)
  const void_ = [...one.entries].filter(([, { reason }]) => reason).map(([name, { reason }]) => [name, reason])
  assert.deepEqual(void_, [
    ['wrong', 'other data than the rest'],
    ['fickle', 'not the same every time: 4 events instead of 3'],
    ['broken', 'reset'],
  ])
  assert.deepEqual(['wrong', 'fickle', 'broken', OURS].map((name) => one.time(name)), [undefined, undefined, undefined, 8])
  assert.deepEqual(['wrong', 'fickle', 'broken', OURS].map((name) => asked.filter((other) => other === name).length), [2, 3, 3, 4])
})

test('without a floor there is nothing net of it, and without a judge nothing at all', async () => {
  const short = '7 bytes were read where there are 8'
  for (const [who, reason] of [[FLOOR, short], ['eventsource-parser', 'reset']]) {
    for (const from of [1, 2]) {
      const { row: one } = row({ ...HONEST, peer: {}, [who]: { later: (turn) => (turn >= from ? { fails: reason } : {}) } })
      await one.verify()
      await roundOf(one)
      const reasons = [...one.entries].filter(([name]) => name !== who).map(([, entry]) => entry.reason)
      assert.deepEqual(reasons, Array(3).fill(`${who}: ${reason}`), `${who} at its turn ${from}`)
      assert.equal(one.time(OURS), undefined)
      assert.equal(one.ratio('eventsource-parser'), undefined)
    }
  }
})

test('a judge that is short judges nobody', async () => {
  const events = () => ({ verified: 3, timed: 3 })
  for (const from of [1, 2]) {
    const judge = { later: (turn) => (turn >= from ? { events: 2 } : {}) }
    const { row: one } = row({ ...HONEST, 'eventsource-parser': judge }, { events })
    await one.verify()
    await roundOf(one)
    assert.equal(one.entries.get(OURS).reason, 'eventsource-parser: 2 events instead of 3')
  }
  const { row: honest } = row(HONEST, { events })
  await honest.verify()
  await roundOf(honest)
  assert.equal(honest.ratio('eventsource-parser'), 2)
})

test('who cannot be told from the floor is counted', async () => {
  const { row: one } = row({ ...HONEST, quick: { ms: 6 }, wrong: { events: 1 } })
  await one.verify()
  assert.equal(one.isLost('quick'), false)
  await roundOf(one)
  assert.deepEqual(['quick', 'wrong', 'eventsource-parser', 'nobody'].map((name) => one.isLost(name)), [true, false, false, false])
})

test('nothing is said to be as fast as a floor that is not known yet', async () => {
  const { row: one } = row(HONEST)
  await one.verify()
  assert.equal(one.hasFloor, false)
  await roundOf(one)
  assert.equal(one.hasFloor, true)
})

test('a round that is stopped halfway is judged', async () => {
  let isTimed = false
  const { row: one, asked } = row({ ...HONEST, wrong: { later: () => (isTimed ? { events: 4 } : {}) }, late: {} })
  await one.verify()
  isTimed = true
  await one.round(Object.keys(HONEST), 0, () => true)
  asked.length = 0
  await one.round(['wrong', 'late'], 0, () => asked.length < 1)
  assert.deepEqual(asked, ['wrong'])
  assert.equal(one.entries.get('wrong').reason, '4 events instead of 3')
})

test('the spread is told as a part of the net time', async () => {
  const { row: one } = row({ ...HONEST, [OURS]: { ms: (turn) => 8 + 2 * turn } })
  await one.verify()
  for (let n = 0; n < 3; n += 1) await roundOf(one, n)
  assert.equal(one.time(OURS), 8)
  assert.equal(one.spread(OURS), 1 / 8)
  assert.equal(one.spread('eventsource-parser'), 0)
})

test('rounds to warm up leave no figure', async () => {
  const { row: one, asked } = row(HONEST)
  await one.verify()
  asked.length = 0
  await one.warmUp([OURS, FLOOR], 2, () => true)
  assert.deepEqual(asked, [OURS, FLOOR, FLOOR, OURS])
  assert.ok([...one.entries.values()].every(({ samples }) => samples.length === 0))
})

test('from memory those that everybody is measured by are among themselves', async () => {
  const script = { one: {}, ...HONEST, wrong: { checksum: 'wrong' }, another: {} }
  const { row: fromMemory } = row(script)
  await fromMemory.verify()
  assert.deepEqual(fromMemory.heats, [[OURS, 'eventsource-parser', FLOOR], ['one', 'another']])
  const { row: fromServer } = row(script, { isNet: false })
  await fromServer.verify()
  assert.deepEqual(fromServer.heats, [['one', OURS, 'eventsource-parser', FLOOR, 'another']])
})

test('everyone of a heat begins a round, and comes after each of the others, equally often', async () => {
  for (const count of [3, 4, 5]) {
    const names = [OURS, 'eventsource-parser', FLOOR, 'one', 'another'].slice(0, count)
    const { row: one, asked } = row(Object.fromEntries(names.map((name) => [name, {}])), { isNet: false })
    const rounds = count % 2 === 0 ? count : 2 * count
    for (let n = 0; n < rounds; n += 1) await roundOf(one, n)
    const all = Array.from({ length: rounds }, (_, n) => asked.slice(n * count, (n + 1) * count))
    for (const name of names) {
      assert.ok(all.every((round) => round.filter((other) => other === name).length === 1))
      assert.equal(all.filter(([first]) => first === name).length, rounds / count)
      for (const before of names.filter((other) => other !== name)) {
        assert.equal(all.filter((round) => round[round.indexOf(name) - 1] === before).length, rounds / count, `${name} after ${before}`)
      }
    }
  }
})

test('who takes long gets two turns, and those that everybody is measured by stop together', async () => {
  const { row: one, asked } = row({ ...HONEST, 'eventsource-parser': { ms: 2600 }, slow: { ms: 2600 }, fast: { ms: 5 } })
  await one.verify()
  asked.length = 0
  for (let n = 0; n < 6; n += 1) await roundOf(one, n)
  const turns = Object.fromEntries([...one.entries].map(([name, { samples }]) => [name, samples.length]))
  assert.deepEqual(turns, { [OURS]: 2, 'eventsource-parser': 2, [FLOOR]: 2, slow: 2, fast: 6 })
})

test('the full set has every row of `cargo xtask bench`, and the quick one a few', () => {
  const chunkings = [{ name: '64k', json: true }, { name: '4k', json: true }, { name: '1k', json: false }]
  const workloads = [{ name: 'chat', title: 'Chat', chunkings }, { name: 'crlf', title: 'CRLF', chunkings: chunkings.map((one, i) => ({ ...one, json: i === 0 })) }]
  const of = (set) => {
    const { parse, json, network } = rowsOf(set, { contestants: [], workloads }, {})
    return [parse, json, network].map((rows) => rows.map(({ name }) => name))
  }
  assert.deepEqual(of(SETS.full), [
    ['Chat, 64 KiB chunks', 'Chat, 4 KiB chunks', 'Chat, 1 KiB chunks', 'CRLF, 64 KiB chunks', 'CRLF, 4 KiB chunks', 'CRLF, 1 KiB chunks'],
    ['Chat, 64 KiB chunks', 'Chat, 4 KiB chunks', 'CRLF, 64 KiB chunks'],
    ['Text, as fast as they go', 'JSON, as fast as they go', 'Text, 50 events per write', 'JSON, 50 events per write'],
  ])
  assert.deepEqual(of(SETS.quick), [['Chat, 64 KiB chunks'], ['Chat, 64 KiB chunks'], ['Text, as fast as they go', 'JSON, as fast as they go']])
})

test('what comes from the server is compared in full before it is timed', async () => {
  const asked = []
  const benchmark = {
    network: async ({ contestant, url, count }) => (asked.push(['timed', contestant, count, new URL(url, 'http://localhost').searchParams.get('count')]), { ms: 5, events: count, checksum: 'a' }),
    verifyNetwork: async ({ contestant, count }) => (asked.push(['verified', contestant, count]), { events: count, checksum: 'b' }),
  }
  const contestants = [OURS, 'eventsource-parser', FLOOR].map((name) => ({ name, kinds: ['network'], skips: {}, flaws: {} }))
  const { network: [one] } = rowsOf(SETS.full, { contestants, workloads: [] }, { benchmark })
  await one.verify()
  await roundOf(one)
  assert.deepEqual(asked, [
    ['verified', 'eventsource-parser', 40_000],
    ['verified', OURS, 40_000],
    ['verified', FLOOR, 40_000],
    ['timed', OURS, 200_000, '200000'],
    ['timed', FLOOR, 200_000, '200000'],
    ['timed', 'eventsource-parser', 200_000, '200000'],
  ])
})
