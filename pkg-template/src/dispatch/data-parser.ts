// The option `parse`: from the text of an event to the data that its listeners are called with.

import type { SSEEvent } from './event.ts'

export type ParseFunction = (text: string, event: SSEEvent) => unknown

export type ParseOption = 'auto' | 'json' | 'text' | ParseFunction

export class DataParser {
  /** Converts text to data; undefined if the text is the data. */
  parseText: ((text: string) => unknown) | undefined
  #custom: ParseFunction | undefined
  #isJson: boolean
  /** Events that have a type but no data are dispatched (the option `emptyEvents`). */
  #emptyEvents: boolean

  constructor(parse: ParseOption, emptyEvents: boolean) {
    if (typeof parse === 'function') this.#custom = parse
    else this.parseText = PARSERS[parse]
    this.#isJson = parse === 'json'
    this.#emptyEvents = emptyEvents
  }

  /** Whether the data depends only on the text of an event. */
  get needsTextOnly(): boolean {
    return this.#custom === undefined && !(this.#isJson && this.#emptyEvents)
  }

  /** With `parse: 'json'`, blank data is not an error, because servers send it to keep a connection alive. */
  isBlankJson(text: string): boolean {
    return this.#isJson && !/\S/.test(text)
  }

  /** With `parse: 'json'`, an event with blank data is not dispatched, unless it has a type and the option `emptyEvents` is set. */
  skips({ type, data }: SSEEvent): boolean {
    return this.isBlankJson(data) && !(this.#emptyEvents && type !== 'message')
  }

  /** Throws what the application's function throws, or a SyntaxError. */
  parse(event: SSEEvent): unknown {
    const { data } = event
    if (this.#custom) return this.#custom(data, event)
    return this.parseText === undefined || this.isBlankJson(data) ? data : this.parseText(data)
  }
}

const PARSERS = { auto: parseAuto, json: (text: string): unknown => JSON.parse(text), text: undefined }

/** JSON objects and arrays are parsed. Everything else is text, also what begins like JSON and is not. */
function parseAuto(text: string): unknown {
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
