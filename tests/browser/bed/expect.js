// Assertions that say what was expected.

export function equal(actual, expected, about = '') {
  if (!same(actual, expected)) throw new Error(`${about && `${about}: `}expected ${shown(expected)}, got ${shown(actual)}`)
}

export function ok(value, about) {
  if (!value) throw new Error(`not so: ${about}`)
}

export function match(text, pattern) {
  if (!pattern.test(text)) throw new Error(`expected ${pattern}, got ${shown(text)}`)
}

/** What the function throws. `about` says more where nothing is. */
export function thrown(action, about = () => action) {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error(`nothing was thrown by ${about()}`)
}

/** What the promise is rejected with. */
export async function rejection(promise) {
  let value
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`not rejected: the promise gave ${shown(value)}`)
}

function same(a, b) {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false
  if (!Array.isArray(a) && !ArrayBuffer.isView(a) && Object.getPrototypeOf(a) !== Object.prototype) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]))
}

function shown(value) {
  const text = JSON.stringify(value, (_, part) => (part === undefined ? 'undefined' : part instanceof Error ? String(part) : part)) ?? String(value)
  return text.length > 2000 ? `${text.slice(0, 2000)}… (${text.length} characters)` : text
}
