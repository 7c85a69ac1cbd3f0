// The options of `SSEClient`, with their units, defaults and errors. `settings.ts` checks them.

import type { SSEAuth } from '../auth/auth.ts'
import type { SSEError } from './error.ts'
import type { Attempt, MaybePromise, Optional, SSEEvent } from './types.ts'

// Taken from `RequestInit`, because the types of servers have that as well as those of browsers.
type HeadersLike = NonNullable<RequestInit['headers']>
type BodyLike = NonNullable<RequestInit['body']>

/**
 * The options of the client, and every field of `RequestInit`, which is passed on to `fetch`. An option that is `null` or
 * `undefined` has its default. For a wrong option, or an unknown one, the constructor throws a `TypeError`.
 */
export interface SSEClientOptions extends Optional<RequestOptions & ClientOptions> {}

type RequestOptions = Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal'>

interface ClientOptions {
  /** The HTTP method. CONNECT, TRACE and TRACK are refused, as by `fetch`. Default: GET, or POST if there is a body. */
  method?: string
  /**
   * The headers of the request, or a function that returns them and is called for every attempt. If the function throws or
   * rejects, the attempt fails with code `'callback'`, and another attempt follows, unless `reconnect` is `'never'`. If it returns
   * anything but headers, the client closes with that code.
   *
   * A `Last-Event-ID` among them has the same effect as the option `lastEventId`. One from a function is used only until the
   * first stream has opened. Default: none, and the client adds `Accept: text/event-stream` if there is no `Accept`.
   */
  headers?: HeadersLike | ((ctx: Attempt) => MaybePromise<HeadersLike>)
  /**
   * The body of the request, or a function that returns it and is called for every attempt. Objects and arrays that are not a
   * `BodyInit` are sent as JSON. A GET or HEAD cannot have a body. If the function fails, the same happens as for `headers`.
   * Default: none.
   */
  body?: BodyLike | object | null | ((ctx: Attempt) => MaybePromise<BodyLike | object | null | undefined>)
  /** The function that makes the requests. Default: the global `fetch` at the time of each request. */
  fetch?: typeof fetch
  /** When this signal is aborted, the client closes with reason `'aborted'`. Default: none. */
  signal?: AbortSignal | null
  /**
   * Returns the token of a request. Called for every attempt. The client sends the token as `Authorization: Bearer …`, which
   * replaces an `Authorization` in `headers`. If the function returns `null` or `undefined`, the request has no token.
   *
   * If the function throws or rejects, the attempt fails with code `'auth'`, and another attempt follows, unless `reconnect` is
   * `'never'`. If it returns anything else, the client closes with code `'callback'`. The client writes no token into messages,
   * `debug` entries or URLs. Default: none.
   */
  getToken?: (ctx: Attempt) => MaybePromise<string | null | undefined>
  /**
   * Refreshes the token. Called after a 401, or before the request if the token is a JWT whose `exp` has passed (RFC 7519, 4.1.4),
   * at most once in an attempt. After a 401, the request is sent again, as part of the same attempt. The function returns:
   * - a string: the new token.
   * - `true`: there is a new token. The client calls `getToken` for it.
   * - `false`: there is no new token. The client closes with code `'auth'`.
   *
   * If the server answers 401 again, the client closes with code `'auth'` too. If the function throws or rejects, the attempt
   * fails with code `'auth'`, and another attempt follows, unless `reconnect` is `'never'`. If it returns anything else, the client
   * closes with code `'callback'`. Default: none, and a 401 closes the client with code `'status'`.
   */
  refreshToken?: (ctx: Attempt) => MaybePromise<string | boolean>
  /**
   * Tokens that several clients share. Replaces `getToken` and `refreshToken`, which must not be given beside it. Default: none.
   */
  auth?: SSEAuth
  /**
   * How the text of an event becomes the data that listeners get.
   * - `'auto'` (default): JSON objects and arrays are parsed. Any other text is the data.
   * - `'json'`: the text is parsed as JSON. An event whose text is empty, or only white space, is skipped without an error (but
   *   see `emptyEvents`).
   * - `'text'`: the text is the data.
   * - a function: what it returns is the data.
   *
   * If `'json'` cannot parse the text, or the function throws, the event is not delivered to its listeners, and the client emits an
   * `error` of code `'parse'`. The stream continues.
   */
  parse?: 'auto' | 'json' | 'text' | ((text: string, event: SSEEvent) => unknown)
  /**
   * The mark at the end of the stream, e.g. `'[DONE]'`: the client closes with reason `'done'` and does not deliver the mark.
   * White space around the mark, and around the event's text, is ignored. A stream that ends before its mark is an
   * {@link SSEError} of code `'incomplete'`, because some proxies turn a broken answer into a clean end. (With `reconnect:
   * 'always'`, it is an error only if no other attempt follows.)
   *
   * A function is called for every event, and returns:
   * - `true`: the event is the mark.
   * - `'deliver'`: the event is the last one, and is delivered.
   * - an `Error`, or throws one: the client closes with reason `'fatal'` and that same error, which iterators throw. Use it for an
   *   error that the server reports inside its stream.
   *
   * Anything else that it throws is reported through `reportError`, and the stream continues. Default: none.
   */
  until?: string | ((event: SSEEvent) => boolean | 'deliver' | Error)
  /**
   * Called with a response before its body is read. To refuse the response, throw or reject: the client closes with code
   * `'callback'`. Not called for 204, 408, 425, 429 and 5xx, nor for a 401 that leads to a refresh.
   *
   * Default: the status must be 200 (HTML § 9.2.3), and the content type `text/event-stream`. For methods other than GET and HEAD,
   * every 2xx status except 204 and 205 is accepted.
   */
  validate?: (response: Response) => void | Promise<void>
  /**
   * When the client sends a request again:
   * - `'always'`: after temporary failures, and after the server has ended the stream.
   * - `'on-error'`: after temporary failures.
   * - `'unprocessed'`: only if the server cannot have received the request, or said that it did not process it: 401 with
   *   a refresh, 425, 429, or 503 with `Retry-After`. After any other failure the client closes, with an error whose
   *   `retryable` is true if another attempt may help: `reconnect()` or `shouldRetry` makes one. Event ids do not change this.
   * - `'never'`: one request for each `connect()` or `reconnect()`, whatever happens to the network and the page.
   *
   * Default: `'always'` for GET and HEAD. For other methods `'on-error'` if `maxReconnects` is above 0, which says that the
   * request may be repeated, and else `'unprocessed'`, because a prompt must not run twice.
   */
  reconnect?: 'always' | 'on-error' | 'unprocessed' | 'never'
  /**
   * How many reconnects in a row the client makes before it closes with reason `'max-reconnects'`: a whole number from 0 up, or
   * Infinity. The count starts again when a stream has been open for `backoff.stableAfter` ms. Default: Infinity for GET and HEAD,
   * 5 for other methods.
   */
  maxReconnects?: number
  /** How long the client waits before a reconnect. */
  backoff?: SSEBackoff
  /**
   * Called for every failure of an attempt. It returns:
   * - `true`: the client sends the request again, after the usual delay.
   * - a number from 0 up: the client sends the request again after that many ms, at most a day.
   * - `false`: the client closes with reason `'fatal'`.
   * - `undefined`: the option `reconnect` decides. So it does if the function throws, which is reported through `reportError`.
   *
   * `maxReconnects` still limits the attempts. Not called if `reconnect` is `'never'`. Default: none.
   */
  shouldRetry?: (error: SSEError, ctx: Attempt) => boolean | number | undefined
  /**
   * The longest time from the start of an attempt until its response is accepted, in ms, including the functions for token, URL,
   * headers and body. The time starts again after a 401 that leads to a refresh, and after every refresh. After this time, the
   * attempt fails with code `'timeout'` and is retried like a network failure. 0: no limit. Default: 30000 for GET and HEAD,
   * 300000 for other methods, because a model may have to be loaded first.
   *
   * For as long (30000 without this option, or with 0), a client also waits for the wasm of the package. Then it closes with an error of
   * code `'wasm'`.
   */
  connectTimeout?: number
  /**
   * The longest time without a byte of an open stream, in ms. The bytes of comments count too. After this time, the attempt fails
   * with code `'idle'` and is retried like a broken connection. The time does not run while the client is paused, or while a
   * `for await` loop is busy with an event. It does run while the computer sleeps. Default: 0, no limit.
   */
  idleTimeout?: number
  /**
   * The event ID to start after, sent as `Last-Event-ID`. It must not contain NUL, CR or LF. Default: a `Last-Event-ID` in
   * `headers`, or `''`.
   */
  lastEventId?: string
  /**
   * How many server events `client.history` keeps, from 0 to 1000000, with at most `maxEventBytes` characters in all. It keeps them
   * as the stream sent them, also those that could not be parsed and those without listeners. It does not keep events that
   * `parse: 'json'` skips, nor the mark of `until`. Default: 0.
   */
  history?: number
  /**
   * When the page is hidden, the client closes the stream; when the page is visible, it reopens the stream after `lastEventId`.
   * A request that was sent stays open if `reconnect` is `'unprocessed'` or `'never'`, because then it could not be sent again.
   * Default: false.
   */
  closeWhenHidden?: boolean
  /**
   * Uses what the browser says about the network. While it says that there is none, network failures do not count as reconnects,
   * and the client makes one attempt per minute, because the browser may be wrong. When the network is back:
   * - a client that waits after a network failure makes the next attempt at once, unless `shouldRetry` has set the delay.
   * - an open stream that has received no byte since the loss is requested again, unless `reconnect` is `'unprocessed'` or
   *   `'never'`.
   *
   * Works in pages and in Firefox's workers. Default: true.
   */
  watchNetwork?: boolean
  /**
   * The limit for the size of a line (comments too) and of an event, in bytes: a whole number from 1 to 1073741824. If one is
   * larger, the client closes with code `'too-large'`. Default: 16777216 (16 MiB).
   */
  maxEventBytes?: number
  /**
   * Delivers events that have a type but no `data` line, with the data `''`. `'auto'` and `'json'` do not parse that; a function
   * given as `parse` is called with it. Some servers end a stream with such an event (`event: end`). The standard ignores them
   * (HTML § 9.2.6, "dispatch the event", step 2). Default: false.
   */
  emptyEvents?: boolean
  /**
   * What to do with the last event of a stream if its blank line is missing. `'discard'` (default, HTML § 9.2.6: "any pending data
   * must be discarded") drops it, with a `debug` entry `unfinished`. `'deliver'` delivers it; it may be the mark of `until`. If
   * the stream breaks, the event is dropped in either case.
   */
  unfinished?: 'discard' | 'deliver'
  /**
   * Logs what the client does. `true`: entries are logged to the console. A function is called with each entry. Entries contain
   * no headers, bodies or URLs. Default: false.
   */
  debug?: boolean | ((entry: object) => void)
}

/** Delays between attempts, in ms. A delay grows from `initial` to `max`, and no delay is longer than a day. */
export interface SSEBackoff extends Optional<Backoff> {}

interface Backoff {
  /** The first delay in ms, unless the stream sets one with `retry:`. At most `max`. Default: 1000, or `max` if that is less. */
  initial?: number
  /** The longest delay in ms, unless the server asks for a longer one. Default: 30000, or `initial` if that is more. */
  max?: number
  /** Each delay is this many times the one before, at least 1. Default: 2. */
  factor?: number
  /** The part of a delay that is random, from 0 to 1. Default: 0.5. */
  jitter?: number
  /** How long a stream must be open, in ms, before the count of reconnects falls to 0. Default: 5000. */
  stableAfter?: number
}
