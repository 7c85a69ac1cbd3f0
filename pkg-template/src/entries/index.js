// The default entry: the wasm is part of the script and starts, synchronously, with the first client.
// Until then importing it does nothing, so it may be imported where there is no browser (server-side rendering).

import { bytes } from 'sse-fetch-wasm-inline'
import { engineOf, explained, imports, provide } from './core.js'

// Not a mere re-export: bundlers would leave this file out, as one without side effects. The annotation lets them leave the wasm
// out of a bundle that does not use the class.
export const SSEClient = /* @__PURE__ */ provide(() => {
  try {
    return engineOf(new WebAssembly.Instance(new WebAssembly.Module(bytes()), imports))
  } catch (error) {
    throw explained(error)
  }
})

export { SSEAuth } from './core.js'
export { SSEError } from './error.js'
