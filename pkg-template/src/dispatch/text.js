// From the bytes of a batch to one text, of which the fields of its events are slices.

import { ownText } from '../client/own-text.js'

// `fatal`, because offsets in characters can be computed only for valid text. `ignoreBOM`, because the parser has removed the BOM.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of valid UTF-8, or undefined. */
export function decode(bytes) {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Text that is not valid UTF-8, sliced by bytes: fields begin and end at ASCII, so each can be decoded by itself. */
export class MalformedText {
  #bytes

  constructor(bytes) {
    // A copy, because listeners run between the slices, and may make wasm's memory grow.
    this.#bytes = bytes.slice()
  }

  slice(start, end) {
    return lenient.decode(this.#bytes.subarray(start, end))
  }
}

/** The text of a large event and its neighbours: a slice that is less than half of it is copied, so that it does not keep the rest. */
export class LongText {
  #text

  constructor(text) {
    this.#text = text
  }

  slice(start, end) {
    const slice = this.#text.slice(start, end)
    return 2 * slice.length < this.#text.length ? ownText(slice) : slice
  }
}
