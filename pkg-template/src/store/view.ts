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

export class View<Client extends { readonly state: SSEState; readonly lastEventId: string }> {
  #copying: Copying
  #hook: Hook
  #events: SSEReceived[] = []
  /** How many events have arrived since the last snapshot. */
  #fresh = 0
  #count = 0
  /** The events or their data have changed since the last snapshot. */
  #hasNews = false
  #data: unknown
  #cancel: (() => void) | undefined
  #listener: (() => void) | undefined

  snapshot = BLANK
  declare client: Client | undefined
  /** How many of the last events are shown. */
  kept = 100
  declare error: Error | undefined
  declare closeReason: SSECloseReason | undefined
  declare retry: SSERetry | undefined

  constructor(copying: Copying, hook: Hook) {
    this.#copying = copying
    this.#hook = hook
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
    this.#data = this.error = this.closeReason = undefined
    this.#events = []
    this.#fresh = 0
    this.#hasNews = true
    this.change()
  }

  receive = (data: any, event: SSEEvent): void => {
    const { onEvent, reduce } = this.#hook.options ?? {}
    this.#keep({ key: ++this.#count, type: event.type, data, event })
    this.#data = reduce ? reduce(this.#data, data, event) : data
    onEvent?.(data, event)
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
    if (this.#hasNews) this.#makeOwn()
    const { client, closeReason, retry } = this
    const state = client?.state ?? (closeReason ? 'closed' : 'idle')
    this.snapshot = {
      data: this.#data,
      events: this.#hasNews ? [...this.#events] : this.snapshot.events,
      state,
      error: this.error,
      closeReason: state === 'closed' ? closeReason : undefined,
      retry: state === 'reconnecting' ? retry : undefined,
      lastEventId: client?.lastEventId ?? '',
    }
    this.#hasNews = false
    this.#listener?.()
  }

  #keep(received: SSEReceived): void {
    this.#hasNews = true
    this.#fresh++
    this.#events.push(received)
    // Many are removed at once, because removing one costs as much as copying all that are kept.
    if (this.#events.length > 2 * this.kept) this.#events = latestOf(this.#events, this.kept)
    this.change()
  }

  /** Copies the text of the events that are shown. The others are not copied, because that would slow down a fast stream. */
  #makeOwn(): void {
    const { ownEvent, ownText } = this.#copying
    const events = this.#events
    events.splice(0, events.length - this.kept)
    for (const received of latestOf(events, this.#fresh)) {
      const { data, event } = received
      received.event = ownEvent(event)
      received.type = received.event.type
      received.data = data === event.data ? received.event.data : ownText(data)
    }
    this.#fresh = 0
    // A value that `reduce` has returned belongs to the application, and is not copied.
    if (!this.#hook.options?.reduce) this.#data = ownText(this.#data)
  }
}

const latestOf = <Item>(items: Item[], count: number): Item[] => (count > 0 ? items.slice(-count) : [])
