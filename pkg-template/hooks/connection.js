// What both hooks stand on: one client for one URL, and what it has told, as snapshots that are replaced once per frame.
// It starts nothing before `show()`, so that it can be made in a render that is thrown away, or on a server.

import { nextFrame } from './frame.js'
import { clientOptions, exactKeyOf, isPlain, keyOf } from './key.js'

/** What there is to see before anything has happened, on a server as well. */
export const BLANK = { data: undefined, events: [], state: 'idle', error: undefined, lastEventId: '' }

export class Connection {
  #SSEClient
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
  #shown = false
  /** It was connected when it was hidden. */
  #isInterrupted = false
  /** The client's method that is to be called as soon as it is shown; or that has been called, but nothing is sent yet. */
  #due
  #data
  #error
  #events = []
  #count = 0
  #hasNews = false
  #cancel
  #tell

  snapshot = BLANK

  /**
   * The class comes from the entry, which imports it from the file beside it in the package. `hook` is what all connections of
   * a hook share: its newest `options`, and `isOff`, true from `disconnect()` to the next `connect()` or `reconnect()`.
   */
  constructor(SSEClient, url, hook) {
    this.#SSEClient = SSEClient
    this.#url = url ? String(url) : undefined
    this.#hook = hook
  }

  /** Whether another connection has to take its place, since this one is for another URL, or was made with other options. */
  differs(url, options) {
    if ((url ? String(url) : undefined) !== this.#url) return true
    return isImmediate(options) && !this.#hook.isOff && this.#key !== undefined && this.#key !== keyOf(options)
  }

  /** `tell()` is called whenever the snapshot was replaced. */
  subscribe = (tell) => {
    this.#tell = tell
    return () => (this.#tell = undefined)
  }

  /**
   * Connects, unless that is left to `connect()`; goes on with what was connected when it was hidden. React's StrictMode shows,
   * hides and shows again: that is one request, because the client sends none before the end of the tick.
   */
  show() {
    if (this.#shown) return
    this.#shown = true
    if (this.#due) this.#start(this.#due)
    else if (this.#isInterrupted && this.#goesOn) this.#start(this.#isIdempotent ? 'connect' : 'reconnect')
    // What cannot go on is asked for anew, but never behind the back of somebody who asked for it once.
    else if ((this.#isInterrupted || !this.#client) && this.#immediate && !this.#hook.isOff) this.connect()
  }

  hide() {
    this.#shown = false
    this.#isInterrupted = this.#isActive
    if (this.#isInterrupted) this.#client.disconnect()
    // What has ended by itself is not asked for again when it is shown again.
    else this.#due = undefined
    this.#flush()
  }

  /** Whether it is connected without being asked to. A change while it is shown connects or disconnects. */
  set immediate(immediate) {
    const isChange = this.#shown && immediate !== this.#immediate
    this.#immediate = immediate
    if (!isChange || this.#hook.isOff) return
    if (immediate) this.connect()
    else this.#end()
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

  disconnect() {
    this.#hook.isOff = true
    this.#end()
  }

  reconnect() {
    this.#hook.isOff = false
    // Options that were changed while it was off need another client too.
    if (!this.#client || this.differs(this.#url, this.#hook.options)) return this.connect()
    if (!this.#goesOn) this.#clear()
    this.#start('reconnect')
  }

  #end() {
    this.#due = undefined
    this.#isInterrupted = false
    this.#client?.disconnect()
  }

  get #isActive() {
    return this.#client !== undefined && !['idle', 'closed'].includes(this.#client.state)
  }

  /** As the client sees it, whose `connect()` goes on with these after a close, and asks anew for anything else. */
  get #isIdempotent() {
    const { method, body } = this.#options
    return /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  }

  /** Whether another request goes on with the stream: a GET always does, anything else after an id. */
  get #goesOn() {
    return this.#isIdempotent || this.#client.lastEventId !== (this.#options.lastEventId ?? '')
  }

  /** Whether `connect()` may go on with this client. */
  get #isCurrent() {
    return this.#client !== undefined && !this.#isOverlaid && this.#isIdempotent && this.#exactKey === exactKeyOf(this.#hook.options)
  }

  #start(method) {
    this.#due = method
    if (this.#shown) this.#client[method]()
  }

  /** A `fetch` that also notes that something is sent. */
  #noting(fetch) {
    // What is wrong with it is for the client to say.
    if (typeof (fetch ?? globalThis.fetch) !== 'function') return fetch
    return (...given) => {
      this.#due = undefined
      return (fetch ?? globalThis.fetch)(...given)
    }
  }

  /** Another client, and everything from the beginning. */
  #renew(changes) {
    const latest = this.#hook.options
    const options = { ...this.#following(clientOptions(latest)), ...changes }
    this.#key = keyOf(latest)
    // Before anything else is changed, because it throws when an option is wrong.
    const client = new this.#SSEClient(this.#url, { ...options, fetch: this.#noting(options.fetch) })
    this.#client?.off()
    this.#client?.disconnect()
    this.#client = client
    this.#options = options
    this.#exactKey = exactKeyOf(latest)
    this.#isOverlaid = changes !== undefined
    client.on('state', this.#changed)
    client.on('open', () => this.#fail(undefined))
    client.on('error', (error) => this.#fail(error))
    for (const name of new Set([latest?.event ?? 'message'].flat())) client.on(name === '*' ? name : `event:${name}`, this.#receive)
    this.#clear()
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
    this.#data = this.#error = undefined
    this.#events = []
    this.#hasNews = true
    this.#changed()
  }

  #fail(error) {
    this.#error = error
    this.#changed()
  }

  #receive = (data, event) => {
    const { onEvent, reduce } = this.#hook.options ?? {}
    this.#keep({ key: ++this.#count, type: event.type, data, event })
    this.#data = reduce ? reduce(this.#data, data, event) : data
    onEvent?.(data, event)
  }

  #keep(received) {
    const kept = this.#kept
    this.#hasNews = true
    this.#events.push(received)
    // Not one by one, which would cost as much as all that are kept.
    if (this.#events.length > 2 * kept) this.#events = latestOf(this.#events, kept)
    this.#changed()
  }

  get #kept() {
    return this.#hook.options?.keep ?? 100
  }

  #changed = () => {
    this.#cancel ??= nextFrame(this.#flush)
  }

  #flush = () => {
    this.#cancel?.()
    this.#cancel = undefined
    this.snapshot = {
      data: this.#data,
      events: this.#hasNews ? latestOf(this.#events, this.#kept) : this.snapshot.events,
      state: this.#client?.state ?? 'idle',
      error: this.#error,
      lastEventId: this.#client?.lastEventId ?? '',
    }
    this.#hasNews = false
    this.#tell?.()
  }
}

export const isImmediate = (options) => options?.immediate ?? true

const latestOf = (events, kept) => (kept > 0 ? events.slice(-kept) : [])
