// The first bytes of a stream, until its first event. They show whether the response is an event stream, whatever its content
// type is.

import { BodyPrefix, PREFIX_BYTES } from '../driver/body.ts'

export class StreamStart {
  #counters: { readonly events: number }
  /** How many events arrived before this stream. */
  #eventsBefore: number
  #bytes = new BodyPrefix(PREFIX_BYTES)

  /** `counters.events` is the number of events so far. */
  constructor(counters: { readonly events: number }) {
    this.#counters = counters
    this.#eventsBefore = counters.events
  }

  /** Adds a chunk whose events were dispatched. Returns false if there were any: then this object is of no more use. */
  add(chunk: Uint8Array): boolean {
    if (this.#hasEvents) return false
    this.#bytes.chunk(chunk)
    return true
  }

  /** After the end of a stream that has no event and contains other text: its first 64 KiB as text. Otherwise undefined. */
  get nonStreamText(): string | undefined {
    if (this.#hasEvents) return undefined
    const text = this.#bytes.text()
    return isForeign(text, this.#bytes.isFull) ? text : undefined
  }

  get #hasEvents(): boolean {
    return this.#counters.events !== this.#eventsBefore
  }
}

const NAMES = ['data', 'event', 'id', 'retry']

/**
 * A line that is blank, a comment, or possibly a field: a name in lower case and a colon, also a name that the standard does not
 * have.
 */
const FIELD = /^(?::|[a-z][a-z0-9_-]*:|(?:data|event|id|retry|\s*)$)/

/**
 * Whether a text has a line that cannot be a field, such as JSON, HTML, or `Internal Server Error`. The last line is ignored if
 * it may be the beginning of a field, because it may be cut off: by the end of the stream, or (with `isPart`) by the limit of the
 * kept text.
 */
function isForeign(text: string, isPart: boolean): boolean {
  const lines = text.split(/[\r\n]/)
  const last = lines.pop()!
  const isCutOff = isPart ? /^[a-z0-9_-]*$/.test(last) : NAMES.some((name) => name.startsWith(last))
  if (!isCutOff) lines.push(last)
  return !lines.every((line) => FIELD.test(line))
}
