// The options that only the hooks have. The class checks its own options.

const isFunction = (value) => typeof value === 'function'
const isType = (value) => typeof value === 'string' && value !== ''
const isURL = (value) => value instanceof URL || Object.prototype.toString.call(value) === '[object URL]'

/** How each option is checked: what is accepted, in words and as a test. */
export const OWN = {
  event: ['a type of events (a string that is not empty), or an array of types', (v) => [v].flat().every(isType)],
  keep: ['a whole number of events from 0 up, or Infinity', (v) => v === Infinity || (Number.isInteger(v) && v >= 0)],
  immediate: ['true or false', (v) => typeof v === 'boolean'],
  onEvent: ['a function', isFunction],
  reduce: ['a function', isFunction],
}

/** Throws a TypeError if the URL or one of these options is wrong. `describe` puts a value into words. */
export function check(url, options, describe) {
  const expect = (isRight, what, value, accepted) => {
    if (!isRight) throw new TypeError(`useSSE: ${what}: ${describe(value)} was given; it must be ${accepted}`)
  }
  expect(!url || typeof url === 'string' || isURL(url), 'the URL', url, 'a string or a URL, and null for no connection')
  expect(typeof (options ?? {}) === 'object', 'the options', options, 'an object')
  for (const [name, [accepted, isRight]] of Object.entries(OWN)) {
    const value = options?.[name] ?? undefined
    expect(value === undefined || isRight(value), `option '${name}'`, value, accepted)
  }
}

export const isImmediate = (options) => options?.immediate ?? true

/** The options for the client: all but those that only the hooks have. */
export function clientOptions(options) {
  const { event, keep, immediate, onEvent, reduce, ...own } = options ?? {}
  return own
}
