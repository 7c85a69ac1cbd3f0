// The browser's own `EventSource`. It cannot be given a stream: it takes part only where there is a server.

import { CHATS, NETWORK } from './kinds.js'

export const native = {
  name: 'native',
  version: 'of this browser',
  kinds: [...NETWORK, ...CHATS],
  run,
}

export function run({ url, types, onText, signal }) {
  return new Promise((resolve) => {
    const source = new EventSource(url)
    for (const type of types) source.addEventListener(type, ({ data }) => onText(data))
    const close = () => {
      source.close()
      resolve()
    }
    // The end of the stream is an error to it, after which it would connect again.
    source.addEventListener('error', close)
    signal?.addEventListener('abort', close)
  })
}
