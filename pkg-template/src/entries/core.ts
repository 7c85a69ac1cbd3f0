// What all entries share, as a module of its own: a page that imports several of them has one class, and one wasm. The
// entries differ in how they get the wasm.

import { attach, ParserHandle, SessionHandle } from 'sse-fetch-wasm'
import type { Engine } from '../client/engine.ts'

/**
 * What the wasm imports.
 * @internal
 */
export { imports } from 'sse-fetch-wasm'

// What applications see. All other exports are for the other entries.
export { SSEAuth } from '../auth/auth.ts'
export { SSEClient } from '../client/client.ts'

/**
 * What the class runs on, of an instance of the wasm.
 * @internal
 */
export const engineOf = ({ exports }: WebAssembly.Instance): Engine => ({ SessionHandle, ParserHandle, memory: attach(exports) })

/** The smallest module there is. */
const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

/**
 * What to throw in the place of an error of compiling: engines do not say how to correct a page, or say too much.
 * @internal
 */
export function explained(cause: unknown): unknown {
  if (typeof WebAssembly !== 'object') return new Error('SSEClient: there is no WebAssembly here', { cause })
  if (!(cause instanceof WebAssembly.CompileError)) return cause
  try {
    // WebKit applies a policy to instances only.
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

/** Policies apply to pages and their workers. Servers that call themselves workers have no `WorkerLocation`. */
const hasPages = () => typeof document === 'object' || 'WorkerLocation' in globalThis

/** @internal */
export { provide } from '../client/client.ts'
/** @internal */
export { isStarted, start } from '../client/engine.ts'
/** @internal */
export { ownEvent } from '../client/event.ts'
/** @internal */
export { ownText } from '../client/own-text.ts'
/** @internal */
export { HEADS_ONLY, TYPE_AS_WRITTEN } from '../client/settings.ts'
/** @internal */
export { offAbort, onAbort } from '../driver/abort.ts'
/** @internal */
export { describe, fieldsOf, kindOf, tagOf } from '../driver/kind.ts'
