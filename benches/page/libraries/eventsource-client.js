// `eventsource-client`, by the author of `eventsource-parser`.

import { createEventSource } from 'eventsource-client'
import { ALL, CHATS } from './kinds.js'
import { versionOf } from './version.js'

export const eventSourceClient = {
  name: 'eventsource-client',
  version: /* @__PURE__ */ versionOf('eventsource-client'),
  kinds: [...ALL, ...CHATS],
  run,
}

export function run(job) {
  return new Promise((resolve) => {
    const { url, fetch, signal } = job
    const close = () => {
      source.close()
      resolve()
    }
    const source = createEventSource({ url, fetch, onMessage: listener(job), onDisconnect: close })
    signal?.addEventListener('abort', close)
  })
}

function listener({ note, handlers, onText }) {
  if (note) return ({ event = 'message', data, id = '' }) => note(event, data, id)
  if (handlers) return ({ event, data }) => handlers.get(event)?.(data)
  return ({ data }) => onText(data)
}
