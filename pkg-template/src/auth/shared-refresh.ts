// One refresh of a token that several clients wait for.

import { during } from '../driver/abort.ts'

/** When no client waits any more, the refresh is abandoned: its signal is aborted, and its outcome is ignored. */
export class SharedRefresh<T> {
  #controller = new AbortController()
  #waiting = 0
  #outcome: Promise<T>

  /** The work begins in a microtask: if it makes a client refresh, that client joins this refresh. */
  constructor(work: (signal: AbortSignal) => Promise<T>) {
    const { signal } = this.#controller
    const working = Promise.resolve().then(() => work(signal))
    this.#outcome = during(signal, working)
  }

  get isAbandoned(): boolean {
    return this.#controller.signal.aborted
  }

  /** Waits for the outcome, or rejects when the signal is aborted. */
  join(signal: AbortSignal): Promise<T> {
    this.#waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason)
        if (--this.#waiting === 0) this.#controller.abort(signal.reason)
      }
      const settled =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          signal.removeEventListener('abort', leave)
          settle(value)
        }
      signal.addEventListener('abort', leave, { once: true })
      this.#outcome.then(settled(resolve), settled(reject))
    })
  }
}
