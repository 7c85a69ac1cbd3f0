// The page's clock and timers. Test set-ups replace them by functions that throw, which is to wedge nothing.

/** Milliseconds by a clock that never goes back, if there is one. */
export function now() {
  try {
    return performance.now()
  } catch {
    return date()
  }
}

/** Milliseconds by the computer's clock, which goes on while it sleeps, and may be set. */
export function date() {
  try {
    return Date.now()
  } catch {
    return 0
  }
}

/** Without a timer there is nothing to wait with; whoever made `setTimeout` throw wanted it so. */
export function wake(listener, delay) {
  try {
    return setTimeout(listener, delay)
  } catch {
    return undefined
  }
}

export function forget(timer) {
  try {
    clearTimeout(timer)
  } catch {
    // It fires in vain.
  }
}
