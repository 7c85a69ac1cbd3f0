// What a hook shows: the state of its client and the received events, as a snapshot that is replaced once per frame.

import type { SSECloseReason, SSEEvent, SSEState } from '../client/types.ts'
import { nextFrame } from './frame.ts'
import type { SSEReceived, SSERetry, UseSSE, UseSSEOptions } from './types.ts'

export type Snapshot = Omit<UseSSE<any, SSEReceived>, 'connect' | 'disconnect' | 'reconnect'>

/** The snapshot before the first connection, and on a server. */
export const BLANK: Snapshot = {
  data: undefined,
  events: [],
  state: 'idle',
  error: undefined,
  closeReason: undefined,
  retry: undefined,
  lastEventId: '',
}

/** Functions that copy events and texts. The copies do not hold the text of the chunk they came in. */
export interface Copying {
  ownEvent(event: SSEEvent): SSEEvent
  ownText<Value>(value: Value): Value
}

/** The data that all stores of a hook share. */
export interface Hook {
  /** The newest options. */
  readonly options: UseSSEOptions | undefined
  /** True from `disconnect()` to the next `connect()` or `reconnect()`. */
  isOff: boolean
}

/** The received events, and what `reduce` made of their data. */
const receivedBy = ({ ownEvent, ownText }: Copying, hook: Hook) => {
  let events: SSEReceived[] = []
  let shown = BLANK.events
  /** How many events have arrived since the last snapshot. */
  let newCount = 0
  let count = 0
  let data: any

  return {
    /** How many of the last events are shown. */
    kept: 100,

    clear(): void {
      events = []
      shown = BLANK.events
      data = undefined
      newCount = 0
    },

    add(value: any, event: SSEEvent): void {
      const { onEvent, reduce } = hook.options ?? {}
      newCount++
      events.push({ key: ++count, type: event.type, data: value, event })
      // Many are removed at once, because removing one costs as much as copying all that are kept.
      if (events.length > 2 * this.kept) events = latestOf(events, this.kept)
      data = reduce ? reduce(data, value, event) : value
      onEvent?.(value, event)
    },

    /**
     * What to show. The text of the events that are shown is copied. The others are not copied, because that would slow down a fast
     * stream.
     */
    show(): Pick<Snapshot, 'data' | 'events'> {
      if (newCount) {
        events.splice(0, events.length - this.kept)
        for (const received of latestOf(events, newCount)) {
          const { data, event } = received
          received.event = ownEvent(event)
          received.type = received.event.type
          received.data = data === event.data ? received.event.data : ownText(data)
        }
        newCount = 0
        // A value that `reduce` has returned belongs to the application, and is not copied.
        if (!hook.options?.reduce) data = ownText(data)
        shown = [...events]
      }
      return { data, events: shown }
    },
  }
}

export class View<Client extends { readonly state: SSEState; readonly lastEventId: string }> {
  #cancel: (() => void) | undefined
  #listener: (() => void) | undefined

  readonly received: ReturnType<typeof receivedBy>
  snapshot = BLANK
  declare client: Client | undefined
  declare error: Error | undefined
  declare closeReason: SSECloseReason | undefined
  declare retry: SSERetry | undefined

  constructor(copying: Copying, hook: Hook) {
    this.received = receivedBy(copying, hook)
  }

  /** Sets the function that is called after every replacement of the snapshot. */
  subscribe = (listener: (() => void) | undefined): (() => void) => {
    this.#listener = listener
    return () => {
      this.#listener = undefined
    }
  }

  /** Clears what was received. */
  clear(): void {
    this.error = this.closeReason = undefined
    this.received.clear()
    this.change()
  }

  receive = (data: any, event: SSEEvent): void => {
    // First, because functions of the application may throw.
    this.change()
    this.received.add(data, event)
  }

  /** Sets fields that are shown. */
  set(fields: Partial<Pick<this, 'error' | 'closeReason' | 'retry'>>): void {
    Object.assign(this, fields)
    this.change()
  }

  /** Replaces the snapshot before the next frame. */
  change = (): void => {
    this.#cancel ??= nextFrame(this.flush)
  }

  /** Replaces the snapshot at once. */
  flush = (): void => {
    this.#cancel?.()
    this.#cancel = undefined
    const { client, received, error, closeReason, retry } = this
    const state = client?.state ?? (closeReason ? 'closed' : 'idle')
    this.snapshot = {
      ...received.show(),
      state,
      error,
      closeReason: state === 'closed' ? closeReason : undefined,
      retry: state === 'reconnecting' ? retry : undefined,
      lastEventId: client?.lastEventId ?? '',
    }
    this.#listener?.()
  }
}

const latestOf = <Item>(items: Item[], count: number): Item[] => (count > 0 ? items.slice(-count) : [])
