// The streams are what their names say, and the same every time.

import assert from 'node:assert/strict'
import { test } from 'vitest'

import './surroundings.js'
import { responseOf } from '../stream.js'
import { build } from '../workloads/build.js'
import { WORKLOADS } from '../workloads/index.js'

const SCALE = 0.02

const rows = WORKLOADS.flatMap((workload) => workload.chunkings.map((chunking) => ({ workload, chunking })))

/** The chunks of one turn, as they are when they are handed over. */
const chunksOf = ({ block, cut }, turn = 0) => Array.from(cut(block, turn), (chunk) => Buffer.from(chunk))

const joined = (stream, turn) => Buffer.concat(chunksOf(stream, turn))

/** What stands between the blank lines of one turn, in alphabetical order. */
const blocksOf = (stream, turn) =>
  joined(stream, turn)
    .toString()
    .split(/(?<=\n\n|\r\n\r\n)/)
    .sort()

test('a stream is the same every time it is made', () => {
  for (const { workload, chunking } of rows) {
    const [one, other] = [0, 1].map(() => build(workload, chunking, SCALE))
    assert.ok(joined(one).equals(joined(other)), workload.name)
  }
})

test('chunks are as long as their chunking says', () => {
  for (const { workload, chunking } of rows.filter(({ chunking }) => chunking.bytes > 0)) {
    const chunks = chunksOf(build(workload, chunking, SCALE), 3)
    assert.ok(
      chunks.slice(0, -1).every(({ length }) => length === chunking.bytes),
      workload.name,
    )
    assert.ok(chunks.at(-1).length <= chunking.bytes, workload.name)
  }
})

test('one event per chunk is that', () => {
  const { workload, chunking } = rows.find(({ workload }) => workload.name === 'one-per-chunk')
  const stream = build(workload, chunking, SCALE)
  const chunks = chunksOf(stream)
  assert.equal(chunks.length, stream.events)
  assert.ok(chunks.every((chunk) => chunk.toString().endsWith('\n\n')))
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
  const { block, rounds, events, bytes } = build(workload, chunking, 1)
  assert.ok(bytes >= 32 * 2 ** 20)
  assert.deepEqual([block.ends.length * rounds, block.ends.at(-1) * rounds], [events, bytes])
  assert.ok(rounds > 1)
})

test('every turn has all events, from another one on', () => {
  for (const { workload, chunking } of rows.filter(({ workload }) => !workload.serial)) {
    const stream = build(workload, chunking, SCALE)
    assert.equal(joined(stream, 0).length, stream.bytes, workload.name)
    assert.deepEqual(blocksOf(stream, 0), blocksOf(stream, 1), workload.name)
    if (stream.events > 1) assert.ok(!joined(stream, 0).equals(joined(stream, 1)), workload.name)
  }
})

test('no chunk comes twice, but for pieces of a few bytes', () => {
  for (const { workload, chunking } of rows.filter(({ chunking }) => chunking.bytes === 0 || chunking.bytes >= 1024)) {
    const stream = build(workload, chunking, SCALE)
    const chunks = [0, 1, 2].flatMap((turn) => chunksOf(stream, turn))
    assert.equal(new Set(chunks.map(String)).size, chunks.length, `${workload.name} ${chunking.name}`)
  }
})

test('a response has one turn after another, and then ends', async () => {
  for (const { workload, chunking } of rows) {
    const stream = { ...build(workload, chunking, SCALE / 4), rounds: 3 }
    const chunks = []
    // Copied at once: the next turn writes its numbers into the same bytes.
    for await (const chunk of responseOf(stream, 2).body) chunks.push(Buffer.from(chunk))
    assert.deepEqual(
      chunks,
      [6, 7, 8].flatMap((turn) => chunksOf(stream, turn)),
      `${workload.name} ${chunking.name}`,
    )
  }
})

test('an event with a number of its own is as long as before, and otherwise the same', () => {
  const { workload, chunking } = rows.find(({ workload }) => workload.serial)
  const stream = build(workload, chunking, SCALE)
  const events = chunksOf(stream, 2).map(String)
  const ids = events.map((event) => JSON.parse(event.slice('data: '.length)).id)
  assert.equal(ids[5], `chatcmpl-${String(2 * events.length + 5).padStart(8, '0')}rT4bKs`)
  const rest = (turn) => chunksOf(stream, turn).map((chunk) => String(chunk).replace(/chatcmpl-\d{8}/, ''))
  assert.deepEqual(rest(2), rest(7))
})
