// The types of modules that the build creates. (`sse-fetch-wasm` is glue.ts: tsconfig.json says so.)

/** The bytes of the wasm, encoded in the script. */
declare module 'sse-fetch-wasm-inline' {
  export function bytes(): Uint8Array<ArrayBuffer>
}

/**
 * The functions that return an instance in this build (xtask/src/package/scripts.rs chooses): compiled.ts in modules and in CommonJS,
 * script.ts in the script that defines the global, imported.ts for workerd and Vercel's edge runtime, none.ts for React Native.
 * `withoutWasm` loads the build without WebAssembly. It is undefined if none is loaded later.
 */
declare module 'sse-fetch-wasm-module' {
  export const instantiate: (imports: WebAssembly.Imports) => WebAssembly.Instance | Promise<WebAssembly.Instance>
  export const withoutWasm: (() => Promise<typeof import('./without-wasm.js')>) | undefined
}

/** The default source of the wasm for `init()`: imported.ts for workerd and Vercel's edge runtime, beside.ts in all others. */
declare module 'sse-fetch-wasm-source' {
  export const wasmSource: () => WebAssembly.Module | URL
}

/** The wasm, in bundlers that turn a `.wasm` file into a module. */
declare module '*.wasm?module' {
  const module: WebAssembly.Module
  export default module
}
