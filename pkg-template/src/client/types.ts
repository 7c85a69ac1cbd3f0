// The types of the public API, beside those of the options. Their comments are the documentation that applications see.

import type { SSEError } from './error.ts'

/** What `for await` reads events from. */
export interface SSEEventIterator extends AsyncIterator<SSEEvent, undefined, undefined> {
  [Symbol.asyncIterator](): this
}

/**
 * - `'idle'`: `connect()` was not called yet.
 * - `'connecting'`: the first stream is being requested.
 * - `'open'`: events may arrive.
 * - `'reconnecting'`: the stream was lost, or the last attempt failed. The client waits for the next attempt, or makes it.
 * - `'paused'`: the stream is open, and the application has paused it.
 * - `'closed'`: the connection has ended, until `connect()` or `reconnect()` is called.
 */
export type SSEState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed'

/**
 * An event, as listeners and iterators get it.
 *
 * Memory: an event that an application keeps holds its own text and up to 16384 characters of the stream's text around it (8192 in
 * most cases), which neighbouring events share. An event of more than 16384 characters holds up to twice its own size. Events that
 * the client keeps, in `history` and for iterators, hold only their own text.
 */
export interface SSEEvent {
  /** The type: `'message'` if the stream gives none (HTML § 9.2.6). */
  type: string
  /** The raw text: the `data` lines, joined by line feeds. */
  data: string
  /** The id of this event, `''` if it has none. */
  id: string
  /** The last event ID of the stream at this event (HTML § 9.2.6): its own id, or that of an earlier event. */
  lastEventId: string
  /** The origin of the final URL after redirects. */
  origin: string
  /** Returns the data parsed as JSON. @throws SyntaxError if the data is not JSON */
  json<T = unknown>(): T
}

/** The lifecycle events, with what their listeners get. */
export interface SSELifecycleEvents {
  /** The state has changed. */
  state: { state: SSEState; previous: SSEState }
  /**
   * The stream is open. `url` is the final URL after redirects. `attempt` is 0 for a new connection, n for the nth reconnect in
   * a row.
   */
  open: { status: number; url: string; headers: Headers; attempt: number }
  /** An attempt has failed, or the data of an event could not be parsed (code `'parse'`). */
  error: SSEError
  /** Attempt number `attempt` will be made in `delay` ms. `error` is missing if the server ended the stream without an error. */
  retry: { attempt: number; delay: number; error?: SSEError }
  /** A token was refreshed for this attempt. */
  refresh: { attempt: number }
  /** The text of a comment line, without its colon and one space after it. */
  comment: string
  /** The client has made `attempts` reconnects in a row (see `maxReconnects`), and closes. */
  'max-reconnects-reached': { attempts: number }
  /**
   * The connection has ended. `error` is the {@link SSEError} of a failure, or the application's own `Error`: from `until` (reason
   * `'fatal'`), or from `disconnect(error)` (reason `'client'`).
   */
  close: { reason: SSECloseReason; error?: SSEError | Error }
}

/**
 * Why the connection is closed:
 * - `'client'`: `disconnect()` was called.
 * - `'aborted'`: the option `signal` was aborted.
 * - `'server'`: the server ended the stream, and `reconnect` is not `'always'`.
 * - `'done'`: the mark of `until` arrived.
 * - `'no-content'`: the server answered 204, which means: do not reconnect (HTML § 9.2.3).
 * - `'fatal'`: a failure that is not retried, or an `Error` from `until`.
 * - `'max-reconnects'`: the client has made `maxReconnects` reconnects, and no stream stayed open for `backoff.stableAfter` ms.
 */
export type SSECloseReason = 'client' | 'aborted' | 'server' | 'done' | 'no-content' | 'fatal' | 'max-reconnects'

/**
 * The URL to request, with the scheme http:, https:, blob: or data:, or relative to the page or worker. It must not contain a user
 * name or password. For a wrong URL, the constructor throws a `TypeError`.
 *
 * A function is called for every attempt. If it throws or rejects, the attempt fails with code `'callback'`, and another attempt
 * follows, unless `reconnect` is `'never'`. If it returns anything but a URL, the client closes with that code.
 */
export type URLSource = string | URL | ((ctx: Attempt) => MaybePromise<string | URL>)

/** An attempt, as the application's functions get it. */
export interface Attempt {
  /** 0 for a new connection, n for the nth reconnect in a row. */
  attempt: number
  /** The last event ID, `''` if there is none. */
  lastEventId: string
  /** The error of the last attempt that failed; missing in a new connection, or if none has failed. */
  error?: SSEError
  /** Aborted when the attempt is over. */
  signal: AbortSignal
}

export type MaybePromise<T> = T | Promise<T>

/** The same fields, each of which may be `undefined`, also under TypeScript's `exactOptionalPropertyTypes`. */
export type Optional<Options> = { [Name in keyof Options]?: Options[Name] | undefined }

/** Counts since the client was created. */
export interface SSEStats {
  /** Bytes of all streams. */
  bytes: number
  /** Events of all streams, also those without listeners. */
  events: number
  /** Comments of all streams. */
  comments: number
  /** Requests, also those that were made again with a new token. */
  attempts: number
  /** Streams that opened after the first one. */
  reconnects: number
  /** When the last stream opened, in ms, as `performance.now()` counts. */
  connectedAt?: number
  /** When the last byte arrived, in ms, as `performance.now()` counts. It may be about 1 ms too early. */
  lastByteAt?: number
}
