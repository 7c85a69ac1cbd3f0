// Decodes the bytes of a batch to one text. The fields of its events are slices of that text.

import { ownText } from './own-text.ts'

/** The text of a batch. */
export interface Text {
  slice(start: number, end: number): string
}

// Created when they are first used, because Jest's jsdom has no `TextDecoder`, and an import of the package must not fail.
let strict: TextDecoder | undefined
let lenient: TextDecoder | undefined

/** The text of valid UTF-8; undefined if it is not valid. */
export function decode(bytes: Uint8Array): string | undefined {
  // `fatal`, because offsets in characters can be computed only for valid text. `ignoreBOM`, because the parser has removed the BOM.
  strict ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * Text that is not valid UTF-8. Its offsets count bytes. Fields begin and end at ASCII characters, so each can be decoded alone.
 */
export class MalformedText implements Text {
  #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    // A copy, because listeners run between the slices, and may make wasm's memory grow.
    this.#bytes = bytes.slice()
  }

  slice(start: number, end: number): string {
    lenient ??= new TextDecoder('utf-8', { ignoreBOM: true })
    return lenient.decode(this.#bytes.subarray(start, end))
  }
}

/**
 * The text of a large event and its neighbours. A slice of less than half of it is copied, because it would keep the rest in
 * memory.
 */
export class LongText implements Text {
  #text: string

  constructor(text: string) {
    this.#text = text
  }

  slice(start: number, end: number): string {
    const slice = this.#text.slice(start, end)
    return 2 * slice.length < this.#text.length ? ownText(slice) : slice
  }
}
