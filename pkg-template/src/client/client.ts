// The class `SSEClient`: what applications see. Each method calls the connection.

import { INPUT_PAUSE, INPUT_RESUME } from '../generated/session.ts'
import { Connection } from './connection.ts'
import { type Engine, setLoad, start } from './engine.ts'
import { streamOf } from './iterators.ts'
import type { SSEClientOptions } from './options.ts'
import { settingsOf } from './settings.ts'
import type { SSEEvent, SSEEventIterator, SSELifecycleEvents, SSEState, SSEStats, URLSource } from './types.ts'

/**
 * Sets the function that gets the engine, and returns the class, which calls that function when the first client is created.
 * @internal
 */
export function provide(how: () => Engine | Promise<Engine>): typeof SSEClient {
  setLoad(how)
  return SSEClient
}

const READY_STATE = { idle: 2, connecting: 0, reconnecting: 0, open: 1, paused: 1, closed: 2 } as const

const NOTHING: readonly SSEEvent[] = Object.freeze([])

// Copied from TypeScript's library `esnext.disposable`, for programs that do not load it, and for TypeScript before 5.2.
declare global {
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
  interface Disposable {
    [Symbol.dispose](): void
  }
}

// If there is no `Symbol.dispose`, compilers use this symbol for `using`.
const dispose: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for('Symbol.dispose')) as any

/**
 * A client for server-sent events over `fetch`. It sends no request before {@link SSEClient.connect} is called.
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
   * @param url absolute, or relative to the page or worker, or a function that returns such a URL for every attempt
   * @param options see {@link SSEClientOptions} for their units and defaults
   * @throws TypeError for a wrong URL or option. The message names it, the given value, and what is accepted.
   */
  constructor(url: URLSource, options?: SSEClientOptions) {
    this.#connection = new Connection(settingsOf(url, options), start)
  }

  /**
   * Connects. If the client is connecting or connected already, this only returns a promise. The promise resolves when the stream
   * is open, and rejects with an {@link SSEError} if the client closes before. You need not await it: it never raises
   * `unhandledrejection`.
   *
   * After a close, a GET or HEAD resumes after `lastEventId`. Any other method starts again from `options.lastEventId`.
   */
  connect(): Promise<void> {
    return this.#connection.connect()
  }

  /**
   * Closes the connection, or cancels the wait for one, until `connect()` or `reconnect()` is called. No event is delivered
   * afterwards, and iterators end. If the reason is an `Error`, the event `close` carries that same object, and iterators and
   * `stream()` throw it.
   */
  disconnect(reason?: unknown): void {
    this.#connection.disconnect(reason)
  }

  /** The same as {@link disconnect}. */
  close(reason?: unknown): void {
    this.disconnect(reason)
  }

  /**
   * Makes a new attempt at once, in every state. The count of reconnects is 0 again, and `lastEventId` is kept. If this cancels a
   * request, the new one is sent 100 ms later: the server never has two. Returns a promise as {@link connect} does.
   */
  reconnect(): Promise<void> {
    return this.#connection.reconnect()
  }

  /**
   * Stops reading and delivering, in every state, until `resume()` is called or the connection is closed. Streams that open later
   * are paused too. The server has to wait, and memory stays bounded. If a listener calls this, events that were received together
   * with the current one are not delivered either.
   *
   * Firefox receives a stream even if the page does not read it. There the client keeps up to 1 MiB. If more arrives, the client
   * closes the stream of a GET that carried an event id, and reopens it after the last delivered event (unless `reconnect` is
   * `'unprocessed'` or `'never'`). Any other stream fills the memory of the browser.
   */
  pause(): void {
    this.#connection.driver.handle(INPUT_PAUSE)
  }

  /** Reads and delivers again after {@link pause}. */
  resume(): void {
    this.#connection.driver.handle(INPUT_RESUME)
  }

  /**
   * Adds a listener for server events of a type (`'message'` is the type of events that have none), for all server events
   * (`'*'`), or for a lifecycle event. If the type of a server event is also the name of a lifecycle event, use `'event:NAME'`.
   *
   * Listeners are called in order of registration. If one throws, the error is reported through `reportError`, and the others
   * are still called.
   * @returns a function that removes the listener
   * @throws TypeError if the type is not a string or the listener not a function
   */
  on<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  on(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  on(type: string, listener: Listener): () => void {
    return this.#connection.listeners.add(type, listener, false)
  }

  /** Like {@link on}, but the listener is removed before its first call. */
  once<T extends keyof SSELifecycleEvents>(type: T, listener: (data: SSELifecycleEvents[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: T, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once<T extends keyof Events & string>(type: `event:${T}`, listener: (data: Events[T], event: SSEEvent) => void): () => void
  once(type: '*', listener: (data: Events[keyof Events], event: SSEEvent) => void): () => void
  once(type: string, listener: Listener): () => void {
    return this.#connection.listeners.add(type, listener, true)
  }

  /**
   * Removes a listener from a type, or all listeners of a type, or (without arguments) all listeners. If the same function was
   * added several times, the last registration is removed.
   */
  off(type?: string, listener?: Function): void {
    this.#connection.listeners.remove(type, listener as Listener | undefined)
  }

  /** Calls the listeners of an event, as if the server had sent it. Nothing is sent. @returns whether it has a listener */
  emit(type: string, data?: unknown): boolean {
    return this.#connection.emitter.emitLocally(String(type), data)
  }

  /** The absolute URL. If a function was given: the URL of the last request, `''` before the first. */
  get url(): string {
    return this.#connection.settings.url
  }

  /** The state of the connection. The event `state` reports every change. */
  get state(): SSEState {
    return this.#connection.state
  }

  /** As in `EventSource`: 0 connecting or reconnecting, 1 open or paused, 2 closed or not yet connected. */
  get readyState(): 0 | 1 | 2 {
    return READY_STATE[this.state]
  }

  /**
   * The last event ID of the stream, `''` if there is none (HTML § 9.2.6). The next attempt sends it as `Last-Event-ID`, unless
   * it is only white space, has more than 4096 bytes in UTF-8, or (in Node) contains control characters, which Node refuses in
   * headers.
   */
  get lastEventId(): string {
    return this.#connection.lastEventId
  }

  /** The number of reconnects in a row. It is 0 again when the stream has been open for `backoff.stableAfter` ms. */
  get retryCount(): number {
    return this.#connection.driver.retryCount
  }

  /** The last `options.history` server events, oldest first, in a frozen copy. Empty by default. */
  get history(): readonly SSEEvent[] {
    return this.#connection.history?.events ?? NOTHING
  }

  /** Returns counts and times of this client. */
  stats(): SSEStats {
    return this.#connection.stats
  }

  /**
   * Iterates over all server events from now on: `for await (const event of client)`. While the body of the loop runs, the client
   * reads nothing more, so the server has to wait. (For Firefox see {@link pause}.) Several iterators share the connection, and
   * each gets every event.
   *
   * If `connect()` was not called yet, the iterator connects. It ends when the client closes. It throws the error that the event
   * `close` carries: an {@link SSEError} if the reason is `'fatal'` or `'max-reconnects'`, or the `Error` that `until` returned or
   * threw, or that was passed to `disconnect()`. On a closed client it does so at once. When the last loop is left, the client disconnects.
   */
  [Symbol.asyncIterator](): SSEEventIterator {
    return this.#connection.iterators.iterate()
  }

  /** Returns a stream of the same events as `for await`. Cancelling it has the same effect as leaving the loop. */
  stream(): ReadableStream<SSEEvent> {
    return streamOf(this.#connection.iterators.iterate())
  }

  /** Disconnects. Called at the end of a block that has the client in a `using` declaration. */
  [dispose](): void {
    this.disconnect()
  }

  /**
   * Vue wraps objects without a tag in proxies, and a proxy has no private fields. The prototype itself must have no tag, because
   * Jest's automock leaves out the methods of a prototype that has one.
   * @internal
   */
  get [Symbol.toStringTag](): string | undefined {
    return #connection in this ? 'SSEClient' : undefined
  }
}

type Listener = (data: any, event: SSEEvent) => void
