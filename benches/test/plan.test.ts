import assert from 'node:assert/strict'
import { test } from 'vitest'

import { BASELINE, type Catalogue, type Kind, nameOf, OURS, PARSER } from '../engine/catalogue.ts'
import { rowOf } from '../engine/measure.ts'
import {
  FULL,
  hasRound,
  heatsOf,
  isMeasuredIn,
  orderOf,
  PAGE_FULL,
  PAGE_QUICK,
  type Plan,
  subjectsOf,
  unmeasuredRounds,
} from '../engine/plan.ts'
import { fail } from '../engine/row.ts'
import { rowWith } from './fixture.ts'

const library = (name: string, kinds: string[], skips = {}) => ({ name, version: '1', kinds, skips, flaws: {} })
const chunkings = ['64k', '4k', '1k'].map((name) => ({ name, json: name !== '1k' }))
const catalogue: Catalogue = {
  libraries: [library(OURS, ['parse', 'json', 'network']), library('plain', ['parse'], { crlf: 'never ends' })],
  workloads: [
    { name: 'chat', title: 'Chat', chunkings },
    { name: 'crlf', title: 'CRLF', chunkings: chunkings.map((chunking, i) => ({ ...chunking, json: i === 0 })) },
  ],
}
const names = (plan: Plan) => subjectsOf(plan, catalogue).map((subject) => `${subject.kind} ${nameOf(subject)}`)

test('a full plan has every row, and a quick one a few', () => {
  const fromMemory = [
    ...['64k', '4k', '1k'].map((size) => `parse chat ${size}`),
    ...['64k', '4k', '1k'].map((size) => `parse crlf ${size}`),
    ...['json chat 64k', 'json chat 4k', 'json crlf 64k'],
  ]
  const network = (...kinds: string[]) =>
    ['as-fast-as-possible', '50-per-write'].flatMap((way) => kinds.map((kind) => `${kind} ${way}`))
  const chats = ['first-chat first-chat', 'later-chat later-chat']
  assert.deepEqual(names(FULL), [...chats, ...chats, ...fromMemory, ...network('network', 'network-all')])
  const ofPage = network('network', 'network-json', 'network-all')
  assert.deepEqual(names(PAGE_FULL), [...chats, ...fromMemory, ...ofPage])
  assert.deepEqual(names(PAGE_QUICK), [...chats, 'parse chat 64k', 'json chat 64k', ...ofPage.slice(0, 2)])
})

test('a library takes part only in what it can', () => {
  const rows = subjectsOf({ ...FULL, throttlings: [] }, catalogue).map((subject) => rowOf(subject, catalogue))
  assert.deepEqual(
    rows[0]!.entries.map((entry) => [entry.name, entry.void]),
    [
      [OURS, undefined],
      ['plain', undefined],
    ],
  )
  assert.deepEqual(
    rows[3]!.entries.map((entry) => [entry.name, entry.void]),
    [
      [OURS, undefined],
      ['plain', 'never ends'],
    ],
  )
  assert.deepEqual(
    rows[6]!.entries.map(({ name }) => name),
    [OURS],
  )
})

test('in all orders together each begins and follows each of the others equally often', () => {
  for (const count of [1, 2, 3, 8, 9]) {
    const members = Array.from({ length: count }, (_, i) => i)
    const rounds = count % 2 === 0 ? count : 2 * count
    const orders = Array.from({ length: rounds }, (_, round) => orderOf(members, round))
    for (const order of orders)
      assert.deepEqual(
        [...order].sort((a, b) => a - b),
        members,
      )
    for (const one of members) {
      assert.equal(orders.filter(([first]) => first === one).length, rounds / count, `${count}`)
      for (const other of members) {
        const follows = orders.filter((order) => order.some((member, i) => member === other && order[i - 1] === one)).length
        assert.equal(follows, one === other ? 0 : rounds / count, `${count}: ${other} after ${one}`)
      }
    }
  }
})

test('from memory those that thresholds are about are among themselves', () => {
  const times = { one: [], [OURS]: [], [PARSER]: [], [BASELINE]: [], another: [] }
  const heats = (kind: Kind) => heatsOf(rowWith(times, kind)).map((heat) => heat.map(({ name }) => name))
  assert.deepEqual(heats('parse'), [
    [OURS, PARSER, BASELINE],
    ['one', 'another'],
  ])
  assert.deepEqual(heats('network'), [Object.keys(times)])
})

test('only those that thresholds are about are warmed up by whole rounds', () => {
  const rounds = (kind: Kind) => {
    const row = rowWith({ [OURS]: [], peer: [], [PARSER]: [], [BASELINE]: [] }, kind)
    return heatsOf(row).map((heat) => unmeasuredRounds(FULL, row, heat))
  }
  assert.deepEqual(rounds('parse'), [FULL.unmeasuredRounds, 0])
  assert.deepEqual(rounds('network'), [0])
})

test('a row is measured until its ratio is known', () => {
  const plan = { ...FULL, rounds: 2, mostRounds: 13, precision: 0.01, rowMs: 1000, noise: 1, noisyRowMs: 2000 }
  const row = (ms: number[]) => rowWith({ [OURS]: ms.map((n) => n + 10), [PARSER]: ms.map((n) => n + 20), [BASELINE]: ms })
  const has = (row: ReturnType<typeof rowWith>, round: number, changes = {}) =>
    hasRound({ ...plan, ...changes }, row, row.entries, round)
  assert.ok(has(row([]), 0))
  const steady = row(Array(6).fill(5))
  assert.ok(!has(steady, 6), 'always the same')
  assert.ok(has(steady, 5), 'but not in every order')
  const noisy = row(Array(6).fill(5))
  noisy.entries[0]!.ms = [15, 30, 22, 15, 31, 18]
  assert.ok(has(noisy, 6))
  assert.ok(!has(noisy, 13), 'often enough')
  noisy.entries[2]!.ms.push(1000)
  assert.ok(!has(noisy, 6), 'long enough')
  assert.ok(has(noisy, 6, { noise: 0.05 }), 'but not known well enough')
  noisy.entries[2]!.ms.push(1000)
  assert.ok(!has(noisy, 6, { noise: 0.05 }), 'as long as it may take')
})

test('a slow library gets fewer rounds, unless thresholds are about it', () => {
  const plan = { ...FULL, leastRounds: 2, leastNetworkRounds: 3, patienceMs: 100, networkPatienceMs: 1000 }
  const isMeasured = (kind: Kind, name: string, ms: number[]) => {
    const row = rowWith({ [OURS]: ms.map(() => 100), [PARSER]: ms.map(() => 100), [name]: ms }, kind)
    return isMeasuredIn(plan, row, row.entry(name)!, ms.length)
  }
  assert.ok(isMeasured('parse', 'peer', [400]))
  assert.ok(!isMeasured('parse', 'peer', [400, 400]))
  assert.ok(isMeasured('parse', 'peer', [40, 40]))
  assert.ok(isMeasured('parse', PARSER, [400, 400]))
  assert.ok(isMeasured('network', 'peer', [600, 600]))
  assert.ok(!isMeasured('network', 'peer', [600, 600, 600]))
  assert.ok(isMeasured('network', 'peer', Array(7).fill(130)), 'it is fast')
  assert.ok(!isMeasured('network', 'peer', Array(8).fill(130)), 'but not fast enough')
  assert.ok(isMeasured('network', 'peer', Array(100).fill(105)), 'it may be the fastest')
  assert.ok(isMeasured('network', PARSER, Array(100).fill(600)))
})

test('a library that was left out over the network stays out, and a void one gets no round', () => {
  const row = rowWith({ [OURS]: Array(6).fill(10), peer: Array(5).fill(10) }, 'network')
  const peer = row.entry('peer')!
  assert.deepEqual(
    [5, 6].map((round) => isMeasuredIn(FULL, row, peer, round)),
    [true, false],
  )
  fail(peer, 'differs')
  assert.equal(isMeasuredIn(FULL, row, peer, 5), false)
})

test('over the network is measured until it is known which library is faster', () => {
  const plan = { ...FULL, networkRounds: 6, networkRowMs: 5000 }
  const has = (ms: number[], round: number) => {
    const row = rowWith({ [OURS]: ms, [PARSER]: ms.map(() => 100) }, 'network')
    return hasRound(plan, row, row.entries, round)
  }
  const steady = Array(12).fill(100)
  const unsteady = [60, 150, 70, 140, 80, 130, 60, 150, 70, 140, 80, 130]
  assert.deepEqual(
    [5, 12, 13].map((round) => has(steady, round)),
    [true, false, true],
    'all orders have their turn',
  )
  assert.ok(has(unsteady, 12))
  assert.ok(!has([...unsteady, 5000], 13), 'long enough')
})
