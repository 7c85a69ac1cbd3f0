// What kind of value something is, and what it holds.

/** The name of a platform class: unlike `instanceof` it holds across frames. */
export const tagOf = (value) => (typeof value === 'object' && value !== null ? value[Symbol.toStringTag] : undefined)

/** Whether the value is an error, also one of another frame. */
export const isError = (value) => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'

/** Platform objects that JSON would show as empty. */
export const hasNoJson = (value) => ['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise'].includes(tagOf(value))

/** What was given, without giving it away: it may be a token. */
export function kindOf(value) {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === null || value === undefined ? String(value) : `a ${typeof value}`
}

/** A value in short, for error messages. */
export function describe(value) {
  if (typeof value === 'string') return `'${shortened(value, 60)}'`
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : kindOf(value)
}

export const shortened = (text, length) => (text.length > length ? `${text.slice(0, length)}…` : text)

/**
 * The enumerable fields of an object, own and inherited, without those of `Object.prototype` (also that of another frame),
 * because old libraries add functions there.
 */
export function fieldsOf(object) {
  // Without a prototype, so that the name `__proto__` in untrusted JSON has no special meaning.
  const fields = { __proto__: null }
  for (const name in object) {
    if (!isOfObjectPrototype(object, name)) fields[name] = object[name]
  }
  return fields
}

function isOfObjectPrototype(object, name) {
  let owner = object
  while (owner !== null && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  return owner !== null && Object.getPrototypeOf(owner) === null && Object.hasOwn(owner, 'isPrototypeOf')
}
