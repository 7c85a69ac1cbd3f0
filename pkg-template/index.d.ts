// What TypeScript's `esnext.disposable` declares, for programs without it and for versions that have no such library (before 5.2).
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
  interface Disposable {
    [Symbol.dispose](): void
  }
}

/**
 * A client for server-sent events over `fetch`. Nothing is requested before {@link SSEClient.connect}.
 *
 * `Events` maps each type of events to the type of its data. It may be an interface.
 */
export class SSEClient<Events extends object = any> {
  /**
   * @param url absolute, or relative to the page or worker
   * @throws TypeError for a wrong URL or option, naming it, what was given and what is accepted
   */
  constructor(url: URLSource, options?: SSEClientOptions)

  /**
   * Connects. Resolves when the stream is first open (at once if it is); rejects with an {@link SSEError} if the client
   * closes before. It need not be awaited: it never raises `unhandledrejection`.
   *
   * After a close, a GET or HEAD goes on after `lastEventId`; any other method asks anew, from `options.lastEventId`.
   */
  connect(): Promise<void>
  /**
   * Ends the connection, or the wait for one, for good: until `connect()` or `reconnect()`. Nothing is delivered afterwards,
   * and iterators yield nothing more. With an `Error` as the reason, `close` carries that very object, and iterators and
   * `stream()` throw it.
   */
  disconnect(reason?: unknown): void
  /** The same as {@link disconnect}. */
  close(reason?: unknown): void
  /**
   * A new attempt now, whatever the state, with a fresh attempt count and keeping `lastEventId`. If a request is given up
   * for it, the next one is sent 100 ms later, so that the server never has two.
   */
  reconnect(): Promise<void>

  /**
   * Stops reading and delivering, whatever the state: what the server sends stays in its own socket, and memory stays
   * bounded. Holds until `resume()` or the end of the connection, for later streams as well. In a listener it holds back
   * even what was received together with the current event.
   *
   * Firefox takes from the network what nobody reads. There 1 MiB is kept here; beyond it a GET whose stream carried an
   * event id is closed, and reopened after the last event delivered (unless `reconnect` is `'unprocessed'` or `'never'`).
   * Anything else piles up in the browser.
   */
  pause(): void
  /** Goes on after {@link pause}. */
  resume(): void

  /**
   * Listens to server events of a type (`'message'` is the type of events without one), to all of them (`'*'`), or to a
   * lifecycle event. `'event:NAME'` is the server's NAME even if it is a lifecycle event's.
   *
   * Listeners run in order of registration. One that throws is reported through `reportError` and stops nobody else.
   * @returns a function that removes the listener
   */
  on<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  /** Like {@link on}, for one event. */
  once<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  /** Removes one registration of a listener, all listeners of a type, or (without arguments) all there are. */
  off(type?: string, listener?: Function): void
  /** Dispatches locally, as if the server had sent it. @returns whether anything listened */
  emit(type: string, data?: unknown): boolean

  /** The absolute URL. Of a client with a function for it: that of the last request, `''` before the first. */
  readonly url: string
  readonly state: SSEState
  /** As in `EventSource`: 0 connecting or reconnecting, 1 open or paused, 2 closed or not yet connected. */
  readonly readyState: 0 | 1 | 2
  /**
   * The last event ID in effect, `''` if none (the standard, 9.2.6). The next attempt sends it as `Last-Event-ID`, unless it
   * is only white space, has more than 4096 bytes in UTF-8, or (in Node) has control characters, which no header can have there.
   */
  readonly lastEventId: string
  /** Consecutive reconnects so far; falls to 0 when the stream has been open for `backoff.stableAfter` ms. */
  readonly retryCount: number
  /** The last `options.history` server events, oldest first; empty by default. A copy, frozen. */
  readonly history: readonly SSEEvent[]
  stats(): SSEStats

  /**
   * All server events from now on, one by one: `for await (const event of client)`. While the consumer is busy nothing is
   * delivered or read, so the server waits for it; several iterators share the connection and each sees every event.
   * (For Firefox see {@link pause}.)
   *
   * Connects if nothing was asked for yet. Ends when the client closes; throws the error that `close` carries: an
   * {@link SSEError} if the reason is `'fatal'` or `'max-reconnects'`, or the `Error` given to `until` or `disconnect()`. Leaving the loop disconnects, if no other iterator is left. On a closed client it
   * ends at once.
   */
  [Symbol.asyncIterator](): SSEEventIterator
  /** The same as a stream. Cancelling it is leaving the loop. */
  stream(): ReadableStream<SSEEvent>

  /** Disconnects, at the end of a `using` block. */
  [Symbol.dispose](): void
}

/** What `for await` takes its events from. */
export interface SSEEventIterator extends AsyncIterator<SSEEvent, undefined, undefined> {
  [Symbol.asyncIterator](): this
}

export type SSEState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'paused' | 'closed'

/**
 * An event that is kept keeps, beside its own text, up to 4096 characters of the text around it in the stream, which its
 * neighbours share; or up to as much again if it has more than 4096 characters itself. What the client keeps, in `history` and
 * for iterators, costs its own size.
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

export type SSECloseReason = 'client' | 'aborted' | 'server' | 'done' | 'no-content' | 'fatal' | 'max-reconnects'

/**
 * The URL to request: of http:, https:, blob: or data:, or relative to the page or worker. A function is asked for every
 * attempt. If it throws or rejects, the attempt fails with code `'callback'` and is retried like network trouble; an answer
 * that is no URL is fatal.
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

type MaybePromise<T> = T | Promise<T>

/** Where `exactOptionalPropertyTypes` is set too, `undefined` says the same as nothing. */
type Optional<Options> = { [Name in keyof Options]?: Options[Name] | undefined }

// By way of `RequestInit`, which servers' types have as well as those of browsers.
type HeadersLike = NonNullable<RequestInit['headers']>
type BodyLike = NonNullable<RequestInit['body']>

/**
 * Tokens shared by several clients, as their option `auth`: clients that are refused with 401 together cause one refresh
 * that serves them all, and tabs of this origin that use the same name share refreshes as well.
 */
export class SSEAuth {
  #private
  /** @throws TypeError for a wrong option, naming it, what was given and what is accepted; never quoting its value */
  constructor(options: SSEAuthOptions)
  readonly [Symbol.toStringTag]: string
}

/** `null` and `undefined` mean the default. */
export interface SSEAuthOptions extends Optional<AuthOptions> {
  /**
   * Asked for the token before every attempt, and again after a refresh; from then on it has to answer the new one.
   * `null` and `undefined`: the request goes without an `Authorization` header.
   *
   * What it throws is an {@link SSEError} of code `'auth'`, and another attempt is made. Any other answer:
   * `'callback'`, fatal.
   */
  getToken: (ctx: Attempt) => MaybePromise<string | null | undefined>
}

interface AuthOptions {
  /**
   * Asked once for all clients that were refused with 401, or whose token is a JWT that has expired. Answers the new
   * token, `true` to have `getToken` asked again, or `false` to give up: an {@link SSEError} of code `'auth'`, fatal.
   * Default: none, and a 401 is fatal.
   *
   * What it throws is of code `'auth'` too, and another attempt is made; anything else that it answers is `'callback'`,
   * fatal. `ctx` is about the first client that asked. Its signal is aborted when no client waits any more, each of them
   * waiting for `connectTimeout` ms at most: then the refresh is over, whatever it still answers.
   */
  refreshToken?: (ctx: Attempt) => MaybePromise<string | boolean>
  /**
   * Names what the tokens are for, e.g. `'api'`, so that only one tab refreshes them at a time; the tabs that waited ask
   * `getToken` again, which has to answer what the other tab has stored. Needs Web Locks: where there are none (such as
   * in pages that are no secure context), and by default, each tab refreshes for itself.
   */
  name?: string
}

/** Every field of `RequestInit` passes through. `null` and `undefined` mean the default. */
export interface SSEClientOptions extends Optional<RequestOptions & ClientOptions> {}

type RequestOptions = Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal'>

interface ClientOptions {
  /** Default: GET, or POST when there is a body. */
  method?: string
  /**
   * A function is asked again for every attempt. If it throws or rejects, the attempt fails with code `'callback'` and is
   * retried like network trouble; an answer that is no headers is fatal. A `Last-Event-ID` in here is the option
   * `lastEventId`: from a function it counts until there has been a stream.
   */
  headers?: HeadersLike | ((ctx: Attempt) => MaybePromise<HeadersLike>)
  /** Objects and arrays that are no `BodyInit` go as JSON. A function is asked again for every attempt, and may reject like that for `headers`. */
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
   * does not parse is an `error` of code `'parse'` and is not delivered; data that is empty, or white space only, is no error
   * and not delivered either (but see `emptyEvents`). `'text'`: the text.
   */
  parse?: 'auto' | 'json' | 'text' | ((text: string, event: SSEEvent) => unknown)
  /**
   * The end of the stream, e.g. `'[DONE]'`: closes with reason `'done'`; the mark itself is not delivered. Of a string, and of
   * the event's text, white space around it does not count. A stream that ends before its mark, and is not asked for again, is
   * an {@link SSEError} of code `'incomplete'`: some proxies turn an answer that was cut off into a clean end.
   *
   * A function is asked for every event. `'deliver'`: this event is the last one, and is delivered. An `Error`, returned or
   * thrown: closes with reason `'fatal'` and that very error, which iterators throw; for what a server reports as an error
   * inside its stream. Anything else that it throws is reported through `reportError` and ends nothing.
   */
  until?: string | ((event: SSEEvent) => boolean | 'deliver' | Error)
  /**
   * Throw to refuse a response. Default: status 200 and `text/event-stream` are required; for methods other than GET and
   * HEAD any 2xx but 204 and 205 will do. Not asked about 204, 408, 425, 429 and 5xx, which mean what they always mean.
   */
  validate?: (response: Response) => void | Promise<void>
  /**
   * When a request is sent again by itself:
   * - `'always'`: after failures that may pass, and after the server has ended the stream.
   * - `'on-error'`: after failures that may pass.
   * - `'unprocessed'`: only if the server cannot have received the request, or said that it did not process it: 401 with
   *   a refresh, 425, 429, or 503 with `Retry-After`. Anything else closes, with an error whose `retryable` is true if
   *   sending it again may help: `reconnect()` does that, or `shouldRetry`. Event ids change nothing about it.
   * - `'never'`: one request for each `connect()` or `reconnect()`, whatever the network and the page go through.
   *
   * Default: `'always'` for GET and HEAD. `'unprocessed'` for other methods, since a prompt must not run twice; but
   * `'on-error'` if `maxReconnects` is given, which says that the request may be repeated.
   */
  reconnect?: 'always' | 'on-error' | 'unprocessed' | 'never'
  /** Consecutive reconnects before giving up. Default: Infinity for GET and HEAD, 5 for other methods. */
  maxReconnects?: number
  backoff?: SSEBackoff
  /**
   * Asked about every failure. `true` sends the request again, `false` gives up, a number sends it again after so many
   * ms, and `undefined` leaves it to `reconnect`. Not asked if `reconnect` is `'never'`.
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
  /** To start from. Default: a `Last-Event-ID` in `headers`, or `''`. */
  lastEventId?: string
  /**
   * How many server events `client.history` keeps, up to 1000000, with at most `maxEventBytes` characters in all. Each is kept
   * as the stream sent it, whether it could be parsed or not and whether anything listens or not; but not what `parse: 'json'`
   * skips, nor the mark of `until`.
   * Default: 0.
   */
  history?: number
  /**
   * While the page is hidden the stream is closed, and reopened from `lastEventId` when it is visible. Not where
   * `reconnect` is `'unprocessed'` or `'never'`: such a request is never sent again for this. Default: false.
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
   * Delivers events that have a type but no `data` line, with the data `''`, whatever `parse` says (only a function is called
   * for it). Some servers end a stream with such an event (`event: end`). The standard ignores them (§ 9.2.6, "dispatch the
   * event", step 2). Default: false.
   */
  emptyEvents?: boolean
  /**
   * What becomes of an event that is not complete when the stream ends, because its blank line is missing. `'discard'`
   * (default, § 9.2.6: "any pending data must be discarded") makes a `debug` entry `unfinished`; `'deliver'` delivers it, and
   * it may be the mark of `until`. The event of a stream that breaks is never delivered.
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

/** Why an attempt failed. Only the client makes them. */
export class SSEError extends Error {
  private constructor()
  readonly code:
    | 'network' | 'status' | 'content-type' | 'format' | 'auth' | 'timeout' | 'idle' | 'parse' | 'too-large' | 'incomplete'
    | 'aborted' | 'callback'
  /** The status of the response, where there was one. */
  readonly status?: number
  /** The headers of the response, where there was one, e.g. for `shouldRetry`: `error.headers?.get('retry-after-ms')`. */
  readonly headers?: Headers
  /**
   * Of a kind that another attempt may mend: `'network'`, `'timeout'`, `'idle'`, `'incomplete'`, statuses 408, 425, 429 and
   * 5xx, and functions (for a token, headers or a body) that rejected. Whether one is made, `reconnect` says.
   */
  readonly retryable: boolean
  /** The attempt that failed: 0 for a fresh request, n for the nth consecutive reconnect. */
  readonly attempt: number
  /** The first 64 KiB of an error response, or, with the code `'format'`, of the stream that is none. */
  readonly body?: string
  readonly cause?: unknown
}

// What is not marked with `export` is not exported.
export {}
