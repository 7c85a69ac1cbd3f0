// Waits for a promise until the attempt that needs it is over. Without this, a callback or a `fetch` that never answers would keep
// the attempt, and with it the whole connection, in memory for ever.

import { guarded } from './report.ts'

const ignore = () => {}

/**
 * A method of the signal itself, but not in React Native before 2025. Signals had no `reason` there either, so this throws `undefined`.
 * That is enough, because the attempt is over and the error is not reported.
 */
export function throwIfAborted({ aborted, reason }: AbortSignal): void {
  if (aborted) throw reason
}

/** As `AbortSignal.abort()`, which React Native does not have. */
export function abortedSignal(): AbortSignal {
  const controller = new AbortController()
  controller.abort()
  return controller.signal
}

/** Settles as `answer` does, or rejects if the signal is aborted before. `late` is called with a value that arrives after that. */
export function during<Value>(
  signal: AbortSignal,
  answer: Value | PromiseLike<Value>,
  late: (value: Value) => void = ignore,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort)
    // The function that returned `answer` may have ended the attempt.
    if (signal.aborted) abort()
    const settle = (outcome: () => void) => {
      signal.removeEventListener('abort', abort)
      outcome()
    }
    Promise.resolve(answer).then(
      (value) => settle(() => (signal.aborted ? late(value) : resolve(value))),
      (error) => settle(() => reject(error)),
    )
  })
}

/**
 * The same for a response. A response that arrives too late is cancelled, because a `fetch` of the application may ignore the
 * signal.
 */
export function responseDuring(signal: AbortSignal, answer: Response | Promise<Response>): Promise<Response> {
  return during(signal, answer, cancelResponse)
}

/** Cancels a response that will not be read. It may be any value, because the application's own `fetch` may have returned it. */
export function cancelResponse(response: Response): void {
  try {
    Promise.resolve(response.body!.cancel()).catch(ignore)
  } catch {
    // It has no body, or the body cannot be cancelled.
  }
}

/**
 * For each signal of the application: the functions to call when it is aborted, and its one listener. Clients that share a signal
 * share the listener, because Node prints a warning if a signal has more than ten.
 */
const bound = new WeakMap<AbortSignal, { aborts: Set<() => void>; listener: () => void }>()

/** Calls `abort` when the signal is aborted, until `offAbort` is called with the same arguments. */
export function onAbort(signal: AbortSignal, abort: () => void): void {
  if (!bound.has(signal)) {
    const aborts = new Set<() => void>()
    const listener = () => {
      for (const each of aborts) guarded(each)
    }
    signal.addEventListener('abort', listener)
    bound.set(signal, { aborts, listener })
  }
  bound.get(signal)!.aborts.add(abort)
}

export function offAbort(signal: AbortSignal, abort: () => void): void {
  const entry = bound.get(signal)
  if (!entry?.aborts.delete(abort) || entry.aborts.size > 0) return
  bound.delete(signal)
  signal.removeEventListener('abort', entry.listener)
}
