// The streams are what their names say, and the same every time.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import './surroundings.js'
import { build } from '../workloads/build.js'
import { WORKLOADS } from '../workloads/index.js'

const SCALE = 0.02

const rows = WORKLOADS.flatMap((workload) => workload.chunkings.map((chunking) => ({ workload, chunking })))

const joined = ({ chunks }) => Buffer.concat(chunks)

test('a stream is the same every time it is made', () => {
  for (const { workload, chunking } of rows) {
    const [one, other] = [0, 1].map(() => build(workload, chunking, SCALE))
    assert.ok(joined(one).equals(joined(other)), workload.name)
  }
})

test('chunks are as long as their chunking says', () => {
  for (const { workload, chunking } of rows.filter(({ chunking }) => chunking.bytes > 0)) {
    const { chunks } = build(workload, chunking, SCALE)
    assert.ok(chunks.slice(0, -1).every(({ length }) => length === chunking.bytes), workload.name)
    assert.ok(chunks.at(-1).length <= chunking.bytes, workload.name)
  }
})

test('one event per chunk is that', () => {
  const { workload, chunking } = rows.find(({ workload }) => workload.name === 'one-per-chunk')
  const { chunks, events } = build(workload, chunking, SCALE)
  assert.equal(chunks.length, events)
  assert.ok(chunks.every((chunk) => Buffer.from(chunk).toString().endsWith('\n\n')))
})

test('events of chat are as long as those of AI services', () => {
  const { workload, chunking } = rows[0]
  const { bytes, events } = build(workload, chunking, SCALE)
  assert.ok(bytes / events > 150 && bytes / events < 250, `${bytes / events}`)
})

test('the line that comes in drips is 256 KB at full size', () => {
  const { workload, chunking } = rows.find(({ workload }) => workload.name === 'drips-4')
  const { bytes, events, rounds } = build(workload, chunking, 1)
  assert.deepEqual({ bytes, events, rounds }, { bytes: 256 * 1024, events: 1, rounds: 1 })
})

test('large streams repeat a block instead of filling the memory', () => {
  const { workload, chunking } = rows[0]
  const { chunks, rounds, bytes } = build(workload, chunking, 1)
  assert.ok(bytes >= 32 * 2 ** 20)
  assert.equal(joined({ chunks }).length * rounds, bytes)
  assert.ok(rounds > 1)
})
