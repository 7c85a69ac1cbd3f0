// Chats with every client that runs in Node, and the loop that watches the main thread.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, test } from 'vitest'
import { chat } from '../chat/chat.js'
import { watchTasks } from '../chat/tasks.js'
import { run as runOurs } from '../libraries/sse-fetch.js'
import { load } from './surroundings.js'

const COUNT = 5

let server
let url

beforeAll(async () => {
  server = createServer((request, response) => {
    const from = Number(new URL(request.url, url).searchParams.get('from'))
    response.setHeader('content-type', 'text/event-stream')
    for (let n = from; n < from + COUNT; n += 1) response.write(`data: event ${n}\n\n`)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${server.address().port}/?chat`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function client(library) {
  if (library !== 'sse-fetch') return import(`../libraries/${library}.js`)
  const { SSEClient } = await load()
  return { run: (job) => runOurs(SSEClient, job) }
}

for (const library of ['sse-fetch', 'eventsource-parser', 'fetch-event-source', 'eventsource-client']) {
  test(`${library} gets every event of each chat, and other ones each time`, async () => {
    const { ms, ...seen } = await chat({ library, url, count: COUNT, chats: 3, from: 2, verified: true }, client)
    assert.ok(ms > 0)
    assert.equal(seen.events, 3 * COUNT)
    const right = await chat({ library: 'eventsource-parser', url, count: COUNT, chats: 3, from: 2, verified: true }, client)
    assert.deepEqual(seen, { events: right.events, checksum: right.checksum })
    const others = await chat({ library, url, count: COUNT, chats: 3, from: 3, verified: true }, client)
    assert.notEqual(others.checksum, seen.checksum)
  })
}

test('a watched chat reports how busy the main thread was', async () => {
  const watched = await chat({ library: 'baseline', url, count: COUNT, watched: true }, client)
  assert.ok(watched.busyMs >= watched.longestMs)
  assert.ok(watched.longestMs >= 0)
  assert.equal(watched.events, 0)
})

test('what blocks the main thread is seen as one task', async () => {
  const tasks = watchTasks()
  await new Promise((resolve) => setTimeout(resolve))
  const started = performance.now()
  while (performance.now() - started < 30);
  const { busyMs, longestMs } = await tasks.end()
  assert.ok(longestMs >= 30)
  assert.ok(busyMs >= longestMs)
})
