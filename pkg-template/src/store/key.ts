// Components create their options again at every render. The key of options tells whether they require another request.

import { clientOptions } from './hook-options.ts'
import type { UseSSEOptions } from './types.ts'

/**
 * Two keys are equal if the options have the same content and the same `auth`. Functions are not compared, because the newest one
 * is called in any case. Objects whose content cannot be read, such as signals and blobs, are not compared either.
 */
export const keyOf = (options: UseSSEOptions | undefined): string =>
  keyBy(options, (name, value) => (name === 'auth' ? numberOf(value) : 'an object'))

/** The same, but objects whose content cannot be read must be the same objects. */
export const exactKeyOf = (options: UseSSEOptions | undefined): string => keyBy(options, (_, value) => numberOf(value))

function keyBy(options: UseSSEOptions | undefined, opaque: (name: string, value: object) => unknown): string {
  const comparable = (name: string, value: any) => {
    if (typeof value === 'function') return 'a function'
    if (typeof value !== 'object' || value === null) return value
    // An object with a tag belongs to the platform or is binary. One with an async iterator is a stream. All others are sent as
    // JSON.
    if (!(Symbol.toStringTag in value || Symbol.asyncIterator in value)) return value
    // Headers, URLSearchParams, FormData.
    return typeof value.append === 'function' ? [...value] : opaque(name, value)
  }
  try {
    return JSON.stringify([options?.event, clientOptions(options)], comparable)
  } catch {
    // It contains a cycle or a BigInt. The client refuses such an option, and its error names the option.
    return 'no JSON'
  }
}

const numbers = new WeakMap<object, number>()
let count = 0

/** A number that no other object has. */
function numberOf(object: object): number {
  if (!numbers.has(object)) numbers.set(object, ++count)
  return numbers.get(object)!
}

/** Whether a value is a plain object, as `{}` creates it, also of another realm. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
