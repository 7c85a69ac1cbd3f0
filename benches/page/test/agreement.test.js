// Every contestant makes the same of every stream, but where it is known not to.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { load } from './surroundings.js'
import { contestants } from '../contestants/index.js'
import { Harness } from '../harness.js'
import { WORKLOADS } from '../workloads/index.js'

/** A hundredth of what is measured. */
const SCALE = 0.01

const harness = new Harness(contestants(load, 'under test'))

/** The contestants that can be given a stream, and tell something about it. */
const readers = harness.list().contestants.filter(({ name, kinds }) => kinds.includes('parse') && name !== 'floor')

for (const { name: workload, chunkings, read } of WORKLOADS) {
  for (const { name: chunking } of chunkings) {
    for (const json of read ? [false, true] : [false]) {
      test(`all agree about ${workload} in ${chunking}${json ? ', as JSON' : ''}`, () => agree({ workload, chunking, json, scale: SCALE }))
    }
  }
}

async function agree(row) {
  const { events } = harness.prepare(row)
  const right = await harness.verify({ contestant: 'eventsource-parser', ...row })
  const quick = await quickly('eventsource-parser', row)
  assert.equal(right.events, events)
  assert.equal(quick.events, events)
  for (const { name: contestant, skips, flaws } of readers) {
    if (skips[row.workload]) {
      await assert.rejects(harness.verify({ contestant, ...row }), /has no part in/)
    } else if (flaws[row.workload]) {
      // Even a flaw is proved: when it is mended, the row counts again.
      const verdict = await harness.verify({ contestant, ...row }).catch(String)
      assert.notDeepEqual(verdict, right, `${contestant} is said to be wrong here: ${flaws[row.workload]}`)
    } else {
      assert.deepEqual(await harness.verify({ contestant, ...row }), right, contestant)
      assert.deepEqual(await quickly(contestant, row), quick, contestant)
    }
  }
}

/** What a timed run says, but for its time. */
async function quickly(contestant, row) {
  const { events, checksum, bytes } = await harness.parse({ contestant, ...row })
  return { events, checksum, bytes }
}
