// Creates the session of a client, with the options of the session (`SESSION_OPTIONS`) that follow from the settings.

import type { SessionHandle } from 'sse-fetch-wasm'
import { newSession } from '../driver/session.ts'
import type { SESSION_OPTIONS } from '../generated/session.ts'
import type { Engine } from './engine.ts'
import type { Settings } from './settings.ts'

/** The options that `newSession` reads. If one is missing or undefined, the session uses its own default. */
type SessionOptions = Record<(typeof SESSION_OPTIONS)[number], unknown>

export function sessionOf(settings: Settings, engine: Engine): SessionHandle {
  const { tokenProvider } = settings
  const options = {
    // Most options of the session have the same name in the settings.
    ...settings,
    hasTokenProvider: tokenProvider !== undefined,
    canRefreshToken: tokenProvider?.refreshes === true,
    hasValidate: settings.validate !== undefined,
    hasShouldRetry: settings.shouldRetry !== undefined,
    expectsMark: settings.until !== undefined,
  }
  // An error of `tsc` here names an option of the session that is neither above nor in the settings.
  return newSession(engine.SessionHandle, settings.isGetOrHead, options as Required<typeof options> satisfies SessionOptions)
}
