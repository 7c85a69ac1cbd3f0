// The options of `SSEClient`, with their defaults and units. `settings.ts` checks them.

import type { SSEAuth } from '../auth/auth.ts'
import type { SSEError } from './error.ts'
import type { Attempt, MaybePromise, Optional, SSEEvent } from './types.ts'

// By way of `RequestInit`, which servers' types have as well as those of browsers.
type HeadersLike = NonNullable<RequestInit['headers']>
type BodyLike = NonNullable<RequestInit['body']>

/** Every field of `RequestInit` passes through. `null` and `undefined` mean the default. */
export interface SSEClientOptions extends Optional<RequestOptions & ClientOptions> {}

type RequestOptions = Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal'>

interface ClientOptions {
  /** Default: GET, or POST when there is a body. */
  method?: string
  /**
   * A function is called for every attempt. If it throws or rejects, the attempt fails with code `'callback'` and is retried
   * like a network failure; if it returns anything but headers, the client closes with that code. A `Last-Event-ID` in here is
   * the same as the option `lastEventId`; one from a function is used only until the first stream has opened.
   */
  headers?: HeadersLike | ((ctx: Attempt) => MaybePromise<HeadersLike>)
  /**
   * Objects and arrays that are no `BodyInit` are sent as JSON. A function is called for every attempt; if it throws or rejects,
   * the same happens as for `headers`.
   */
  body?: BodyLike | object | null | ((ctx: Attempt) => MaybePromise<BodyLike | object | null | undefined>)
  /** Default: the global one at the time of the call. */
  fetch?: typeof fetch
  /** Closes the client, with reason `'aborted'`. */
  signal?: AbortSignal | null
  /**
   * Asked for every attempt; goes as `Authorization: Bearer …`, in place of such a header in `headers`. `null` or
   * `undefined`: no token. What it throws is an `error` of code `'auth'`, retried like network trouble; any other answer is
   * `'callback'`, fatal. Tokens appear in no message, no `debug` entry and no URL.
   */
  getToken?: (ctx: Attempt) => MaybePromise<string | null | undefined>
  /**
   * Asked after a 401, or when the token is a JWT whose `exp` has passed; once per attempt, which is then made once more
   * and counts as one. Answer the new token, `true` to have `getToken` asked again, or `false` to give up: that, and a
   * second 401, is `'auth'`, fatal. What it throws is `'auth'` too, but retried like network trouble. Default: a 401 is
   * an `error` of code `'status'`, fatal.
   */
  refreshToken?: (ctx: Attempt) => MaybePromise<string | boolean>
  /** In place of the two functions: tokens that several clients share. */
  auth?: SSEAuth
  /**
   * What listeners get as data. `'auto'` (default): JSON objects and arrays parsed, all else the text. `'json'`: what
   * does not parse is an `error` of code `'parse'` and is not delivered. Data that is empty, or only white space, is skipped
   * without an error (but see `emptyEvents`). `'text'`: the text.
   */
  parse?: 'auto' | 'json' | 'text' | ((text: string, event: SSEEvent) => unknown)
  /**
   * The mark at the end of the stream, e.g. `'[DONE]'`: the client closes with reason `'done'` and does not deliver the mark.
   * White space around the mark, and around the event's text, is ignored. If a stream ends before its mark, that is an
   * {@link SSEError} of code `'incomplete'`, because some proxies turn a broken answer into a clean end. (With `reconnect:
   * 'always'` it is one only if no further attempt follows.)
   *
   * A function is called for every event, and returns:
   * - `true`: the event is the mark.
   * - `'deliver'`: the event is the last one, and is delivered.
   * - an `Error`, or throws one: the client closes with reason `'fatal'` and that same error, which iterators throw. Use it for an
   *   error that the server reports inside its stream.
   *
   * Anything else that it throws is reported through `reportError`, and the stream continues.
   */
  until?: string | ((event: SSEEvent) => boolean | 'deliver' | Error)
  /**
   * Throw to refuse a response. Default: status 200 and `text/event-stream` are required; for methods other than GET and
   * HEAD any 2xx but 204 and 205 will do. Not called for 204, 408, 425, 429 and 5xx, nor for a 401 that leads to a refresh.
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
  /** Consecutive reconnects before giving up. Default: Infinity for GET and HEAD, 5 for other methods. */
  maxReconnects?: number
  backoff?: SSEBackoff
  /**
   * Called for every failure. `true` sends the request again, `false` gives up, a number sends it again after so many
   * ms, and `undefined` leaves it to `reconnect`. Not called if `reconnect` is `'never'`.
   */
  shouldRetry?: (error: SSEError, ctx: Attempt) => boolean | number | undefined
  /**
   * ms until the response is accepted, including the callbacks for token, headers and body; with a new token it begins
   * anew. Default: 30000 for GET and HEAD, 300000 for other methods (a model may have to be loaded first); 0: no limit.
   */
  connectTimeout?: number
  /**
   * ms an open stream may say nothing at all: any byte counts, comments too. Beyond it `'idle'`, retried where a broken
   * connection would be. Rests while the client is paused or a consumer is busy; a computer that wakes up from sleep is
   * noticed. Default: 0, no limit.
   */
  idleTimeout?: number
  /** The event ID to start after, sent as `Last-Event-ID`. Default: a `Last-Event-ID` in `headers`, or `''`. */
  lastEventId?: string
  /**
   * How many server events `client.history` keeps, up to 1000000, with at most `maxEventBytes` characters in all. It keeps them
   * as the stream sent them, also those that could not be parsed and those without listeners. It does not keep events that
   * `parse: 'json'` skips, nor the mark of `until`.
   * Default: 0.
   */
  history?: number
  /**
   * When the page is hidden, the client closes the stream; when the page is visible, it reopens the stream after `lastEventId`.
   * No effect if `reconnect` is `'unprocessed'` or `'never'`, because then the request could not be sent again. Default: false.
   */
  closeWhenHidden?: boolean
  /**
   * While there is no network, failures count nothing and no attempt is made (but one a minute, since browsers can be wrong
   * about it); when there is again, the next one is made at once, and a stream that has said nothing since is asked for
   * anew. Pages only, and Firefox's workers: others are not told. Default: true.
   */
  watchNetwork?: boolean
  /** Bytes a line (a comment too), or an event in all, may have; beyond it `'too-large'`, fatal. Default: 16 MiB. */
  maxEventBytes?: number
  /**
   * Delivers events that have a type but no `data` line, with the data `''`. `'auto'` and `'json'` do not parse that; a function
   * given as `parse` is called with it. Some servers end a stream with such an event (`event: end`). The standard ignores them
   * (§ 9.2.6, "dispatch the event", step 2). Default: false.
   */
  emptyEvents?: boolean
  /**
   * What to do with the last event of a stream if its blank line is missing. `'discard'` (default, § 9.2.6: "any pending data
   * must be discarded") drops it, with a `debug` entry `unfinished`. `'deliver'` delivers it; it may be the mark of `until`. If
   * the stream breaks, the event is dropped in either case.
   */
  unfinished?: 'discard' | 'deliver'
  /** `true` logs to the console: what happened, and never headers, bodies or URLs. */
  debug?: boolean | ((entry: object) => void)
}

/** Times in ms. */
export interface SSEBackoff extends Optional<Backoff> {}

interface Backoff {
  /** The first delay, unless the stream sets one with `retry:`. Default: 1000. */
  initial?: number
  /** The longest delay, unless the server asks for a longer one. Default: 30000. */
  max?: number
  /** Default: 2. */
  factor?: number
  /** How much of a delay is left to chance, 0 to 1. Default: 0.5. */
  jitter?: number
  /** The attempt count falls back to zero once the stream has been open for so long. Default: 5000. */
  stableAfter?: number
}
