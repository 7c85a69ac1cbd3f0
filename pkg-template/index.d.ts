// The same as in TypeScript's library `esnext.disposable`, for programs that do not load it, and for TypeScript before 5.2.
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
   * Ends the connection, or the wait for one, until `connect()` or `reconnect()` is called. No event is delivered afterwards,
   * and iterators end. If the reason is an `Error`, `close` carries that same object, and iterators and `stream()` throw it.
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

  /** The absolute URL. If the URL is a function: the URL of the last request, `''` before the first. */
  readonly url: string
  readonly state: SSEState
  /** As in `EventSource`: 0 connecting or reconnecting, 1 open or paused, 2 closed or not yet connected. */
  readonly readyState: 0 | 1 | 2
  /**
   * The last event ID in effect, `''` if none (the standard, 9.2.6). The next attempt sends it as `Last-Event-ID`, unless it
   * is only white space, has more than 4096 bytes in UTF-8, or (in Node) has control characters, which Node refuses in headers.
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

type MaybePromise<T> = T | Promise<T>

/** The same fields, each of which may be `undefined`, also under TypeScript's `exactOptionalPropertyTypes`. */
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
   * Whether another attempt may succeed: true for `'network'`, `'timeout'`, `'idle'`, `'incomplete'`, the statuses 408, 425, 429
   * and 5xx, and for a function (for the URL, a token, headers or a body) that threw or rejected. Whether an attempt follows
   * depends on `reconnect`.
   */
  readonly retryable: boolean
  /** The attempt that failed: 0 for a fresh request, n for the nth consecutive reconnect. */
  readonly attempt: number
  /** The first 64 KiB of an error response; with the code `'format'`, of the response that holds no event. */
  readonly body?: string
  readonly cause?: unknown
}

// Without this line TypeScript would export every type of this file.
export {}
