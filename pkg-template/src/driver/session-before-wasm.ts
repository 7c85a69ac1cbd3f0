// The session of a client until the wasm is there: while it is being loaded, and after it could not be loaded. Nothing is requested in
// that time, so this session knows three states: idle, connecting and closed. It reports them as the real session does. When the wasm is
// there, the real session is given everything that has happened until then, and takes over.

import {
  CLOSE_REASONS,
  EVENTS,
  FIELD_CODE,
  FIELD_WAKE_AT,
  INPUT_ABORT,
  INPUT_CONNECT,
  INPUT_DISCONNECT,
  INPUT_RECONNECT,
  STATES,
  STEP_NONE,
} from '../generated/session.ts'
import type { Session, SessionInput } from './session.ts'

const eventNumber = (type: (typeof EVENTS)[number][0]) => EVENTS.findIndex(([name]) => name === type) + 1

const STATE_EVENT = eventNumber('state')
const ERROR_EVENT = eventNumber('error')
const CLOSE_EVENT = eventNumber('close')

const IDLE = STATES.indexOf('idle')
const CONNECTING = STATES.indexOf('connecting')
const CLOSED = STATES.indexOf('closed')

export class SessionBeforeWasm implements Session {
  #state = IDLE
  /** The state that was last reported. */
  #reported = IDLE
  /** What is to be reported before the state: the number of an event, the reason of a close, and whether an error explains it. */
  #pending: { event: number; reason?: number; hasFailed: boolean }[] = []
  #fields: number[] = []
  #inputs: SessionInput[] = []

  handle(...given: SessionInput): void {
    this.#inputs.push(given)
    const [, input] = given
    if (input === INPUT_DISCONNECT) this.#close('client')
    else if (input === INPUT_ABORT) this.#close('aborted')
    else if (input === INPUT_CONNECT || input === INPUT_RECONNECT) {
      // As in the real session: `reconnect` forgets a close that was not reported yet.
      if (input === INPUT_RECONNECT) this.#pending = []
      this.#state = CONNECTING
    }
  }

  /** Closes a client that is connecting, because the wasm cannot be loaded. Returns false if it is not connecting. */
  fail(): boolean {
    if (this.#state !== CONNECTING) return false
    // What the real session will see: a client that was closed.
    this.#inputs.push([0, INPUT_DISCONNECT, 0, 0])
    this.#close('fatal', true)
    // The error is reported before the close that it explains.
    this.#pending.unshift({ event: ERROR_EVENT, hasFailed: true })
    return true
  }

  /**
   * Brings the real session to where this one is. All events of this one must have been reported. All inputs get this time, so
   * `connectTimeout` begins now.
   */
  repeatOn(session: Session, now: number): void {
    for (const [, ...input] of this.#inputs) session.handle(now, ...input)
    while (session.pollEvent() !== 0);
  }

  #close(reason: (typeof CLOSE_REASONS)[number], hasFailed = false): void {
    if (this.#state === CLOSED) return
    this.#state = CLOSED
    this.#pending = [{ event: CLOSE_EVENT, reason: CLOSE_REASONS.indexOf(reason), hasFailed }]
  }

  /** No attempt is wanted, and no time to wake at. */
  wants(): number {
    this.#fields = []
    this.#fields[FIELD_WAKE_AT] = -1
    return STEP_NONE
  }

  pollEvent(): number {
    const previous = this.#reported
    const pending = this.#pending.shift()
    if (pending === undefined && this.#state === previous) return 0
    const { event, reason = 0, hasFailed } = pending ?? { event: STATE_EVENT, hasFailed: false }
    this.#fields = event === STATE_EVENT ? [this.#state, previous] : [previous, reason]
    // The session has no code for this failure, which it never sees. The driver has the error.
    this.#fields[FIELD_CODE] = hasFailed ? 0 : -1
    if (event === STATE_EVENT) this.#reported = this.#state
    else if (event === CLOSE_EVENT) this.#reported = CLOSED
    return event
  }

  field(index: number): number {
    return this.#fields[index] ?? 0
  }

  state(): number {
    return this.#state
  }

  retryCount(): number {
    return 0
  }

  /** There is no attempt, so there is no response. */
  head(): void {}
}
