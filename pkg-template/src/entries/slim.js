// The slim entry: the wasm is a file of its own, compiled while it streams in. It has to be there before the first client.

import { engineOf, explained, imports, isStarted, kindOf, start, tagOf } from './core.js'

let loading

/**
 * Loads the wasm: from where it lies beside this script, or from a URL, a Request, a Response, bytes, a WebAssembly.Module,
 * or a promise of one of them. Calling it again does nothing, unless it failed.
 */
export function init(source) {
  loading ??= load(source).catch((error) => {
    loading = undefined
    throw explained(error)
  })
  return loading
}

async function load(given) {
  // Another entry of the package may have brought its own.
  if (isStarted()) return
  const instance = await instantiated(given === undefined ? besideScript() : await given)
  start(() => engineOf(instance))
}

/** The folder to which the development servers of Vite 5 to 7 move the script, without the wasm that lies beside it. */
const MOVED = /\/node_modules\/\..*\/deps\/(?=sse-fetch\.wasm$)/

function besideScript() {
  try {
    const beside = new URL('sse-fetch.wasm', import.meta.url)
    return new URL(beside.href.replace(MOVED, '/node_modules/sse-fetch/'))
  } catch (cause) {
    // A bundle that is no module.
    throw new TypeError('SSEClient: init: this script does not know where it lies: give the address of sse-fetch.wasm', { cause })
  }
}

const FIX = "give init() the address of sse-fetch.wasm; for Vite's development server set optimizeDeps: { exclude: ['sse-fetch'] }"

async function instantiated(given) {
  let source = given
  if (tagOf(source) === 'WebAssembly.Module') return WebAssembly.instantiate(source, imports)
  const isAddress = typeof source === 'string' || tagOf(source) === 'URL'
  // Node's `fetch` knows no files, and bundlers for browsers no `node:fs`.
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  if (files && isAddress && /^file:/.test(source)) source = files.readFileSync(new URL(source))
  else if (isAddress || tagOf(source) === 'Request') source = await fetch(source)
  if (tagOf(source) === 'Response') {
    if (!source.ok) throw new Error(`SSEClient: init: ${source.url} answered with status ${source.status}`)
    // Compiling as it comes is only done for the right type; from other servers it comes first.
    const streams = WebAssembly.instantiateStreaming && /^application\/wasm$/i.test(source.headers.get('content-type'))
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
    throw new TypeError(`SSEClient: init: ${kindOf(source)} was given; it must be a URL, a Request, a Response, bytes or a WebAssembly.Module`)
  }
  return (await WebAssembly.instantiate(source, imports)).instance
}

export { SSEAuth, SSEClient } from './core.js'
export { SSEError } from './error.js'
