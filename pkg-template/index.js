// The default entry: the wasm is part of the script and starts, synchronously, with the first client.
// Until then importing it does nothing, so it may be imported where there is no browser (server-side rendering).

import { Machine, Scanner, initSync } from 'sse-fetch-wasm'
import { bytes } from 'sse-fetch-wasm-inline'
import { provide } from '../src/js/client.js'

provide(() => {
  const { memory } = initSync({ module: bytes() })
  return { Machine, Scanner, memory }
})

export { SSEAuth, SSEClient, SSEError } from '../src/js/client.js'
