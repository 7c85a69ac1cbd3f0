// The class `SSEClient`: what applications see. It only passes on; the listeners are in `listeners.ts`, the options in
// `options.js`, the way of an event in `dispatch/`, what the driver asks and tells in `face.js`.

import { INPUT_PAUSE, INPUT_RESUME } from '../generated/session.ts'
import { Face } from './face.js'
import { SSEEvent } from './event.ts'
import { serverName } from './listeners.ts'
import { check } from './options.js'
import { streamOf } from './readers.js'

/** What every client runs on, `{ SessionHandle, ParserHandle, memory }`: the wasm, once it is there. */
let engine

let load = () => {
  throw new Error('SSEClient: the wasm is not there yet: await init() before the first client')
}

/**
 * Says how to come by the engine: by a call when the first client is made, so importing the package does nothing yet.
 * Returns the class that will do so.
 */
export function provide(how) {
  load = how
  return SSEClient
}

/** Makes the engine, unless there is one: clients run on that. */
export function start(make = load) {
  return (engine ??= make())
}

export const isStarted = () => engine !== undefined

const READY_STATE = { idle: 2, connecting: 0, reconnecting: 0, open: 1, paused: 1, closed: 2 }

const NOTHING = Object.freeze([])

/**
 * The face of each client. Not a private field, because `tellMessageApart` would have to be defined in the class, and minifiers
 * move such a function out of the class, where the field is a SyntaxError.
 */
const faces = /* @__PURE__ */ new WeakMap()

/**
 * Has the events of a client bear their type as the stream writes it, `''` if it writes none. Before it is connected, and
 * for listeners to `'*'` only: a package that is replaced told its users so.
 */
export const tellMessageApart = (client) => faces.get(client).sink.distinguishMessage()

export class SSEClient {
  #face

  /** Minifiers would give the class another name, in this package and in applications. */
  static name = 'SSEClient'

  constructor(url, options) {
    this.#face = new Face(check(url, options), start())
    faces.set(this, this.#face)
  }

  connect() {
    return this.#face.connect()
  }

  disconnect(reason) {
    this.#face.disconnect(reason)
  }

  close(reason) {
    this.disconnect(reason)
  }

  reconnect() {
    return this.#face.reconnect()
  }

  on(type, listener) {
    return this.#face.listeners.add(type, listener, false)
  }

  once(type, listener) {
    return this.#face.listeners.add(type, listener, true)
  }

  off(type, listener) {
    this.#face.listeners.remove(type, listener)
  }

  emit(type, data) {
    const { listeners, sink, lastEventId } = this.#face
    const name = String(type)
    const list = listeners.ofLocal(name)
    if (list.length > 0) listeners.callAll(list, data, new SSEEvent(serverName(name) ?? name, textOf(data), '', lastEventId, sink.origin))
    return list.length > 0
  }

  get url() {
    return this.#face.settings.url
  }

  get state() {
    return this.#face.driver.state
  }

  get readyState() {
    return READY_STATE[this.state]
  }

  get lastEventId() {
    return this.#face.lastEventId
  }

  get retryCount() {
    return this.#face.driver.retryCount
  }

  stats() {
    return this.#face.stats()
  }

  get history() {
    return this.#face.history?.events ?? NOTHING
  }

  pause() {
    this.#face.driver.handle(INPUT_PAUSE)
  }

  resume() {
    this.#face.driver.handle(INPUT_RESUME)
  }

  stream() {
    return streamOf(this.#face.readers.iterate())
  }

  [Symbol.asyncIterator]() {
    return this.#face.readers.iterate()
  }

  /**
   * Objects without a tag become proxies in Vue, and a proxy has no private fields. The prototype itself must have no tag, because
   * Jest's automock leaves out the methods of a prototype with one.
   */
  get [Symbol.toStringTag]() {
    return #face in this ? 'SSEClient' : undefined
  }

  [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
    this.disconnect()
  }
}

/** The raw text of what is emitted locally: a string as it is, anything else as JSON where it has one. */
function textOf(data) {
  if (typeof data === 'string') return data
  try {
    return JSON.stringify(data) ?? ''
  } catch {
    return ''
  }
}

export { SSEAuth } from '../auth/auth.js'
export { ownEvent } from './event.ts'
export { ownText } from './own-text.ts'
export { SSEError } from './error.js'
export { HEADS_ONLY } from './options.js'
