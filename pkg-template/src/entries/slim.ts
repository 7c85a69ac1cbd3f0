// The slim entry: the wasm is a file of its own, compiled while it streams in, or a module in runtimes that compile none. It must be
// there before the first client.

import { wasmSource } from 'sse-fetch-wasm-source'
import { engineOf, explained, imports, isStarted, kindOf, start, tagOf } from './core.js'

/** What `init` takes. */
export type WasmSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule

/** A `WebAssembly.Module`: an interface without members, which not all servers' types have. */
type WasmModule = object

let loading: Promise<void> | undefined

/**
 * Loads the wasm, and has to be awaited before the first `SSEClient` is made. Calling it again does nothing, unless it
 * failed.
 *
 * @param source Where the wasm comes from. Default: the file `sse-fetch.wasm` beside the script. It is compiled while it
 * streams in where the server sends it as `application/wasm`.
 * @throws {TypeError} `source` is none of these, it could not be fetched, or it is the wasm of another version of the package.
 * @throws {Error} The server answered with an error status.
 * @throws {WebAssembly.CompileError} It is no wasm, or the page's Content-Security-Policy forbids it.
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void> {
  loading ??= load(source).catch((error) => {
    loading = undefined
    throw explained(error)
  })
  return loading
}

async function load(given: WasmSource | Promise<WasmSource> | undefined): Promise<void> {
  // Another entry of the package may have loaded it.
  if (isStarted()) return
  const instance = await instantiated(given === undefined ? wasmSource() : await given)
  start(() => engineOf(instance))
}

const FIX =
  "give init() the address of sse-fetch.wasm; for Vite's development server set optimizeDeps: { exclude: ['sse-fetch'] }"

async function instantiated(given: any): Promise<WebAssembly.Instance> {
  let source = given
  if (tagOf(source) === 'WebAssembly.Module') return WebAssembly.instantiate(source as WebAssembly.Module, imports)
  const isAddress = typeof source === 'string' || tagOf(source) === 'URL'
  // Node's `fetch` knows no files, and bundlers for browsers no `node:fs`.
  const files = (globalThis as any).process?.getBuiltinModule?.('node:fs')
  if (files && isAddress && /^file:/.test(source)) source = files.readFileSync(new URL(source))
  else if (isAddress || tagOf(source) === 'Request') source = await fetch(source)
  if (tagOf(source) === 'Response') {
    if (!source.ok) throw new Error(`SSEClient: init: ${source.url} answered with status ${source.status}`)
    // Wasm is compiled while it streams in only if it has the right type.
    const streams = 'instantiateStreaming' in WebAssembly && /^application\/wasm$/i.test(source.headers.get('content-type'))
    if (streams) return (await WebAssembly.instantiateStreaming(source, imports)).instance
    const { url, headers } = source
    source = await source.arrayBuffer()
    // Some servers call the wasm itself HTML, so its first byte decides.
    const isPage = /^text\/html\b/i.test(headers.get('content-type')) && new Uint8Array(source)[0] !== 0
    if (isPage) throw new TypeError(`SSEClient: init: ${url} is an HTML page and not the wasm: ${FIX}`)
  }
  // Not every engine takes a view that is no array.
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
