// The default entry: the wasm is part of the script and starts, synchronously, with the first client.
// Until then importing it does nothing, so it may be imported where there is no browser (server-side rendering).

import { bytes } from 'sse-fetch-wasm-inline'
import { provide } from '../src/js/client.js'
import { engineOf, imports } from './engine.js'

provide(() => engineOf(new WebAssembly.Instance(new WebAssembly.Module(bytes()), imports)))

export { SSEAuth, SSEClient, SSEError } from '../src/js/client.js'
