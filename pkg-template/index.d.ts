/// <reference lib="esnext.disposable" />

/** A client for server-sent events over `fetch`. Nothing is requested before {@link SSEClient.connect}. */
export class SSEClient<Events extends Record<string, unknown> = Record<string, any>> {
  /**
   * @param url absolute, or relative to the page or worker
   * @throws TypeError for a wrong URL or option, naming it, what was given and what is accepted
   */
  constructor(url: string | URL, options?: SSEClientOptions)

  /**
   * Connects. Resolves when the stream is first open (at once if it is); rejects with an {@link SSEError} if the client
   * closes before. It need not be awaited: it never raises `unhandledrejection`.
   *
   * After a close, a GET or HEAD goes on after `lastEventId`; any other method asks anew, from `options.lastEventId`.
   */
  connect(): Promise<void>
  /** Ends the connection, or the wait for one, for good: until `connect()` or `reconnect()`. */
  disconnect(reason?: unknown): void
  /** The same as {@link disconnect}. */
  close(reason?: unknown): void
  /** A new attempt now, whatever the state, with a fresh attempt count and keeping `lastEventId`. */
  reconnect(): Promise<void>

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

  /** The absolute URL. */
  readonly url: string
  readonly state: SSEState
  /** As in `EventSource`: 0 connecting or reconnecting, 1 open, 2 closed or not yet connected. */
  readonly readyState: 0 | 1 | 2
  /** The last event ID in effect, which the next attempt sends as `Last-Event-ID`; `''` if none. */
  readonly lastEventId: string
  /** Consecutive reconnects so far; falls to 0 when the stream has been open for `backoff.stableAfter` ms. */
  readonly retryCount: number
  stats(): SSEStats

  /** Disconnects, at the end of a `using` block. */
  [Symbol.dispose](): void
}

export type SSEState = 'idle' | 'connecting' | 'open' | 'reconnecting' | 'closed'

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
  /** A comment line's text. */
  comment: string
  'max-reconnects-reached': { attempts: number }
  close: { reason: SSECloseReason; error?: SSEError }
}

export type SSECloseReason = 'client' | 'aborted' | 'server' | 'done' | 'no-content' | 'fatal' | 'max-reconnects'

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

/** Every field of `RequestInit` passes through. `null` and `undefined` mean the default. */
export interface SSEClientOptions extends Omit<RequestInit, 'headers' | 'body' | 'method' | 'signal'> {
  /** Default: GET, or POST when there is a body. */
  method?: string
  /** A function is asked again for every attempt. */
  headers?: HeadersInit | ((ctx: Attempt) => MaybePromise<HeadersInit>)
  /** Objects and arrays that are no `BodyInit` go as JSON. A function is asked again for every attempt. */
  body?: BodyInit | object | null | ((ctx: Attempt) => MaybePromise<BodyInit | object | null | undefined>)
  /** Default: the global one at the time of the call. */
  fetch?: typeof fetch
  /** Closes the client, with reason `'aborted'`. */
  signal?: AbortSignal | null
  /**
   * What listeners get as data. `'auto'` (default): JSON objects and arrays parsed, all else the text. `'json'`: what
   * does not parse is an `error` of code `'parse'` and is not delivered. `'text'`: the text.
   */
  parse?: 'auto' | 'json' | 'text' | ((text: string, event: SSEEvent) => unknown)
  /** The end of the stream, e.g. `'[DONE]'`: closes with reason `'done'`; the mark itself is not delivered. */
  until?: string | ((event: SSEEvent) => boolean)
  /**
   * Throw to refuse a response. Default: status 200 and `text/event-stream` are required. Not asked about 204, 408, 425,
   * 429 and 5xx, which mean what they always mean.
   */
  validate?: (response: Response) => void | Promise<void>
  /** Default: `'always'` for GET and HEAD, `'on-error'` for the rest. */
  reconnect?: 'always' | 'on-error' | 'never'
  /** Consecutive reconnects before giving up. Default: Infinity. */
  maxReconnects?: number
  backoff?: SSEBackoff
  /**
   * Overrules what is retried: `true` retries, `false` gives up, a number retries after so many ms. Not asked when a
   * request other than GET or HEAD has lost its stream and there is no event id to resume from: that is never repeated.
   */
  shouldRetry?: (error: SSEError, ctx: Attempt) => boolean | number | undefined
  /** ms until the response is accepted, including the callbacks for headers and body. Default: 30000; 0: no limit. */
  connectTimeout?: number
  /** To start from. Default: `''`. */
  lastEventId?: string
  /** Bytes a line, or an event in all, may have; beyond it `'too-large'`, fatal. Default: 16 MiB. */
  maxEventBytes?: number
  /** `true` logs to the console: what happened, and never headers, bodies or URLs. */
  debug?: boolean | ((entry: object) => void)
}

/** Times in ms. */
export interface SSEBackoff {
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
  /** Attempts begun. */
  attempts: number
  /** Streams opened after the first one. */
  reconnects: number
  /** When the stream was last opened, in ms as `performance.now()` counts. */
  connectedAt?: number
  /** When the last byte arrived, likewise. */
  lastByteAt?: number
}

/** Why an attempt failed. Only the client makes them. */
export class SSEError extends Error {
  private constructor()
  readonly code: 'network' | 'status' | 'content-type' | 'timeout' | 'parse' | 'too-large' | 'aborted' | 'callback'
  /** The status of the response, where there was one. */
  readonly status?: number
  /** Of a kind that another attempt may mend. */
  readonly retryable: boolean
  /** The attempt that failed: 0 for a fresh request, n for the nth consecutive reconnect. */
  readonly attempt: number
  /** The first 64 KiB of an error response. */
  readonly body?: string
  readonly cause?: unknown
}
