// One event, as listeners get it.

import { ownText } from './own.js'

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

/** The same event, to be kept: it costs about its own size, and not that of the chunk it came in. */
export const ownEvent = ({ type, data, id, lastEventId, origin }) =>
  new SSEEvent(ownText(type), ownText(data), ownText(id), ownText(lastEventId), origin)
