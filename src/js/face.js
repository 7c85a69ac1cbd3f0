// The side of a client that wasm sees: what the session needs from the application, and what it has to tell it.
// None of these methods throws: an exception that crossed wasm would leave it in the middle of its work.

import { Delivery } from './deliver.js'
import { SSEError, report } from './error.js'
import { SSEEvent } from './event.js'
import { Listeners, serverName } from './listeners.js'

const ignore = () => {}

export class Face {
  settings
  listeners
  connection
  sink
  /** Why `disconnect()` was called. */
  reason
  #opening
  /** The promises of a connection that is over, but whose close is yet to be told. */
  #ended = []
  #attempts = 0
  #opened = 0
  #connectedAt

  constructor(settings, { create, memory }) {
    this.settings = settings
    this.connection = create(settings)
    this.listeners = new Listeners(this.#changed)
    this.sink = new Delivery(this.connection, memory, this.listeners, settings)
    this.sink.lastEventId = settings.lastEventId
    this.sink.onParseError = this.#unparsable
  }

  // What the application asks for.

  connect() {
    if (this.connection.state() === 'open') return Promise.resolve()
    // A listener of the last error is calling: the close that is still to come is not that of the new connection.
    if (this.#opening && this.connection.state() === 'closed') {
      this.#ended.push(this.#opening)
      this.#opening = undefined
    }
    return this.#start(() => this.connection.connect(this))
  }

  reconnect() {
    return this.#start(() => this.connection.reconnect(this))
  }

  disconnect(reason) {
    this.reason = reason
    this.connection.disconnect(this)
  }

  stats() {
    const stats = { ...this.sink.stats, attempts: this.#attempts, reconnects: Math.max(0, this.#opened - 1) }
    if (this.#connectedAt !== undefined) stats.connectedAt = this.#connectedAt
    return stats
  }

  // What wasm asks for.

  get lastEventId() {
    return this.sink.lastEventId
  }

  begin(attempt, fresh, error, signal) {
    this.#attempts++
    if (fresh) this.sink.startFrom(this.settings.lastEventId)
    this.#debug('request', { attempt, lastEventId: this.lastEventId })
    return this.context(attempt, error, signal)
  }

  context(attempt, error, signal) {
    return { attempt, lastEventId: this.lastEventId, signal, ...(error && { error }) }
  }

  /** A promise in any case, so that what `validate` throws at once is a rejection too. */
  async validate(response) {
    await this.settings.validate(response)
  }

  error(code, status, retryable, attempt, body, cause) {
    return new SSEError(code, { status, retryable, attempt, body, cause })
  }

  judge(error, context) {
    try {
      const verdict = this.settings.shouldRetry(error, context)
      if (verdict === undefined || typeof verdict === 'boolean' || (typeof verdict === 'number' && verdict >= 0)) return verdict
      throw new TypeError(`SSEClient: shouldRetry returned ${String(verdict)}; accepted are true, false, milliseconds and undefined`)
    } catch (thrown) {
      // A mistake in there must not wedge the client: the rules decide.
      report(thrown)
      return undefined
    }
  }

  released() {
    this.sink.release()
  }

  // What wasm has to tell.

  state(state, previous) {
    this.#tell('state', { state, previous })
  }

  open(previous, attempt, response) {
    this.#opened++
    this.#connectedAt = performance.now()
    const head = this.#headOf(response)
    this.sink.origin = originOf(head.url, this.settings.url)
    for (const promise of this.#settled(true)) promise.resolve()
    this.state('open', previous)
    // A listener may have ended it already.
    if (this.connection.state() === 'open') this.#tell('open', { ...head, attempt })
  }

  failed(error) {
    this.#tell('error', error)
  }

  retry(attempt, delay, error) {
    this.#tell('retry', { attempt, delay, error })
  }

  maxReconnectsReached(attempts) {
    this.#tell('max-reconnects-reached', { attempts })
  }

  close(previous, reason, error) {
    // Not if a listener has connected again meanwhile.
    const isLast = this.connection.state() === 'closed'
    if (isLast) this.#forgetSignal()
    for (const promise of this.#settled(isLast)) promise.reject(error ?? this.#reasonAsError(reason))
    this.reason = undefined
    this.state('closed', previous)
    this.#tell('close', error ? { reason, error } : { reason })
  }

  // The rest.

  #start(begin) {
    const { promise } = (this.#opening ??= deferred())
    const { signal } = this.settings
    if (signal?.aborted) {
      this.connection.abort(this)
      // Closed before: then there was nothing to abort, and nobody was told.
      this.#opening?.reject(this.#reasonAsError('aborted'))
      this.#opening = undefined
    } else {
      signal?.addEventListener('abort', this.#aborted)
      begin()
    }
    return promise
  }

  /** What `open` tells of the response, which may be of the application's own making: its URL is that after redirects. */
  #headOf(response) {
    const { url } = this.settings
    try {
      return { status: response.status, url: response.url || url, headers: response.headers }
    } catch (error) {
      report(error)
      return { status: 200, url, headers: new Headers() }
    }
  }

  /** The promises that are to be settled now; only those of connections before, or all. */
  #settled(all) {
    const settled = this.#ended
    this.#ended = []
    if (all && this.#opening) {
      settled.push(this.#opening)
      this.#opening = undefined
    }
    return settled
  }

  #forgetSignal() {
    try {
      this.settings.signal?.removeEventListener('abort', this.#aborted)
    } catch (error) {
      report(error) // it is a signal of the application's own making
    }
  }

  #aborted = () => this.connection.abort(this)

  #reasonAsError(reason) {
    if (reason === 'no-content') return new SSEError('status', { status: 204 })
    const cause = reason === 'aborted' ? this.settings.signal.reason : this.reason
    return new SSEError('aborted', { cause })
  }

  #changed = (key) => {
    const name = serverName(key)
    // An empty type on the wire means `message`: nothing is ever heard of a type that is empty.
    if (name) this.sink.listen(name)
    else if (key === 'comment') this.connection.wantComments(this.listeners.has('comment'))
  }

  #unparsable = (error) => this.#tell('error', error)

  #tell(type, payload) {
    this.#debug(type, type === 'error' ? { error: payload } : payload)
    const list = this.listeners.ofLifecycle(type)
    if (list.length > 0) this.listeners.callAll(list, payload, new SSEEvent(type, '', '', this.lastEventId, this.sink.origin))
  }

  /** Never with headers, bodies, causes or the URL's query: that is where tokens are. */
  #debug(kind, { headers, url, error, ...entry }) {
    const { debug } = this.settings
    if (debug === false) return
    try {
      const said = { at: performance.now(), kind, ...entry }
      if (error) said.error = { code: error.code, status: error.status, attempt: error.attempt, retryable: error.retryable }
      if (debug === true) console.debug('SSEClient', said)
      else debug(said)
    } catch (error) {
      report(error)
    }
  }
}

/** A `Response` made by hand may have any URL. */
function originOf(url, requested) {
  try {
    return new URL(url).origin
  } catch {
    return new URL(requested).origin
  }
}

function deferred() {
  const it = {}
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }))
  // Nobody has to await it.
  it.promise.catch(ignore)
  return it
}
