// Makes the session of a client: from the settings to the options of the session (`SESSION_OPTIONS`).

import type { SessionHandle } from 'sse-fetch-wasm'
import { newSession } from '../driver/session.ts'
import type { Engine } from './engine.ts'
import type { Settings } from './settings.ts'

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
  return newSession(engine.SessionHandle, settings.idempotent, options)
}
