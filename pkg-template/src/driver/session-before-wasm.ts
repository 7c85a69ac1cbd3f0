// The session of a client until the wasm is there: while it is being loaded, and after it could not be loaded. Nothing is requested in
// that time, so this session knows three states: idle, connecting and closed. It reports them as the real session does. When the wasm is
// there, the real session is given everything that has happened until then, and takes over.

import {
  CLOSE_REASONS,
  CODE_TIMEOUT,
  EVENTS,
  FIELD_CODE,
  FIELD_RETRYABLE,
  FIELD_STATUS,
  FIELD_WAKE_AT,
  INPUT_ABORT,
  INPUT_CONNECT,
  INPUT_DISCONNECT,
  INPUT_RECONNECT,
  INPUT_WAKE,
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
  /** What is to be reported before the state: the number of an event, the reason of a close, and the code of a failure or -1. */
  #pending: { event: number; reason?: number; code: number }[] = []
  #fields: number[] = []
  #inputs: SessionInput[] = []
  #timeout: number
  /** When it stops waiting for the wasm; below 0 for never. */
  #givesUpAt = -1

  /** `timeout` is how long it waits for the wasm after `connect()`, in milliseconds; 0 for no limit. */
  constructor(timeout: number) {
    this.#timeout = timeout
  }

  handle(...given: SessionInput): void {
    const [now, input] = given
    if (input === INPUT_WAKE) {
      if (this.#givesUpAt >= 0 && now >= this.#givesUpAt) this.fail(CODE_TIMEOUT)
      return
    }
    this.#inputs.push(given)
    if (input === INPUT_DISCONNECT) this.#close('client')
    else if (input === INPUT_ABORT) this.#close('aborted')
    else if (input === INPUT_CONNECT || input === INPUT_RECONNECT) {
      // As in the real session: `reconnect` forgets a close that was not reported yet.
      if (input === INPUT_RECONNECT) this.#pending = []
      if (this.#timeout > 0 && (input === INPUT_RECONNECT || this.#state !== CONNECTING)) this.#givesUpAt = now + this.#timeout
      this.#state = CONNECTING
    }
  }

  /**
   * Closes a client that is connecting, because the wasm could not be loaded, or not in time. Returns false if it is not connecting.
   * (The session has no code for the former, which it never sees. The driver has that error itself.)
   */
  fail(code: number): boolean {
    if (this.#state !== CONNECTING) return false
    // What the real session will see: a client that was closed.
    this.#inputs.push([0, INPUT_DISCONNECT, 0, 0])
    this.#close('fatal', code)
    // The error is reported before the close that it explains.
    this.#pending.unshift({ event: ERROR_EVENT, code })
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

  #close(reason: (typeof CLOSE_REASONS)[number], code = -1): void {
    if (this.#state === CLOSED) return
    this.#state = CLOSED
    this.#givesUpAt = -1
    this.#pending = [{ event: CLOSE_EVENT, reason: CLOSE_REASONS.indexOf(reason), code }]
  }

  /** No attempt is wanted. */
  wants(): number {
    this.#fields = []
    this.#fields[FIELD_WAKE_AT] = this.#givesUpAt
    return STEP_NONE
  }

  pollEvent(): number {
    const previous = this.#reported
    const pending = this.#pending.shift()
    if (pending === undefined && this.#state === previous) return 0
    const { event, reason = 0, code } = pending ?? { event: STATE_EVENT, code: -1 }
    this.#fields = event === STATE_EVENT ? [this.#state, previous] : [previous, reason]
    this.#fields[FIELD_CODE] = code
    this.#fields[FIELD_STATUS] = -1
    this.#fields[FIELD_RETRYABLE] = 1
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
