// One event, as listeners get it.

import { ownText } from './own-text.ts'

export class SSEEvent {
  /** Minifiers would give the class another name. */
  static readonly name = 'SSEEvent'

  // Declared only: a field would be set twice for each event, by a function of its own.
  declare type: string
  /** The raw text: the `data` lines, joined by line feeds. */
  declare data: string
  /** The id of this event, `''` if it has none. */
  declare id: string
  /** The last event ID of the stream at this event. */
  declare lastEventId: string
  /** The origin of the final URL after redirects. */
  declare origin: string

  constructor(type: string, data: string, id: string, lastEventId: string, origin: string) {
    this.type = type
    this.data = data
    this.id = id
    this.lastEventId = lastEventId
    this.origin = origin
  }

  /** Returns the data parsed as JSON. @throws SyntaxError if the data is not JSON */
  json<T = unknown>(): T {
    return JSON.parse(this.data)
  }
}

/** A last event ID with more characters is not copied for each event. The events share it. */
const SHARED = 4096

/** A copy of an event that is kept. The copy holds only its own text, and not the text of the chunk that it came in. */
export function ownEvent({ type, data, id, lastEventId, origin }: SSEEvent): SSEEvent {
  const ownId = ownText(id)
  const ownLast = lastEventId === id ? ownId : lastEventId.length > SHARED ? lastEventId : ownText(lastEventId)
  return new SSEEvent(ownText(type), ownText(data), ownId, ownLast, origin)
}
