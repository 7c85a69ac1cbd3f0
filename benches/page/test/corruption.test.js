// A library that gets an event wrong is found out, however little is wrong.

import assert from 'node:assert/strict'
import { test } from 'vitest'

import './surroundings.js'
import { Harness } from '../harness.js'
import { eventSourceParser } from '../libraries/eventsource-parser.js'

const ROW = { workload: 'named', chunking: '4k', scale: 0.01 }

/** Which event is spoiled. */
const VICTIM = 100

/** Like the honest one, but what it notes goes through `spoil(type, data, id)`, which gives the events to note instead. */
function corrupted(spoil) {
  return {
    ...eventSourceParser,
    name: 'corrupted',
    run(job) {
      let n = 0
      const note = (...event) => {
        for (const spoiled of ++n === VICTIM ? spoil(...event) : [event]) job.note(...spoiled)
      }
      return eventSourceParser.run({ ...job, note })
    },
  }
}

const CORRUPTIONS = {
  'loses an event': () => [],
  'delivers an event twice': (...event) => [event, event],
  'changes one letter of the data': (type, data, id) => [[type, data.replace(/[a-z](?="}$)/, '!'), id]],
  'swaps two letters': (type, data, id) => [[type, `${data[1]}${data[0]}${data.slice(2)}`, id]],
  'mistakes the type': (_, data, id) => [['message', data, id]],
  'invents an id': (type, data) => [[type, data, '1']],
  'moves text from one field to the next': (type, data, id) => [[type, data.slice(0, -1), data.at(-1) + id]],
}

for (const [what, spoil] of Object.entries(CORRUPTIONS)) {
  test(`one that ${what} is found out`, async () => {
    const harness = new Harness([eventSourceParser, corrupted(spoil)])
    const right = await harness.verify({ library: 'eventsource-parser', ...ROW })
    assert.notDeepEqual(await harness.verify({ library: 'corrupted', ...ROW }), right)
  })
}

test('one that spoils nothing is not', async () => {
  const harness = new Harness([eventSourceParser, corrupted((...event) => [event])])
  const right = await harness.verify({ library: 'eventsource-parser', ...ROW })
  assert.deepEqual(await harness.verify({ library: 'corrupted', ...ROW }), right)
})
