// The wasm in runtimes that compile none: Cloudflare's workerd and Vercel's edge runtime, where a `.wasm` file is a module.

import wasm from '../sse-fetch.wasm?module'

export const wasmModule = (): WebAssembly.Module => wasm

export const wasmSource = wasmModule
