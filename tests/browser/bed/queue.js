// What comes, in order, for whoever waits for it: the tests await events and never sleep.

export class Queue {
  #items = []
  #waiting = []

  push(item) {
    const waiter = this.#waiting.shift()
    if (waiter) waiter(item)
    else this.#items.push(item)
  }

  /** The next item that nobody has taken yet. */
  next() {
    return this.#items.length > 0 ? Promise.resolve(this.#items.shift()) : new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** What has come and was not taken. */
  get rest() {
    return [...this.#items]
  }
}
