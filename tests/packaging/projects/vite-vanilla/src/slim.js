// The slim entry, with every way to give the URL of its wasm.

import { init, SSEClient } from 'sse-fetch/slim'
import wasm from 'sse-fetch/sse-fetch.wasm?url'
import { show } from './show.js'

const sources = {
  'default': () => init(),
  'new-url': () => init(new URL('sse-fetch/sse-fetch.wasm', import.meta.url)),
  'imported-url': () => init(wasm),
}

export async function start(server, source) {
  await sources[source]()
  const client = new SSEClient(`${server}/events`)
  client.on('open', () => show('slim', 'open'))
  client.on('notification', ({ title }) => show('slim', title))
  client.connect()
}
