// The default entry. The wasm is part of the script, or a module in runtimes that cannot compile wasm. It starts synchronously
// when the first client is created. Importing the entry does nothing, so it can be imported without a browser (server-side
// rendering).

import { wasmModule } from 'sse-fetch-wasm-module'
import { engineOf, explained, imports, provide } from './core.js'

// Not only a re-export, because bundlers would leave this file out, as one without side effects. With the annotation, they leave
// the wasm out of a bundle that does not use the class.
export const SSEClient = /* @__PURE__ */ provide(() => {
  try {
    return engineOf(new WebAssembly.Instance(wasmModule(), imports))
  } catch (error) {
    throw explained(error)
  }
})

export { SSEAuth } from './core.js'
export { SSEError } from './error.js'
