// The wasm in the script that defines the global. The build without WebAssembly is a file beside that script.

export { instantiate } from './compiled.ts'

// Only while the script is loaded does the page know which one it is. An element with the name `currentScript`, which may be part of
// the HTML of a user, hides that, and must not say what is imported.
const current = globalThis.document?.currentScript as HTMLScriptElement | null | undefined
const script = /^script$/i.test(String(current?.tagName)) ? current!.src : undefined

const FILE = './sse-fetch.without-wasm.js'

/** In a worker the address is relative to the script. In a page it would not be if the script comes from another origin. */
export const withoutWasm = (): Promise<typeof import('./without-wasm.js')> => import(script ? new URL(FILE, script).href : FILE)
