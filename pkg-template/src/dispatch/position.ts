// The last event ID, and whether the stream can be resumed after it.

import { isPosition } from '../driver/request.ts'
import { INPUT_RESUMABLE } from '../generated/session.ts'
import { ownText } from './own-text.ts'
import type { SessionPort } from './session-port.ts'

export class Position {
  #session: SessionPort
  lastEventId = ''
  /** What the session knows: whether the stream can be resumed after its last id. */
  #isResumable = false
  /** The id is a slice of the batch's text, and was not checked yet. */
  #isUnchecked = false

  constructor(session: SessionPort) {
    this.#session = session
  }

  /** An event has this id, which may be empty. */
  advance(id: string): void {
    this.lastEventId = id
    // In most batches only the last id is checked, because a check of each would cost more than everything else for an event.
    if ((id !== '') === this.#isResumable) this.#isUnchecked = true
    else this.#check()
  }

  /** Checks the last id. Must be called after the events of a batch, before anything else happens to the stream. */
  settle(): void {
    if (this.#isUnchecked) this.#check()
  }

  /** A new request starts after this id of the application. It does not count as an id of the stream. */
  startFrom(id: string): void {
    this.lastEventId = id
    this.#isResumable = this.#isUnchecked = false
  }

  #check(): void {
    this.#isUnchecked = false
    // The id may stay for the life of the client. A slice would keep the text of its batch in memory.
    this.lastEventId = ownText(this.lastEventId)
    const isResumable = isPosition(this.lastEventId)
    if (isResumable === this.#isResumable) return
    this.#isResumable = isResumable
    this.#session.handle(INPUT_RESUMABLE, Number(isResumable))
  }
}
