// Every library reports the same for every stream, except where it is known not to.

import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Harness } from '../harness.js'
import { libraries } from '../libraries/index.js'
import { WORKLOADS } from '../workloads/index.js'
import { load } from './surroundings.js'

/** A hundredth of what is measured. */
const SCALE = 0.01

const harness = new Harness(libraries(load, 'under test'))

/** The libraries that can read a stream from memory, and report its events. */
const readers = harness.list().libraries.filter(({ name, kinds }) => kinds.includes('parse') && name !== 'baseline')

for (const { name: workload, chunkings, read } of WORKLOADS) {
  for (const { name: chunking } of chunkings) {
    for (const json of read ? [false, true] : [false]) {
      test(`all agree about ${workload} in ${chunking}${json ? ', as JSON' : ''}`, () =>
        agree({ workload, chunking, json, scale: SCALE }))
    }
  }
}

async function agree(row) {
  const { events } = harness.prepare(row)
  const right = await harness.verify({ library: 'eventsource-parser', ...row })
  const quick = await quickly('eventsource-parser', row)
  assert.equal(right.events, events)
  assert.equal(quick.events, events)
  for (const { name: library, skips, flaws } of readers) {
    if (skips[row.workload]) {
      await assert.rejects(harness.verify({ library, ...row }), /has no part in/)
    } else if (flaws[row.workload]) {
      // Even a flaw is proved: when it is mended, the row counts again.
      const verdict = await harness.verify({ library, ...row }).catch(String)
      assert.notDeepEqual(verdict, right, `${library} is said to be wrong here: ${flaws[row.workload]}`)
    } else {
      assert.deepEqual(await harness.verify({ library, ...row }), right, library)
      assert.deepEqual(await quickly(library, row), quick, library)
    }
  }
}

/** What a timed run says, but for its time. */
async function quickly(library, row) {
  const { events, checksum, bytes } = await harness.parse({ library, ...row })
  return { events, checksum, bytes }
}
