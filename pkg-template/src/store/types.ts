// The types that the hooks have in common.

import type { SSEError } from '../client/error.ts'
import type { SSEClientOptions } from '../client/options.ts'
import type { SSECloseReason, SSEEvent, SSEState } from '../client/types.ts'

export type SSEUrl = string | URL | null | undefined | false

/**
 * The options of the client, and those of the hook. An object made anew at every render changes nothing: what is in it is
 * compared by content (`Headers`, `URLSearchParams` and `FormData` as well), and a difference closes the connection and opens
 * another. So does another `auth`, which therefore is not to be made in a render. Not compared are functions, the newest of which
 * is called, and objects that cannot be looked into, such as signals and blobs: another one waits for the next `connect()` after
 * a close.
 */
export interface UseSSEOptions<Data = any, Result = Data> extends SSEClientOptions {
  /** The type of events that become `data` and `events`; `'*'`: all. For several see {@link UseSSEOptionsOf}. Default: `'message'`. */
  event?: string | null | undefined
  /** How many events `events` keeps, a whole number from 0 (none) up, or Infinity. Default: 100. */
  keep?: number | undefined
  /**
   * `false`: connects only when `connect()` is called. Then changed options wait for the next `connect()`; a changed URL closes
   * the connection. A change to `false` closes it. Default: `true`.
   */
  immediate?: boolean | undefined
  /** Called for every event at once, and not once per frame. It may set no state without costing a render per event. */
  onEvent?: ((data: Data, event: SSEEvent) => void) | undefined
  /** Makes `data` of what it was (`undefined` at first) and of each event. Default: the data of the last event. */
  reduce?: ((previous: Result | undefined, data: Data, event: SSEEvent) => Result) | undefined
}

/** The same for events of several types, by a map of what each of them carries. */
export interface UseSSEOptionsOf<Events extends object = Record<string, any>, Result = Events[keyof Events]>
  extends Omit<UseSSEOptions<Events[keyof Events], Result>, 'event'> {
  /** The types of events that become `data` and `events`; `'*'`: all. */
  event: '*' | readonly (keyof Events & string)[]
}

export interface UseSSE<Result, Received> {
  /** The parsed data of the last event, or what `reduce` made of all of them; `undefined` before the first. */
  data: Result | undefined
  /** The last `keep` events, oldest first. */
  events: readonly Received[]
  /** `'idle'` on a server and in the first render. */
  state: SSEState
  /**
   * The last error; `undefined` again when the stream opens or starts over. It is an `SSEError`, except when the application ended
   * the stream with its own error (from `until`, or by `disconnect(error)`), or when WebAssembly could not start.
   */
  error: SSEError | Error | undefined
  /**
   * Why the connection is closed; `undefined` while it is not. `'done'`: the mark of `until` came. `'fatal'` with an `error` of code
   * `'incomplete'`: the answer ended without that mark. `'server'`: without `until`, the server ended the answer, complete or not.
   * `'client'`: `disconnect()` was called, or the component was hidden. For the others see {@link SSECloseReason}.
   */
  closeReason: SSECloseReason | undefined
  /**
   * The next attempt, while the client waits for its time to come. Otherwise `undefined`, also while it waits for the network.
   */
  retry: SSERetry | undefined
  /** The last event ID in effect, as of the last event received here, or change of the state; `''` if none. */
  lastEventId: string
  /**
   * Connects; nothing happens if it is connected. After a close a GET or HEAD resumes after `lastEventId`; any other method asks
   * anew, which begins `data`, `events` and `error` anew.
   *
   * With options, such as `{ body }`: closes what there is and begins anew, with these laid over those of the hook, for this
   * connection. An event, as a button hands it over, is not taken for options.
   *
   * It never changes from render to render; nor do the two below.
   */
  connect: (changes?: SSEClientOptions | Event | { nativeEvent: unknown }) => void
  /**
   * Ends the connection, until `connect()` or `reconnect()`: no other URL or options, nor showing the component again, opens one.
   * If the reason is an Error, it becomes `error`, such as one that the server has sent inside the stream. Anything else is ignored.
   */
  disconnect: (reason?: unknown) => void
  /**
   * Makes a new attempt now. If the request may be repeated (a GET or HEAD, or any with `reconnect: 'on-error'` or `'always'`, or a
   * `maxReconnects` above 0), it resumes after `lastEventId`, and `data` and `events` are kept. Otherwise the request asks for the
   * whole answer: it is sent without `lastEventId`, and `data` and `events` start over.
   */
  reconnect: () => void
}

/** The next attempt to connect. */
export interface SSERetry {
  /** 1 for the first after a failure. */
  attempt: number
  /** When it will be made, in ms, as `Date.now()` counts. */
  at: number
}

/** A server event, as `events` has it. */
export interface SSEReceived<Data = any, Type extends string = string> {
  /** A number that no other event of the component has, for lists. */
  key: number
  type: Type
  /** As `options.parse` made it. */
  data: Data
  /** With the raw text, and the id. */
  event: SSEEvent
}

/** An event of any of these types: `type` says which. */
export type SSEReceivedOf<Events> = { [Type in keyof Events & string]: SSEReceived<Events[Type], Type> }[keyof Events & string]
