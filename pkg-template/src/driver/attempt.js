// Waiting for answers no longer than the attempt lasts they are for. A callback or a `fetch` that never answers would
// otherwise keep the attempt, and with it the whole connection, in memory for ever.

import { guarded } from './report.js'

const ignore = () => {}

/** Settles as `answer` does, or rejects when the signal is aborted before. `late` gets an answer that comes after that. */
export function during(signal, answer, late = ignore) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    // Whoever was asked may have given the attempt up there and then.
    if (signal.aborted) abort()
    const settle = (outcome) => {
      signal.removeEventListener('abort', abort)
      outcome()
    }
    Promise.resolve(answer).then(
      (value) => settle(() => (signal.aborted ? late(value) : resolve(value))),
      (error) => settle(() => reject(error)),
    )
  })
}

/** The same for a response: one that comes too late is let go of, since a `fetch` need not heed the signal. */
export function responseDuring(signal, answer) {
  return during(signal, answer, discard)
}

/** Lets go of a response nobody will read. What a `fetch` of the application's own returned may be anything. */
export function discard(response) {
  try {
    Promise.resolve(response.body.cancel()).catch(ignore)
  } catch {
    // There is nothing to let go of, or no letting go.
  }
}

/**
 * For each signal of the application: the functions to call when it is aborted, and its one listener. Clients that share a signal
 * share the listener, because Node warns when a signal has more than ten.
 */
const bound = new WeakMap()

/** Calls `abort` when the signal is aborted, until `offAbort` is called with the same arguments. */
export function onAbort(signal, abort) {
  if (!bound.has(signal)) {
    const aborts = new Set()
    const listener = () => {
      for (const each of aborts) guarded(each)
    }
    signal.addEventListener('abort', listener)
    bound.set(signal, { aborts, listener })
  }
  bound.get(signal).aborts.add(abort)
}

export function offAbort(signal, abort) {
  const { aborts, listener } = bound.get(signal) ?? {}
  if (!aborts?.delete(abort) || aborts.size > 0) return
  bound.delete(signal)
  signal.removeEventListener('abort', listener)
}
