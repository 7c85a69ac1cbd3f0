// What both hooks stand on: one client for one URL, and what it has told, as snapshots that are replaced once per frame.
// It starts nothing before `show()`, so that it can be made in a render that is thrown away, or on a server.

import { nextFrame } from './frame.js'
import { exactKeyOf, isPlain, keyOf } from './key.js'
import { check, clientOptions, isImmediate } from './options.js'

/** What there is to see before anything has happened, on a server as well. */
export const BLANK = {
  data: undefined, events: [], state: 'idle', error: undefined, closeReason: undefined, retry: undefined, lastEventId: '',
}

export class Connection {
  #core
  /** The URL as it was given, and its text: a URL object can change. */
  #given
  #url
  #hook
  #client
  /** What the client was made with. */
  #options
  /** The hook's options at that time, and whether those of `connect()` were laid over them. */
  #exactKey
  #isOverlaid = false
  /** The hook's options that were last tried, even if they were refused. */
  #key
  #immediate
  #kept
  #shown = false
  /** It was connected when it was hidden. */
  #isInterrupted = false
  /**
   * The client's method (`'connect'` or `'reconnect'`) whose request is still to be sent: it is called when the component is
   * shown. It repeats no request that the server may have processed.
   */
  #due
  #data
  #error
  #closeReason
  #retry
  #events = []
  /** How many of them have come since the last snapshot. */
  #fresh = 0
  #count = 0
  #hasNews = false
  #cancel
  #tell

  snapshot = BLANK

  /**
   * `core` has the class `SSEClient` and the functions of core.js, which the entry imports. `hook` is shared by all connections of
   * a hook: it has the newest `options`, and `isOff`, which is true from `disconnect()` to the next `connect()` or `reconnect()`.
   */
  constructor(core, url, hook) {
    this.#core = core
    this.#given = url
    this.#url = textOf(url)
    this.#hook = hook
  }

  /** Whether another connection has to take its place, since this one is for another URL, or was made with other options. */
  differs(url, options) {
    if (textOf(url) !== this.#url) return true
    return isImmediate(options) && !this.#hook.isOff && this.#key !== undefined && this.#key !== keyOf(options)
  }

  /** `tell()` is called whenever the snapshot was replaced. */
  subscribe = (tell) => {
    this.#tell = tell
    return () => (this.#tell = undefined)
  }

  /**
   * Takes over the hook's newest options. A change of `immediate` while the component is shown connects or disconnects. Must be
   * called before `show()`. Throws a TypeError if one of the hook's own options is wrong.
   */
  applyOptions() {
    this.#check()
    const immediate = isImmediate(this.#hook.options)
    const isChange = this.#shown && immediate !== this.#immediate
    this.#immediate = immediate
    if (!isChange || this.#hook.isOff) return
    if (immediate) this.connect()
    else this.#end()
  }

  /**
   * Connects if the hook is `immediate`. If it was connected when the component was hidden, it reconnects, provided that the
   * request may be repeated.
   */
  show() {
    if (this.#shown) return
    this.#shown = true
    // It was hidden a moment ago, and is still connected.
    if (this.#isActive) return
    if (this.#due) this.#start(this.#due)
    else if (this.#isInterrupted && this.#mayRepeat) this.#start('reconnect')
    else if (!this.#client && this.#immediate && !this.#hook.isOff) this.connect()
  }

  /**
   * Disconnects at the end of the tick, unless it is shown again until then: React's StrictMode, and its replacement of edited
   * code, hide and show at once.
   */
  hide() {
    this.#shown = false
    // What has ended by itself is not asked for again when it is shown again.
    if (!this.#isActive) this.#due = undefined
    // By a promise, because test environments replace `queueMicrotask`.
    Promise.resolve().then(() => {
      if (this.#shown) return
      this.#isInterrupted = this.#isActive
      if (this.#isInterrupted) this.#client.disconnect()
      this.#flush()
    })
  }

  connect(changes) {
    this.#hook.isOff = false
    if (!this.#url) return
    // What a button hands over is its event.
    if (isPlain(changes)) this.#renew(changes)
    else if (this.#isActive) return
    else if (!this.#isCurrent) this.#renew()
    this.#start('connect')
  }

  disconnect(reason) {
    this.#hook.isOff = true
    // In `onClick={disconnect}` the argument is the click event, which is no reason.
    this.#end(reason instanceof Error ? reason : undefined)
  }

  reconnect() {
    this.#hook.isOff = false
    // Options that were changed while it was off need another client too.
    if (!this.#client || this.differs(this.#url, this.#hook.options)) return this.connect()
    if (this.#isIdempotent || this.#mayRepeat) return this.#start('reconnect')
    // A request that may not be repeated is a new one, without a position: its answer starts from the beginning, because
    // nothing that came before is shown any more.
    this.#client.disconnect()
    this.#clear()
    this.#start('connect')
  }

  #end(reason) {
    this.#due = undefined
    this.#isInterrupted = false
    this.#client?.disconnect(reason)
  }

  #check() {
    check(this.#given, this.#hook.options, this.#core.describe)
    this.#kept = this.#hook.options?.keep ?? 100
  }

  get #isActive() {
    return this.#client !== undefined && !['idle', 'closed'].includes(this.#client.state)
  }

  /** A GET or HEAD: after a close, the client's `connect()` resumes it. Any other request starts from the beginning. */
  get #isIdempotent() {
    const { method, body } = this.#options
    return /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  }

  /** Whether the request may be sent again after the server may have received it: the client's rule, with its defaults. */
  get #mayRepeat() {
    const { reconnect, maxReconnects } = this.#options
    return reconnect ? ['always', 'on-error'].includes(reconnect) : this.#isIdempotent || maxReconnects > 0
  }

  /** Whether `connect()` may go on with this client. */
  get #isCurrent() {
    return this.#client !== undefined && !this.#isOverlaid && this.#isIdempotent && this.#exactKey === exactKeyOf(this.#hook.options)
  }

  /** Where WebAssembly could not start, there is no client. */
  #start(method) {
    if (!this.#client) return
    this.#due = method
    if (this.#shown) this.#client[method]()
  }

  /** A `fetch` that also notes that something is sent. */
  #noting(fetch) {
    // What is wrong with it is for the client to say.
    if (typeof (fetch ?? globalThis.fetch) !== 'function') return fetch
    return (...given) => {
      this.#due = undefined
      if (this.#retry) this.#setRetry(undefined)
      return (fetch ?? globalThis.fetch)(...given)
    }
  }

  /** Another client, and everything from the beginning. */
  #renew(changes) {
    const latest = this.#hook.options
    // First, before any field changes, because both calls throw when an option is wrong.
    this.#check()
    const options = { ...this.#following(clientOptions(latest)), ...changes }
    this.#key = keyOf(latest)
    const [client, failure] = this.#make({ ...options, fetch: this.#noting(options.fetch) })
    this.#client?.off()
    this.#client?.disconnect()
    this.#client = client
    this.#options = options
    this.#exactKey = exactKeyOf(latest)
    this.#isOverlaid = changes !== undefined
    this.#clear()
    if (failure) this.#closed({ reason: 'fatal', error: failure })
    else this.#listen(client, latest?.event ?? 'message')
  }

  /**
   * Returns `[client]`, or `[undefined, error]`. A wrong option (a TypeError) is a mistake in the program, and is thrown. Any other
   * error depends on where the program runs, such as a policy that forbids WebAssembly: the component must be able to show it.
   */
  #make(options) {
    try {
      return [new this.#core.SSEClient(this.#url, options)]
    } catch (error) {
      if (error instanceof TypeError) throw error
      return [undefined, error]
    }
  }

  #listen(client, event) {
    client.on('state', this.#changed)
    client.on('open', () => this.#fail(undefined))
    client.on('error', (error) => this.#fail(error))
    client.on('retry', ({ attempt, delay }) => {
      // The client is about to send this request again, so it may be sent also after the component was hidden.
      this.#due = 'reconnect'
      this.#setRetry({ attempt, at: Date.now() + delay })
    })
    client.on('close', this.#closed)
    for (const name of new Set([event].flat())) client.on(name === '*' ? name : `event:${name}`, this.#receive)
  }

  /** Options whose functions call the newest ones. */
  #following(options) {
    const following = { ...options }
    for (const [name, first] of Object.entries(options)) {
      if (typeof first !== 'function') continue
      following[name] = (...given) => {
        const newest = this.#hook.options?.[name]
        return (typeof newest === 'function' ? newest : first)(...given)
      }
    }
    return following
  }

  #clear() {
    this.#data = this.#error = this.#closeReason = undefined
    this.#events = []
    this.#fresh = 0
    this.#hasNews = true
    this.#changed()
  }

  #fail(error) {
    this.#error = error
    this.#changed()
  }

  #setRetry(retry) {
    this.#retry = retry
    this.#changed()
  }

  /** The error may be the application's own (from `until` or `disconnect(error)`), for which there was no `error` event. */
  #closed = ({ reason, error }) => {
    this.#closeReason = reason
    this.#fail(error ?? this.#error)
  }

  #receive = (data, event) => {
    const { onEvent, reduce } = this.#hook.options ?? {}
    this.#keep({ key: ++this.#count, type: event.type, data, event })
    this.#data = reduce ? reduce(this.#data, data, event) : data
    onEvent?.(data, event)
  }

  #keep(received) {
    this.#hasNews = true
    this.#fresh++
    this.#events.push(received)
    // Not one by one, which would cost as much as all that are kept.
    if (this.#events.length > 2 * this.#kept) this.#events = latestOf(this.#events, this.#kept)
    this.#changed()
  }

  /**
   * Copies the text of the events that are shown, so that they do not keep the whole chunks they came in. Only of these: copying
   * every event of a fast stream would slow it down.
   */
  #makeOwn() {
    const { ownEvent, ownText } = this.#core
    const events = this.#events
    events.splice(0, events.length - this.#kept)
    for (const received of latestOf(events, this.#fresh)) {
      const { data, event } = received
      received.event = ownEvent(event)
      received.type = received.event.type
      received.data = data === event.data ? received.event.data : ownText(data)
    }
    this.#fresh = 0
    // A value that `reduce` has returned belongs to the application, and is not copied.
    if (!this.#hook.options?.reduce) this.#data = ownText(this.#data)
  }

  #changed = () => {
    this.#cancel ??= nextFrame(this.#flush)
  }

  #flush = () => {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#hasNews) this.#makeOwn()
    const state = this.#client?.state ?? (this.#closeReason ? 'closed' : 'idle')
    this.snapshot = {
      data: this.#data,
      events: this.#hasNews ? [...this.#events] : this.snapshot.events,
      state,
      error: this.#error,
      closeReason: state === 'closed' ? this.#closeReason : undefined,
      retry: state === 'reconnecting' ? this.#retry : undefined,
      lastEventId: this.#client?.lastEventId ?? '',
    }
    this.#hasNews = false
    this.#tell?.()
  }
}

const textOf = (url) => (url ? String(url) : undefined)

const latestOf = (events, kept) => (kept > 0 ? events.slice(-kept) : [])
