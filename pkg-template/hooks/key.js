// Options are made anew at every render. Their key says whether something has changed that means another request.

/**
 * Equal for options that are equal by content. Functions are not compared, since the newest one is called in any case; nor
 * are objects that cannot be looked into, such as signals and blobs.
 */
export function keyOf(options) {
  const { keep, immediate, onEvent, reduce, ...own } = options ?? {}
  return JSON.stringify(own, comparable)
}

function comparable(name, value) {
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isPlain(value)) return value
  // Headers, URLSearchParams, FormData.
  return typeof value.append === 'function' ? [...value] : 'an object'
}

/** Whether it is an object as literals make them, of whichever realm. */
export function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
