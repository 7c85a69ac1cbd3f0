// The slim entry. The wasm is a file of its own, which is compiled while it arrives, or a module in runtimes that cannot compile
// wasm. It must be loaded before the first client is created.

import { wasmSource } from 'sse-fetch-wasm-source'
import { engineOf, explained, imports, isStarted, kindOf, start, tagOf } from './core.js'

/** What `init` accepts: a URL, a response or a request for the wasm, its bytes, or a `WebAssembly.Module`. */
export type WasmSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule

/** A `WebAssembly.Module`: an interface without members, which the types of some servers lack. */
type WasmModule = object

let loading: Promise<void> | undefined

/**
 * Loads the wasm. You must await this before you create the first `SSEClient`. Further calls return the same promise, unless it
 * was rejected.
 *
 * @param source Where the wasm comes from. Default: the file `sse-fetch.wasm` beside the script. If the server sends it as
 * `application/wasm`, it is compiled while it arrives.
 * @returns A promise that resolves when clients can be created. It rejects with an error:
 * - `TypeError`: `source` has a wrong type, could not be fetched, or is the wasm of another version of the package.
 * - `Error`: the server answered with an error status, WebAssembly is not available, or a Content-Security-Policy forbids it.
 * - `WebAssembly.CompileError`: `source` is not wasm.
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= load(source).catch((error) => {
    loading = undefined
    throw explained(error)
  })
  return loading
}

async function load(given: WasmSource | Promise<WasmSource> | undefined): Promise<void> {
  // Another entry of the package may have loaded it, or may be loading it.
  if (isStarted()) {
    await start()
    return
  }
  const instance = await instantiated(given === undefined ? wasmSource() : await given)
  start(() => engineOf(instance))
}

const FIX =
  "give init() the address of sse-fetch.wasm; for Vite's development server set optimizeDeps: { exclude: ['sse-fetch'] }"

async function instantiated(given: any): Promise<WebAssembly.Instance> {
  let source = given
  if (tagOf(source) === 'WebAssembly.Module') return WebAssembly.instantiate(source as WebAssembly.Module, imports)
  const isAddress = typeof source === 'string' || tagOf(source) === 'URL'
  // Node's `fetch` cannot read files, and bundlers for browsers cannot resolve an import of `node:fs`.
  const files = (globalThis as any).process?.getBuiltinModule?.('node:fs')
  if (files && isAddress && /^file:/.test(source)) source = files.readFileSync(new URL(source))
  else if (isAddress || tagOf(source) === 'Request') source = await fetch(source)
  if (tagOf(source) === 'Response') {
    if (!source.ok) throw new Error(`SSEClient: init: ${source.url} answered with status ${source.status}`)
    // Engines compile wasm while it arrives only if it has this content type.
    const streams = 'instantiateStreaming' in WebAssembly && /^application\/wasm$/i.test(source.headers.get('content-type'))
    if (streams) return (await WebAssembly.instantiateStreaming(source, imports)).instance
    const { url, headers } = source
    source = await source.arrayBuffer()
    // Some servers send the wasm itself as HTML, so its first byte decides.
    const isPage = /^text\/html\b/i.test(headers.get('content-type')) && new Uint8Array(source)[0] !== 0
    if (isPage) throw new TypeError(`SSEClient: init: ${url} is an HTML page and not the wasm: ${FIX}`)
  }
  // Some engines do not accept a `DataView`.
  if (tagOf(source) === 'DataView') source = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  if (!ArrayBuffer.isView(source) && tagOf(source) !== 'ArrayBuffer') {
    throw new TypeError(
      `SSEClient: init: ${kindOf(source)} was given; it must be a URL, a Request, a Response, bytes or a WebAssembly.Module`,
    )
  }
  return (await WebAssembly.instantiate(source as BufferSource, imports)).instance
}

export type * from '../client/api.ts'
export { SSEAuth, SSEClient } from './core.js'
export { SSEError } from './error.js'
