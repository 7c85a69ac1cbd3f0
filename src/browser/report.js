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

/** What the work returns, or undefined if it throws: for looking up what may be a stub of a test set-up. */
export function tryTo(work) {
  try {
    return work()
  } catch {
    return undefined
  }
}
