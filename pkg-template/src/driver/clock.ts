// The page's clock and timers. Tests may replace them by functions that throw, which must not stop the client.

/** What `setTimeout` returned; undefined if there is no timer. */
export type Timer = ReturnType<typeof setTimeout> | undefined

/** Milliseconds by a clock that never goes back, if the platform has one. */
export function now(): number {
  try {
    return performance.now()
  } catch {
    return wallClock()
  }
}

/** Milliseconds by the computer's clock. It does not stop while the computer sleeps, but the user may set it. */
export function wallClock(): number {
  try {
    return Date.now()
  } catch {
    return 0
  }
}

/** Calls the listener after a delay in milliseconds. If `setTimeout` throws, the listener is never called. */
export function startTimer(listener: () => void, delay: number): Timer {
  try {
    return setTimeout(listener, delay)
  } catch {
    return undefined
  }
}

export function stopTimer(timer: Timer): void {
  try {
    clearTimeout(timer)
  } catch {
    // The timer fires, without effect.
  }
}

/** The longest delay of `setTimeout` in milliseconds: 24 days. With a longer delay, the timer would fire at once. */
const LONGEST = 2 ** 31 - 1

/** One timer, and the clock by which it is set. */
export class Alarm {
  #ring: () => void
  #timer: Timer
  /** The time to which the alarm is set; below 0 if it is not set. */
  #at = -1
  /** When the timer fires. This is earlier than `#at` if the delay is longer than a timer allows. */
  #due = 0
  /**
   * How far this clock is ahead of the page's clock, which may stand still in a test. When a timer fires, its time has come,
   * whatever the page's clock says.
   */
  #ahead = 0

  constructor(ring: () => void) {
    this.#ring = ring
  }

  now(): number {
    return now() + this.#ahead
  }

  /** Sets the alarm to another time; below 0 for none. */
  set(at: number): void {
    if (at === this.#at) return
    stopTimer(this.#timer)
    this.#at = at
    this.#timer = undefined
    if (at < 0) return
    const delay = Math.min(Math.max(0, Math.ceil(at - this.now())), LONGEST)
    this.#due = Math.min(at, this.now() + delay)
    this.#timer = startTimer(() => this.#fired(), delay)
  }

  #fired(): void {
    this.#ahead += Math.max(0, this.#due - this.now())
    this.#at = -1
    this.#ring()
  }
}
