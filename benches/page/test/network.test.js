// From a server: all events arrive, and whoever has seen enough leaves.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'

import { load } from './surroundings.js'
import { contestants } from '../contestants/index.js'
import { Harness } from '../harness.js'

const EVENTS = 500

const harness = new Harness(contestants(load, 'under test'))

/** Those that need neither a browser's EventSource nor its XMLHttpRequest. */
const clients = harness.list().contestants.map(({ name }) => name).filter((name) => !['native', 'sse.js'].includes(name))

let server
let url

/** As `/api/blast?payload=chat` has it. */
const chat = (n) =>
  `data: {"id":"chatcmpl-${String(n).padStart(8, '0')}","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}\n\n`

/** Where those who asked wanted the stream to begin. */
const beginnings = []

/** `/` sends all events and ends; `/endless` sends them and goes on waiting. */
function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, url)
  const from = Number(searchParams.get('from'))
  beginnings.push(from)
  response.setHeader('content-type', 'text/event-stream')
  for (let n = from; n < from + EVENTS; n += 1) response.write(chat(n))
  if (pathname === '/') response.end()
}

before(async () => {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}`
})

after(() => {
  server.closeAllConnections()
  server.close()
})

for (const contestant of clients) {
  for (const json of [false, true]) {
    test(`${contestant} sees all events of a stream that ends${json ? ', as JSON' : ''}`, async () => {
      const { ms, ...seen } = await harness.network({ contestant, url: `${url}/`, count: EVENTS, json })
      assert.ok(ms > 0)
      if (contestant === 'floor') return
      assert.equal(seen.events, EVENTS)
      const { ms: _, ...right } = await harness.network({ contestant: 'eventsource-parser', url: `${url}/`, count: EVENTS, json })
      assert.deepEqual(seen, right)
    })
  }

  if (contestant === 'floor') continue
  test(`${contestant} leaves a stream that goes on when it has seen enough`, async () => {
    const arrived = once(server, 'request')
    const running = harness.network({ contestant, url: `${url}/endless`, count: EVENTS })
    const [, response] = await arrived
    const left = once(response, 'close')
    assert.equal((await running).events, EVENTS)
    await left
  })
}

test('every repetition asks for other events, and never for later ones than the first', async () => {
  beginnings.length = 0
  for (let n = 0; n < 5; n += 1) await harness.network({ contestant: 'eventsource-parser', url: `${url}/`, count: EVENTS })
  assert.equal(new Set(beginnings).size, 5)
  assert.equal(Math.max(...beginnings), beginnings[0])
})

test('a server that is not there is an error', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address()
  gone.close()
  await once(gone, 'close')
  await assert.rejects(harness.network({ contestant: 'eventsource-parser', url: `http://127.0.0.1:${port}/`, count: 1 }), /fetch failed/)
})
