// The package under test, as it ships.

import { ALL, CHATS } from './kinds.js'

/** `load` imports it. */
export function sseFetch(load, version) {
  let SSEClient
  return {
    name: 'sse-fetch',
    version,
    kinds: [...ALL, ...CHATS, 'start', 'memory'],

    async load() {
      if (SSEClient) return
      ;({ SSEClient } = await load())
      // The first client starts the wasm, which is another benchmark.
      new SSEClient('http://localhost/')
    },

    run: (job) => run(SSEClient, job),
  }
}

export function run(SSEClient, { url, fetch, types, json, all = false, take, note, signal }) {
  return new Promise((resolve) => {
    const client = new SSEClient(url, { fetch, signal, parse: json ? 'json' : 'text', reconnect: 'never' })
    const listener = note ? (data, { type, id }) => note(type, json ? JSON.stringify(data) : data, id) : take
    for (const type of all ? ['*'] : types) client.on(type, listener)
    client.on('close', resolve)
    client.connect()
  })
}
