// The wasm for runtimes that cannot compile wasm: Cloudflare's workerd and Vercel's edge runtime. There, a `.wasm` file is a
// module.

import wasm from '../sse-fetch.wasm?module'

export const instantiate = (imports: WebAssembly.Imports): WebAssembly.Instance => new WebAssembly.Instance(wasm, imports)

export const wasmSource = (): WebAssembly.Module => wasm

/** A bundler has put the wasm into the bundle, so no other build is needed. */
export const withoutWasm = undefined
