// Creates a session with the options of a client.

import type { SessionHandle } from 'sse-fetch-wasm'
import { RECONNECT_RULES, SESSION_OPTIONS } from '../generated/session.ts'

/** What the driver calls of a `SessionHandle`. */
export interface Session {
  handle(...input: SessionInput): void
  head(now: number, attempt: number, status: number, isEventStream: boolean, retryAfter: number): void
  wants(): number
  pollEvent(): number
  field(index: number): number
  state(): number
  retryCount(): number
}

export type SessionInput = [now: number, input: number, attempt: number, detail: number]

export type SessionClass = new (seed: number, isGetOrHead: boolean) => SessionHandle

const rules: readonly unknown[] = RECONNECT_RULES

/** `options` has a value for each name in `SESSION_OPTIONS`; undefined means the default. */
export function newSession(
  SessionHandle: SessionClass,
  isGetOrHead: boolean,
  options: { [Name in (typeof SESSION_OPTIONS)[number]]?: boolean | number | string | undefined },
): SessionHandle {
  const session = new SessionHandle(Math.random(), isGetOrHead)
  for (let number = 0; number < SESSION_OPTIONS.length; number++) {
    const name = SESSION_OPTIONS[number]!
    const value = options[name]
    if (value !== undefined) session.setOption(number, name === 'reconnect' ? rules.indexOf(value) : Number(value))
  }
  return session
}
