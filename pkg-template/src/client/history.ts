// The last events, for listeners that come late.

import type { SSEEvent } from './event.ts'

/** Keeps the last `count` events, whose text together is at most `room` characters: the oldest make way. */
export class History {
  #count: number
  #room: number
  #events: (SSEEvent | undefined)[] = []
  /** Where the oldest is; what is before it has been forgotten. */
  #oldest = 0

  constructor(count: number, room: number) {
    this.#count = count
    this.#room = room
  }

  add(event: SSEEvent): void {
    this.#events.push(event)
    this.#room -= sizeOf(event)
    while (this.#room < 0 || this.#events.length - this.#oldest > this.#count) this.#forget()
    // Moved together now and then, so that an event costs the same however many are kept.
    if (this.#oldest > this.#count) {
      this.#events = this.#events.slice(this.#oldest)
      this.#oldest = 0
    }
  }

  /** All of them, oldest first. */
  get events(): readonly SSEEvent[] {
    return Object.freeze(this.#events.slice(this.#oldest) as SSEEvent[])
  }

  #forget(): void {
    this.#room += sizeOf(this.#events[this.#oldest]!)
    this.#events[this.#oldest++] = undefined
  }
}

const sizeOf = ({ type, data, id }: SSEEvent): number => type.length + data.length + id.length
