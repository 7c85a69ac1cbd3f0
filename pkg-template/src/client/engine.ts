// The engine of every client: the classes of the wasm, and its memory. Each entry gets it in its own way.

import type { ParserHandle, SessionHandle } from 'sse-fetch-wasm'

export interface Engine {
  SessionHandle: typeof SessionHandle
  ParserHandle: typeof ParserHandle
  memory: WebAssembly.Memory
}

let engine: Engine | undefined

let load = (): Engine => {
  throw new Error('SSEClient: the wasm is not loaded: await init() before you create a client')
}

/**
 * Sets the function that gets the engine. It is called when the first client is created, because importing the package must do
 * nothing.
 */
export function setLoad(how: () => Engine): void {
  load = how
}

/** Returns the engine of all clients. The first call creates it. */
export function start(make: () => Engine = load): Engine {
  engine ??= make()
  return engine
}

export const isStarted = (): boolean => engine !== undefined
