// The default entry: the wasm starts, synchronously, with the first client. It is part of the script, or a module in runtimes that
// compile none. Until then importing the entry does nothing, so it may be imported where there is no browser (server-side rendering).

import { wasmModule } from 'sse-fetch-wasm-module'
import { engineOf, explained, imports, provide } from './core.js'

// Not a mere re-export: bundlers would leave this file out, as one without side effects. The annotation lets them leave the wasm
// out of a bundle that does not use the class.
export const SSEClient = /* @__PURE__ */ provide(() => {
  try {
    return engineOf(new WebAssembly.Instance(wasmModule(), imports))
  } catch (error) {
    throw explained(error)
  }
})

export { SSEAuth } from './core.js'
export { SSEError } from './error.js'
