// The last event ID, and whether the stream can be resumed after it.

import { ownText } from '../client/own-text.ts'
import { isPosition } from '../driver/request.ts'
import { INPUT_RESUMABLE } from '../generated/session.ts'
import type { SessionPort } from './session-port.ts'

export class Position {
  #session: SessionPort
  lastEventId = ''
  /** What the session knows: the stream carried an id it can be resumed after. */
  #isResumable = false
  /** The id is a slice of the batch's text, and it was not checked whether it can be sent. */
  #isUnchecked = false

  constructor(session: SessionPort) {
    this.#session = session
  }

  /** The stream carried an id, which may be empty. */
  advance(id: string): void {
    this.lastEventId = id
    // Nearly every id is like the one before. Checking each would cost more than everything else that is done for an event.
    if ((id !== '') === this.#isResumable) this.#isUnchecked = true
    else this.#check()
  }

  /** Must be called after the events of a batch, before anything else happens to the stream. */
  settle(): void {
    if (this.#isUnchecked) this.#check()
  }

  /** A new request starts after this id, which the application gave. It does not count as an id of the stream. */
  startFrom(id: string): void {
    this.lastEventId = id
    this.#isResumable = this.#isUnchecked = false
  }

  #check(): void {
    this.#isUnchecked = false
    // The id may stay for the life of the client. As a slice it would keep the text of its batch.
    this.lastEventId = ownText(this.lastEventId)
    const isResumable = isPosition(this.lastEventId)
    if (isResumable === this.#isResumable) return
    this.#isResumable = isResumable
    this.#session.handle(INPUT_RESUMABLE, Number(isResumable))
  }
}
