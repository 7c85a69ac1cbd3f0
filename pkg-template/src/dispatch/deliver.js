// From chunks to listeners: the hot path. Rust finds the events and leaves one record of offsets for each in wasm's
// memory; here the text of a whole batch becomes one string, and the fields are slices of it. That is several times
// faster than one call and two decoded strings per event, and it leaves no frame of wasm below a listener.

import { Beginning, KEPT, readsAhead } from '../driver/body.js'
import { date, forget, now, wake } from '../driver/clock.js'
import { DONE, FAILED, FLOWING, OVERFLOWED, RECONNECTION_TIME, RESUMABLE, STOPPED, TOO_LARGE as EVENT_TOO_LARGE } from '../driver/numbers.js'
import { isError } from '../driver/kind.js'
import { report } from '../driver/report.js'
import { isPosition } from '../driver/request.js'
import { ownEvent, SSEEvent } from '../client/event.js'
import { ownText } from '../client/own.js'

// What `parse` and `nextBatch` return (scanner.rs).
const MORE = 1
const TOO_LARGE = 2
const INTACT = 4
const RETRY = 8
const SINGLE = 32

// The window (scanner.rs), in words.
const RECORDS = 0
const COUNT = 1
const TEXT = 2
const TEXT_BYTES = 3
const COMMENTS = 4
const VACANT = 5
const VACANT_BYTES = 6

// A record (record.rs), in words. They are read as signed numbers, which engines handle better; a field that is absent
// begins below 0.
const WORDS = 7
const SLOT = 0
const TYPE_START = 1
const TYPE_END = 2
const DATA_START = 3
const DATA_END = 4
const ID_START = 5
const ID_END = 6
const MESSAGE = 0
const UNHEARD = -1
const COMMENT = -2
const ID_ONLY = -3
const NO_SLOT = -4

/** How many bytes are read ahead and kept, where the engine would read on without bound if we did not. */
const AHEAD = 2 ** 20

/** A loop that is not done with what it has after so many milliseconds is slow. Fast ones hold every event for a moment. */
const LAG = 1000

/** After more chunks than this within a millisecond the clocks are left alone for so many milliseconds. */
const REPEATS = 8
const BURST = 16

const LF = 0x0a
const COLON = 0x3a
const A = 0x61
const D = 0x64
const T = 0x74

/** Who holds when the application has paused. */
export const PAUSE = 'pause'

/**
 * A chunk that may be an event by itself has at most this many bytes. A larger one may as well be many, and would have been
 * decoded in vain.
 */
const FEW = 4096

const NOTHING = new Uint8Array(0)

/** The bytes that complete an unfinished line and its event. */
const COMPLETION = Uint8Array.of(LF, LF)

const NAMES = ['data', 'event', 'id', 'retry']

/** A line that is blank, a comment, or perhaps a field: a name in lower case and a colon, also one that the standard does not know. */
const FIELD = /^(?::|[a-z][a-z0-9_-]*:|(?:data|event|id|retry|\s*)$)/

/**
 * A chunk is parsed in pieces of at most this many bytes. Each field of an event is a slice of the text of its piece, so an
 * application that keeps a field keeps that text.
 *
 * Measured with a stream of 114 MB of which 1,925 fields are kept (Chromium): 16 MB stay in memory, and 110 with pieces of 256 KB.
 * The stream takes as long (0.58 s). Without a network (Node) the time grows by 5 to 15 %, and by a quarter for lines of 16 KB.
 */
const PIECE = 8 * 1024

/** A text of more characters holds an event that is larger than a piece. */
const LONG = 2 * PIECE

// `fatal`, because in valid text, and only there, offsets can be computed. The parser has taken care of the BOM.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

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

/** The text of a large event and its neighbours: whatever is less than half of it is copied, and so does not keep it in memory. */
class LongText {
  #text

  constructor(text) {
    this.#text = text
  }

  slice(start, end) {
    const slice = this.#text.slice(start, end)
    return 2 * slice.length < this.#text.length ? ownText(slice) : slice
  }
}

export class Delivery {
  #scanner
  #driver
  #memory
  #window
  #listeners
  #until
  /** From the text to what listeners get; undefined if that is the text. */
  #parse
  /** That is a function of the application's, which may do anything. */
  #isCustom
  /** `parse` is 'json', which skips empty data. */
  #isJson
  /** Events that have a type but no data are delivered (the option `emptyEvents`). */
  #emptyEvents
  /** Somebody may want an event that has no listeners: `until`, or the history. */
  #wantsAll
  /** Who hears the events of each slot, as far as that was asked since the listeners last changed. */
  #plans = []
  /** The same for slots with a single listener, to be called again and again: the function itself. */
  #solos = []
  /** Counts whatever may change how the loop on the stack has to go on. */
  #changes = 0
  /** The type that each slot stands for. */
  #names = ['message']
  /** The slot of each type that the parser knows, beside `message`. */
  #slots = new Map()
  /** Types to give a slot to (they have listeners and no slot), and types to take it from (they have no listeners any more). */
  #unsettled = new Set()
  /** Counts the streams: a change says that the loop on the stack delivers one that is over. */
  #stream = 0
  /** Counts the connections that were ended, and not only their streams: a change stops an event halfway. */
  #ends = 0
  #bytes = new Uint8Array(0)
  #words = new Int32Array(0)
  #byteCount = 0
  #events = 0
  #comments = 0
  /** What the session knows: the stream carried an id it can be resumed after. */
  #resumable = false
  /** The last chunk was one event, and nothing is left over from it. */
  #single = false
  /** The most bytes of an event that is delivered without the parser. */
  #singleLimit
  #history
  /** An event that the end of the stream cut off is delivered (the option `unfinished`). */
  #deliversUnfinished
  /** The first bytes of the stream, until its first event: perhaps it is no event stream. */
  #beginning
  /** How many events there had been before this stream. */
  #eventsBefore = 0
  /** Who wants nothing to be delivered at the moment. */
  #holders = new Set()
  #held = false
  /** What is left of a chunk whose delivery was held, and where it goes on. */
  #rest
  /** The chunks after it, in an engine that reads ahead, and how much that is. */
  #ahead = []
  #aheadBytes = 0
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
  /** The same for the last byte alone, of whichever stream. */
  #lastByteAt
  /** When the clocks were last read for a byte, by the computer's. */
  #stampedOn
  /** How many chunks have come since then within the same millisecond. */
  #repeats = 0
  /** So many that the clocks are not read until this timer fires. */
  #burst
  /** How much had come when the clocks were last of interest. */
  #byteCountThen = 0

  /** Chunks may be kept after `chunk` has returned. */
  keeps = readsAhead()
  origin = ''
  lastEventId = ''
  /** Called with the reason whenever an event could not be parsed. */
  onParseError
  /** Called with the error that `until` ends the connection with. */
  onStop
  /** Called with the kind of a `debug` entry and its payload; undefined if there are none. */
  onDebug

  constructor(scanner, memory, driver, listeners, history, { until, parse, maxEventBytes, emptyEvents, unfinished }) {
    this.#scanner = scanner
    this.#memory = memory
    this.#driver = driver
    this.#window = scanner.window() >>> 2
    this.#listeners = listeners
    this.#history = history
    this.#until = typeof until === 'string' ? until.trim() : until
    this.#deliversUnfinished = unfinished === 'deliver'
    this.#parse = typeof parse === 'string' ? PARSERS[parse] : parse
    this.#isJson = parse === 'json'
    this.#emptyEvents = emptyEvents
    // In these cases what happens to empty data depends on the event, which the faster paths do not look at.
    this.#isCustom = typeof parse === 'function' || (this.#isJson && emptyEvents)
    this.#wantsAll = until !== undefined || history !== undefined
    this.#singleLimit = Math.min(maxEventBytes, FEW)
  }

  /** Says whether a type is listened to. The next batch is parsed accordingly. */
  listen(type, isHeard) {
    // `message` always has a slot.
    if (type === 'message') return
    if (isHeard === this.#slots.has(type)) this.#unsettled.delete(type)
    else this.#unsettled.add(type)
  }

  /** Gives slots to types and takes them back. Only between two batches, because the records of a batch contain slots. */
  #settleTypes() {
    for (const type of this.#unsettled) {
      const slot = this.#slots.get(type)
      if (slot === undefined) this.#giveSlot(type)
      else {
        this.#scanner.forget(slot)
        this.#slots.delete(type)
        this.#names[slot] = undefined
      }
    }
    this.#unsettled.clear()
    // A slot may stand for another type now.
    this.#plans = []
    this.#solos = []
  }

  #giveSlot(type) {
    const name = encoder.encode(type)
    const place = this.#scanner.name(name.length)
    if (this.#words.length === 0) this.#renewViews()
    this.#bytes.set(name, place)
    const slot = this.#scanner.listen()
    this.#names[slot] = type
    this.#slots.set(type, slot)
  }

  /** From now on events bear their type as the stream writes it: `''` if it writes none. */
  tellMessageApart() {
    this.#names[0] = ''
    this.#names[this.#scanner.tellMessageApart()] = 'message'
  }

  /** The listeners have changed. */
  renewPlans() {
    this.#changes++
    this.#plans = []
    this.#solos = []
  }

  /** The stream being delivered is over, whatever of it has been received. */
  release() {
    this.#catchUp()
    this.#stream++
    this.#changes++
    this.#rest = this.#waiting = undefined
    this.#ahead = []
    this.#aheadBytes = 0
  }

  /** The connection is closed: until the next one nothing is needed. */
  close() {
    this.end()
    this.#scanner.release()
  }

  /** The connection is over: what is being delivered reaches nobody any more. */
  end() {
    this.#ends++
    this.#changes++
  }

  /** Delivers nothing more, not even of what has been received, until `who` lets go. */
  hold(who) {
    this.#holders.add(who)
    this.#held = true
    this.#changes++
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
    this.#single = false
    this.#beginning = new Beginning(KEPT)
    this.#eventsBefore = this.#events
    this.#stampedOn = undefined
    this.#excuse()
    this.#byteAt = this.#heardAt
    this.#byteOn = this.#heardOn
  }

  /**
   * The stream says something. It may do so every microsecond: the dearer of the clocks is read once per millisecond, and
   * in a burst neither, because even the cheaper one takes as long as a small chunk (in Firefox three times as long).
   */
  #hear() {
    if (this.#burst !== undefined) return
    const on = date()
    if (on !== this.#stampedOn) {
      this.#repeats = 0
      this.#stampedOn = this.#byteOn = this.#heardOn = on
      this.#lastByteAt = this.#byteAt = this.#heardAt = now()
    } else if (++this.#repeats > REPEATS) {
      this.#catchUp()
      // Without timers the clocks are read for each chunk.
      this.#burst = wake(this.#catchUp, BURST)
    }
  }

  /**
   * Says of what came unseen that it came just now: in a burst, or while the computer's clock stood still, as test set-ups
   * make it do. By that clock so much has passed as by the page's, since the computer may have slept in the meantime.
   *
   * With that a burst is over. If it is not, that will show again.
   */
  #catchUp = () => {
    const isNew = this.#byteCount !== this.#byteCountThen
    const isUnseen = this.#burst !== undefined || date() === this.#stampedOn
    this.#byteCountThen = this.#byteCount
    this.#repeats = 0
    forget(this.#burst)
    this.#burst = undefined
    if (!isNew || !isUnseen) return
    const at = now()
    this.#byteOn += at - this.#byteAt
    this.#heardOn = Math.max(this.#heardOn, this.#byteOn)
    this.#lastByteAt = this.#byteAt = this.#heardAt = at
  }

  get stats() {
    this.#catchUp()
    const stats = { bytes: this.#byteCount, events: this.#events, comments: this.#comments }
    if (this.#lastByteAt !== undefined) stats.lastByteAt = this.#lastByteAt
    return stats
  }

  /** It would have been wrong to expect a word so far. */
  #excuse() {
    this.#heardAt = now()
    this.#heardOn = date()
  }

  /** For how many milliseconds nothing was heard, though it was listened to. */
  get silence() {
    this.#catchUp()
    return this.#held ? 0 : since(this.#heardAt, this.#heardOn)
  }

  /** How many milliseconds ago the last byte came, or the stream began. */
  get lastByte() {
    this.#catchUp()
    return since(this.#byteAt, this.#byteOn)
  }

  /** The stream carried an id, empty or not; one that the application gave does not count as such. */
  #carried(id) {
    // It may stay for the life of the client, and would keep the text it is a slice of.
    this.lastEventId = ownText(id)
    const resumable = isPosition(this.lastEventId)
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
    this.#byteCount += bytes.length
    this.#hear()
    if (!this.#rest) this.#pieces(bytes, 0)
    else {
      this.#ahead.push(bytes)
      this.#aheadBytes += bytes.length
    }
    if (this.#beginning !== undefined) this.#keepBeginning(bytes)
    if (!this.#rest || this.#mayReadOn()) return undefined
    // The stream may have been closed because too much of it had come. Then nothing is left to be delivered.
    return this.#rest && this.#allDelivered()
  }

  /** The body has ended, or has failed with `error`. If events are still to be delivered, returns a promise for that. */
  left(error) {
    const stream = this.#stream
    if (error === undefined && this.#deliversUnfinished) this.#complete()
    if (this.#rest) return this.#allDelivered().then(() => stream === this.#stream && this.#logIgnored())
    if (stream === this.#stream) this.#logIgnored()
  }

  /** Delivers the event that the end has cut off. */
  #complete() {
    if (this.#rest) this.#ahead.push(COMPLETION)
    else this.#pieces(COMPLETION, 0)
  }

  /** A promise that is fulfilled when all events received so far have been delivered. */
  #allDelivered() {
    return new Promise((delivered, failed) => (this.#waiting = { delivered, failed }))
  }

  #keepBeginning(bytes) {
    if (this.#isWithoutEvents) this.#beginning.chunk(bytes)
    else this.#beginning = undefined
  }

  /** Whether the stream has brought no event so far. */
  get #isWithoutEvents() {
    return this.#events === this.#eventsBefore
  }

  /** After the end: the first 64 KiB of a stream that has brought no event but other text, else undefined. */
  get foreignText() {
    if (!this.#isWithoutEvents || this.#beginning === undefined) return
    const text = this.#beginning.text()
    if (isForeign(text, this.#beginning.isFull)) return text
  }

  /** Makes `debug` entries for an event that the end of the stream cut off, and for lines that were ignored. */
  #logIgnored() {
    if (!this.onDebug) return
    if (this.#isCutOff()) this.onDebug('unfinished', { lastEventId: this.lastEventId })
    const lines = this.#scanner.ignoredLines()
    if (lines > 0) this.onDebug('ignored-lines', { lines })
  }

  /** Whether the end of the stream cut off an event: two more line feeds would complete one. */
  #isCutOff() {
    const place = this.#scanner.spare(COMPLETION.length)
    if (place === 0) return false
    this.#renewViews()
    this.#bytes.set(COMPLETION, place)
    this.#scanner.parse(COMPLETION.length)
    if (this.#words.length === 0) this.#renewViews()
    const words = this.#words
    const at = words[this.#window + RECORDS] >>> 2
    const end = at + words[this.#window + COUNT] * WORDS
    for (let record = at; record < end; record += WORDS) if (words[record + SLOT] > COMMENT) return true
    return false
  }

  /** What is read nowhere else is better kept here, where it is bounded. */
  #mayReadOn() {
    if (!this.keeps) return false
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

  #goOn({ text, at, end, piece, bits, bytes, next }) {
    this.#rest = undefined
    const isDone = text === undefined || (this.#records(text, at, end, piece, bits) && this.#after(piece, bits))
    if (isDone) this.#pieces(bytes, next)
    else if (this.#rest) Object.assign(this.#rest, { bytes, next })
  }

  #takeAhead() {
    const bytes = this.#ahead.shift()
    if (bytes !== COMPLETION) this.#aheadBytes -= bytes.length
    this.#pieces(bytes, 0)
  }

  /**
   * Delivers the chunk from there on.
   *
   * This and what it calls is run through once per chunk, of which there may be one for each event, so it is one function:
   * engines throw optimised code away now and then, and until they have made it anew, calls are what costs.
   */
  #pieces(bytes, at) {
    const stream = this.#stream
    if (this.#single && at === 0 && this.#isDelivered(bytes)) {
      if (stream !== this.#stream) return
      at = PIECE
    }
    const window = this.#window
    for (; at < bytes.length && !this.#held; at += PIECE) {
      const piece = bytes.length <= PIECE ? bytes : bytes.subarray(at, at + PIECE)
      const { length } = piece
      if (this.#unsettled.size > 0) this.#settleTypes()
      if (this.#words.length === 0) this.#renewViews()
      let place
      // Otherwise there is no room as it is.
      if (length <= this.#words[window + VACANT_BYTES]) place = this.#words[window + VACANT] >>> 0
      else {
        place = this.#scanner.spare(length)
        if (place === 0) return this.#tooLarge()
        if (this.#words.length === 0) this.#renewViews()
      }
      this.#bytes.set(piece, place)
      const bits = this.#scanner.parse(length)
      this.#single = (bits & SINGLE) !== 0
      // Often it is but a part of a line, or of an event. Then no bit says that there is something to deliver.
      if ((bits & ~INTACT) !== 0 && !(this.#batch(piece, bits) && this.#after(piece, bits))) {
        if (this.#rest) Object.assign(this.#rest, { bytes, next: at + PIECE })
        return
      }
    }
    // A chunk that is done with is not kept for that: in Firefox it may have megabytes.
    if (this.#held) this.#rest = at < bytes.length ? { bytes, next: at } : { bytes: NOTHING, next: 0 }
  }

  /**
   * Delivers a chunk that is one event, of one `data` line and nothing else, as most servers send it that flush after each
   * event. False: it is anything else.
   *
   * Here it never enters wasm, because finding one line end costs less than going there: writing, parsing and reading the
   * record take a third of what such an event costs.
   */
  #isDelivered(bytes) {
    const end = bytes.length - 2
    if (this.#solos[MESSAGE] === undefined || this.#wantsAll || this.#held || end > this.#singleLimit) return false
    // What is surely not one is not decoded in vain.
    if (bytes[0] !== D || bytes[end] !== LF || bytes[end + 1] !== LF) return false
    let text
    try {
      text = strict.decode(bytes)
    } catch {
      return false
    }
    const last = text.length - 2
    // Letter by letter, because `startsWith` takes several times as long, and `includes` in WebKit twice as long as `indexOf`.
    const isData = text.charCodeAt(1) === A && text.charCodeAt(2) === T && text.charCodeAt(3) === A && text.charCodeAt(4) === COLON
    if (!isData || text.indexOf('\n') !== last || text.indexOf('\r') !== -1) return false
    this.#hand(this.#solos[MESSAGE], text.slice(text[5] === ' ' ? 6 : 5, last))
    return true
  }

  /** Gives an event without type and id to its only listener: one turn of the loop in `#rush`, without a record to read. */
  #hand(listener, raw) {
    const event = new SSEEvent(this.#names[MESSAGE], raw, '', this.lastEventId, this.origin)
    this.#events++
    let data = raw
    if (this.#parse !== undefined) {
      try {
        data = this.#parse(raw)
      } catch (cause) {
        return this.#unparsable(raw, cause)
      }
    }
    try {
      listener(data, event)
    } catch (error) {
      report(error)
    }
  }

  /** Delivers the batches after one of which `bits` was said. False: not all of them, for the moment or for good. */
  #after(piece, bits) {
    while (!(bits & TOO_LARGE)) {
      if (!(bits & MORE)) return true
      if (this.#unsettled.size > 0) this.#settleTypes()
      bits = this.#scanner.nextBatch()
      if (!this.#batch(piece, bits)) return false
    }
    this.#tooLarge()
    return false
  }

  /** Wasm's memory has grown, as any listener may cause it to: that detaches the views, which have no length any more. */
  #renewViews() {
    this.#bytes = new Uint8Array(this.#memory.buffer)
    this.#words = new Int32Array(this.#memory.buffer)
  }

  /** An event is beyond the limit, and everything before it has been delivered. */
  #tooLarge() {
    this.#driver.handleCurrent(FAILED, EVENT_TOO_LARGE)
    this.#scanner.reset()
  }

  /** Delivers the batch that was just parsed. False: not all of it, for the moment or for good. */
  #batch(piece, bits) {
    if (this.#words.length === 0) this.#renewViews()
    if (bits & RETRY) this.#driver.handle(RECONNECTION_TIME, this.#scanner.retry())
    const words = this.#words
    const window = this.#window
    this.#comments += words[window + COMMENTS]
    const count = words[window + COUNT]
    if (count === 0) return true
    const at = words[window + RECORDS] >>> 2
    return this.#records(this.#text(piece, bits), at, at + count * WORDS, piece, bits)
  }

  /** Delivers records. Returns false if delivery has stopped before the last one, because it is paused or the stream is closed. */
  #records(text, at, end, piece, bits) {
    const stream = this.#stream
    for (; at < end; at += WORDS) {
      if (!this.#held && !this.#wantsAll) {
        if (this.#words.length === 0) this.#renewViews()
        at = this.#rush(this.#words, text, at, end)
      }
      if (stream !== this.#stream) return false
      if (at >= end) return true
      if (this.#held) {
        this.#rest = { text, at, end, piece, bits }
        return false
      }
      this.#record(text, at)
      if (stream !== this.#stream) return false
    }
    return true
  }

  /**
   * Delivers events as long as each has one listener and nothing else to it, and returns where it stopped.
   *
   * It is what nearly every event goes through, so it does nothing but what an event must cost: the slices of its fields,
   * one object, one call. Whatever a listener may have changed (listeners, state, wasm's memory) shows in one number
   * and one length. (What it shares with `#hand` is in it once more: a call for it cost Firefox a tenth.)
   */
  #rush(words, text, at, end) {
    const parse = this.#parse
    const { origin } = this
    const names = this.#names
    const solos = this.#solos
    const changes = this.#changes
    const stream = this.#stream
    const before = this.lastEventId
    let lastEventId = before
    let slot = NO_SLOT
    let listener
    let type
    while (at < end) {
      if (words[at + SLOT] !== slot) {
        slot = words[at + SLOT]
        if (slot < 0 || solos[slot] === undefined) break
        listener = solos[slot]
        type = names[slot]
      }
      let id = ''
      const idStart = words[at + ID_START]
      if (idStart >= 0) {
        id = text.slice(idStart, words[at + ID_END])
        if ((id !== '') !== this.#resumable) break
        this.lastEventId = lastEventId = id
      }
      const raw = text.slice(words[at + DATA_START], words[at + DATA_END])
      const event = new SSEEvent(type, raw, id, lastEventId, origin)
      at += WORDS
      this.#events++
      let data = raw
      if (parse !== undefined) {
        try {
          data = parse(raw)
        } catch (cause) {
          this.#unparsable(raw, cause)
          break
        }
      }
      try {
        listener(data, event)
      } catch (error) {
        report(error)
      }
      if (changes !== this.#changes || words.length === 0) break
    }
    // Whether the client can resume after an id is checked once, for the last one: checking each id would cost more than all else here.
    if (lastEventId !== before && stream === this.#stream) this.#carried(lastEventId)
    return at
  }

  /** Delivers one record, whatever it is. */
  #record(text, at) {
    if (this.#words.length === 0) this.#renewViews()
    // All numbers are taken first: what is called below may make wasm's memory grow.
    const words = this.#words
    const slot = words[at + SLOT]
    const typeStart = words[at + TYPE_START]
    const typeEnd = words[at + TYPE_END]
    const dataStart = words[at + DATA_START]
    const dataEnd = words[at + DATA_END]
    const idStart = words[at + ID_START]
    if (slot === COMMENT) return this.#comment(text.slice(dataStart, dataEnd))
    const id = idStart < 0 ? undefined : text.slice(idStart, words[at + ID_END])
    if (id !== undefined) this.#carried(id)
    if (slot === ID_ONLY) return
    this.#events++
    const typeOf = () => (slot === UNHEARD ? text.slice(typeStart, typeEnd) : this.#names[slot])
    const listeners = this.#plan(slot, typeOf, text)
    // No string is made of what nobody hears.
    if (listeners.length === 0 && !this.#wantsAll) return
    const event = new SSEEvent(typeOf(), text.slice(dataStart, dataEnd), id ?? '', this.lastEventId, this.origin)
    this.#event(listeners, this.#history ? ownEvent(event) : event)
  }

  /** The text the records refer to, with offsets made to fit it. */
  #text(piece, bits) {
    const length = this.#words[this.#window + TEXT_BYTES]
    // The piece itself where it can serve: engines decode their own memory faster than wasm's.
    let bytes = piece
    if (!(bits & INTACT)) {
      // Beyond 2 GiB an address is negative when it is read as a signed number.
      const start = this.#words[this.#window + TEXT] >>> 0
      bytes = this.#bytes.subarray(start, start + length)
    }
    let text
    try {
      text = strict.decode(bytes)
    } catch {
      return new MalformedText(bytes)
    }
    // As many units as bytes: all ASCII, and the offsets are right as they are.
    if (text.length !== length) this.#scanner.toUtf16()
    return text.length > LONG ? new LongText(text) : text
  }

  /** Who hears an event of this slot and type. */
  #plan(slot, typeOf, text) {
    if (slot !== UNHEARD) {
      const known = this.#plans[slot]
      if (known) return known
      const plan = this.#listeners.ofServer(typeOf())
      if (plan.length === 1 && !plan[0].once && !this.#isCustom) this.#solos[slot] = plan[0].listener
      return (this.#plans[slot] = plan)
    }
    // The type had no listeners when the batch was parsed, but may have some by now. And a type that is not valid UTF-8 may, once
    // decoded, be a type that has listeners.
    const mayBeHeard = this.#unsettled.size > 0 || text instanceof MalformedText
    return mayBeHeard ? this.#listeners.ofServer(typeOf()) : this.#listeners.ofAll()
  }

  /** An event that may be the last one, or be kept. */
  #event(listeners, event) {
    const ends = this.#ends
    const stream = this.#stream
    const verdict = this.#until === undefined ? false : this.#isLast(event)
    // `until` may be a function of the application's, and may have disconnected.
    if (ends !== this.#ends) return
    if (!verdict || verdict === 'deliver') this.#deliver(listeners, event)
    // A listener has opened another stream, which this event does not end.
    if (!verdict || stream !== this.#stream) return
    if (isError(verdict)) this.onStop(verdict)
    this.#driver.handleCurrent(isError(verdict) ? STOPPED : DONE)
  }

  #deliver(listeners, event) {
    const ends = this.#ends
    let data = event.data
    let parse = this.#parse
    if (this.#isJson && isBlank(data)) {
      if (!this.#emptyEvents || event.type === 'message') return
      parse = undefined
    }
    this.#history?.add(event)
    if (parse !== undefined && listeners.length > 0) {
      try {
        data = parse(data, event)
      } catch (cause) {
        if (ends === this.#ends) this.onParseError(cause)
        return
      }
    }
    this.#call(listeners, data, event, ends)
  }

  /** Reports data that the faster paths could not parse. Empty data is no error: servers send it to keep a connection alive. */
  #unparsable(raw, cause) {
    if (!this.#isJson || !isBlank(raw)) this.onParseError(cause)
  }

  /**
   * Calls the listeners, until one of them disconnects. One that only asks for a new stream takes the event from nobody:
   * the server will not send it again.
   */
  #call(listeners, data, event, ends) {
    for (let i = 0; i < listeners.length && ends === this.#ends; i++) {
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

  #comment(text) {
    const event = new SSEEvent('comment', text, '', this.lastEventId, this.origin)
    this.#call(this.#listeners.ofLifecycle('comment'), text, event, this.#ends)
  }
}

/** Milliseconds since a moment by both clocks: the page's may stand still while the computer sleeps. */
const since = (at, on) => Math.max(now() - at, date() - on)

/**
 * Whether a text has a line that cannot be a field: JSON, HTML, `Internal Server Error`. If the last line may be the first part of a
 * field's name, it is ignored: the end of the stream cut it off, or, if `isPart`, the limit of the kept text did.
 */
function isForeign(text, isPart) {
  const lines = text.split(/[\r\n]/)
  const last = lines.pop()
  const isCutOff = isPart ? /^[a-z0-9_-]*$/.test(last) : NAMES.some((name) => name.startsWith(last))
  if (!isCutOff) lines.push(last)
  return !lines.every((line) => FIELD.test(line))
}

const isBlank = (text) => text.trim() === ''

const PARSERS = { auto: parseAuto, json: (text) => JSON.parse(text), text: undefined }

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
