// Receives an event where there is neither WebAssembly nor what Node makes with it: `fetch`, `Headers` and `Response`.

import { request } from 'node:http'
import { Readable } from 'node:stream'

for (const name of ['Headers', 'Request', 'Response', 'fetch']) delete globalThis[name]

const fetch = (url, { method, signal }) =>
  new Promise((resolve, reject) => {
    const sent = request(url, { method, signal, headers: { accept: 'text/event-stream' } }, (message) => {
      const headers = { get: (name) => message.headers[name] ?? null }
      resolve({ ok: true, status: message.statusCode, url, headers, body: Readable.toWeb(message) })
    })
    sent.on('error', reject).end()
  })

// It has the methods that the client calls.
globalThis.Headers = class extends Map {
  get(name) {
    return super.get(name) ?? null
  }
}

const { SSEClient } = await import('sse-fetch')
for await (const event of new SSEClient(`${process.env.SERVER}/api/script/greeting`, { fetch })) {
  console.log(typeof WebAssembly, event.data)
  break
}
