// From chunks to listeners: the hot path. Rust finds the events and leaves one record of offsets for each in wasm's
// memory; here the text of a whole batch becomes one string, and the fields are slices of it. That is several times
// faster than one call and two decoded strings per event, and it leaves no frame of wasm below a listener.

import { readsAhead } from '../browser/body.js'
import { now, wake } from '../browser/clock.js'
import { DONE, FAILED, FLOWING, OVERFLOWED, RECONNECTION_TIME, RESUMABLE, TOO_LARGE as EVENT_TOO_LARGE } from '../browser/numbers.js'
import { report } from '../browser/report.js'
import { SSEEvent } from './event.js'

// What `parse` and `nextBatch` return (scanner.rs).
const MORE = 1
const TOO_LARGE = 2
const INTACT = 4
const RETRY = 8

// The window (scanner.rs), in words.
const RECORDS = 0
const COUNT = 1
const TEXT = 2
const TEXT_BYTES = 3
const COMMENTS = 4

// A record (record.rs), in words.
const WORDS = 7
const SLOT = 0
const TYPE_START = 1
const TYPE_END = 2
const DATA_START = 3
const DATA_END = 4
const ID_START = 5
const ID_END = 6
const ABSENT = 0xffff_ffff
const UNHEARD = 0xffff_ffff
const COMMENT = 0xffff_fffe
const ID_ONLY = 0xffff_fffd

/** How many bytes are read ahead and kept, where the engine would read on without bound if we did not. */
const AHEAD = 2 ** 20

/** A loop that is not done with what it has after so many milliseconds is slow. Fast ones hold every event for a moment. */
const LAG = 1000

/** Who holds when the application has paused. */
export const PAUSE = 'pause'

/** A chunk is parsed in pieces of at most this many bytes, which bounds the memory it takes. */
const PIECE = 256 * 1024

// `fatal`, because in valid text, and only there, offsets can be computed. The parser has taken care of the BOM.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** Text that is not valid UTF-8, sliced by bytes: fields begin and end at ASCII, so each can be decoded by itself. */
class MalformedText {
  #bytes

  constructor(bytes) {
    // A copy, because listeners run between the slices, and wasm's memory may grow under them.
    this.#bytes = bytes.slice()
  }

  slice(start, end) {
    return lenient.decode(this.#bytes.subarray(start, end))
  }
}

export class Delivery {
  #scanner
  #driver
  #memory
  #window
  #listeners
  #until
  #parse
  /** The listeners' version that `#plans` was made from; a plan is the list of listeners of one slot. */
  #version = -1
  #plans = []
  /** The listeners' version that the current batch was parsed with. */
  #parsedVersion = -1
  #names = ['message']
  /** Counts the streams: a change says that the loop on the stack delivers one that is over. */
  #stream = 0
  /** Counts the connections that were ended, and not only their streams: a change stops an event halfway. */
  #ends = 0
  #bytes = new Uint8Array(0)
  #words = new Uint32Array(0)
  #commentsBefore = 0
  /** What the session knows: the stream carried an id it can be resumed after. */
  #resumable = false
  #history
  /** Who wants nothing to be delivered at the moment. */
  #holders = new Set()
  #held = false
  /** What is left of a chunk whose delivery was held, and where it goes on. */
  #rest
  /** The chunks after it, in an engine that reads ahead, and how much that is. */
  #ahead = []
  #aheadBytes = 0
  #readsAhead
  /** More came than is kept, and the stream may have been let go of for it. */
  #overflowed = false
  /** Who waits until everything has been delivered. */
  #waiting
  /** When the stream last said something, or was not listened to: by the page's clock and by the computer's. */
  #heardAt = 0
  #heardOn = 0
  /** The same for the last byte, or the beginning of the stream. */
  #byteAt = 0
  #byteOn = 0

  origin = ''
  lastEventId = ''
  stats = { bytes: 0, events: 0, comments: 0 }
  /** Told why, whenever an event could not be parsed. */
  onParseError

  constructor(scanner, memory, driver, listeners, history, { until, parse }) {
    this.#scanner = scanner
    this.#memory = memory
    this.#driver = driver
    this.#window = scanner.window() >>> 2
    this.#listeners = listeners
    this.#history = history
    this.#until = until
    this.#parse = parse
    this.#readsAhead = readsAhead()
  }

  /** A type is listened to: from now on its records bear its slot. */
  listen(type) {
    const name = encoder.encode(type)
    const place = this.#scanner.name(name.length)
    this.#view()
    this.#bytes.set(name, place)
    this.#names[this.#scanner.listen()] = type
  }

  /** The stream being delivered is over, whatever of it has been received. */
  release() {
    this.#stream++
    this.#rest = this.#waiting = undefined
    this.#ahead = []
    this.#aheadBytes = 0
  }

  /** The connection is over: what is being delivered reaches nobody any more. */
  end() {
    this.#ends++
  }

  /** Delivers nothing more, not even of what has been received, until `who` lets go. */
  hold(who) {
    this.#holders.add(who)
    this.#held = true
  }

  letGo(who) {
    if (!this.#holders.delete(who) || this.#holders.size > 0) return
    this.#held = false
    // Not at once: the caller may be a listener, or wasm in the middle of its work. And by a promise, since test set-ups
    // replace `queueMicrotask`.
    if (this.#rest) Promise.resolve().then(this.#continue)
    if (this.#overflowed) {
      this.#overflowed = false
      this.#driver.handle(FLOWING)
    }
    this.#excuse()
  }

  /** A stream begins. */
  begin() {
    this.#scanner.reset()
    this.hear()
  }

  /** The stream says something. */
  hear() {
    this.#byteAt = this.#heardAt = now()
    this.#byteOn = this.#heardOn = Date.now()
  }

  /** It would have been wrong to expect a word so far. */
  #excuse() {
    this.#heardAt = now()
    this.#heardOn = Date.now()
  }

  /** For how many milliseconds nothing was heard, though it was listened to. */
  get silence() {
    return this.#held ? 0 : since(this.#heardAt, this.#heardOn)
  }

  /** How many milliseconds ago the last byte came, or the stream began. */
  get lastByte() {
    return since(this.#byteAt, this.#byteOn)
  }

  /** The stream carried an id; one that the application gave does not count as such. */
  #carried(id) {
    this.lastEventId = id
    const resumable = id !== ''
    if (resumable !== this.#resumable) {
      this.#resumable = resumable
      this.#driver.handle(RESUMABLE, Number(resumable))
    }
  }

  /** A fresh stream begins after the id the application gave, if any. */
  startFrom(id) {
    this.lastEventId = id
    this.#resumable = false
  }

  /**
   * Takes a chunk from the body's reader. Nothing it calls may throw. If nothing more is to be read for now, it returns a
   * promise that is fulfilled when that is over.
   */
  chunk(bytes) {
    this.stats.bytes += bytes.length
    this.hear()
    this.stats.lastByteAt = this.#byteAt
    if (!this.#rest) this.#pieces(bytes, 0)
    else {
      this.#ahead.push(bytes)
      this.#aheadBytes += bytes.length
    }
    return this.#rest && !this.#mayReadOn() ? this.left() : undefined
  }

  /** Fulfilled when everything that was taken has been delivered; undefined if it has been already. */
  left() {
    if (this.#rest) return new Promise((delivered, failed) => (this.#waiting = { delivered, failed }))
  }

  /** What is read nowhere else is better kept here, where it is bounded. */
  #mayReadOn() {
    if (!this.#readsAhead) return false
    if (!this.#isTooMuch) return true
    // An engine may hand over in one chunk all it has taken meanwhile, and a fast loop is soon done with that.
    if (this.#ahead.length > 0 || this.#holders.has(PAUSE)) this.#overflow()
    else this.#lookLater(this.#rest.bytes)
    return false
  }

  #lookLater(chunk) {
    wake(() => {
      if (this.#rest?.bytes === chunk && this.#isTooMuch) this.#overflow()
    }, LAG)
  }

  get #isTooMuch() {
    return this.#aheadBytes + this.#rest.bytes.length - this.#rest.next > AHEAD
  }

  #overflow() {
    // Nobody holds any more: it will go on in a moment, and then nobody would say that it may.
    if (!this.#held) return
    this.#overflowed = true
    this.#driver.handle(OVERFLOWED)
  }

  /** Goes on where delivery was held. */
  #continue = () => {
    if (!this.#rest || this.#held) return
    const stream = this.#stream
    const waiting = this.#waiting
    try {
      this.#goOn(this.#rest)
      while (!this.#rest && this.#ahead.length > 0) this.#takeAhead()
    } catch (error) {
      if (!waiting) throw error
      waiting.failed(error)
    }
    if (this.#rest || stream !== this.#stream) return
    this.#waiting = undefined
    waiting?.delivered()
  }

  #goOn({ batch, piece, bits, bytes, next }) {
    this.#rest = undefined
    if (batch === undefined || this.#batches(piece, bits, batch)) this.#pieces(bytes, next)
    else if (this.#rest) Object.assign(this.#rest, { bytes, next })
  }

  #takeAhead() {
    const bytes = this.#ahead.shift()
    this.#aheadBytes -= bytes.length
    this.#pieces(bytes, 0)
  }

  /** Delivers the chunk from there on. */
  #pieces(bytes, at) {
    for (; at < bytes.length && !this.#held; at += PIECE) {
      if (!this.#piece(bytes.length <= PIECE ? bytes : bytes.subarray(at, at + PIECE))) {
        if (this.#rest) Object.assign(this.#rest, { bytes, next: at + PIECE })
        return
      }
    }
    if (this.#held) this.#rest = { bytes, next: at }
  }

  /** Delivers a piece of a chunk. False: not all of it, for the moment or for good. */
  #piece(piece) {
    const place = this.#scanner.spare(piece.length)
    if (place === 0) {
      this.#tooLarge()
      return false
    }
    this.#view()
    this.#bytes.set(piece, place)
    this.#parsedVersion = this.#listeners.version
    const bits = this.#scanner.parse(piece.length)
    return this.#batches(piece, bits, this.#batch(piece, bits))
  }

  /** Delivers the batches of a piece, from this one on. `bits` is what `parse` said of it. */
  #batches(piece, bits, batch) {
    for (;;) {
      if (batch !== undefined && !this.#records(batch)) {
        if (this.#rest) Object.assign(this.#rest, { piece, bits })
        return false
      }
      if (bits & TOO_LARGE) {
        this.#tooLarge()
        return false
      }
      if (!(bits & MORE)) return true
      this.#parsedVersion = this.#listeners.version
      bits = this.#scanner.nextBatch()
      batch = this.#batch(piece, bits)
    }
  }

  /** Renews the views of wasm's memory if it has grown: that detaches them, and any listener may cause it. */
  #view() {
    if (this.#words.length === 0) {
      this.#bytes = new Uint8Array(this.#memory.buffer)
      this.#words = new Uint32Array(this.#memory.buffer)
    }
  }

  /** An event is beyond the limit, and everything before it has been delivered. */
  #tooLarge() {
    this.#driver.handleCurrent(FAILED, EVENT_TOO_LARGE)
    this.#scanner.reset()
  }

  #countComments() {
    const comments = this.#words[this.#window + COMMENTS]
    this.stats.comments += (comments - this.#commentsBefore) >>> 0
    this.#commentsBefore = comments
  }

  /** The batch that was just parsed: its text, and where its records are. Undefined if there are none. */
  #batch(piece, bits) {
    this.#view()
    if (bits & RETRY) this.#driver.handle(RECONNECTION_TIME, this.#scanner.retry())
    this.#countComments()
    const count = this.#words[this.#window + COUNT]
    if (count === 0) return undefined
    const text = this.#text(piece, bits)
    const at = this.#words[this.#window + RECORDS] >>> 2
    return { text, at, end: at + count * WORDS }
  }

  /** Delivers the records of a batch. False: not all of them, for the moment or for good. */
  #records(batch) {
    const stream = this.#stream
    const { text, end } = batch
    let words = this.#current(this.#words)
    this.#renewPlans()
    for (let at = batch.at; at < end; at += WORDS) {
      if (this.#held) {
        batch.at = at
        this.#rest = { batch }
        return false
      }
      const slot = words[at + SLOT]
      if (slot === COMMENT) {
        this.#comment(text.slice(words[at + DATA_START], words[at + DATA_END]))
      } else {
        let id = ''
        if (words[at + ID_START] !== ABSENT) {
          id = text.slice(words[at + ID_START], words[at + ID_END])
          this.#carried(id)
          words = this.#current(words)
        }
        if (slot === ID_ONLY) continue
        this.stats.events++
        const listeners = this.#plan(slot, text, words, at)
        // Nobody wants it: it costs no string.
        if (listeners.length === 0 && this.#until === undefined && !this.#history) continue
        const type = slot === UNHEARD ? text.slice(words[at + TYPE_START], words[at + TYPE_END]) : this.#names[slot]
        const data = text.slice(words[at + DATA_START], words[at + DATA_END])
        this.#event(listeners, new SSEEvent(type, data, id, this.lastEventId, this.origin))
      }
      if (stream !== this.#stream) return false
      words = this.#current(words)
    }
    return true
  }

  /** The view of the records after something that may have made wasm's memory grow. */
  #current(words) {
    if (words.length > 0) return words
    this.#view()
    return this.#words
  }

  /** The text the records refer to, with offsets made to fit it. */
  #text(piece, bits) {
    const start = this.#words[this.#window + TEXT]
    const length = this.#words[this.#window + TEXT_BYTES]
    // The piece itself where it can serve: engines decode their own memory faster than wasm's.
    const bytes = bits & INTACT ? piece : this.#bytes.subarray(start, start + length)
    let text
    try {
      text = strict.decode(bytes)
    } catch {
      return new MalformedText(bytes)
    }
    // As many units as bytes: all ASCII, and the offsets are right as they are.
    if (text.length !== length) this.#scanner.toUtf16()
    return text
  }

  /** Forgets what depends on the listeners if they have changed. */
  #renewPlans() {
    if (this.#version !== this.#listeners.version) {
      this.#version = this.#listeners.version
      this.#plans = []
    }
  }

  /** Who hears the event of this record. */
  #plan(slot, text, words, at) {
    this.#renewPlans()
    if (slot !== UNHEARD) return (this.#plans[slot] ??= this.#listeners.ofServer(this.#names[slot]))
    // Nobody had asked for it by name when the batch was parsed, but meanwhile somebody may have.
    // And one that is not valid UTF-8 may, once decoded, be a type somebody listens to.
    if (this.#version === this.#parsedVersion && !(text instanceof MalformedText)) return this.#listeners.ofAll()
    return this.#listeners.ofServer(text.slice(words[at + TYPE_START], words[at + TYPE_END]))
  }

  #event(listeners, event) {
    const ends = this.#ends
    if (this.#until !== undefined && this.#isLast(event)) return this.#driver.handleCurrent(DONE)
    // `until` may be a function of the application's, and may have disconnected.
    if (ends !== this.#ends) return
    if (listeners.length === 0) return this.#history?.add(event)
    let data
    try {
      data = this.#parsed(event)
    } catch (cause) {
      if (ends === this.#ends) this.onParseError(cause)
      return
    }
    this.#history?.add(event)
    this.#call(listeners, data, event, ends)
  }

  /**
   * Calls the listeners, until one of them disconnects. One that only asks for a new stream takes the event from nobody:
   * the server will not send it again.
   */
  #call(listeners, data, event, ends) {
    for (const entry of listeners) {
      if (ends !== this.#ends) return
      if (entry.live) this.#listeners.call(entry, data, event)
    }
  }

  #isLast(event) {
    if (typeof this.#until === 'string') return event.data === this.#until
    try {
      return Boolean(this.#until(event))
    } catch (error) {
      report(error)
      return false
    }
  }

  #parsed(event) {
    switch (this.#parse) {
      case 'auto':
        return parseAuto(event.data)
      case 'json':
        return JSON.parse(event.data)
      case 'text':
        return event.data
      default:
        return this.#parse(event.data, event)
    }
  }

  #comment(text) {
    const event = new SSEEvent('comment', text, '', this.lastEventId, this.origin)
    this.#call(this.#listeners.ofLifecycle('comment'), text, event, this.#ends)
  }
}

/** Milliseconds since a moment by both clocks: the page's may stand still while the computer sleeps. */
const since = (at, on) => Math.max(now() - at, Date.now() - on)

/** JSON objects and arrays are parsed; everything else, and what only looks like one, is text. */
function parseAuto(text) {
  let at = 0
  let code = text.charCodeAt(at)
  while (code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d) code = text.charCodeAt(++at)
  if (code !== 0x7b && code !== 0x5b) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
