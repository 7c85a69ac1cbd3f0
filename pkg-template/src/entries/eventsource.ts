// `EventSource` of the HTML standard (§ 9.2), on an `SSEClient`. Its defaults are those of the standard. A given option overrides
// them.

import type { SSEClient as Client } from '../client/client.ts'
import type { SSEError } from '../client/error.ts'
import type { SSEClientOptions } from '../client/options.ts'
import type { InternalOptions } from '../client/settings.ts'
import type { SSECloseReason } from '../client/types.ts'
import { fieldsOf, HEADS_ONLY } from './core.js'
import { SSEClient } from './index.js'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 2

/** The reconnection time in ms, until the stream sets another one. The standard leaves the choice to us; browsers use 3 or 5 s. */
const RECONNECTION_TIME = 3000

// Taken from `EventTarget`, because the types of servers have that as well as those of browsers.
type Listener = NonNullable<Parameters<EventTarget['addEventListener']>[1]>
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2]

/**
 * The `EventSource` of the HTML standard (§ 9.2) over `fetch`: a replacement for the browser's own class, with the options of
 * `SSEClient`. Without options it does what the standard says. If the connection is lost, it reconnects after the reconnection time,
 * which does not grow: 3000 ms, or what the stream's `retry:` sets. A status other than 200, and a content type other than
 * `text/event-stream`, close it for good.
 *
 * It differs from the browser's class:
 * - Its events have `isTrusted` false.
 * - Events that arrive together are dispatched one after another in the same task.
 * - A URL must not contain a user name or password, and its query is always encoded as UTF-8.
 * - When the network is back, it reconnects at once.
 */
export class EventSource extends EventTarget {
  declare static readonly CONNECTING: 0
  declare static readonly OPEN: 1
  declare static readonly CLOSED: 2
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSED: 2

  #url: string
  #withCredentials: boolean
  #readyState = CONNECTING
  #client: Client
  #open = new Handler(this, 'open')
  #message = new Handler(this, 'message')
  #error = new Handler(this, 'error')

  // Not in a `static {}` block, which React Native's Metro cannot parse.
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: only its initializer matters.
  static #interface = defineInterface(EventSource)

  /**
   * Sends the request in a microtask, so listeners that are added right after the constructor get every event.
   *
   * @param url absolute, or relative to the page or worker (in Node it must be absolute)
   * @param options see {@link EventSourceOptions} for their defaults
   * @throws DOMException "SyntaxError" for a URL that cannot be parsed
   * @throws TypeError for a URL that `fetch` does not accept (such as `localhost:3000/events`, or one with a password), and for
   *   a wrong option. The message says what was given and what it must be.
   */
  constructor(url: string | URL, options: EventSourceOptions | null = {}) {
    super()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the number of parameters, which WebIDL fixes.
    if (arguments.length === 0) throw new TypeError('EventSource: the first argument is missing; it must be a URL')
    const text = `${url}`
    const given: EventSourceOptions = options ?? {}
    if (typeof given !== 'object' && typeof given !== 'function') {
      throw new TypeError(`EventSource: options: a ${typeof given} was given; it must be an object`)
    }
    this.#withCredentials = Boolean(given.withCredentials)
    this.#url = absolute(text)
    this.#client = new SSEClient(this.#url, clientOptions(given, this.#withCredentials))
    this.#connect(this.#client)
  }

  /** The absolute URL of the request. Redirects do not change it. */
  get url(): string {
    return this.#url
  }

  /** Whether the option `withCredentials` is true. */
  get withCredentials(): boolean {
    return this.#withCredentials
  }

  /** CONNECTING (0), also while it waits for a reconnect; OPEN (1); or CLOSED (2), for good. */
  get readyState(): number {
    return this.#readyState
  }

  /** Called when a stream opens, the first one or after a reconnect. */
  get onopen(): ((this: EventSource, event: Event) => any) | null {
    return this.#open.callback
  }

  set onopen(callback: ((this: EventSource, event: Event) => any) | null) {
    this.#open.callback = callback
  }

  /** Called for events of the type `message`, which events without a type have. For other types use `addEventListener(type, …)`. */
  get onmessage(): ((this: EventSource, event: MessageEvent) => any) | null {
    return this.#message.callback
  }

  set onmessage(callback: ((this: EventSource, event: MessageEvent) => any) | null) {
    this.#message.callback = callback
  }

  /** Called when the stream is lost or has ended. `readyState` is 0 if it reconnects, or else 2. `event.error` says what failed. */
  get onerror(): ((this: EventSource, event: EventSourceErrorEvent) => any) | null {
    return this.#error.callback
  }

  set onerror(callback: ((this: EventSource, event: EventSourceErrorEvent) => any) | null) {
    this.#error.callback = callback
  }

  /** Closes the connection for good. No event is dispatched afterwards, not even one that has arrived already. */
  close(): void {
    this.#readyState = CLOSED
    this.#client.disconnect()
  }

  #connect(client: Client): void {
    client.on('*', (data, { type, origin, lastEventId }) => {
      super.dispatchEvent(new MessageEvent(type, { data, origin, lastEventId }))
    })
    client.on('open', () => {
      this.#readyState = OPEN
      super.dispatchEvent(new Event('open'))
    })
    client.on('error', (error) => {
      // The error that closes the client comes with `close` too. An event that could not be parsed does not change the connection.
      if (client.state === 'closed') return
      if (error.code === 'parse') this.#dispatchError(error)
      else this.#reestablish(error)
    })
    client.on('state', ({ state }) => {
      // A reconnect without an error: the server has ended the stream, or the page enters the back/forward cache.
      if (state === 'reconnecting' && this.#readyState === OPEN) this.#reestablish()
    })
    client.on('close', ({ reason, error }) => this.#fail(reason, error))
    client.connect()
  }

  #reestablish(error?: Error): void {
    this.#readyState = CONNECTING
    this.#dispatchError(error)
  }

  #fail(reason: SSECloseReason, error: Error | undefined): void {
    if (this.#readyState === CLOSED) return
    this.#readyState = CLOSED
    // Aborting the signal is the same as `close()`.
    if (reason !== 'aborted') this.#dispatchError(error)
  }

  /** The field `error` is an addition to the standard's event. */
  #dispatchError(error: Error | undefined): void {
    super.dispatchEvent(Object.assign(new Event('error'), { error }))
  }
}

/** The methods of `EventTarget`, with the types of the events. */
export interface EventSource {
  addEventListener<K extends keyof EventSourceEventMap>(
    type: K,
    listener: (this: EventSource, event: EventSourceEventMap[K]) => any,
    options?: ListenerOptions,
  ): void
  addEventListener(type: string, listener: (this: EventSource, event: MessageEvent) => any, options?: ListenerOptions): void
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

/** The `error` event, with a field that the standard does not have. */
export interface EventSourceErrorEvent extends Event {
  /**
   * Why the connection failed: an `SSEError`, or the same error that `until` returned or threw. Undefined if nothing failed: the
   * server ended the stream or answered 204, `until` found the mark, or the page entered the back/forward cache.
   *
   * It has a `body` only with the code `'format'`. By the standard, any other refused response closes the connection as soon as its
   * head arrives (HTML § 9.2.3), so its body is not read. Use `SSEClient` to read the body of an error response.
   */
  readonly error?: Error & Partial<SSEError>
}

/**
 * All options of `SSEClient`. A given option overrides the standard. The defaults are those of the standard:
 * - `connectTimeout`: 0, no limit.
 * - `backoff`: `{ initial: 3000, factor: 1, jitter: 0 }`. Each of the three can be given alone.
 * - `shouldRetry`: no status is retried.
 * - `parse`: `'text'`.
 *
 * Beyond the standard, a line or an event of more than `maxEventBytes` (default: 16 MiB) closes the connection, with `error.code`
 * `'too-large'`.
 *
 * Aborting `signal` has the same effect as `close()`: no event is dispatched. Every other end of the connection is an `error` event
 * with `readyState` CLOSED.
 *
 * A request other than GET and HEAD that may have reached the server is not repeated, as with `SSEClient`. Any failure is then an
 * `error` event with `readyState` CLOSED. To repeat the request, set `reconnect` to `'on-error'` or `'always'`, set a
 * `maxReconnects` above 0, or return true or a delay in ms from `shouldRetry`.
 */
export interface EventSourceOptions extends SSEClientOptions {
  /** Whether cookies are sent to other origins too, as by `credentials: 'include'`. Default: false. */
  withCredentials?: boolean | undefined
}

/**
 * An event handler attribute (HTML § 8.1.8.1). Its place among the listeners is fixed when it changes from null to a callback. A
 * value that is not an object counts as null. An object that cannot be called is kept, and has no effect (WebIDL,
 * [LegacyTreatNonObjectAsNull]).
 */
class Handler {
  #target: EventSource
  #type: string
  #callback: any = null

  constructor(target: EventSource, type: string) {
    this.#target = target
    this.#type = type
  }

  get callback(): any {
    return this.#callback
  }

  set callback(given: any) {
    this.#callback = typeof given === 'function' || typeof given === 'object' ? given : null
    // The methods of the prototype, because the application may have replaced those of the object.
    const { addEventListener, removeEventListener } = EventTarget.prototype
    const change = this.#callback ? addEventListener : removeEventListener
    change.call(this.#target, this.#type, this)
  }

  handleEvent(event: Event): void {
    if (typeof this.#callback !== 'function') return
    const answer = this.#callback.call(this.#target, event)
    if (answer === false) event.preventDefault()
  }
}

/** The absolute URL, resolved against the page or the worker's script. On a server there is nothing to resolve against. */
function absolute(url: string): string {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href
  } catch {
    throw new DOMException('EventSource: the URL cannot be parsed', 'SyntaxError')
  }
}

/** The options of the client: the given ones, and the defaults of the standard. */
function clientOptions(given: EventSourceOptions, withCredentials: boolean): SSEClientOptions {
  const options = fieldsOf(given) as InternalOptions & EventSourceOptions
  // By the standard, an error response closes the connection as soon as its head arrives (§ 9.2.3).
  options[HEADS_ONLY] = true
  delete options.withCredentials
  // If it is false, `credentials` is not set: `fetch` has the same default, and the `fetch` of some servers does not know the
  // field.
  if (withCredentials) options.credentials ??= 'include'
  options.parse ??= 'text'
  options.connectTimeout ??= 0
  options.backoff = constantBackoff(options.backoff ?? {})
  options.shouldRetry = shouldRetryOf(options)
  return options
}

/** The option `backoff` with the defaults of the standard: all delays are equal. */
function constantBackoff(given: any): any {
  // A wrong value is passed on, because the client throws an error that says what is wrong.
  if (typeof given !== 'object' || Array.isArray(given)) return given
  const backoff: any = fieldsOf(given)
  // biome-ignore lint/complexity/useMathMinMax: `max` may be missing or wrong.
  backoff.initial ??= backoff.max < RECONNECTION_TIME ? backoff.max : RECONNECTION_TIME
  backoff.factor ??= 1
  backoff.jitter ??= 0
  return backoff
}

/** The option `shouldRetry` with the default of the standard: no status is retried. */
function shouldRetryOf({ shouldRetry, reconnect, method, body }: SSEClientOptions): SSEClientOptions['shouldRetry'] {
  if (shouldRetry && typeof shouldRetry !== 'function') return shouldRetry
  // An empty body is a body too.
  const isSafe = /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  const retriesEnds = (reconnect ?? (isSafe && 'always')) === 'always'
  return (error, context) => shouldRetry?.(error, context) ?? byStandard(error, retriesEnds)
}

function byStandard({ code }: SSEError, retriesEnds: boolean): boolean | undefined {
  if (code === 'status') return false
  // By the standard, a response without events is a stream that has ended, whatever text it contains.
  return code === 'format' && retriesEnds ? true : undefined
}

/** Changes the class to what WebIDL requires of an interface. */
function defineInterface(EventSource: any): void {
  const { prototype } = EventSource
  for (const target of [EventSource, prototype]) {
    for (const [name, value] of Object.entries({ CONNECTING, OPEN, CLOSED })) {
      Object.defineProperty(target, name, { value, enumerable: true })
    }
  }
  for (const name of ['url', 'withCredentials', 'readyState', 'onopen', 'onmessage', 'onerror', 'close']) {
    Object.defineProperty(prototype, name, { enumerable: true })
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: 'EventSource', configurable: true })
  // Minifiers would give the class another name.
  Object.defineProperty(EventSource, 'name', { value: 'EventSource', configurable: true })
}
