// Gets the engine for one connection, which may have to wait until it is loaded.

import { type Engine, isPromise } from './engine.ts'

export class EngineOfConnection {
  #start: () => Engine | Promise<Engine>
  #isLoading = false
  loaded: Engine | undefined

  /** `start` returns the engine, or a promise of it while it is being loaded. */
  constructor(start: () => Engine | Promise<Engine>) {
    this.#start = start
  }

  /** Loads the engine, if it is not there and not being loaded. Then one of the functions is called, at once if the engine is there. */
  load(succeeded: (engine: Engine) => void, failed: (cause: unknown) => void): void {
    if (this.loaded || this.#isLoading) return
    const engine = this.#start()
    const finished = (loaded: Engine) => succeeded((this.loaded = loaded))
    if (!isPromise(engine)) return finished(engine)
    this.#isLoading = true
    engine.then(finished).catch((cause) => {
      this.loaded = undefined
      // A listener of the error may connect again, which loads the engine again.
      this.#isLoading = false
      failed(cause)
    })
  }
}
