// The wasm in the script that defines the global. The build without WebAssembly is a file beside that script.

export { instantiate } from './compiled.ts'

// Only while the script is loaded does the page know which one it is.
const script = (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src

const FILE = './sse-fetch.without-wasm.js'

/** In a worker the address is relative to the script. In a page it would not be if the script comes from another origin. */
export const withoutWasm = (): Promise<typeof import('./without-wasm.js')> => import(script ? new URL(FILE, script).href : FILE)
