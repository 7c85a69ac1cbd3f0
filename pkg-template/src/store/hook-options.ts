// The options that only the hooks have. The class checks its own options.

import type { SSEClientOptions } from '../client/options.ts'
import type { SSEUrl, UseSSEOptions } from './types.ts'

const isFunction = (value: unknown) => typeof value === 'function'
const isType = (value: unknown) => typeof value === 'string' && value !== ''
const isURL = (value: unknown) => value instanceof URL || Object.prototype.toString.call(value) === '[object URL]'

/** What each option accepts, in words and as a test. */
export const OWN: Record<string, [accepted: string, isRight: (value: any) => boolean]> = {
  event: ['a type of events (a string that is not empty), or an array of types', (v) => [v].flat().every(isType)],
  keep: ['a whole number of events from 0 up, or Infinity', (v) => v === Infinity || (Number.isInteger(v) && v >= 0)],
  immediate: ['true or false', (v) => typeof v === 'boolean'],
  onEvent: ['a function', isFunction],
  reduce: ['a function', isFunction],
}

/** Throws a TypeError if the URL or one of these options is wrong. `describe` returns the text of a value for messages. */
export function check(url: SSEUrl, options: any, describe: (value: unknown) => string): void {
  const expect = (isRight: boolean, what: string, value: unknown, accepted: string) => {
    if (!isRight) throw new TypeError(`useSSE: ${what}: ${describe(value)} was given; it must be ${accepted}`)
  }
  expect(!url || typeof url === 'string' || isURL(url), 'the URL', url, 'a string or a URL, and null for no connection')
  expect(typeof (options ?? {}) === 'object', 'the options', options, 'an object')
  for (const [name, [accepted, isRight]] of Object.entries(OWN)) {
    const value = options?.[name] ?? undefined
    expect(value === undefined || isRight(value), `option '${name}'`, value, accepted)
  }
}

export const isImmediate = (options: UseSSEOptions | undefined): boolean => options?.immediate ?? true

/** The options for the client: all but those that only the hooks have. */
export function clientOptions(options: UseSSEOptions | undefined): SSEClientOptions {
  const { event, keep, immediate, onEvent, reduce, ...own } = options ?? {}
  return own
}
