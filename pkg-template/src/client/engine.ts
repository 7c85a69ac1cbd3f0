// What every client runs on: the classes of the wasm and its memory. The entries differ in how they get it.

import type { ParserHandle, SessionHandle } from 'sse-fetch-wasm'

export interface Engine {
  SessionHandle: typeof SessionHandle
  ParserHandle: typeof ParserHandle
  memory: WebAssembly.Memory
}

let engine: Engine | undefined

let load = (): Engine => {
  throw new Error('SSEClient: the wasm is not there yet: await init() before the first client')
}

/** Sets how to get the engine. It is called when the first client is made, so that importing the package does nothing yet. */
export function setLoad(how: () => Engine): void {
  load = how
}

/** The engine of all clients, made by the first call. */
export function start(make: () => Engine = load): Engine {
  engine ??= make()
  return engine
}

export const isStarted = (): boolean => engine !== undefined
