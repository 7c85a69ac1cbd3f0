// The wasm for runtimes that compile wasm: pages, workers, Node, Deno, Bun. Its bytes are part of the script.
//
// Pages and their workers compile it off the main thread. (On the main thread, Chromium before 114 compiles no more than 4 KB.) Servers
// compile it at once, so that the first client can send its request at once.

import { bytes } from 'sse-fetch-wasm-inline'

const isPage = () => typeof document === 'object' || 'WorkerLocation' in globalThis

export const instantiate = (imports: WebAssembly.Imports): WebAssembly.Instance | Promise<WebAssembly.Instance> =>
  isPage()
    ? WebAssembly.instantiate(bytes(), imports).then(({ instance }) => instance)
    : new WebAssembly.Instance(new WebAssembly.Module(bytes()), imports)

/** Loads the build without WebAssembly. Bundlers make a chunk of it. */
export const withoutWasm = () => import('./without-wasm.js')
