// What a hook shows: the state of its client and the events that came, as snapshots that are replaced once per frame.

import type { SSECloseReason, SSEEvent, SSEState } from '../client/types.ts'
import { nextFrame } from './frame.ts'
import type { SSEReceived, SSERetry, UseSSE, UseSSEOptions } from './types.ts'

export type Snapshot = Omit<UseSSE<any, SSEReceived>, 'connect' | 'disconnect' | 'reconnect'>

/** What is shown before anything has happened, on a server as well. */
export const BLANK: Snapshot = {
  data: undefined,
  events: [],
  state: 'idle',
  error: undefined,
  closeReason: undefined,
  retry: undefined,
  lastEventId: '',
}

/** How events and texts are copied, so that they do not keep the text of the chunk they came in. */
export interface Copying {
  ownEvent(event: SSEEvent): SSEEvent
  ownText<Value>(value: Value): Value
}

/** What all stores of a hook share. */
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
  /** How many of them have come since the last snapshot. */
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

  /** `listener()` is called whenever the snapshot was replaced. */
  subscribe = (listener: (() => void) | undefined): (() => void) => {
    this.#listener = listener
    return () => {
      this.#listener = undefined
    }
  }

  /** Shows nothing of what came before. */
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

  /** Replaces the snapshot with the next frame. */
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
    // Removing them one by one would cost as much as all that are kept.
    if (this.#events.length > 2 * this.kept) this.#events = latestOf(this.#events, this.kept)
    this.change()
  }

  /** Copies the text of the events that are shown. Only of these: copying every event of a fast stream would slow it down. */
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
