// The wasm for runtimes that compile wasm. Its bytes are part of the script.

import { bytes } from 'sse-fetch-wasm-inline'

export const wasmModule = (): WebAssembly.Module => new WebAssembly.Module(bytes())
