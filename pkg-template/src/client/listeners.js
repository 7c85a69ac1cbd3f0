// Who listens to what, and in which order. The lists are replaced and never changed in place, so a list that is being
// walked stays what it was: who is added while an event is delivered hears the next one, and who is removed hears no more.

import { report } from '../driver/report.js'

/** The events about the connection. A server event that bears such a name is reached as `event:NAME`. */
const LIFECYCLE = new Set(['state', 'open', 'error', 'retry', 'refresh', 'comment', 'max-reconnects-reached', 'close'])

const NOBODY = []

const SERVER = 'event:'
const ALL = '*'

/**
 * Every key names one list: `*`, a lifecycle event, or `event:NAME` for the server's NAME.
 * Both `on('note')` and `on('event:note')` mean the server's `note`.
 */
const keyOf = (type) => (type === ALL || LIFECYCLE.has(type) || type.startsWith(SERVER) ? type : SERVER + type)

export class Listeners {
  #lists = new Map()
  #merged = new Map()
  #registered = 0
  /** Called with a key after every change to its list. */
  onChange = () => {}

  add(type, listener, once) {
    if (typeof type !== 'string') throw new TypeError(`SSEClient: an event type is a string, not a ${typeof type}`)
    if (typeof listener !== 'function') {
      throw new TypeError(`SSEClient: the listener for '${type}' is a function, not ${listener === null ? 'null' : `a ${typeof listener}`}`)
    }
    return this.#enter(keyOf(type), { listener, once })
  }

  /** Hears every server event, like `*`. It is no listener of the application's, and so out of reach of its `off()`. */
  follow(listener) {
    return this.#enter(ALL, { listener, once: false, isOurs: true })
  }

  /** All listeners, all of a type, or the one that was added last of this type and function. */
  remove(type, listener) {
    const keys = type === undefined ? [...this.#lists.keys()] : [keyOf(String(type))]
    for (const key of keys) {
      const list = this.#list(key)
      if (listener === undefined) list.forEach((entry) => entry.isOurs || this.#remove(key, entry))
      else this.#remove(key, list.findLast((entry) => entry.listener === listener))
    }
  }

  has(type) {
    return this.#list(keyOf(type)).length > 0
  }

  /** Who hears a server event of this type: its own listeners and those of `*`, in order of registration. */
  ofServer(type) {
    const key = SERVER + type
    const own = this.#lists.get(key)
    // Not remembered: a hostile stream can invent any number of types.
    if (!own) return this.#list(ALL)
    let merged = this.#merged.get(key)
    if (!merged) {
      merged = [...own, ...this.#list(ALL)].sort((a, b) => a.order - b.order)
      this.#merged.set(key, merged)
    }
    return merged
  }

  /** Who hears every server event. */
  ofAll() {
    return this.#list(ALL)
  }

  /** Who hears what is emitted locally under this type. */
  ofLocal(type) {
    const key = keyOf(type)
    const list = key.startsWith(SERVER) ? this.ofServer(key.slice(SERVER.length)) : this.#list(key)
    return list.filter((entry) => !entry.isOurs)
  }

  ofLifecycle(type) {
    return this.#list(type)
  }

  /** Calls one listener; what it throws stops nobody else. */
  call(entry, data, event) {
    if (entry.once) this.#removeAnywhere(entry)
    const { listener } = entry
    try {
      listener(data, event)
    } catch (error) {
      report(error)
    }
  }

  callAll(list, data, event) {
    for (const entry of list) if (entry.live) this.call(entry, data, event)
  }

  #enter(key, kind) {
    const entry = { ...kind, live: true, order: this.#registered++ }
    this.#set(key, [...this.#list(key), entry])
    return () => this.#remove(key, entry)
  }

  #list(key) {
    return this.#lists.get(key) ?? NOBODY
  }

  #set(key, list) {
    if (list.length > 0) this.#lists.set(key, list)
    else this.#lists.delete(key)
    this.#merged.clear()
    this.onChange(key)
  }

  #remove(key, entry) {
    if (!entry?.live) return
    entry.live = false
    this.#set(key, this.#list(key).filter((other) => other !== entry))
  }

  #removeAnywhere(entry) {
    for (const [key, list] of this.#lists) if (list.includes(entry)) return this.#remove(key, entry)
  }
}

/** The server's name behind a key, if it is one. */
export const serverName = (key) => (key.startsWith(SERVER) ? key.slice(SERVER.length) : undefined)
