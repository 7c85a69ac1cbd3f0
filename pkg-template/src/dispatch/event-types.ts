// The types of events that have listeners. Each has a slot in the parser, so its listeners are found by a number.

import { SLOT_MESSAGE } from '../generated/parser.ts'
import { type Listener, type ListenerEntry, type Listeners, serverName } from './listeners.ts'
import type { WasmParser } from './wasm-parser.ts'

// Not `\p{Surrogate}`, which Chromium compiles in more than a millisecond. With the flag, it does not match pairs.
const HALF_CHARACTER = /[\ud800-\udfff]/u

export class EventTypes {
  #parser: WasmParser
  #listeners: Listeners
  /** A sole listener can be called directly: there is no `until`, no history, and the data depends only on the text. */
  #arePlain: boolean
  /** The type that each slot stands for. */
  readonly names = ['message']
  /** The slot of each type that has one, except `message`. */
  #slots = new Map<string, number>()
  /** Types that have listeners but no slot yet, and types that have a slot but no longer any listeners. */
  #outdated = new Set<string>()
  /** A cache of `listenersOf`. It is emptied when the listeners change. */
  #listenersByType: (readonly ListenerEntry[])[] = []
  /** The listener of each slot's type, if it is the only one, was not added by `once`, and events are plain. */
  soleListener: Listener[] = []

  constructor(parser: WasmParser, listeners: Listeners, arePlain: boolean) {
    this.#parser = parser
    this.#listeners = listeners
    this.#arePlain = arePlain
    listeners.onChange = (key) => this.#changed(key)
  }

  /** From now on, the type of an event is what the stream contains, `''` if it contains none. */
  distinguishMessage(): void {
    this.names[SLOT_MESSAGE] = ''
  }

  /** The parser was made. It gets the types and comments that are wanted. */
  parserIsMade(): void {
    const handle = this.#parser.handle!
    if (this.names[SLOT_MESSAGE] === '') this.names[handle.distinguishExplicitMessage()] = 'message'
    if (this.#listeners.has('comment')) handle.wantComments(true)
  }

  /** The listeners of a slot's type and those of all types. */
  listenersOf(slot: number): readonly ListenerEntry[] {
    const known = this.#listenersByType[slot]
    if (known !== undefined) return known
    const listeners = this.#listeners.ofServer(this.names[slot]!)
    const [first] = listeners
    if (this.#arePlain && listeners.length === 1 && !first!.once) this.soleListener[slot] = first!.listener
    return (this.#listenersByType[slot] = listeners)
  }

  /** Whether some types have listeners but no slot yet, or a slot but no longer any listeners. */
  get areOutdated(): boolean {
    return this.#outdated.size > 0
  }

  /**
   * Gives slots to types and takes them from others. Must be called between two batches, because the records of a batch contain
   * slots.
   */
  update(): void {
    for (const type of this.#outdated) {
      const slot = this.#slots.get(type)
      if (slot === undefined) {
        const given = this.#parser.giveSlot(type)
        this.names[given] = type
        this.#slots.set(type, given)
      } else {
        this.#parser.handle!.forget(slot)
        this.#slots.delete(type)
        // The slot may stay free. Without this, it would keep the string.
        this.names[slot] = ''
      }
    }
    this.#outdated.clear()
    // A slot may now stand for another type.
    this.#forgetListeners()
  }

  #forgetListeners(): void {
    this.#listenersByType = []
    this.soleListener = []
  }

  #changed(key: string): void {
    this.#forgetListeners()
    const isWanted = this.#listeners.has(key)
    const type = serverName(key)
    // No event has an empty type (which means `message`), or a type that UTF-8 cannot encode. And `message` always has a slot.
    if (type && type !== 'message' && !HALF_CHARACTER.test(type)) {
      if (isWanted === this.#slots.has(type)) this.#outdated.delete(type)
      else this.#outdated.add(type)
    } else if (key === 'comment') this.#parser.handle?.wantComments(isWanted)
  }
}
