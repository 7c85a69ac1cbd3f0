// The npm package `eventsource`, the `EventSource` of Node.

import { EventSource } from 'eventsource'
import { ALL } from './kinds.js'
import { versionOf } from './version.js'

export const eventSource = {
  name: 'eventsource',
  version: versionOf('eventsource'),
  kinds: ALL,

  run: (job) =>
    new Promise((resolve) => {
      const { url, fetch, types, note, onText, signal } = job
      const source = new EventSource(url, { fetch })
      const listener = note ? ({ type, data, lastEventId }) => note(type, data, lastEventId) : ({ data }) => onText(data)
      for (const type of types) source.addEventListener(type, listener)
      const close = () => {
        source.close()
        resolve()
      }
      // The end of the stream is an error to it, after which it would connect again.
      source.addEventListener('error', close)
      signal?.addEventListener('abort', close)
    }),
}
