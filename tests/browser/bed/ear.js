// Listens to a client, and lets the test wait for what it hears.

import { Queue } from './queue.js'

export class Ear {
  /** Everything heard so far: `[the type listened to, data]`. */
  heard = []
  #untaken = new Queue()

  constructor(client, ...types) {
    for (const type of types) {
      client.on(type, (data, event) => {
        this.heard.push([type, data])
        this.#untaken.push({ type, data, event })
      })
    }
  }

  /** The next that was not taken yet: `{ type, data, event }`. */
  next() {
    return this.#untaken.next()
  }

  /** The data of the next one. */
  async data() {
    return (await this.next()).data
  }

  /** The data of the next `count`. */
  async all(count) {
    const all = []
    while (all.length < count) all.push(await this.data())
    return all
  }

  /** Takes until one of this type has come, and returns its data. */
  async until(type) {
    for (;;) {
      const heard = await this.next()
      if (heard.type === type) return heard.data
    }
  }
}
