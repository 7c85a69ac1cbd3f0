import type { SSEClientOptions, SSEError } from './index.js'

// By way of `EventTarget`, which servers' types have as well as those of browsers.
type Listener = NonNullable<Parameters<EventTarget['addEventListener']>[1]>
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2]

/**
 * The `EventSource` of the HTML standard (§ 9.2) over `fetch`: a drop-in for the browser's own, with the options of
 * `SSEClient`. Without options it does what the standard says: a connection that is lost is asked for again after the
 * reconnection time (3000 ms, or what the stream's `retry:` says), always the same; 204, any other status than 200, and any
 * other type than `text/event-stream` close it for good.
 *
 * It differs from the browser's in that its events have `isTrusted` false; that events which arrive together are dispatched
 * one after another in the same task; that a URL cannot hold a user name or password, and its query is always encoded as
 * UTF-8; and that what comes back online asks again at once.
 */
export class EventSource extends EventTarget {
  static readonly CONNECTING: 0
  static readonly OPEN: 1
  static readonly CLOSED: 2

  /**
   * Sends the request in a microtask, so listeners that are added right after the constructor get every event.
   *
   * @param url absolute, or relative to the page or worker (in Node there is nothing to be relative to)
   * @throws DOMException "SyntaxError" for a URL that cannot be parsed
   * @throws TypeError for a URL that `fetch` does not take (such as `localhost:3000/events`, or with a password in it), and for
   *   a wrong option; the message says what was given and what it must be
   */
  constructor(url: string | URL, options?: EventSourceOptions | null)

  /** The absolute URL; that of the first request, if there were redirects. */
  readonly url: string
  /** Whether the option was given. */
  readonly withCredentials: boolean
  /** CONNECTING (0), also while it waits to reconnect; OPEN (1); or CLOSED (2), for good. */
  readonly readyState: number
  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSED: 2

  /** A stream was opened, the first one or another one. */
  onopen: ((this: EventSource, event: Event) => any) | null
  /** An event without a type of its own. The others are heard by `addEventListener(type, …)`. */
  onmessage: ((this: EventSource, event: MessageEvent) => any) | null
  /** The stream was lost or is over: `readyState` says whether it reconnects (0) or not (2), `event.error` why. */
  onerror: ((this: EventSource, event: EventSourceErrorEvent) => any) | null

  /** Ends the connection for good. Nothing is dispatched any more, not even what has arrived already. */
  close(): void

  addEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, event: EventSourceEventMap[K]) => any,
    options?: ListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent) => any,
    options?: ListenerOptions,
  ): void
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void
  removeEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, event: EventSourceEventMap[K]) => any,
    options?: boolean | { capture?: boolean },
  ): void
  removeEventListener(
    type: string,
    listener: (this: EventSource, event: MessageEvent) => any,
    options?: boolean | { capture?: boolean },
  ): void
  removeEventListener(type: string, listener: Listener, options?: boolean | { capture?: boolean }): void
}

export interface EventSourceEventMap {
  open: Event
  message: MessageEvent
  error: EventSourceErrorEvent
}

/** What `error` events carry beyond the standard. */
export interface EventSourceErrorEvent extends Event {
  /**
   * Why the connection failed: an `SSEError`, or the same error that `until` returned or threw. Undefined when nothing
   * failed: the server ended the stream or answered 204, `until` found the end, the page went into the back/forward cache.
   *
   * It has a `body` only with the `code` `'format'`, where the body is the stream itself. By the standard any other failed
   * response ends the connection as soon as its head arrives (§ 9.2.3), so its body is not read. Use `SSEClient` to read the
   * body of an error response.
   */
  readonly error?: Error & Partial<SSEError>
}

/**
 * All options of `SSEClient`. An option that is given wins over the standard. The defaults are those of the standard:
 * `connectTimeout` 0 (no limit); `backoff` `{ initial: 3000, factor: 1, jitter: 0 }`, each of which can be given alone; no
 * status is retried, unless `shouldRetry` says so; `parse` `'text'`. Beyond the standard, a line or an event of more than
 * `maxEventBytes` (16 MiB by default) closes the connection, with `error.code` `'too-large'`.
 *
 * Aborting `signal` is the same as `close()`: no event is dispatched. Every other end is an `error` event with `readyState`
 * CLOSED.
 *
 * When a request other than GET and HEAD may have reached the server, it is not repeated, as with `SSEClient`: any failure is
 * then an `error` event with `readyState` CLOSED. To have it repeated, set `reconnect` to `'on-error'` or `'always'`, set a
 * `maxReconnects` above 0, or return true or a delay in ms from `shouldRetry`.
 */
export interface EventSourceOptions extends SSEClientOptions {
  /** Whether other origins get cookies as well: the same as `credentials: 'include'`. Default: false. */
  withCredentials?: boolean | undefined
}
