// What all entries share. In the package this is a file of its own, so a page that imports several entries has one class and one
// wasm. Each entry gets the wasm in its own way.

import { attach, ParserHandle, SessionHandle } from 'sse-fetch-wasm'
import type { Engine } from '../client/engine.ts'

/**
 * The imports of the wasm.
 * @internal
 */
export { imports } from 'sse-fetch-wasm'

// The exports for applications. All other exports are for the other entries.
export { SSEAuth } from '../auth/auth.ts'
export { SSEClient } from '../client/client.ts'
/** @internal */
export type { Engine } from '../client/engine.ts'

/**
 * Connects the classes with an instance of the wasm, and returns the engine for the clients.
 * @internal
 */
export const engineOf = ({ exports }: WebAssembly.Instance): Engine => ({ SessionHandle, ParserHandle, memory: attach(exports) })

/** The smallest wasm module. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

/**
 * Returns the error to throw instead of an error of the compiler. Engines do not say how to correct the page, or say too much.
 * @internal
 */
export function explained(cause: unknown): unknown {
  if (typeof WebAssembly !== 'object') return new Error('SSEClient: WebAssembly is not available here', { cause })
  if (!(cause instanceof WebAssembly.CompileError)) return cause
  try {
    // In WebKit, a Content-Security-Policy forbids only instances, so compiling is not enough to see it.
    new WebAssembly.Instance(new WebAssembly.Module(EMPTY))
    return cause
  } catch {
    return new Error(`SSEClient: ${hasPages() ? BY_POLICY : BY_RUNTIME}`, { cause })
  }
}

const BY_POLICY = "compiling WebAssembly is forbidden here: in a Content-Security-Policy script-src must allow 'wasm-unsafe-eval'"

const BY_RUNTIME =
  "this runtime cannot compile WebAssembly, so the bundle must contain the wasm: set the bundler's export condition 'workerd' " +
  "(Cloudflare) or 'edge-light' (Vercel), and for Nuxt and Nitro `experimental: { wasm: true }`"

/**
 * Whether a Content-Security-Policy can apply: in pages and their workers. Server runtimes that resemble workers have no
 * `WorkerLocation`.
 */
const hasPages = () => typeof document === 'object' || 'WorkerLocation' in globalThis

/** @internal */
export { provide } from '../client/client.ts'
/** @internal */
export { isPromise, isStarted, start } from '../client/engine.ts'
/** @internal */
export { HEADS_ONLY, TYPE_AS_WRITTEN } from '../client/settings.ts'
/** @internal */
export { ownEvent } from '../dispatch/event.ts'
/** @internal */
export { ownText } from '../dispatch/own-text.ts'
/** @internal */
export { offAbort, onAbort, throwIfAborted } from '../driver/abort.ts'
/** @internal */
export { describe, fieldsOf, kindOf, tagOf } from '../driver/kind.ts'
