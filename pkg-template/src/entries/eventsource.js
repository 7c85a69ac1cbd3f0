// `EventSource` as the HTML standard has it (§ 9.2), on an `SSEClient`: where the two differ in what they do by default, the
// standard wins, and whatever option is given explicitly wins over both.

import { fieldsOf, HEADS_ONLY } from './core.js'
import { SSEClient } from './index.js'

const CONNECTING = 0
const OPEN = 1
const CLOSED = 2

/** The reconnection time in ms, until the stream sets another one. The standard leaves the choice to us; browsers have 3 or 5 s. */
const RECONNECTION_TIME = 3000

export class EventSource extends EventTarget {
  #url
  #withCredentials
  #readyState = CONNECTING
  #client
  #open = new Handler(this, 'open')
  #message = new Handler(this, 'message')
  #error = new Handler(this, 'error')

  // Not in a `static {}` block, which React Native's Metro cannot parse.
  static #interface = defineInterface(EventSource)

  constructor(url, options = {}) {
    super()
    if (arguments.length === 0) throw new TypeError('EventSource: nothing was given; the first argument is a URL')
    const text = `${url}`
    const given = options ?? {}
    if (typeof given !== 'object' && typeof given !== 'function') {
      throw new TypeError(`EventSource: options: a ${typeof given} was given; it must be an object`)
    }
    this.#withCredentials = Boolean(given.withCredentials)
    this.#url = absolute(text)
    this.#client = new SSEClient(this.#url, clientOptions(given, this.#withCredentials))
    this.#connect(this.#client)
  }

  get url() {
    return this.#url
  }

  get withCredentials() {
    return this.#withCredentials
  }

  get readyState() {
    return this.#readyState
  }

  get onopen() {
    return this.#open.callback
  }

  set onopen(callback) {
    this.#open.callback = callback
  }

  get onmessage() {
    return this.#message.callback
  }

  set onmessage(callback) {
    this.#message.callback = callback
  }

  get onerror() {
    return this.#error.callback
  }

  set onerror(callback) {
    this.#error.callback = callback
  }

  close() {
    this.#readyState = CLOSED
    this.#client.disconnect()
  }

  /** The request is not sent before whoever called the constructor is done, so nobody comes too late to hear of it. */
  #connect(client) {
    client.on('*', (data, { type, origin, lastEventId }) => {
      super.dispatchEvent(new MessageEvent(type, { data, origin, lastEventId }))
    })
    client.on('open', () => {
      this.#readyState = OPEN
      super.dispatchEvent(new Event('open'))
    })
    client.on('error', (error) => {
      // The last one is told by `close`; one event that could not be parsed is no trouble of the connection.
      if (client.state === 'closed') return
      if (error.code === 'parse') this.#tellError(error)
      else this.#reestablish(error)
    })
    client.on('state', ({ state }) => {
      // There need not be an error: the server ends a stream, a page goes into the back/forward cache.
      if (state === 'reconnecting' && this.#readyState === OPEN) this.#reestablish()
    })
    client.on('close', ({ reason, error }) => this.#fail(reason, error))
    client.connect()
  }

  #reestablish(error) {
    this.#readyState = CONNECTING
    this.#tellError(error)
  }

  #fail(reason, error) {
    if (this.#readyState === CLOSED) return
    this.#readyState = CLOSED
    // Whoever aborts the signal has closed it.
    if (reason !== 'aborted') this.#tellError(error)
  }

  /** The reason is our addition: the standard's event says nothing but that there was one. */
  #tellError(error) {
    super.dispatchEvent(Object.assign(new Event('error'), { error }))
  }
}

/**
 * An event handler attribute (HTML § 8.1.8.1). It has the place among the listeners that it got when it was set while it was
 * null. What is no object counts as null, and an object that cannot be called is kept and does nothing (WebIDL,
 * [LegacyTreatNonObjectAsNull]).
 */
class Handler {
  #target
  #type
  #callback = null

  constructor(target, type) {
    this.#target = target
    this.#type = type
  }

  get callback() {
    return this.#callback
  }

  set callback(given) {
    this.#callback = typeof given === 'function' || typeof given === 'object' ? given : null
    // Not a method of the application's that may have taken its place.
    const { addEventListener, removeEventListener } = EventTarget.prototype
    const change = this.#callback ? addEventListener : removeEventListener
    change.call(this.#target, this.#type, this)
  }

  handleEvent(event) {
    if (typeof this.#callback !== 'function') return
    const answer = this.#callback.call(this.#target, event)
    if (answer === false) event.preventDefault()
  }
}

/** The URL, resolved against the page or the worker's script; a server has nothing to resolve against. */
function absolute(url) {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href
  } catch {
    throw new DOMException('EventSource: the URL cannot be parsed', 'SyntaxError')
  }
}

/** The options of the client: what was given, and for the rest what the standard says. */
function clientOptions(given, withCredentials) {
  const options = fieldsOf(given)
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
function constantBackoff(given) {
  // A wrong value is passed on, because the client throws an error that says what is wrong.
  if (typeof given !== 'object' || Array.isArray(given)) return given
  const backoff = fieldsOf(given)
  backoff.initial ??= backoff.max < RECONNECTION_TIME ? backoff.max : RECONNECTION_TIME
  backoff.factor ??= 1
  backoff.jitter ??= 0
  return backoff
}

/** No status is retried, unless the application's `shouldRetry` says so. */
function shouldRetryOf({ shouldRetry, reconnect, method, body }) {
  if (shouldRetry && typeof shouldRetry !== 'function') return shouldRetry
  // A body may be empty.
  const isSafe = /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  const retriesEnds = (reconnect ?? (isSafe && 'always')) === 'always'
  return (error, context) => shouldRetry?.(error, context) ?? byStandard(error, retriesEnds)
}

function byStandard({ code }, retriesEnds) {
  if (code === 'status') return false
  // By the standard a response without events, whatever text it holds, is a stream that has ended.
  if (code === 'format' && retriesEnds) return true
}

/** What WebIDL requires of an interface, where a class differs from that. */
function defineInterface(EventSource) {
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
