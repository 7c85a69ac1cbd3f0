// What kind of value something is.

/** The name of a platform class: unlike `instanceof` it holds across frames. */
export const tagOf = (value) => (typeof value === 'object' && value !== null ? value[Symbol.toStringTag] : undefined)

/** Platform objects that JSON would show as empty. */
export const hasNoJson = (value) => ['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise'].includes(tagOf(value))

/** What was given, without giving it away: it may be a token. */
export function kindOf(value) {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === null || value === undefined ? String(value) : `a ${typeof value}`
}
