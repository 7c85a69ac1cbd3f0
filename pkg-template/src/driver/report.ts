// Exceptions that have no caller: they are reported or ignored.

/** Reports an error to the page, as the platform does for its own listeners. */
export function report(error: unknown): void {
  try {
    if (typeof reportError === 'function') reportError(error)
    else console.error(error)
  } catch {
    // Tests may make `console.error` throw. That must not stop the client either.
  }
}

/** Calls `work`, which may call functions of the page. If it throws, the error is reported, and the client continues. */
export function guarded<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    report(error)
    return undefined
  }
}

/** Returns what `work` returns, or undefined if it throws. Used to read globals, which may be stubs of a test environment. */
export function tryTo<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
