// The first bytes of a stream, until its first event: perhaps the response is not an event stream, whatever its content type says.

import { BodyPrefix, PREFIX_BYTES } from '../driver/body.ts'

export class StreamStart {
  #counters: { readonly events: number }
  /** How many events there had been before this stream. */
  #eventsBefore = 0
  #bytes: BodyPrefix | undefined

  /** `counters.events` is the number of events so far. */
  constructor(counters: { readonly events: number }) {
    this.#counters = counters
  }

  /** A stream begins. */
  begin(): void {
    this.#eventsBefore = this.#counters.events
    this.#bytes = new BodyPrefix(PREFIX_BYTES)
  }

  add(chunk: Uint8Array): void {
    if (this.#bytes === undefined) return
    if (this.#hasEvents) this.#bytes = undefined
    else this.#bytes.chunk(chunk)
  }

  /** After the end, if the stream held no event and text that is not in its format: the first 64 KiB of it. Otherwise undefined. */
  get foreignText(): string | undefined {
    if (this.#hasEvents || this.#bytes === undefined) return undefined
    const text = this.#bytes.text()
    return isForeign(text, this.#bytes.isFull) ? text : undefined
  }

  get #hasEvents(): boolean {
    return this.#counters.events !== this.#eventsBefore
  }
}

const NAMES = ['data', 'event', 'id', 'retry']

/** A line that is blank, a comment, or perhaps a field: a name in lower case and a colon, also one that the standard does not know. */
const FIELD = /^(?::|[a-z][a-z0-9_-]*:|(?:data|event|id|retry|\s*)$)/

/**
 * Whether a text has a line that cannot be a field: JSON, HTML, `Internal Server Error`. If the last line may be the first part of a
 * field's name, it is ignored: the end of the stream cut it off, or, if `isPart`, the limit of the kept text did.
 */
function isForeign(text: string, isPart: boolean): boolean {
  const lines = text.split(/[\r\n]/)
  const last = lines.pop()!
  const isCutOff = isPart ? /^[a-z0-9_-]*$/.test(last) : NAMES.some((name) => name.startsWith(last))
  if (!isCutOff) lines.push(last)
  return !lines.every((line) => FIELD.test(line))
}
