// The default entry. The wasm is part of the script, or a module in runtimes that cannot compile wasm. It is loaded when the first
// client is created. Importing the entry does nothing, so it can be imported without a browser (server-side rendering).

import { instantiate, withoutWasm } from 'sse-fetch-wasm-module'
import { type Engine, engineOf, explained, imports, isPromise, provide } from './core.js'

/** Returns the engine. In a page or its worker it is a promise, because the wasm is compiled off the main thread there. */
function loadEngine(): Engine | Promise<Engine> {
  try {
    const instance = instantiate(imports)
    return isPromise(instance) ? instance.then(engineOf).catch(engineWithoutWasm) : engineOf(instance)
  } catch (error) {
    if (withoutWasm) return engineWithoutWasm(error)
    throw explained(error)
  }
}

/**
 * Returns the engine for runtimes that have no WebAssembly, forbid it, or cannot compile this wasm. Called only where `withoutWasm` is
 * defined. What `instantiate` of the other builds throws needs no such explanation.
 */
async function engineWithoutWasm(cause: unknown): Promise<Engine> {
  try {
    const { instantiate } = await withoutWasm!()
    return engineOf(instantiate(imports))
  } catch (error) {
    const message = (explained(cause) as Error | undefined)?.message
    throw new Error(`${message}; and the build without it, without-wasm.js, could not be loaded either: ${error}`, { cause })
  }
}

// Not only a re-export, because bundlers would leave this file out, as one without side effects. With the annotation, they leave
// the wasm out of a bundle that does not use the class.
export const SSEClient = /* @__PURE__ */ provide(loadEngine)

export { SSEAuth } from './core.js'
export { SSEError } from './error.js'
