// Makes the session of a client: from the settings to the options of the session (`SESSION_OPTIONS`).

import type { SessionHandle } from 'sse-fetch-wasm'
import { newSession } from '../driver/session.ts'
import type { SESSION_OPTIONS } from '../generated/session.ts'
import type { Engine } from './engine.ts'
import type { Settings } from './settings.ts'

/** What `newSession` reads. If an option is missing or undefined, the session uses its own default. */
type SessionOptions = Record<(typeof SESSION_OPTIONS)[number], unknown>

export function sessionOf(settings: Settings, engine: Engine): SessionHandle {
  const { tokenProvider } = settings
  const options = {
    // Most have the names of the client's.
    ...settings,
    asksToken: tokenProvider !== undefined,
    refreshesToken: tokenProvider?.refreshes === true,
    validates: settings.validate !== undefined,
    decides: settings.shouldRetry !== undefined,
    expectsMark: settings.until !== undefined,
  }
  // An error of `tsc` here names an option of the session that is not above, and that no option of the client has as its name.
  return newSession(engine.SessionHandle, settings.idempotent, options as Required<typeof options> satisfies SessionOptions)
}
