// Makes a session with the options of a client.

import { RECONNECT_RULES, SESSION_OPTIONS } from '../generated/session.ts'

/** `options` has a value for each name in `SESSION_OPTIONS`; undefined means the default. */
export function newSession(SessionHandle, idempotent, options) {
  const session = new SessionHandle(Math.random(), idempotent)
  for (const [number, name] of SESSION_OPTIONS.entries()) {
    const value = options[name]
    if (value !== undefined) session.setOption(number, name === 'reconnect' ? RECONNECT_RULES.indexOf(value) : Number(value))
  }
  return session
}
