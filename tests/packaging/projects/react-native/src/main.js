// Receives a stream, and prints what it received.

import './platform'
import { SSEClient } from 'sse-fetch'

const encoder = new TextEncoder()
const chunks = [
  'id: 1\nevent: tok',
  'en\ndata: {"text":"Die Fähre',
  ' legt ab ⛴"}\n\n',
  // Longer than the memory at first.
  `data: ${'x'.repeat(3_000_000)}\n\n`,
  'data: [DONE]\n\n',
]

/** A response that is read chunk by chunk, as that of `expo/fetch`. */
async function fetch(url) {
  const next = async () => (chunks.length > 0 ? { done: false, value: encoder.encode(chunks.shift()) } : { done: true })
  const reader = { read: next, cancel: async () => {}, releaseLock() {} }
  const headers = new Headers({ 'content-type': 'text/event-stream' })
  return { ok: true, status: 200, url, headers, body: { getReader: () => reader } }
}

const received = [typeof WebAssembly]
const client = new SSEClient('https://example.com/events', { fetch, until: '[DONE]' })
client.on('token', ({ text }, { id }) => received.push(`${id}: ${text}`))
client.on('message', (data) => received.push(data.length))
client.on('close', ({ reason, error }) => print(JSON.stringify([...received, reason, error?.message])))
client.connect()
