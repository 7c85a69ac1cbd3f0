// `sse.js`, on XMLHttpRequest: it cannot be given a stream, and takes part only where there is a server.

import { SSE } from 'sse.js'
import { NETWORK } from './kinds.js'
import { versionOf } from './version.js'

export const sseJs = {
  name: 'sse.js',
  version: versionOf('sse.js'),
  kinds: NETWORK,

  run: ({ url, types, onText, signal }) =>
    new Promise((resolve) => {
      const source = new SSE(url, { start: false })
      for (const type of types) source.addEventListener(type, ({ data }) => onText(data))
      source.addEventListener('readystatechange', ({ readyState }) => {
        if (readyState === SSE.CLOSED) resolve()
      })
      signal?.addEventListener('abort', () => {
        source.close()
        resolve()
      })
      source.stream()
    }),
}
