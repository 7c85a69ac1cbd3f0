// Which types of events have listeners. Each of these has a slot in the parser, so that its listeners are found by a number.

import { type Listener, type ListenerEntry, type Listeners, serverName } from '../client/listeners.ts'
import { SLOT_MESSAGE } from '../generated/parser.ts'
import type { WasmParser } from './wasm-parser.ts'

const HALF_CHARACTER = /\p{Surrogate}/u

export class EventTypes {
  #parser: WasmParser
  #listeners: Listeners
  /** Events need nothing but a call of their listeners: there is no `until`, no history, and no function of the application that parses. */
  #arePlain: boolean
  /** The type that each slot stands for. */
  readonly names = ['message']
  /** The slot of each type that has one, except `message`. */
  #slots = new Map<string, number>()
  /** Types that have listeners and no slot yet, and types that have a slot and no listeners any more. */
  #outdated = new Set<string>()
  /** The listeners of each slot's type, as far as they were asked for since the last change. */
  #listenersByType: (readonly ListenerEntry[])[] = []
  /** For plain events, and types with one listener that was not added by `once`: that function. */
  soleListener: Listener[] = []

  constructor(parser: WasmParser, listeners: Listeners, arePlain: boolean) {
    this.#parser = parser
    this.#listeners = listeners
    this.#arePlain = arePlain
    listeners.onChange = this.#changed
  }

  /** From now on events have the type that the stream writes: `''` if it writes none. */
  distinguishMessage(): void {
    this.names[SLOT_MESSAGE] = ''
    this.names[this.#parser.handle.distinguishExplicitMessage()] = 'message'
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

  /** Some types have a slot and no listeners any more, or listeners and no slot yet. */
  get areOutdated(): boolean {
    return this.#outdated.size > 0
  }

  /** Gives slots to types and takes them from others. Must be called between two batches, because the records of a batch contain slots. */
  update(): void {
    if (!this.areOutdated) return
    for (const type of this.#outdated) {
      const slot = this.#slots.get(type)
      if (slot === undefined) {
        const given = this.#parser.giveSlot(type)
        this.names[given] = type
        this.#slots.set(type, given)
      } else {
        this.#parser.handle.forget(slot)
        this.#slots.delete(type)
        // The slot may stay free, and would keep the string.
        this.names[slot] = ''
      }
    }
    this.#outdated.clear()
    // A slot may stand for another type now.
    this.#forgetListeners()
  }

  #forgetListeners(): void {
    this.#listenersByType = []
    this.soleListener = []
  }

  #changed = (key: string): void => {
    this.#forgetListeners()
    const isWanted = this.#listeners.has(key)
    const type = serverName(key)
    // No event has a type that is empty (it means `message`) or that UTF-8 cannot express. And `message` always has a slot.
    if (type && type !== 'message' && !HALF_CHARACTER.test(type)) {
      if (isWanted === this.#slots.has(type)) this.#outdated.delete(type)
      else this.#outdated.add(type)
    } else if (key === 'comment') this.#parser.handle.wantComments(isWanted)
  }
}
