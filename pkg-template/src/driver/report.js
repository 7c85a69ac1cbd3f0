// What to do with an exception that has no caller to go to.

/** Tells the page about it, as the platform does for its own listeners. */
export function report(error) {
  try {
    if (typeof reportError === 'function') reportError(error)
    else console.error(error)
  } catch {
    // Test set-ups make `console.error` throw. Their exception must not end up where this one was kept from.
  }
}

/** Does something that may call code of the page's, which may throw: everything else goes on. */
export function guarded(work) {
  try {
    return work()
  } catch (error) {
    report(error)
  }
}

/** Returns what `work` returns, or undefined if it throws. Used to read globals, which may be stubs of a test environment. */
export function tryTo(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}
