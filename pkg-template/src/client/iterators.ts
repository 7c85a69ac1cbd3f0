// Iterators over the events of a client: `for await`, `stream()`. While one of them has an event that was not taken, the client
// neither reads nor delivers, so that the server has to wait.

import { ownEvent } from '../dispatch/event.ts'
import type { Listeners } from '../dispatch/listeners.ts'
import type { SSEEvent, SSEEventIterator, SSEState } from './types.ts'

type Result = IteratorResult<SSEEvent, undefined>

/** What iterators need of their connection. */
interface Connection {
  readonly state: SSEState
  readonly listeners: Listeners
  readonly receiver: { pause(reason: unknown): void; resume(reason: unknown): void }
  /** The error that the connection was closed with. */
  readonly failure: Error | undefined
  connect(): unknown
  disconnect(): void
}

/** All iterators of a connection. */
export class Iterators {
  #connection: Connection
  #open = new Set<Iterator>()
  /** Iterators whose connection is closed, and which still have events. */
  #ended = new Set<Iterator>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** An iterator over all events from now on. */
  iterate(): Iterator {
    const iterator = new Iterator(this.#pauseOrResume, this.#leave)
    const connection = this.#connection
    if (connection.state === 'closed') {
      iterator.end(connection.failure)
      return iterator
    }
    this.#open.add(iterator)
    iterator.unsubscribe = connection.listeners.follow((_: unknown, event: SSEEvent) => iterator.take(event))
    if (connection.state === 'idle') connection.connect()
    this.#pauseOrResume()
    return iterator
  }

  /** Drops the events that the iterators have received and the application has not taken. */
  drop(): void {
    for (const iterator of [...this.#open, ...this.#ended]) iterator.drop()
    this.#ended.clear()
  }

  /** Ends all iterators, because the connection is closed. */
  end(error: Error | undefined): void {
    const iterators = [...this.#open]
    this.#open.clear()
    for (const iterator of iterators) {
      iterator.end(error)
      if (iterator.hasEvents) this.#ended.add(iterator)
    }
    this.#pauseOrResume()
  }

  /** Delivery continues only if an iterator waits for an event, and the last event was taken from all iterators. */
  #pauseOrResume = (): void => {
    for (const iterator of this.#ended) if (!iterator.hasEvents) this.#ended.delete(iterator)
    let isWanted = this.#open.size === 0
    let haveEvents = false
    for (const iterator of this.#open) {
      isWanted ||= iterator.isWaiting
      haveEvents ||= iterator.hasEvents
    }
    const { receiver } = this.#connection
    if (isWanted && !haveEvents) receiver.resume(this)
    else receiver.pause(this)
  }

  #leave = (iterator: Iterator): void => {
    if (!this.#open.delete(iterator)) return
    this.#pauseOrResume()
    if (this.#open.size === 0) this.#connection.disconnect()
  }
}

class Iterator implements SSEEventIterator {
  #pauseOrResume: () => void
  #leave: (iterator: Iterator) => void
  #events: SSEEvent[] = []
  #waiting: { resolve: (result: Result) => void; reject: (error: Error) => void }[] = []
  #isOver = false
  #error: Error | undefined
  unsubscribe = () => {}

  constructor(pauseOrResume: () => void, leave: (iterator: Iterator) => void) {
    this.#pauseOrResume = pauseOrResume
    this.#leave = leave
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  get hasEvents(): boolean {
    return this.#events.length > 0
  }

  take(event: SSEEvent): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve({ value: event, done: false })
    else this.#events.push(ownEvent(event))
    this.#pauseOrResume()
  }

  end(error?: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.unsubscribe()
    const [first, ...others] = this.#waiting.splice(0)
    // An error is thrown once, by the next call.
    if (error === undefined) first?.resolve(DONE)
    else if (first) first.reject(error)
    else this.#error = error
    for (const waiting of others) waiting.resolve(DONE)
  }

  next(): Promise<Result> {
    if (this.#events.length > 0) {
      const value = this.#events.shift()!
      this.#pauseOrResume()
      return Promise.resolve({ value, done: false })
    }
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      return Promise.reject(error)
    }
    if (this.#isOver) return Promise.resolve(DONE)
    const next = new Promise<Result>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#pauseOrResume()
    return next
  }

  drop(): void {
    this.#events = []
  }

  /** The application has left its loop. */
  return(value?: undefined): Promise<Result> {
    this.drop()
    this.#error = undefined
    this.end()
    this.#leave(this)
    return Promise.resolve({ value, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

const DONE: Result = Object.freeze({ value: undefined, done: true })

/** The events of an iterator as a stream. The stream takes an event only when its reader asks for one. */
export function streamOf(iterator: Iterator): ReadableStream<SSEEvent> {
  const source: UnderlyingDefaultSource<SSEEvent> = {
    async pull(controller) {
      const { value, done } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => iterator.return() as Promise<any>,
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
