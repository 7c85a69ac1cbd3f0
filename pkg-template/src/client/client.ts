// The class `SSEClient`: what applications see. It only passes on to its connection.

import { INPUT_PAUSE, INPUT_RESUME } from '../generated/session.ts'
import { Connection } from './connection.ts'
import { type Engine, setLoad, start } from './engine.ts'
import { streamOf } from './iterators.ts'
import type { SSEClientOptions } from './options.ts'
import { settingsOf } from './settings.ts'
import type { SSEEvent, SSEEventIterator, SSELifecycleEvents, SSEState, SSEStats, URLSource } from './types.ts'

/**
 * Sets how to get the engine, and returns the class that will do so when the first client is made.
 * @internal
 */
export function provide(how: () => Engine): typeof SSEClient {
  setLoad(how)
  return SSEClient
}

const READY_STATE = { idle: 2, connecting: 0, reconnecting: 0, open: 1, paused: 1, closed: 2 } as const

const NOTHING: readonly SSEEvent[] = Object.freeze([])

// The same as in TypeScript's library `esnext.disposable`, for programs that do not load it, and for TypeScript before 5.2.
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
  interface Disposable {
    [Symbol.dispose](): void
  }
}

// Where there is no `Symbol.dispose`, compilers of `using` take this symbol.
const dispose: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for('Symbol.dispose')) as any

/**
 * A client for server-sent events over `fetch`. Nothing is requested before {@link SSEClient.connect}.
 *
 * `Events` maps each type of events to the type of its data. It may be an interface.
 */
export class SSEClient<Events extends object = any> {
  #connection: Connection

  /**
   * Minifiers would give the class another name, in this package and in applications.
   * @internal
   */
  static name = 'SSEClient'

  /**
   * @param url absolute, or relative to the page or worker
   * @throws TypeError for a wrong URL or option, naming it, what was given and what is accepted
   */
  constructor(url: URLSource, options?: SSEClientOptions) {
    this.#connection = new Connection(settingsOf(url, options), start())
  }

  /**
   * Connects. Resolves when the stream is first open (at once if it is); rejects with an {@link SSEError} if the client
   * closes before. It need not be awaited: it never raises `unhandledrejection`.
   *
   * After a close, a GET or HEAD resumes after `lastEventId`; any other method starts anew, from `options.lastEventId`.
   */
  connect(): Promise<void> {
    return this.#connection.connect()
  }

  /**
   * Ends the connection, or the wait for one, until `connect()` or `reconnect()` is called. No event is delivered afterwards,
   * and iterators end. If the reason is an `Error`, `close` carries that same object, and iterators and `stream()` throw it.
   */
  disconnect(reason?: unknown): void {
    this.#connection.disconnect(reason)
  }

  /** The same as {@link disconnect}. */
  close(reason?: unknown): void {
    this.disconnect(reason)
  }

  /**
   * A new attempt now, whatever the state, with a fresh attempt count and keeping `lastEventId`. If a request is given up
   * for it, the next one is sent 100 ms later, so that the server never has two.
   */
  reconnect(): Promise<void> {
    return this.#connection.reconnect()
  }

  /**
   * Stops reading and delivering, whatever the state: what the server sends stays in its own socket, and memory stays
   * bounded. Holds until `resume()` or the end of the connection, for later streams as well. In a listener it holds back
   * even what was received together with the current event.
   *
   * Firefox takes a stream from the network even if the page does not read it. There the client keeps 1 MiB; beyond it a
   * GET whose stream carried an event id is closed, and reopened after the last event delivered (unless `reconnect` is
   * `'unprocessed'` or `'never'`). Anything else piles up in the browser.
   */
  pause(): void {
    this.#connection.driver.handle(INPUT_PAUSE)
  }

  /** Reads and delivers again after {@link pause}. */
  resume(): void {
    this.#connection.driver.handle(INPUT_RESUME)
  }

  /**
   * Listens to server events of a type (`'message'` is the type of events without one), to all of them (`'*'`), or to a
   * lifecycle event. `'event:NAME'` is the server's NAME even if it is a lifecycle event's.
   *
   * Listeners run in order of registration. If one throws, the error is reported through `reportError`, and the others
   * still run.
   * @returns a function that removes the listener
   */
  on<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  on(type: string, listener: Listener): () => void {
    return this.#connection.listeners.add(type, listener, false)
  }

  /** Like {@link on}, for one event. */
  once<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  once(type: string, listener: Listener): () => void {
    return this.#connection.listeners.add(type, listener, true)
  }

  /** Removes one registration of a listener, all listeners of a type, or (without arguments) all there are. */
  off(type?: string, listener?: Function): void {
    this.#connection.listeners.remove(type, listener as Listener | undefined)
  }

  /** Dispatches locally, as if the server had sent it. @returns whether anything listened */
  emit(type: string, data?: unknown): boolean {
    return this.#connection.emitter.emitLocally(String(type), data)
  }

  /** The absolute URL. If the URL is a function: the URL of the last request, `''` before the first. */
  get url(): string {
    return this.#connection.settings.url
  }

  get state(): SSEState {
    return this.#connection.state
  }

  /** As in `EventSource`: 0 connecting or reconnecting, 1 open or paused, 2 closed or not yet connected. */
  get readyState(): 0 | 1 | 2 {
    return READY_STATE[this.state]
  }

  /**
   * The last event ID in effect, `''` if none (the standard, 9.2.6). The next attempt sends it as `Last-Event-ID`, unless it
   * is only white space, has more than 4096 bytes in UTF-8, or (in Node) has control characters, which Node refuses in headers.
   */
  get lastEventId(): string {
    return this.#connection.lastEventId
  }

  /** Consecutive reconnects so far; falls to 0 when the stream has been open for `backoff.stableAfter` ms. */
  get retryCount(): number {
    return this.#connection.driver.retryCount
  }

  /** The last `options.history` server events, oldest first; empty by default. A copy, frozen. */
  get history(): readonly SSEEvent[] {
    return this.#connection.history?.events ?? NOTHING
  }

  stats(): SSEStats {
    return this.#connection.stats
  }

  /**
   * All server events from now on, one by one: `for await (const event of client)`. While the consumer is busy nothing is
   * delivered or read, so the server waits for it; several iterators share the connection and each sees every event.
   * (For Firefox see {@link pause}.)
   *
   * Connects if nothing was asked for yet. Ends when the client closes; throws the error that `close` carries: an
   * {@link SSEError} if the reason is `'fatal'` or `'max-reconnects'`, or the `Error` given to `until` or `disconnect()`. Leaving the loop disconnects, if no other iterator is left. On a closed client it
   * ends at once.
   */
  [Symbol.asyncIterator](): SSEEventIterator {
    return this.#connection.iterators.iterate()
  }

  /** The same as a stream. Cancelling it is leaving the loop. */
  stream(): ReadableStream<SSEEvent> {
    return streamOf(this.#connection.iterators.iterate())
  }

  /** Disconnects, at the end of a `using` block. */
  [dispose](): void {
    this.disconnect()
  }

  /**
   * Objects without a tag become proxies in Vue, and a proxy has no private fields. The prototype itself must have no tag, because
   * Jest's automock leaves out the methods of a prototype with one.
   * @internal
   */
  get [Symbol.toStringTag](): string | undefined {
    return #connection in this ? 'SSEClient' : undefined
  }
}

type Listener = (data: any, event: SSEEvent) => void
