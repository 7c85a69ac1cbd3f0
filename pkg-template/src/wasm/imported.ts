// The wasm for runtimes that cannot compile wasm: Cloudflare's workerd and Vercel's edge runtime. There, a `.wasm` file is a
// module.

import wasm from '../sse-fetch.wasm?module'

export const wasmModule = (): WebAssembly.Module => wasm

export const wasmSource = wasmModule
