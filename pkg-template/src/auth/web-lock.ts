// Does work while holding a Web Lock, so that only one tab of the origin does it at a time.

import { during } from '../driver/abort.ts'

/** How many milliseconds the lock is kept after the work, until the other tabs can read what the work has stored. */
const LINGER = 50

const linger = () => new Promise((resolve) => setTimeout(resolve, LINGER))

const ignore = () => {}

/** Does the work while holding the lock, for which it may have to wait. Without Web Locks it does the work at once. */
export function holdingLock<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let hasBegun = false
    const begin = () => {
      signal.throwIfAborted()
      hasBegun = true
      // Work that was abandoned may never end, and must not keep the lock.
      const working: Promise<T> = during(signal, work())
      resolve(working)
      return working.then(linger, ignore)
    }
    const failed = () => {
      // After the work has begun the lock may be lost. The work is not repeated for that.
      if (hasBegun) return
      if (signal.aborted) reject(signal.reason)
      else resolve(work())
    }
    request(name, signal, begin).catch(failed)
  })
}

/** Rejects, and does not throw, where a page has no locks. */
const request = async (name: string, signal: AbortSignal, begin: () => Promise<unknown>) =>
  navigator.locks.request(name, { signal }, begin)
