// One event, as listeners get it.

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
