// The kinds of values, their texts for messages, and their fields.

/** The name of a platform class. Unlike `instanceof`, it works for objects of other frames. */
export const tagOf = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? (value as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] : undefined

/** Whether the value is an error, also one of another frame. */
export const isError = (value: unknown): value is Error =>
  value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'

/** Platform objects that JSON would show as empty. */
export const hasNoJson = (value: unknown): boolean =>
  ['Map', 'Set', 'WeakMap', 'WeakSet', 'Promise'].includes(tagOf(value) as string)

/** The kind of a value, without the value itself, which may be a token. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object' && value !== null) return 'an object'
  return value === null || value === undefined ? String(value) : `a ${typeof value}`
}

/** A short text of a value, for error messages. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${shortened(value, 60)}'`
  return ['number', 'bigint', 'boolean'].includes(typeof value) ? String(value) : kindOf(value)
}

export const shortened = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)

/**
 * The enumerable fields of an object, own and inherited, without those of `Object.prototype` (also that of another frame),
 * because old libraries add functions there.
 */
export function fieldsOf(object: object): Record<string, unknown> {
  // Without a prototype, so that the name `__proto__` in untrusted JSON has no special meaning.
  const fields = { __proto__: null } as unknown as Record<string, unknown>
  for (const name in object) {
    if (!isOfObjectPrototype(object, name)) fields[name] = (object as Record<string, unknown>)[name]
  }
  return fields
}

/** As `Object.hasOwn`, which Safari before 15.4 does not have. */
const hasOwn = (object: object, name: string) => Object.getOwnPropertyDescriptor(object, name) !== undefined

function isOfObjectPrototype(object: object, name: string): boolean {
  let owner: object | null = object
  while (owner !== null && !hasOwn(owner, name)) owner = Object.getPrototypeOf(owner)
  return owner !== null && Object.getPrototypeOf(owner) === null && hasOwn(owner, 'isPrototypeOf')
}
