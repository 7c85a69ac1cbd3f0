// The decision of `shouldRetry`, as a number for the session.

import { report } from '../driver/report.ts'
import { DECISION_DEFAULT, DECISION_GIVE_UP, DECISION_RETRY } from '../generated/session.ts'
import type { SSEError } from './error.ts'
import type { Settings } from './settings.ts'
import type { Attempt } from './types.ts'

/** Milliseconds to wait, or one of the `DECISION` constants. */
export function retryDecision(shouldRetry: Settings['shouldRetry'], error: SSEError, attempt: Attempt): number {
  try {
    const decision = shouldRetry?.(error, attempt)
    if (decision === undefined) return DECISION_DEFAULT
    if (typeof decision === 'boolean') return decision ? DECISION_RETRY : DECISION_GIVE_UP
    if (typeof decision === 'number' && decision >= 0) return decision
    throw new TypeError(
      `SSEClient: shouldRetry returned ${String(decision)}; it must return true, false, a number of milliseconds, or undefined`,
    )
  } catch (thrown) {
    // The client must reconnect even if `shouldRetry` throws.
    report(thrown)
    return DECISION_DEFAULT
  }
}
