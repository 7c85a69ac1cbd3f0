// The option `parse`: from the text of an event to the data that its listeners are called with.

export class DataParser {
  /** From text to data; undefined if the text is the data. */
  parseText
  /** `parse` is a function of the application, which also gets the event. */
  isCustom
  #isJson
  /** Events that have a type but no data are dispatched (the option `emptyEvents`). */
  #emptyEvents

  constructor(parse, emptyEvents) {
    this.parseText = typeof parse === 'string' ? PARSERS[parse] : parse
    this.isCustom = typeof parse === 'function'
    this.#isJson = parse === 'json'
    this.#emptyEvents = emptyEvents
  }

  /** With `parse: 'json'` blank data is no error: servers send it to keep a connection alive. */
  isBlankJson(text) {
    return this.#isJson && !/\S/.test(text)
  }

  /** With `parse: 'json'` an event with blank data is not dispatched, except with the option `emptyEvents` if it has a type. */
  skips({ type, data }) {
    return this.isBlankJson(data) && !(this.#emptyEvents && type !== 'message')
  }

  /** Throws what the application's function throws, or a SyntaxError. */
  parse(event) {
    return this.parseText === undefined || this.isBlankJson(event.data) ? event.data : this.parseText(event.data, event)
  }
}

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
