// The last events of a client, for listeners that are added later.

import type { SSEEvent } from './event.ts'

/** Keeps the last `count` events, with at most `maxCharacters` characters of text in all. The oldest are removed first. */
export class History {
  #count: number
  #charactersLeft: number
  #events: (SSEEvent | undefined)[] = []
  /** The index of the oldest event. The elements before it are undefined. */
  #oldest = 0

  constructor(count: number, maxCharacters: number) {
    this.#count = count
    this.#charactersLeft = maxCharacters
  }

  add(event: SSEEvent): void {
    this.#events.push(event)
    this.#charactersLeft -= sizeOf(event)
    while (this.#charactersLeft < 0 || this.#events.length - this.#oldest > this.#count) this.#forget()
    // The undefined elements are removed seldom, so the cost of an event does not depend on how many are kept.
    if (this.#oldest > this.#count) {
      this.#events = this.#events.slice(this.#oldest)
      this.#oldest = 0
    }
  }

  /** All kept events, oldest first. */
  get events(): readonly SSEEvent[] {
    return Object.freeze(this.#events.slice(this.#oldest) as SSEEvent[])
  }

  #forget(): void {
    this.#charactersLeft += sizeOf(this.#events[this.#oldest]!)
    this.#events[this.#oldest++] = undefined
  }
}

const sizeOf = ({ type, data, id }: SSEEvent): number => type.length + data.length + id.length
