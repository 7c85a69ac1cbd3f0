// Options are made anew at every render. Their key tells whether something has changed that requires another request.

import { clientOptions } from './hook-options.ts'
import type { UseSSEOptions } from './types.ts'

/**
 * Equal for options that are equal by content, with the same `auth`. Functions are not compared, since the newest one is called
 * in any case; nor are objects that cannot be looked into, such as signals and blobs.
 */
export const keyOf = (options: UseSSEOptions | undefined): string =>
  keyBy(options, (name, value) => (name === 'auth' ? numberOf(value) : 'an object'))

/** The same, but what cannot be looked into has to be the same object. */
export const exactKeyOf = (options: UseSSEOptions | undefined): string => keyBy(options, (_, value) => numberOf(value))

function keyBy(options: UseSSEOptions | undefined, opaque: (name: string, value: object) => unknown): string {
  const comparable = (name: string, value: any) => {
    if (typeof value === 'function') return 'a function'
    if (typeof value !== 'object' || value === null) return value
    // With a tag of its own it is the platform's, or binary; what is iterated asynchronously is a stream. All else goes as JSON.
    if (!(Symbol.toStringTag in value || Symbol.asyncIterator in value)) return value
    // Headers, URLSearchParams, FormData.
    return typeof value.append === 'function' ? [...value] : opaque(name, value)
  }
  try {
    return JSON.stringify([options?.event, clientOptions(options)], comparable)
  } catch {
    // A cycle or a BigInt: the client refuses it, and says which option it is.
    return 'no JSON'
  }
}

const numbers = new WeakMap<object, number>()
let count = 0

/** A number that only this object has. */
function numberOf(object: object): number {
  if (!numbers.has(object)) numbers.set(object, ++count)
  return numbers.get(object)!
}

/** Whether it is an object as literals make them, of whichever realm. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
