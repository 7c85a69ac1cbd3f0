// The page's clock and timers. Tests may replace them by functions that throw, which must not stop the client.

/** What `setTimeout` returned; undefined if there is no timer. */
export type Timer = ReturnType<typeof setTimeout> | undefined

/** Milliseconds by a clock that never goes back, if there is one. */
export function now(): number {
  try {
    return performance.now()
  } catch {
    return date()
  }
}

/** Milliseconds by the computer's clock, which does not stop while the computer sleeps, but may be set. */
export function date(): number {
  try {
    return Date.now()
  } catch {
    return 0
  }
}

/** Calls the listener after a delay. If `setTimeout` throws, nothing is ever called. */
export function wake(listener: () => void, delay: number): Timer {
  try {
    return setTimeout(listener, delay)
  } catch {
    return undefined
  }
}

export function forget(timer: Timer): void {
  try {
    clearTimeout(timer)
  } catch {
    // The timer fires, without effect.
  }
}

/** The longest delay of `setTimeout`, in milliseconds: 24 days. A longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/** One timer, and the clock by which it is set. */
export class Alarm {
  #ring: () => void
  #timer: Timer
  /** The time it is set to, below 0 for none. */
  #at = -1
  /** When the timer fires: before that time, if that is far away. */
  #due = 0
  /**
   * How far this clock is ahead of the page's. A timer that fires is proof enough that its time has come, whatever the page's
   * clock says, which may stand still in a test.
   */
  #ahead = 0

  constructor(ring: () => void) {
    this.#ring = ring
  }

  now(): number {
    return now() + this.#ahead
  }

  /** Rings at this time, instead of the time before. */
  set(at: number): void {
    if (at === this.#at) return
    forget(this.#timer)
    this.#at = at
    this.#timer = undefined
    if (at < 0) return
    const delay = Math.min(Math.max(0, Math.ceil(at - this.now())), LONGEST)
    this.#due = Math.min(at, this.now() + delay)
    this.#timer = wake(this.#fired, delay)
  }

  #fired = () => {
    this.#ahead += Math.max(0, this.#due - this.now())
    this.#at = -1
    this.#ring()
  }
}
