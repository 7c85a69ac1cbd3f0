// The types of modules that the build creates. (xtask builds the first two from the crate in pkg-template/wasm.)

/** The classes of glue.ts, and the functions that connect them with an instance of the wasm. */
declare module 'sse-fetch-wasm' {
  /** The imports of the wasm. */
  export const imports: WebAssembly.Imports

  /** Connects the classes with an instance of the wasm. Returns its memory. */
  export function attach(exports: WebAssembly.Exports): WebAssembly.Memory

  /** One session (its methods are described in src/bindings). */
  export class SessionHandle {
    constructor(seed: number, isGetOrHead: boolean)
    setOption(option: number, value: number): void
    handle(now: number, input: number, attempt: number, detail: number): void
    head(now: number, attempt: number, status: number, isEventStream: boolean, retryAfter: number): void
    wants(): number
    pollEvent(): number
    field(index: number): number
    state(): number
    retryCount(): number
  }

  /** One parser (its methods are described in src/bindings). */
  export class ParserHandle {
    constructor(eventLimit: number, emptyEvents: boolean)
    reset(): void
    release(): void
    name(length: number): number
    listen(): number
    forget(slot: number): void
    ignoredLines(): number
    distinguishExplicitMessage(): number
    wantComments(wanted: boolean): void
    window(): number
    reserve(length: number): number
    parse(length: number): number
    nextBatch(): number
    retry(): number
    toUtf16(): void
  }
}

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
