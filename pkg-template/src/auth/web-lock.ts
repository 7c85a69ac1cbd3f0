// Runs work under a Web Lock, so that only one tab of the origin runs it at a time.

import { during, throwIfAborted } from '../driver/abort.ts'

/** How many milliseconds the lock is kept after the work, because other tabs see what the work has stored only after a moment. */
const LINGER = 50

const linger = () => new Promise((resolve) => setTimeout(resolve, LINGER))

const ignore = () => {}

/** Waits for the lock, and runs the work while it holds the lock. If there are no Web Locks, it runs the work at once. */
export function holdingLock<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let hasBegun = false
    const begin = () => {
      throwIfAborted(signal)
      hasBegun = true
      // Abandoned work may never end, and must not keep the lock.
      const working: Promise<T> = during(signal, work())
      resolve(working)
      return working.then(linger, ignore)
    }
    const failed = () => {
      // The lock was lost after the work had begun. The work is not repeated.
      if (hasBegun) return
      if (signal.aborted) reject(signal.reason)
      else resolve(work())
    }
    request(name, signal, begin).catch(failed)
  })
}

/** `async`, so that it rejects instead of throwing if there are no Web Locks. */
const request = async (name: string, signal: AbortSignal, begin: () => Promise<unknown>) =>
  navigator.locks.request(name, { signal }, begin)
