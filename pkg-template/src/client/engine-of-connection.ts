// Gets the engine for one connection, which may have to wait until it is loaded.

import { startTimer, stopTimer, type Timer } from '../driver/clock.ts'
import { type Engine, isPromise } from './engine.ts'

export class EngineOfConnection {
  #start: () => Engine | Promise<Engine>
  #isLoading = false
  #timer: Timer
  loaded: Engine | undefined

  /** `start` returns the engine, or a promise of it while it is being loaded. */
  constructor(start: () => Engine | Promise<Engine>) {
    this.#start = start
  }

  /** Loads the engine, if it is not there and not being loaded. Then one of the functions is called, at once if the engine is there. */
  load(succeeded: (engine: Engine) => void, failed: (cause: unknown) => void): void {
    if (this.loaded || this.#isLoading) return
    const engine = this.#start()
    const finished = (loaded: Engine) => {
      this.stopLimit()
      this.#isLoading = false
      this.loaded = loaded
      succeeded(loaded)
    }
    const gaveUp = (cause: unknown) => {
      // A listener of the error may connect again, which loads the engine again.
      this.#isLoading = false
      this.loaded = undefined
      failed(cause)
    }
    if (isPromise(engine)) {
      this.#isLoading = true
      engine.then(finished).catch(gaveUp)
    } else {
      try {
        finished(engine)
      } catch (cause) {
        gaveUp(cause)
      }
    }
  }

  /** Calls the function if the engine is not there after so many milliseconds. Replaces an earlier limit. */
  limit(timeout: number, late: () => void): void {
    this.stopLimit()
    if (!this.loaded) this.#timer = startTimer(late, timeout)
  }

  stopLimit(): void {
    stopTimer(this.#timer)
    this.#timer = undefined
  }
}
