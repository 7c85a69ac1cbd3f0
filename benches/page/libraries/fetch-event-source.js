// `@microsoft/fetch-event-source`.

import { fetchEventSource as connect } from '@microsoft/fetch-event-source'
import { ALL, CHATS } from './kinds.js'
import { versionOf } from './version.js'

export const fetchEventSource = {
  name: 'fetch-event-source',
  version: /* @__PURE__ */ versionOf('@microsoft/fetch-event-source'),
  kinds: [...ALL, ...CHATS],
  flaws: { heartbeats: 'a comment is given to the listener as an empty event' },
  run,
}

export function run(job) {
  const { url, fetch, signal } = job
  return connect(url, { fetch, signal, openWhenHidden: true, onmessage: listener(job), onerror: giveUp })
}

function listener({ note, handlers, onText }) {
  if (note) return ({ event, data, id }) => note(event || 'message', data, id)
  if (handlers) return ({ event, data }) => handlers.get(event)?.(data)
  return ({ data }) => onText(data)
}

/** Without this it would try again without end. */
function giveUp(error) {
  throw error
}
