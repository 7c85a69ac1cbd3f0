// Events for those who ask for them one by one: `for await`, `stream()`. While the slowest of them is busy nothing is
// delivered and nothing is read, so that it is the server that waits.

import { ownEvent } from './event.ts'

export class Readers {
  #face
  #open = new Set()
  /** Readers of ended connections that still hold events. */
  #ended = new Set()

  constructor(face) {
    this.#face = face
  }

  /** An iterator over all events from now on. */
  iterate() {
    const reader = new Reader(this.#balance, this.#leave)
    const { driver } = this.#face
    if (driver.state === 'closed') {
      reader.end(this.#face.failure)
      return reader
    }
    this.#open.add(reader)
    reader.unsubscribe = this.#face.listeners.follow((_, event) => reader.take(event))
    if (driver.state === 'idle') this.#face.connect()
    this.#balance()
    return reader
  }

  /** Drops all events that were received and not yet read. */
  drop() {
    for (const reader of [...this.#open, ...this.#ended]) reader.drop()
    this.#ended.clear()
  }

  /** The connection is over. */
  end(error) {
    const readers = [...this.#open]
    this.#open.clear()
    for (const reader of readers) {
      reader.end(error)
      if (reader.isBusy) this.#ended.add(reader)
    }
    this.#balance()
  }

  /** Delivers the next event only when it is asked for, and when everybody has taken the last one. */
  #balance = () => {
    for (const reader of this.#ended) if (!reader.isBusy) this.#ended.delete(reader)
    let isAskedFor = this.#open.size === 0
    let isBusy = false
    for (const reader of this.#open) {
      isAskedFor ||= reader.isWaiting
      isBusy ||= reader.isBusy
    }
    if (isAskedFor && !isBusy) this.#face.sink.resume(this)
    else this.#face.sink.pause(this)
  }

  #leave = (reader) => {
    if (!this.#open.delete(reader)) return
    this.#balance()
    if (this.#open.size === 0) this.#face.disconnect()
  }
}

/** One iterator. */
class Reader {
  #balance
  #leave
  #events = []
  #waiting = []
  #over = false
  #error
  unsubscribe = () => {}

  constructor(balance, leave) {
    this.#balance = balance
    this.#leave = leave
  }

  get isWaiting() {
    return this.#waiting.length > 0
  }

  get isBusy() {
    return this.#events.length > 0
  }

  take(event) {
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve({ value: event, done: false })
    else this.#events.push(ownEvent(event))
    this.#balance()
  }

  end(error) {
    if (this.#over) return
    this.#over = true
    this.unsubscribe()
    const [first, ...others] = this.#waiting.splice(0)
    // An error is thrown once, to whoever asks next.
    if (error === undefined) first?.resolve(DONE)
    else if (first) first.reject(error)
    else this.#error = error
    for (const waiting of others) waiting.resolve(DONE)
  }

  next() {
    if (this.#events.length > 0) {
      const value = this.#events.shift()
      this.#balance()
      return Promise.resolve({ value, done: false })
    }
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#over) return Promise.resolve(DONE)
    const next = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#balance()
    return next
  }

  drop() {
    this.#events = []
  }

  /** The consumer has left its loop. */
  return(value) {
    this.drop()
    this.#error = undefined
    this.end()
    this.#leave(this)
    return Promise.resolve({ value, done: true })
  }

  [Symbol.asyncIterator]() {
    return this
  }
}

const DONE = Object.freeze({ value: undefined, done: true })

/** The same as a stream that reads nothing before it is asked to. */
export function streamOf(reader) {
  const source = {
    async pull(controller) {
      const { value, done } = await reader.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => reader.return(),
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
