// One event, as listeners get it.

import { ownText } from './own-text.js'

export class SSEEvent {
  /** Minifiers would give the class another name. */
  static name = 'SSEEvent'

  constructor(type, data, id, lastEventId, origin) {
    this.type = type
    this.data = data
    this.id = id
    this.lastEventId = lastEventId
    this.origin = origin
  }

  /** The data, parsed as JSON. Throws a SyntaxError if it is none. */
  json() {
    return JSON.parse(this.data)
  }
}

/** A longer ID, in characters, is not copied for each event: the events after it share it. */
const SHARED = 4096

/** A copy of the event to keep: it holds only its own text, and not the text of the chunk it came in. */
export function ownEvent({ type, data, id, lastEventId, origin }) {
  const ownId = ownText(id)
  const ownLast = lastEventId === id ? ownId : lastEventId.length > SHARED ? lastEventId : ownText(lastEventId)
  return new SSEEvent(ownText(type), ownText(data), ownId, ownLast, origin)
}
