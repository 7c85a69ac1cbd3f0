// Emits the events that do not come from the server: lifecycle events, and those of `emit()`.

import { SSEEvent } from '../dispatch/event.ts'
import { type ListenerEntry, type Listeners, serverName } from '../dispatch/listeners.ts'
import type { DebugLog } from './debug-log.ts'
import type { SSELifecycleEvents } from './types.ts'

/** The fields of events that come from the stream. */
interface Position {
  readonly lastEventId: string
  readonly origin: string
}

export class Emitter {
  #listeners: Listeners
  #position: Position

  /** Undefined unless the option `debug` is set. */
  readonly log: DebugLog | undefined

  constructor(listeners: Listeners, position: Position, log: DebugLog | undefined) {
    this.#listeners = listeners
    this.#position = position
    this.log = log
  }

  /** Emits a lifecycle event. */
  emit<Type extends keyof SSELifecycleEvents>(type: Type, payload: SSELifecycleEvents[Type] & object): void {
    this.log?.(type, type === 'error' ? { error: payload } : payload)
    this.#call(this.#listeners.ofLifecycle(type), type, '', payload)
  }

  /** Emits an event as if the server had sent it. Returns whether it has a listener. */
  emitLocally(type: string, data: unknown): boolean {
    const list = this.#listeners.ofLocal(type)
    if (list.length > 0) this.#call(list, serverName(type) ?? type, dataText(data), data)
    return list.length > 0
  }

  #call(list: readonly ListenerEntry[], type: string, text: string, data: unknown): void {
    const { lastEventId, origin } = this.#position
    if (list.length > 0) this.#listeners.callAll(list, data, new SSEEvent(type, text, '', lastEventId, origin))
  }
}

/** The text of locally emitted data: a string itself, the JSON of anything else, or `''` if it cannot be converted to JSON. */
function dataText(data: unknown): string {
  if (typeof data === 'string') return data
  try {
    return JSON.stringify(data) ?? ''
  } catch {
    return ''
  }
}
