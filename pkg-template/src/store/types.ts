// The types of the hooks: options and return values.

import type { SSEError } from '../client/error.ts'
import type { SSEClientOptions } from '../client/options.ts'
import type { SSECloseReason, SSEEvent, SSEState } from '../client/types.ts'

/** The URL of a hook. `null`, `undefined`, `false` and `''`: no connection. */
export type SSEUrl = string | URL | null | undefined | false

/**
 * The options of the client, and those of the hook. An option that is `null` or `undefined` has its default.
 *
 * You may create the options again at every render. Their content is compared, also that of `Headers`, `URLSearchParams` and
 * `FormData`. If it differs, the hook closes the connection and opens another. Another `auth` has the same effect, so create an
 * `SSEAuth` outside of renders. Functions are not compared: the newest is called. Objects whose content cannot be read, such as signals
 * and blobs, are not compared either: another one is used by the next `connect()` after a close.
 */
export interface UseSSEOptions<Data = any, Result = Data> extends SSEClientOptions {
  /**
   * The type of the events that appear in `data` and `events`, or `'*'` for all types. For several types see {@link
   * UseSSEOptionsOf}. Default: `'message'`.
   */
  event?: string | null | undefined
  /** How many events `events` keeps: a whole number from 0 (none) up, or Infinity. Default: 100. */
  keep?: number | undefined
  /**
   * Whether the hook connects by itself. `false`: it connects only when `connect()` is called. Then changed options are used by
   * the next `connect()`. A changed URL closes the connection, and so does a change to `false`. Default: `true`.
   */
  immediate?: boolean | undefined
  /**
   * Called for every event as soon as it arrives, and not once per frame. If it sets state, every event costs a render. Default:
   * none.
   */
  onEvent?: ((data: Data, event: SSEEvent) => void) | undefined
  /**
   * Returns the next value of `data`, from the previous one (`undefined` at first) and an event. Called for every event. Default:
   * `data` is the data of the last event.
   */
  reduce?: ((previous: Result | undefined, data: Data, event: SSEEvent) => Result) | undefined
}

/** The same options for events of several types. `Events` maps each type to the type of its data. */
export interface UseSSEOptionsOf<Events extends object = Record<string, any>, Result = Events[keyof Events]>
  extends Omit<UseSSEOptions<Events[keyof Events], Result>, 'event'> {
  /** The types of the events that appear in `data` and `events`, or `'*'` for all types. */
  event: '*' | readonly (keyof Events & string)[]
}

/** The return value of a hook. */
export interface UseSSE<Result, Received> {
  /** The parsed data of the last event, or the last result of `reduce`; `undefined` before the first event. */
  data: Result | undefined
  /** The last `keep` events, oldest first. */
  events: readonly Received[]
  /** The state of the client. `'idle'` on a server and in the first render. */
  state: SSEState
  /**
   * The last error; `undefined` again when a stream opens, or when another connection begins. It is an `SSEError`, unless the
   * application ended the stream with its own error (from `until`, or by `disconnect(error)`), or the client could not be created.
   */
  error: SSEError | Error | undefined
  /**
   * Why the connection is closed; `undefined` while it is not closed.
   * - `'done'`: the mark of `until` arrived.
   * - `'fatal'` with an `error` of code `'incomplete'`: the answer ended without that mark.
   * - `'server'`: without `until`, the server ended the answer, complete or not.
   * - `'client'`: `disconnect()` was called, or the component was hidden.
   *
   * For the others see {@link SSECloseReason}.
   */
  closeReason: SSECloseReason | undefined
  /** The next attempt, while the client waits for its time. Otherwise `undefined`, also while the client waits for the network. */
  retry: SSERetry | undefined
  /** The last event ID of the stream when the hook last rendered an event or a change of state; `''` if there is none. */
  lastEventId: string
  /**
   * Connects. If the hook is connected or connecting, it has no effect. After a close, a GET or HEAD resumes after `lastEventId`.
   * Any other request starts from the beginning, and `data`, `events` and `error` are cleared.
   *
   * With options, such as `{ body }`: closes the current connection, clears `data`, `events` and `error`, and connects with these
   * options over those of the hook. They are used for this connection only. The event of a button (`onClick={connect}`) does not
   * count as options.
   *
   * `connect`, `disconnect` and `reconnect` are the same functions in every render.
   */
  connect: (changes?: SSEClientOptions | Event | { nativeEvent: unknown }) => void
  /**
   * Closes the connection until `connect()` or `reconnect()` is called. Other options, another URL, or showing the component
   * again do not open another. If the reason is an `Error`, such as one that the server has sent inside the stream, it becomes
   * `error`. Any other reason is ignored.
   */
  disconnect: (reason?: unknown) => void
  /**
   * Makes a new attempt at once. A request that may be repeated resumes after `lastEventId`, and `data` and `events` are kept: a GET
   * or HEAD, or any request with `reconnect: 'on-error'` or `'always'`, or a `maxReconnects` above 0. Any other request starts from
   * the beginning: it is sent without `lastEventId`, and `data` and `events` are cleared.
   */
  reconnect: () => void
}

/** The next attempt to connect. */
export interface SSERetry {
  /** n for the nth reconnect in a row, from 1. */
  attempt: number
  /** When the attempt will be made, in ms, as `Date.now()` counts. */
  at: number
}

/** A server event in `events`. */
export interface SSEReceived<Data = any, Type extends string = string> {
  /** A number that no other event in `events` has: the key in lists of React and Vue. */
  key: number
  /** The type of the event. */
  type: Type
  /** The data, as the option `parse` returns it. */
  data: Data
  /** The event itself, with the raw text and the id. */
  event: SSEEvent
}

/** An event of any of these types: `type` says which. */
export type SSEReceivedOf<Events> = { [Type in keyof Events & string]: SSEReceived<Events[Type], Type> }[keyof Events & string]
