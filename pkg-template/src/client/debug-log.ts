// The option `debug`: entries about what the client does. They never have headers, bodies, causes or the URL, which may hold
// tokens.

import { now } from '../driver/clock.ts'
import { report } from '../driver/report.ts'
import type { Settings } from './settings.ts'

/** Logs an entry of this kind. */
export type DebugLog = (kind: string, payload: object) => void

/** Returns undefined if `debug` is false. */
export function debugLog(debug: Settings['debug']): DebugLog | undefined {
  if (debug === false) return undefined
  return (kind, payload: any) => {
    const { headers, url, error, ...fields } = payload
    try {
      const entry = { at: now(), kind, ...fields }
      if (error) entry.error = { code: error.code, status: error.status, attempt: error.attempt, retryable: error.retryable }
      if (debug === true) console.debug('SSEClient', entry)
      else debug(entry)
    } catch (error) {
      report(error)
    }
  }
}
