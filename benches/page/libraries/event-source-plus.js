// `event-source-plus`.

import { EventSourcePlus } from 'event-source-plus'
import { ALL } from './kinds.js'
import { versionOf } from './version.js'

const TRIMS = 'it trims the data'

export const eventSourcePlus = {
  name: 'event-source-plus',
  version: versionOf('event-source-plus'),
  kinds: ALL,
  flaws: { tokens: TRIMS, 'lines-500': 'it keeps only the last of several data lines' },
  skips: { 'drips-4': 'it reads an unfinished event again with every chunk, which would take minutes' },

  run: (job) =>
    new Promise((resolve) => {
      const { url, fetch, signal } = job
      const source = new EventSourcePlus(url, { fetch, retryStrategy: 'on-error' })
      const controller = source.listen({ onMessage: listener(job) })
      // Called at the end of the stream as well.
      controller.onAbort(() => resolve())
      signal?.addEventListener('abort', () => controller.abort())
    }),
}

function listener({ note, handlers, onText }) {
  if (note) return ({ event, data, id = '' }) => note(event, data, id)
  if (handlers) return ({ event, data }) => handlers.get(event)?.(data)
  return ({ data }) => onText(data)
}
