// What both hooks stand on: one client for one URL, and what it has told, as snapshots that are replaced once per frame.
// It starts nothing before `show()`, so that it can be made in a render that is thrown away, or on a server.

import { nextFrame } from './frame.js'
import { isPlain, keyOf } from './key.js'

/** What there is to see before anything has happened, on a server as well. */
export const BLANK = { data: undefined, events: [], state: 'idle', error: undefined, lastEventId: '' }

export class Connection {
  #SSEClient
  #url
  #latest
  #client
  /** What the client was made with. */
  #options
  /** The hook's options at that time, and whether those of `connect()` were laid over them. */
  #key
  #isOverlaid = false
  #immediate
  #shown = false
  /** It was connected when it was hidden. */
  #isInterrupted = false
  /** The client's method that is to be called as soon as it is shown. */
  #due
  #data
  #error
  #events = []
  #count = 0
  #hasNews = false
  #cancel
  #tell

  snapshot = BLANK

  /** The class comes from the entry, which imports it from the file beside it in the package. `latest()` returns the newest options. */
  constructor(SSEClient, url, latest) {
    this.#SSEClient = SSEClient
    this.#url = url ? String(url) : undefined
    this.#latest = latest
  }

  /** Whether another connection has to take its place, since this one is for another URL, or was made with other options. */
  differs(url, options) {
    if ((url ? String(url) : undefined) !== this.#url) return true
    return isImmediate(options) && this.#client !== undefined && this.#key !== keyOf(options)
  }

  /** `tell()` is called whenever the snapshot was replaced. */
  subscribe = (tell) => {
    this.#tell = tell
    return () => (this.#tell = undefined)
  }

  /**
   * Connects, unless that is left to `connect()`; goes on with what was connected when it was hidden. React's StrictMode shows,
   * hides and shows again: that is one request, because the client makes none before the end of the tick.
   */
  show() {
    if (this.#shown) return
    this.#shown = true
    if (this.#due) this.#start(this.#due)
    else if (!this.#client) this.#immediate && this.connect()
    else if (this.#isInterrupted && this.#isResumable) this.#start('connect')
    // What cannot go on is asked for anew, but never behind the back of somebody who asked for it once.
    else if (this.#isInterrupted && this.#immediate) this.connect()
  }

  hide() {
    this.#shown = false
    // What has ended by itself is not asked for again when it is shown again.
    this.#isInterrupted = this.#isActive
    if (this.#isInterrupted) this.#client.disconnect()
    this.#flush()
  }

  /** Whether it is connected without being asked to. A change while it is shown connects or disconnects. */
  set immediate(immediate) {
    const isChange = this.#shown && immediate !== this.#immediate
    this.#immediate = immediate
    if (isChange && immediate) this.connect()
    else if (isChange) this.disconnect()
  }

  connect(changes) {
    if (!this.#url) return
    // What a button hands over is its event.
    if (isPlain(changes)) this.#renew(changes)
    else if (this.#isActive) return
    else if (!this.#canGoOn) this.#renew()
    this.#start('connect')
  }

  disconnect() {
    this.#due = undefined
    this.#isInterrupted = false
    this.#client?.disconnect()
  }

  reconnect() {
    if (!this.#client) return this.connect()
    // There is nothing to go on after: it begins anew.
    if (!this.#isResumable && this.#client.lastEventId === '') this.#clear()
    this.#start('reconnect')
  }

  get #isActive() {
    return this.#client !== undefined && !['idle', 'closed'].includes(this.#client.state)
  }

  /** As the client sees it, after a close. */
  get #isResumable() {
    const { method, body } = this.#options
    return /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  }

  get #canGoOn() {
    return this.#client !== undefined && !this.#isOverlaid && this.#isResumable && this.#key === keyOf(this.#latest())
  }

  #start(method) {
    this.#due = this.#shown ? undefined : method
    if (this.#shown) this.#client[method]()
  }

  /** Another client, and everything from the beginning. */
  #renew(changes) {
    const latest = this.#latest()
    const { event = 'message', keep, immediate, onEvent, reduce, ...own } = latest ?? {}
    const options = { ...this.#following(own), ...changes }
    // First of all, because it throws when an option is wrong.
    const client = new this.#SSEClient(this.#url, options)
    this.#client?.off()
    this.#client?.disconnect()
    this.#client = client
    this.#options = options
    this.#key = keyOf(latest)
    this.#isOverlaid = changes !== undefined
    client.on('state', this.#changed)
    client.on('open', () => this.#fail(undefined))
    client.on('error', (error) => this.#fail(error))
    for (const name of new Set([event].flat())) client.on(name === '*' ? name : `event:${name}`, this.#receive)
    this.#clear()
  }

  /** Options whose functions call the newest ones. */
  #following(options) {
    const following = { ...options }
    for (const [name, first] of Object.entries(options)) {
      if (typeof first !== 'function') continue
      following[name] = (...given) => {
        const newest = this.#latest()?.[name]
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
    const { onEvent, reduce } = this.#latest() ?? {}
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
    return this.#latest()?.keep ?? 100
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
