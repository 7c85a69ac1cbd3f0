// From a record to calls of listeners. There is one route for every event.

import { ownEvent, SSEEvent } from '../client/event.js'
import { isError } from '../driver/kind.js'
import { DONE, STOPPED } from '../driver/numbers.js'
import { report } from '../driver/report.js'
import { COMMENT, DATA_END, DATA_START, ID_END, ID_ONLY, ID_START, RECORD_WORDS, SLOT, TYPE_END, TYPE_START } from './layout.js'
import { MalformedText } from './text.js'

export class Dispatcher {
  #session
  #host
  #listeners
  #types
  #pauseReasons
  #position
  #counters
  #history
  #dataParser
  #until
  /** Counts the streams: a change means that the records being dispatched are of a stream that is over. */
  stream = 0
  /** Counts the connections that were ended, not only their streams: a change means that no more listeners may be called. */
  #stops = 0
  origin = ''

  constructor({ session, host, listeners, types, pauseReasons, position, counters, history, dataParser, until }) {
    this.#session = session
    this.#host = host
    this.#listeners = listeners
    this.#types = types
    this.#pauseReasons = pauseReasons
    this.#position = position
    this.#counters = counters
    this.#history = history
    this.#dataParser = dataParser
    this.#until = typeof until === 'string' ? until.trim() : until
  }

  /** The stream is over: its events are not dispatched any more. */
  discard() {
    this.stream++
  }

  /** The connection is over: the event being dispatched reaches no further listeners. */
  stop() {
    this.#stops++
  }

  /** Dispatches the current batch from its next record on. Returns false if a pause or the end of the stream stopped it before the last one. */
  dispatch(batch) {
    const { stream } = this
    while (batch.at < batch.end && !this.#pauseReasons.isPaused) {
      const slot = batch.words[batch.at + SLOT]
      const listener = slot < 0 ? undefined : this.#types.soleListener[slot]
      if (listener === undefined) this.#record(batch, slot)
      else this.#callSoleListener(batch, slot, listener)
    }
    this.#position.settle()
    return stream === this.stream && batch.at >= batch.end
  }

  /**
   * Dispatches events in a row whose type has a single listener, until that or something else changes.
   *
   * Nearly every event is one of these, so this does nothing but what an event must cost. Without it (every event by `#record`) a page
   * that was just opened needs 14 % more CPU time for 200,000 events (Chromium: 68 ms instead of 60).
   */
  #callSoleListener(batch, slot, listener) {
    const { text, words } = batch
    const { parseText } = this.#dataParser
    const { origin } = this
    const types = this.#types
    const position = this.#position
    const pauseReasons = this.#pauseReasons
    const type = types.names[slot]
    do {
      const { at } = batch
      batch.at = at + RECORD_WORDS
      const raw = text.slice(words[at + DATA_START], words[at + DATA_END])
      const idStart = words[at + ID_START]
      let id = ''
      if (idStart >= 0) {
        id = text.slice(idStart, words[at + ID_END])
        position.advance(id)
      }
      this.#counters.events++
      const event = new SSEEvent(type, raw, id, position.lastEventId, origin)
      let data = raw
      if (parseText !== undefined) {
        try {
          data = parseText(raw)
        } catch (cause) {
          if (!this.#dataParser.isBlankJson(raw)) this.#host.parseFailed(cause)
          return
        }
      }
      try {
        listener(data, event)
      } catch (error) {
        report(error)
      }
      // When wasm's memory has grown, `words` is empty.
    } while (batch.at < batch.end && words[batch.at + SLOT] === slot && types.soleListener[slot] === listener && !pauseReasons.isPaused)
  }

  /** Dispatches a record, whatever it is. */
  #record(batch, slot) {
    // All numbers are read first: what is called below may make wasm's memory grow.
    const { text, words, at } = batch
    const typeStart = words[at + TYPE_START]
    const typeEnd = words[at + TYPE_END]
    const dataStart = words[at + DATA_START]
    const dataEnd = words[at + DATA_END]
    const idStart = words[at + ID_START]
    batch.at = at + RECORD_WORDS
    if (slot === COMMENT) return this.#comment(text.slice(dataStart, dataEnd))
    let id = ''
    if (idStart >= 0) {
      id = text.slice(idStart, words[at + ID_END])
      this.#position.advance(id)
    }
    if (slot === ID_ONLY) return
    this.#counters.events++
    let type
    let listeners
    if (slot >= 0) {
      type = this.#types.names[slot]
      listeners = this.#types.listenersOf(slot)
    } else if (this.#types.isOutdated || text instanceof MalformedText) {
      // The type had no listeners when the batch was parsed, but it may have some now. And a type that is not valid UTF-8 may be,
      // once it is decoded, a type that has listeners.
      type = text.slice(typeStart, typeEnd)
      listeners = this.#listeners.ofServer(type)
    } else listeners = this.#listeners.ofAll()
    // No string is made of an event without listeners.
    if (listeners.length === 0 && this.#until === undefined && this.#history === undefined) return
    type ??= text.slice(typeStart, typeEnd)
    this.#event(new SSEEvent(type, text.slice(dataStart, dataEnd), id, this.#position.lastEventId, this.origin), listeners)
  }

  #comment(text) {
    const event = new SSEEvent('comment', text, '', this.#position.lastEventId, this.origin)
    this.#call(this.#listeners.ofLifecycle('comment'), text, event, this.#stops)
  }

  #event(given, listeners) {
    const event = this.#history ? ownEvent(given) : given
    const stops = this.#stops
    const { stream } = this
    const verdict = this.#until === undefined ? false : this.#isLast(event)
    // `until` may be a function of the application, and may have disconnected.
    if (stops !== this.#stops) return
    if (!verdict || verdict === 'deliver') this.#deliver(event, listeners, stops)
    // If a listener has opened another stream, this event does not end that one.
    if (!verdict || stream !== this.stream) return
    if (isError(verdict)) this.#host.stoppedBy(verdict)
    this.#session.handleCurrent(isError(verdict) ? STOPPED : DONE)
  }

  #deliver(event, listeners, stops) {
    if (this.#dataParser.skips(event)) return
    this.#history?.add(event)
    if (listeners.length === 0) return
    let data
    try {
      data = this.#dataParser.parse(event)
    } catch (cause) {
      if (stops === this.#stops) this.#host.parseFailed(cause)
      return
    }
    this.#call(listeners, data, event, stops)
  }

  /**
   * Calls the listeners, until one of them disconnects. If one only asks for a new stream, the others are called: the server will not
   * send this event again.
   */
  #call(listeners, data, event, stops) {
    for (let i = 0; i < listeners.length && stops === this.#stops; i++) {
      if (listeners[i].live) this.#listeners.call(listeners[i], data, event)
    }
  }

  /** What `until` decides: whether the stream ends with this event, 'deliver' to deliver the event first, or the error it ends with. */
  #isLast(event) {
    if (typeof this.#until === 'string') return event.data.trim() === this.#until
    try {
      return this.#until(event)
    } catch (error) {
      if (isError(error)) return error
      report(error)
      return false
    }
  }
}
