// Puts something else in the place of a property.

/** Returns what puts back what was there. */
export function replace(owner, name, descriptor) {
  const before = Object.getOwnPropertyDescriptor(owner, name)
  Object.defineProperty(owner, name, { configurable: true, ...descriptor })
  return () => {
    if (before) Object.defineProperty(owner, name, before)
    else delete owner[name]
  }
}
