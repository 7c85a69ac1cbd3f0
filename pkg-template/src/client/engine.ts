// The engine of every client: the classes of the wasm, and its memory. Each entry gets it in its own way.

import type { ParserHandle, SessionHandle } from 'sse-fetch-wasm'

export interface Engine {
  SessionHandle: typeof SessionHandle
  ParserHandle: typeof ParserHandle
  memory: WebAssembly.Memory
}

/** The engine, or the promise of it while it is being loaded. */
let engine: Engine | Promise<Engine> | undefined

let load = (): Engine | Promise<Engine> => {
  throw new Error('SSEClient: the wasm is not loaded: await init() before you create a client')
}

/**
 * Sets the function that gets the engine. It is called when the first client is created, because importing the package must do
 * nothing.
 */
export function setLoad(how: () => Engine | Promise<Engine>): void {
  load = how
}

/** Returns the engine of all clients. The first call creates it or begins to load it. If it cannot be loaded, the next call tries again. */
export function start(make: () => Engine | Promise<Engine> = load): Engine | Promise<Engine> {
  if (engine === undefined) {
    engine = make()
    if (isPromise(engine)) {
      engine.then(
        (loaded) => {
          engine = loaded
        },
        () => {
          engine = undefined
        },
      )
    }
  }
  return engine
}

/** By its method, because applications replace `Promise`, and the promises of the platform are no instances of that. */
export const isPromise = <T extends object>(value: T | Promise<T>): value is Promise<T> => 'then' in value

export const isStarted = (): boolean => engine !== undefined
