// Which listeners there are, and in which order they are called. A list is never changed, only replaced, so a loop over it is not
// disturbed. A listener that is added while an event is dispatched gets the next event. A listener that is removed gets no more
// events.

import type { SSELifecycleEvents } from '../client/types.ts'
import { report } from '../driver/report.ts'
import { EVENTS } from '../generated/session.ts'
import type { SSEEvent } from './event.ts'

export type Listener = (data: any, event: SSEEvent) => unknown

export interface ListenerEntry {
  /** The list it belongs to. */
  readonly key: string
  readonly listener: Listener
  readonly once: boolean
  /** The client itself has added it, and `off()` does not remove it. */
  readonly isInternal: boolean
  /** The number of listeners that were added before it. */
  readonly order: number
  /** False if it was removed. */
  live: boolean
}

/**
 * The types of the events about the connection: those of the session, and `comment`, which the parser finds. An error of `tsc` that
 * names this type: generated/session.ts lacks an event of `SSELifecycleEvents`. Add it in Rust and run `cargo xtask generate`.
 */
type LifecycleType = 'comment' | (typeof EVENTS)[number][0]

/**
 * The listeners of a server event with one of these names are those of `event:NAME`. An error of `tsc` here: `SSELifecycleEvents`
 * lacks a type.
 */
const LIFECYCLE = new Set<string>(['comment', ...EVENTS.map(([type]) => type)] satisfies (keyof SSELifecycleEvents)[])

const NONE: readonly ListenerEntry[] = []

const SERVER = 'event:'
const ALL = '*'

/**
 * The key of a type's list: `*`, the name of a lifecycle event, or `event:NAME` for server events of the type NAME.
 * `on('note')` and `on('event:note')` both have the key `event:note`.
 */
const keyOf = (type: string): string => (type === ALL || LIFECYCLE.has(type) || type.startsWith(SERVER) ? type : SERVER + type)

export class Listeners {
  #lists = new Map<string, readonly ListenerEntry[]>()
  #merged = new Map<string, readonly ListenerEntry[]>()
  #registered = 0
  /** Called with a key after every change to its list. */
  onChange: (key: string) => void = () => {}

  add(type: string, listener: Listener, once: boolean): () => void {
    if (typeof type !== 'string') throw new TypeError(`SSEClient: an event type must be a string, not a ${typeof type}`)
    if (typeof listener !== 'function') {
      const given = listener === null ? 'null' : `a ${typeof listener}`
      throw new TypeError(`SSEClient: the listener for '${type}' must be a function, not ${given}`)
    }
    return this.#enter(keyOf(type), listener, once, false)
  }

  /** Adds a listener of the client itself for all server events. `off()` does not remove it. */
  follow(listener: Listener): () => void {
    return this.#enter(ALL, listener, false, true)
  }

  /** Removes all listeners, all of a type, or the one that was added last with this type and function. */
  remove(type?: string, listener?: Listener): void {
    const keys = type === undefined ? [...this.#lists.keys()] : [keyOf(String(type))]
    for (const key of keys) {
      const list = this.#list(key)
      // Not `findLast`, which Safari before 15.4 does not have.
      if (listener !== undefined) this.#remove([...list].reverse().find((entry) => entry.listener === listener))
      else for (const entry of list) entry.isInternal || this.#remove(entry)
    }
  }

  has(type: string): boolean {
    return this.#list(keyOf(type)).length > 0
  }

  /** The listeners of a server event of this type: its own and those of `*`, in order of registration. */
  ofServer(type: string): readonly ListenerEntry[] {
    const key = SERVER + type
    const own = this.#lists.get(key)
    // The result is not stored, because a hostile stream can have any number of types.
    if (!own) return this.#list(ALL)
    let merged = this.#merged.get(key)
    if (!merged) {
      merged = [...own, ...this.#list(ALL)].sort((a, b) => a.order - b.order)
      this.#merged.set(key, merged)
    }
    return merged
  }

  /** The listeners of every server event. */
  ofAll(): readonly ListenerEntry[] {
    return this.#list(ALL)
  }

  /** The listeners of an event that the application emits. The client's own listeners are not among them. */
  ofLocal(type: string): readonly ListenerEntry[] {
    const key = keyOf(type)
    const list = key.startsWith(SERVER) ? this.ofServer(key.slice(SERVER.length)) : this.#list(key)
    return list.filter((entry) => !entry.isInternal)
  }

  ofLifecycle(type: LifecycleType): readonly ListenerEntry[] {
    return this.#list(type)
  }

  /** Calls one listener. An exception is reported and stops nothing. */
  call(entry: ListenerEntry, data: unknown, event: SSEEvent): void {
    if (entry.once) this.#remove(entry)
    const { listener } = entry
    try {
      listener(data, event)
    } catch (error) {
      report(error)
    }
  }

  callAll(list: readonly ListenerEntry[], data: unknown, event: SSEEvent): void {
    for (const entry of list) if (entry.live) this.call(entry, data, event)
  }

  #enter(key: string, listener: Listener, once: boolean, isInternal: boolean): () => void {
    const entry = { key, listener, once, isInternal, live: true, order: this.#registered++ }
    this.#set(key, [...this.#list(key), entry])
    return () => this.#remove(entry)
  }

  #list(key: string): readonly ListenerEntry[] {
    return this.#lists.get(key) ?? NONE
  }

  #set(key: string, list: readonly ListenerEntry[]): void {
    if (list.length > 0) this.#lists.set(key, list)
    else this.#lists.delete(key)
    this.#merged.clear()
    this.onChange(key)
  }

  #remove(entry: ListenerEntry | undefined): void {
    if (!entry?.live) return
    const { key } = entry
    entry.live = false
    this.#set(
      key,
      this.#list(key).filter((other) => other !== entry),
    )
  }
}

/** The type of server events that a key stands for; undefined if the key stands for `*` or a lifecycle event. */
export const serverName = (key: string): string | undefined => (key.startsWith(SERVER) ? key.slice(SERVER.length) : undefined)
