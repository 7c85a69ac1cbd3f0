// Why nothing may be dispatched at the moment: the client is paused, or an iterator has not taken the last event.

/** The client was paused by the application. */
export const BY_APPLICATION = 'application'

export class PauseReasons {
  #reasons = new Set()
  isPaused = false

  add(reason) {
    this.#reasons.add(reason)
    this.isPaused = true
  }

  /** Returns whether this was the last reason. */
  remove(reason) {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return false
    this.isPaused = false
    return true
  }

  has(reason) {
    return this.#reasons.has(reason)
  }
}
