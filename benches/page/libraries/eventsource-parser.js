// Bare `fetch` with `eventsource-parser`: what its documentation shows, and the fastest there is in JavaScript.

import { createParser } from 'eventsource-parser'
import { ALL, CHATS } from './kinds.js'
import { versionOf } from './version.js'

export const eventSourceParser = {
  name: 'eventsource-parser',
  version: /* @__PURE__ */ versionOf('eventsource-parser'),
  kinds: [...ALL, ...CHATS],
  run,
}

export async function run(job) {
  const { url, fetch = globalThis.fetch, signal } = job
  const parser = createParser({ onEvent: listener(job) })
  const decoder = new TextDecoder()
  const response = await fetch(url)
  const reader = response.body.getReader()
  signal?.addEventListener('abort', () => reader.cancel())
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    parser.feed(decoder.decode(value, { stream: true }))
  }
}

function listener({ note, handlers, onText }) {
  if (note) return ({ event = 'message', data, id = '' }) => note(event, data, id)
  if (handlers) return ({ event, data }) => handlers.get(event)?.(data)
  return ({ data }) => onText(data)
}
