// Time that passes when the test says so: for waits nobody wants to sit out, and for a computer that sleeps.

export class Clock {
  /**
   * What the page's clock shows, which stands still while the computer sleeps. A whole number, since sums of fractions may be
   * a hair less than they should be, and a timer would be due a hair after the time that passes.
   */
  #page = Math.ceil(performance.now())
  /** What the computer's clock shows. */
  #computer = Date.now()
  /** What is to happen, and when by the page's clock. */
  #timers = new Map()

  /** From now on, until the test is over. */
  constructor(bed) {
    bed.replace(performance, 'now', { value: () => this.#page })
    bed.replace(Date, 'now', { value: () => this.#computer })
    const { setTimeout, clearTimeout } = globalThis
    bed.replace(globalThis, 'setTimeout', { value: (...given) => (isOurs() ? this.#set(...given) : setTimeout(...given)) })
    bed.replace(globalThis, 'clearTimeout', { value: (timer) => this.#timers.delete(timer) || clearTimeout(timer) })
  }

  /** How many timers have been set and are neither over nor cleared. */
  get timers() {
    return this.#timers.size
  }

  /** So many milliseconds pass, and what becomes due meanwhile happens. */
  pass(span) {
    const end = this.#page + span
    for (;;) {
      const [timer, next] = [...this.#timers].reduce(sooner, [undefined, { due: Infinity }])
      if (next.due > end) break
      this.#timers.delete(timer)
      this.#forward(Math.max(0, next.due - this.#page))
      next.wake()
    }
    this.#forward(end - this.#page)
  }

  /** The computer sleeps for so long: afterwards every timer is late. */
  sleep(span) {
    this.#computer += span
  }

  /** So much time passes while timers wait, as in a hidden tab. */
  stall(span) {
    this.#forward(span)
  }

  #set(wake, delay = 0) {
    // No number, which could be mistaken for one of the browser's own.
    const timer = {}
    this.#timers.set(timer, { wake, due: this.#page + delay })
    return timer
  }

  #forward(span) {
    this.#page += span
    this.#computer += span
  }
}

/** WebKit's driver, which looks at the page now and then, sets timers there as well. */
const isOurs = () => new Error().stack.split('\n').some((call) => call.includes('/snippets/') && !call.includes('/bed/clock.js'))

const sooner = (one, other) => (other[1].due < one[1].due ? other : one)
