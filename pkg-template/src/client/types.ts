// The types of the public API, beside those of the options. Their comments are the documentation that applications see.

import type { SSEError } from './error.ts'

/** What `for await` reads events from. */
export interface SSEEventIterator extends AsyncIterator<SSEEvent, undefined, undefined> {
  [Symbol.asyncIterator](): this
}

export type SSEState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed'

/**
 * Memory: an event that an application keeps holds its own text and up to 16384 characters of the stream's text around it (8192 in
 * most cases), which neighbouring events share. An event of more than 16384 characters holds up to twice its own size. Events that
 * the client keeps, in `history` and for iterators, hold only their own text.
 */
export interface SSEEvent {
  type: string
  /** The raw text: the `data` lines, joined by line feeds. */
  data: string
  /** The id this event itself carried, `''` if none. */
  id: string
  /** The standard's last event ID string in effect at this event. */
  lastEventId: string
  /** The origin of the final URL after redirects. */
  origin: string
  /** The data parsed as JSON. @throws SyntaxError */
  json<T = unknown>(): T
}

/** What the events about the connection carry. */
export interface SSELifecycleEvents {
  state: { state: SSEState; previous: SSEState }
  /** `attempt` is 0 for a fresh request, n for the nth consecutive reconnect. */
  open: { status: number; url: string; headers: Headers; attempt: number }
  error: SSEError
  /** Attempt number `attempt` will be made in `delay` ms. `error` is missing when the server just ended the stream. */
  retry: { attempt: number; delay: number; error?: SSEError }
  /** A token was renewed, for this attempt. */
  refresh: { attempt: number }
  /** A comment line's text. */
  comment: string
  'max-reconnects-reached': { attempts: number }
  /** `error` is the {@link SSEError} of a failure, or the application's own `Error`: of `until` (`'fatal'`), of `disconnect()`. */
  close: { reason: SSECloseReason; error?: SSEError | Error }
}

/**
 * Why the connection is closed. `'client'`: `disconnect()` was called. `'aborted'`: the option `signal` was aborted. `'server'`: the
 * server ended the stream. `'done'`: the mark of `until` came. `'no-content'`: the server answered 204. `'fatal'`: a failure that is
 * not retried, or an `Error` from `until`. `'max-reconnects'`: `maxReconnects` attempts in a row have failed.
 */
export type SSECloseReason = 'client' | 'aborted' | 'server' | 'done' | 'no-content' | 'fatal' | 'max-reconnects'

/**
 * The URL to request: of http:, https:, blob: or data:, or relative to the page or worker. A function is called for every
 * attempt. If it throws or rejects, the attempt fails with code `'callback'` and is retried like a network failure; if it returns
 * anything but a URL, the client closes with that code.
 */
export type URLSource = string | URL | ((ctx: Attempt) => MaybePromise<string | URL>)

/** What callbacks are given about the attempt they are asked for. */
export interface Attempt {
  /** 0 for a fresh request, n for the nth consecutive reconnect. */
  attempt: number
  lastEventId: string
  /** Why the attempt before this one failed. */
  error?: SSEError
  /** Aborted when this attempt is given up. */
  signal: AbortSignal
}

export type MaybePromise<T> = T | Promise<T>

/** The same fields, each of which may be `undefined`, also under TypeScript's `exactOptionalPropertyTypes`. */
export type Optional<Options> = { [Name in keyof Options]?: Options[Name] | undefined }

export interface SSEStats {
  /** Bytes of the streams' bodies. */
  bytes: number
  events: number
  comments: number
  /** Requests begun, those included that were repeated with a new token. */
  attempts: number
  /** Streams opened after the first one. */
  reconnects: number
  /** When the stream was last opened, in ms as `performance.now()` counts. */
  connectedAt?: number
  /** When the last byte arrived, likewise; when very many chunks come, up to 16 ms later, and more in a hidden tab. */
  lastByteAt?: number
}
