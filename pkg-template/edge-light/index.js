// The default entry for Vercel's edge runtime, which compiles no wasm at run time: there a `.wasm` file is a module, by a suffix.

import wasm from '../sse-fetch.wasm?module'
import { engineOf, imports, provide } from '../core.js'

// Not a mere re-export: bundlers would leave this file out, as one without side effects.
export const SSEClient = /* @__PURE__ */ provide(() => engineOf(new WebAssembly.Instance(wasm, imports)))

export { SSEAuth } from '../core.js'
export { SSEError } from '../error.js'
