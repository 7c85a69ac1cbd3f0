// From a server: all events arrive, and a library that has seen enough disconnects.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, test } from 'vitest'
import { Harness } from '../harness.js'
import { libraries } from '../libraries/index.js'
import { load } from './surroundings.js'

const EVENTS = 500

const harness = new Harness(libraries(load, 'under test'))

/** Those that need neither a browser's EventSource nor its XMLHttpRequest. */
const clients = harness
  .list()
  .libraries.map(({ name }) => name)
  .filter((name) => !['native', 'sse.js'].includes(name))

let server
let url

/** As `/api/load?payload=chat` has it. */
const chat = (n) =>
  `data: {"id":"chatcmpl-${String(n).padStart(8, '0')}","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}]}\n\n`

/** Where the requests asked the stream to begin. */
const beginnings = []

/** `/` sends all events and ends; `/endless` sends them and stays open. */
function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, url)
  const from = Number(searchParams.get('from'))
  beginnings.push(from)
  response.setHeader('content-type', 'text/event-stream')
  const numbers = Array.from({ length: EVENTS }, (_, n) => from + n)
  if (searchParams.has('twice')) numbers[8] = numbers[7]
  if (searchParams.has('swapped')) numbers.splice(7, 2, numbers[8], numbers[7])
  for (const n of numbers) response.write(chat(n))
  if (pathname === '/') response.end()
}

beforeAll(async () => {
  server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

for (const library of clients) {
  for (const json of [false, true]) {
    test(`${library} sees all events of a stream that ends${json ? ', as JSON' : ''}`, async () => {
      const { ms, ...seen } = await harness.network({ library, url: `${url}/`, count: EVENTS, json })
      assert.ok(ms > 0)
      if (library === 'baseline') return
      assert.equal(seen.events, EVENTS)
      const { ms: _, ...right } = await harness.network({ library: 'eventsource-parser', url: `${url}/`, count: EVENTS, json })
      assert.deepEqual(seen, right)
    })
  }

  if (library === 'baseline') continue
  test(`${library} sees all events with a listener to all types`, async () => {
    const seen = await harness.network({ library, url: `${url}/`, count: EVENTS, all: true })
    assert.equal(seen.events, EVENTS)
  })

  test(`${library} closes an endless stream when it has seen enough`, async () => {
    const arrived = once(server, 'request')
    const running = harness.network({ library, url: `${url}/endless`, count: EVENTS })
    const [, response] = await arrived
    const left = once(response, 'close')
    assert.equal((await running).events, EVENTS)
    await left
  })
}

test('what is verified is every event, its number and its place', async () => {
  const verify = (library, path) => harness.verifyNetwork({ library, url: `${url}${path}`, count: EVENTS })
  const right = await verify('eventsource-parser', '/')
  assert.equal(right.events, EVENTS)
  assert.deepEqual(await verify('sse-fetch', '/'), right)
  for (const path of ['/?twice', '/?swapped']) {
    const wrong = await verify('eventsource-parser', path)
    assert.equal(wrong.events, EVENTS)
    assert.notEqual(wrong.checksum, right.checksum, path)
  }
})

test('a baseline that misses bytes is an error', async () => {
  const bytes = Buffer.byteLength(chat(0))
  const { events } = await harness.network({ library: 'baseline', url: `${url}/?bytes=${bytes}`, count: EVENTS })
  assert.equal(events, 0)
  const short = harness.network({ library: 'baseline', url: `${url}/?bytes=${bytes}`, count: EVENTS + 1 })
  await assert.rejects(short, /bytes were read where there are/)
})

test('every repetition asks for other events, and never for later ones than the first', async () => {
  beginnings.length = 0
  for (let n = 0; n < 5; n += 1) await harness.network({ library: 'eventsource-parser', url: `${url}/`, count: EVENTS })
  assert.equal(new Set(beginnings).size, 5)
  assert.equal(Math.max(...beginnings), beginnings[0])
})

test('a server that is not there is an error', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const { port } = gone.address()
  gone.close()
  await once(gone, 'close')
  await assert.rejects(
    harness.network({ library: 'eventsource-parser', url: `http://127.0.0.1:${port}/`, count: 1 }),
    /fetch failed/,
  )
})
