// The reasons why nothing may be dispatched: the application has paused the client, or an iterator has not taken the last event.

/** The application has paused the client. */
export const BY_APPLICATION = 'application'

export class PauseReasons {
  #reasons = new Set<unknown>()
  isPaused = false

  add(reason: unknown): void {
    this.#reasons.add(reason)
    this.isPaused = true
  }

  /** Returns whether this was the last reason. */
  remove(reason: unknown): boolean {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return false
    this.isPaused = false
    return true
  }

  has(reason: unknown): boolean {
    return this.#reasons.has(reason)
  }
}
