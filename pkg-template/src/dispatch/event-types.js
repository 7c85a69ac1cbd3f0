// Which types of events have listeners. Each of these has a slot in the parser, so that its listeners are found by a number.

import { serverName } from '../client/listeners.js'
import { MESSAGE } from './layout.js'

const HALF_CHARACTER = /\p{Surrogate}/u

export class EventTypes {
  #parser
  #listeners
  /** The type that each slot stands for. */
  names = ['message']
  /** The slot of each type that has one, except `message`. */
  #slots = new Map()
  /** Types that have listeners and no slot yet, and types that have a slot and no listeners any more. */
  #outdated = new Set()
  /** Events need nothing but a call of their listeners: there is no `until`, no history, and no function of the application that parses. */
  #arePlain
  /** The listeners of each slot's type, as far as they were asked for since the last change. */
  #listenersByType = []
  /** For plain events, and types with one listener that was not added by `once`: that function. */
  soleListener = []

  constructor(parser, listeners, arePlain) {
    this.#parser = parser
    this.#listeners = listeners
    this.#arePlain = arePlain
    listeners.onChange = this.#changed
  }

  /** Events have the type that the stream writes: `''` if it writes none. */
  distinguishMessage() {
    this.names[MESSAGE] = ''
    this.names[this.#parser.handle.tellMessageApart()] = 'message'
  }

  /** The listeners of a slot's type and those of all types. */
  listenersOf(slot) {
    const known = this.#listenersByType[slot]
    if (known !== undefined) return known
    const listeners = this.#listeners.ofServer(this.names[slot])
    if (this.#arePlain && listeners.length === 1 && !listeners[0].once) this.soleListener[slot] = listeners[0].listener
    return (this.#listenersByType[slot] = listeners)
  }

  /** Some types have a slot and no listeners any more, or listeners and no slot yet. */
  get isOutdated() {
    return this.#outdated.size > 0
  }

  /** Gives slots to types and takes them from others. Must be called between two batches, because the records of a batch contain slots. */
  update() {
    if (this.#outdated.size === 0) return
    for (const type of this.#outdated) {
      const slot = this.#slots.get(type)
      if (slot === undefined) {
        const given = this.#parser.giveSlot(type)
        this.names[given] = type
        this.#slots.set(type, given)
      } else {
        this.#parser.handle.forget(slot)
        this.#slots.delete(type)
        this.names[slot] = undefined
      }
    }
    this.#outdated.clear()
    // A slot may stand for another type now.
    this.#listenersByType = []
    this.soleListener = []
  }

  #changed = (key) => {
    this.#listenersByType = []
    this.soleListener = []
    const type = serverName(key)
    // No event has a type that is empty (it means `message`) or that UTF-8 cannot express.
    if (type && !HALF_CHARACTER.test(type)) this.#setWanted(type, this.#listeners.has(key))
    else if (key === 'comment') this.#parser.handle.wantComments(this.#listeners.has(key))
  }

  #setWanted(type, isWanted) {
    // `message` always has a slot.
    if (type === 'message') return
    if (isWanted === this.#slots.has(type)) this.#outdated.delete(type)
    else this.#outdated.add(type)
  }
}
