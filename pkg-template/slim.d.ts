export * from './index.js'

/** What `init` takes. */
export type WasmSource = string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WasmModule

/** A `WebAssembly.Module`: an interface without members, which not all servers' types have. */
type WasmModule = object

/**
 * Loads the wasm, and has to be awaited before the first `SSEClient` is made. Calling it again does nothing, unless it
 * failed.
 *
 * @param source Where the wasm comes from. Default: the file `sse-fetch.wasm` beside the script. It is compiled while it
 * streams in where the server sends it as `application/wasm`.
 * @throws {TypeError} `source` is none of these, it could not be fetched, or it is the wasm of another version of the package.
 * @throws {Error} The server answered with an error status.
 * @throws {WebAssembly.CompileError} It is no wasm, or the page's Content-Security-Policy forbids it.
 */
export function init(source?: WasmSource | Promise<WasmSource>): Promise<void>
