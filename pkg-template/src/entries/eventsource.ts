// `EventSource` as the HTML standard has it (§ 9.2), on an `SSEClient`. Where the two have other defaults, the standard's apply. An
// option that is given applies instead of either.

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

/** The reconnection time in ms, until the stream sets another one. The standard leaves the choice to us; browsers have 3 or 5 s. */
const RECONNECTION_TIME = 3000

// By way of `EventTarget`, which servers' types have as well as those of browsers.
type Listener = NonNullable<Parameters<EventTarget['addEventListener']>[1]>
type ListenerOptions = Parameters<EventTarget['addEventListener']>[2]

/**
 * The `EventSource` of the HTML standard (§ 9.2) over `fetch`: a drop-in for the browser's own, with the options of
 * `SSEClient`. Without options it does what the standard says: a connection that is lost is asked for again after the
 * reconnection time (3000 ms, or what the stream's `retry:` says), always the same; 204, any other status than 200, and any
 * other type than `text/event-stream` close it for good.
 *
 * It differs from the browser's in that its events have `isTrusted` false; that events which arrive together are dispatched
 * one after another in the same task; that a URL cannot hold a user name or password, and its query is always encoded as
 * UTF-8; and that what comes back online asks again at once.
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
   * @param url absolute, or relative to the page or worker (in Node there is nothing to be relative to)
   * @throws DOMException "SyntaxError" for a URL that cannot be parsed
   * @throws TypeError for a URL that `fetch` does not take (such as `localhost:3000/events`, or with a password in it), and for
   *   a wrong option; the message says what was given and what it must be
   */
  constructor(url: string | URL, options: EventSourceOptions | null = {}) {
    super()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the number of parameters, which WebIDL fixes.
    if (arguments.length === 0) throw new TypeError('EventSource: nothing was given; the first argument is a URL')
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

  /** The absolute URL; that of the first request, if there were redirects. */
  get url(): string {
    return this.#url
  }

  /** Whether the option was given. */
  get withCredentials(): boolean {
    return this.#withCredentials
  }

  /** CONNECTING (0), also while it waits to reconnect; OPEN (1); or CLOSED (2), for good. */
  get readyState(): number {
    return this.#readyState
  }

  /** A stream was opened, the first one or another one. */
  get onopen(): ((this: EventSource, event: Event) => any) | null {
    return this.#open.callback
  }

  set onopen(callback: ((this: EventSource, event: Event) => any) | null) {
    this.#open.callback = callback
  }

  /** An event without a type of its own. For the others use `addEventListener(type, …)`. */
  get onmessage(): ((this: EventSource, event: MessageEvent) => any) | null {
    return this.#message.callback
  }

  set onmessage(callback: ((this: EventSource, event: MessageEvent) => any) | null) {
    this.#message.callback = callback
  }

  /** The stream was lost or is over: `readyState` says whether it reconnects (0) or not (2), `event.error` why. */
  get onerror(): ((this: EventSource, event: EventSourceErrorEvent) => any) | null {
    return this.#error.callback
  }

  set onerror(callback: ((this: EventSource, event: EventSourceErrorEvent) => any) | null) {
    this.#error.callback = callback
  }

  /** Ends the connection for good. Nothing is dispatched any more, not even what has arrived already. */
  close(): void {
    this.#readyState = CLOSED
    this.#client.disconnect()
  }

  /** The request is sent in a microtask, so listeners that are added right after the constructor get every event. */
  #connect(client: Client): void {
    client.on('*', (data, { type, origin, lastEventId }) => {
      super.dispatchEvent(new MessageEvent(type, { data, origin, lastEventId }))
    })
    client.on('open', () => {
      this.#readyState = OPEN
      super.dispatchEvent(new Event('open'))
    })
    client.on('error', (error) => {
      // The last error comes with `close`. An event that could not be parsed does not change the connection.
      if (client.state === 'closed') return
      if (error.code === 'parse') this.#dispatchError(error)
      else this.#reestablish(error)
    })
    client.on('state', ({ state }) => {
      // There need not be an error: the server ends a stream, a page goes into the back/forward cache.
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

  /** The field `error` is our addition to the standard's event. */
  #dispatchError(error: Error | undefined): void {
    super.dispatchEvent(Object.assign(new Event('error'), { error }))
  }
}

/** The methods of `EventTarget`, which know the types of the events. */
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

/** What `error` events carry beyond the standard. */
export interface EventSourceErrorEvent extends Event {
  /**
   * Why the connection failed: an `SSEError`, or the same error that `until` returned or threw. Undefined when nothing
   * failed: the server ended the stream or answered 204, `until` found the end, the page went into the back/forward cache.
   *
   * It has a `body` only with the `code` `'format'`, where the body is the stream itself. By the standard any other failed
   * response ends the connection as soon as its head arrives (§ 9.2.3), so its body is not read. Use `SSEClient` to read the
   * body of an error response.
   */
  readonly error?: Error & Partial<SSEError>
}

/**
 * All options of `SSEClient`. An option that is given wins over the standard. The defaults are those of the standard:
 * `connectTimeout` 0 (no limit); `backoff` `{ initial: 3000, factor: 1, jitter: 0 }`, each of which can be given alone; no
 * status is retried, unless `shouldRetry` says so; `parse` `'text'`. Beyond the standard, a line or an event of more than
 * `maxEventBytes` (16 MiB by default) closes the connection, with `error.code` `'too-large'`.
 *
 * Aborting `signal` is the same as `close()`: no event is dispatched. Every other end is an `error` event with `readyState`
 * CLOSED.
 *
 * When a request other than GET and HEAD may have reached the server, it is not repeated, as with `SSEClient`: any failure is
 * then an `error` event with `readyState` CLOSED. To have it repeated, set `reconnect` to `'on-error'` or `'always'`, set a
 * `maxReconnects` above 0, or return true or a delay in ms from `shouldRetry`.
 */
export interface EventSourceOptions extends SSEClientOptions {
  /** Whether other origins get cookies as well: the same as `credentials: 'include'`. Default: false. */
  withCredentials?: boolean | undefined
}

/**
 * An event handler attribute (HTML § 8.1.8.1). It has the place among the listeners that it got when it was set while it was
 * null. What is no object counts as null, and an object that cannot be called is kept and does nothing (WebIDL,
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
    // Not a method of the application's that may have taken its place.
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

/** The URL, resolved against the page or the worker's script; a server has nothing to resolve against. */
function absolute(url: string): string {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href
  } catch {
    throw new DOMException('EventSource: the URL cannot be parsed', 'SyntaxError')
  }
}

/** The options of the client: what was given, and for the rest what the standard says. */
function clientOptions(given: EventSourceOptions, withCredentials: boolean): SSEClientOptions {
  const options = fieldsOf(given) as InternalOptions & EventSourceOptions
  // By the standard an error response ends the connection by its head alone (§ 9.2.3).
  options[HEADS_ONLY] = true
  delete options.withCredentials
  // Otherwise the option is left out: `fetch` has the same default, and some servers' `fetch` does not know the option.
  if (withCredentials) options.credentials ??= 'include'
  options.parse ??= 'text'
  options.connectTimeout ??= 0
  options.backoff = constantBackoff(options.backoff ?? {})
  options.shouldRetry = shouldRetryOf(options)
  return options
}

/** Every wait is as long as the one before, unless the application wants it otherwise. */
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

/** No status is retried, unless the application's `shouldRetry` says so. */
function shouldRetryOf({ shouldRetry, reconnect, method, body }: SSEClientOptions): SSEClientOptions['shouldRetry'] {
  if (shouldRetry && typeof shouldRetry !== 'function') return shouldRetry
  // A body may be empty.
  const isSafe = /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  const retriesEnds = (reconnect ?? (isSafe && 'always')) === 'always'
  return (error, context) => shouldRetry?.(error, context) ?? byStandard(error, retriesEnds)
}

function byStandard({ code }: SSEError, retriesEnds: boolean): boolean | undefined {
  if (code === 'status') return false
  // By the standard a response without events, whatever text it holds, is a stream that has ended.
  return code === 'format' && retriesEnds ? true : undefined
}

/** What WebIDL requires of an interface, where a class differs from that. */
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
  // Minifiers give the class another one.
  Object.defineProperty(EventSource, 'name', { value: 'EventSource', configurable: true })
}
