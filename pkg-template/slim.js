// The slim entry: the wasm is a file of its own, compiled while it streams in. It has to be there before the first client.

import { kindOf } from '../src/js/auth.js'
import { provide } from '../src/js/client.js'
import { engineOf, imports } from './engine.js'

let engine
let loading

provide(() => {
  if (!engine) throw new Error('SSEClient: the wasm is not there yet: await init() before the first client')
  return engine
})

/**
 * Loads the wasm: from where it lies beside this script, or from a URL, a Request, a Response, bytes, a WebAssembly.Module,
 * or a promise of one of them. Calling it again does nothing, unless it failed.
 */
export function init(source = new URL('sse-fetch.wasm', import.meta.url)) {
  loading ??= load(source).then(started).catch((error) => {
    loading = undefined
    throw error
  })
  return loading
}

function started(instance) {
  engine = engineOf(instance)
}

async function load(given) {
  let source = await given
  if (source instanceof WebAssembly.Module) return WebAssembly.instantiate(source, imports)
  const isAddress = typeof source === 'string' || source instanceof URL
  // Node's `fetch` knows no files, and bundlers for browsers no `node:fs`.
  const files = globalThis.process?.getBuiltinModule?.('node:fs')
  if (files && isAddress && /^file:/.test(source)) source = files.readFileSync(new URL(source))
  else if (isAddress || isA('Request', source)) source = await fetch(source)
  if (isA('Response', source)) {
    if (!source.ok) throw new Error(`SSEClient: init: ${source.url} answered with status ${source.status}`)
    // Compiling as it comes is only done for the right type; from other servers it comes first.
    const streams = WebAssembly.instantiateStreaming && /^application\/wasm$/i.test(source.headers.get('content-type'))
    if (streams) return (await WebAssembly.instantiateStreaming(source, imports)).instance
    source = await source.arrayBuffer()
  }
  // Not every engine takes a view that is no array.
  if (source instanceof DataView) source = new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
  if (!(source instanceof ArrayBuffer || ArrayBuffer.isView(source))) {
    throw new TypeError(`SSEClient: init: ${kindOf(source)} was given; accepted is a URL, a Request, a Response, bytes or a WebAssembly.Module`)
  }
  return (await WebAssembly.instantiate(source, imports)).instance
}

const isA = (name, value) => typeof globalThis[name] === 'function' && value instanceof globalThis[name]

export { SSEAuth, SSEClient, SSEError } from '../src/js/client.js'
