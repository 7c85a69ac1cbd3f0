// Runs one session: does what the session wants, with `fetch`, streams and a timer, and reports to the session what happens. The
// driver decides nothing.

import * as numbers from '../generated/session.ts'
import { abortedSignal, cancelResponse, during } from './abort.ts'
import { Attempt, type ResponseDetails } from './attempt.ts'
import { BodyPrefix, BodyReader, type OnEnd, PREFIX_BYTES } from './body.ts'
import { Alarm } from './clock.ts'
import { headOf } from './head.ts'
import type { AttemptContext, BodySink, DriverHost, SessionEvent } from './host.ts'
import { watch } from './page.ts'
import { guarded, report } from './report.ts'
import { send } from './request.ts'
import type { Session } from './session.ts'
import { SessionBeforeWasm } from './session-before-wasm.ts'

/** The kind of an event's field: a number, a failure, or the index of a name in a list. */
type Kind = typeof numbers.NUMBER | typeof numbers.FAILURE | readonly string[]

export class Driver {
  /** Each call of `wants()` and of `pollEvent()` overwrites the fields that `field()` returns. */
  #session: Session
  /** The session that takes over. */
  #successor: Session | undefined
  /** The client around the driver. Each of its methods may call methods of the driver. */
  #host: DriverHost
  /** The latest attempt, until the session is closed. */
  #attempt: Attempt | undefined
  /** The error of the latest attempt that failed. */
  #error: Error | undefined
  /** Wakes the session, and tells the time. */
  #alarm = new Alarm(() => this.handle(numbers.INPUT_WAKE, this.#host.sink.idleTime))
  #stopWatching: (() => void) | undefined
  /** `#work` is running further up the stack. */
  #isWorking = false

  constructor(session: Session, host: DriverHost) {
    this.#session = session
    this.#host = host
  }

  get state(): (typeof numbers.STATES)[number] {
    return numbers.STATES[this.#session.state()]!
  }

  /** Consecutive reconnects so far. */
  get retryCount(): number {
    return this.#session.retryCount()
  }

  /** The URL, content type and headers of the latest response. */
  get source(): ResponseDetails | undefined {
    return this.#attempt?.source
  }

  /** The wasm is there: its session takes over from a `SessionBeforeWasm`, once everything of that was reported. */
  takeOver(session: Session): void {
    this.#successor = session
    this.#work()
  }

  /** The wasm cannot be loaded. */
  failed(error: Error): void {
    const session = this.#session
    if (!(session instanceof SessionBeforeWasm) || !session.fail()) return
    // Errors are those of an attempt, and there was none. This one is over, and no session has its id.
    this.#attempt = new Attempt(0, undefined)
    this.#attempt.isLive = false
    this.#attempt.error = error
    this.#work()
  }

  /** A stream is wanted: `INPUT_CONNECT` or `INPUT_RECONNECT`. */
  begin(input: number): void {
    this.#stopWatching ??= guarded(() =>
      watch(
        (input) => this.#pageChanged(input),
        // There is no attempt yet that this could change, so nothing is to be done after it.
        (input) => this.#session.handle(this.#alarm.now(), input, 0, 0),
      ),
    )
    this.handle(input)
  }

  /** Reports to the session what happened, and does what the session wants then. */
  handle(input: number, detail = 0, attempt?: Attempt): void {
    this.#session.handle(this.#alarm.now(), input, attempt?.id ?? 0, detail)
    this.#work()
  }

  /** Reports to the session what happened to the current attempt. */
  handleCurrent(input: number, detail?: number): void {
    if (this.#attempt?.isLive) this.handle(input, detail, this.#attempt)
  }

  #pageChanged(input: number): void {
    // The computer may have been asleep, and timers stop during that.
    if (input === numbers.INPUT_ONLINE || input === numbers.INPUT_VISIBLE)
      this.handle(numbers.INPUT_SILENCE, this.#host.sink.idleTime)
    // Bytes from before the network was lost must not count as a sign that the connection still works.
    if (input === numbers.INPUT_ONLINE || input === numbers.INPUT_OFFLINE)
      this.handle(numbers.INPUT_LAST_BYTE, this.#host.sink.timeSinceLastByte)
    this.handle(input)
  }

  /**
   * Does what the session wants: sets the timer, aborts or pauses, then reports events, and only then takes the attempt's next
   * step.
   */
  #work(): void {
    // A listener has called a method. The loop further up the stack continues with what the session wants now.
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#next());
    this.#isWorking = false
    if (this.state === 'closed') this.#release()
  }

  /**
   * Does the next thing that the session wants. Returns false if there is none. Each of the four methods returns true if it did
   * something, because the session may want something else then. An exception is reported, and the loop continues.
   */
  #next(): boolean {
    try {
      const session = this.#session
      const step = session.wants()
      const id = session.field(numbers.FIELD_ID)
      return this.#adjust(step, id) || this.#report() || this.#succeed() || this.#advance(step, id)
    } catch (error) {
      report(error)
      return true
    }
  }

  /**
   * Sets the timer, aborts an attempt that the session no longer wants, and pauses or resumes. Returns whether something has
   * changed.
   */
  #adjust(step: number, id: number): boolean {
    const session = this.#session
    const attempt = this.#attempt
    this.#alarm.set(session.field(numbers.FIELD_WAKE_AT))
    if (!attempt?.isLive) return false
    // A failed attempt is aborted before the application is asked whether to retry.
    if (step === numbers.STEP_NONE || step === numbers.STEP_DECIDE || id !== attempt.id) {
      guarded(() => this.#host.attemptEnded())
      attempt.abort()
      return true
    }
    const isReading = session.field(numbers.FIELD_READING) === 1
    if (step !== numbers.STEP_STREAM || attempt.isReading === isReading) return false
    attempt.isReading = isReading
    if (isReading) this.#host.resume()
    else this.#host.pause()
    return true
  }

  /** Reports the next event. Returns false if there is none. */
  #report(): boolean {
    const session = this.#session
    const number = session.pollEvent()
    if (number === 0) return false
    const row = numbers.EVENTS[number - 1]!
    const shape: Record<string, Kind> = row[1]
    const fields: Record<string, unknown> = {}
    let place = 0
    for (const name of Object.keys(shape)) {
      const kind = shape[name]!
      const value = session.field(place++)
      fields[name] = kind === numbers.FAILURE ? this.#failure() : kind === numbers.NUMBER ? value : kind[value]
    }
    this.#host.event(...([row[0], fields, this.#attempt?.response] as unknown as SessionEvent))
    return true
  }

  /** Lets the session of the wasm take over. Returns false if there is none, or if it has. */
  #succeed(): boolean {
    const successor = this.#successor
    if (successor === undefined) return false
    this.#successor = undefined
    if (this.#session instanceof SessionBeforeWasm) this.#session.repeatOn(successor, this.#alarm.now())
    this.#session = successor
    return true
  }

  /** Takes the step that the session wants. Returns false if it was taken before. */
  #advance(step: number, id: number): boolean {
    if (step === numbers.STEP_NONE) return false
    const attempt = this.#attempt
    if (attempt?.id !== id) {
      const session = this.#session
      // The look for an event has overwritten the fields.
      session.wants()
      this.#begin(id, session.field(numbers.FIELD_NUMBER), session.field(numbers.FIELD_FRESH) === 1)
      return true
    }
    if (attempt.step === step) return false
    attempt.step = step
    // For the failure of `STEP_DECIDE`.
    this.#session.wants()
    this.#take(step, attempt)
    return true
  }

  #begin(id: number, number: number, fresh: boolean): void {
    const attempt = new Attempt(id, this.#attempt?.source)
    this.#attempt = attempt
    let signal: AbortSignal
    try {
      signal = attempt.signal
    } catch (cause) {
      this.#fail(attempt, numbers.CODE_CALLBACK, cause)
      return
    }
    attempt.context = this.#host.attemptStarted(number, fresh, number > 0 ? this.#error : undefined, signal)
  }

  #take(step: number, attempt: Attempt): unknown {
    switch (step) {
      case numbers.STEP_TOKEN:
        return this.#getToken(attempt)
      case numbers.STEP_REFRESH:
        return this.#refreshToken(attempt)
      case numbers.STEP_REQUEST:
        return this.#sendRequest(attempt)
      case numbers.STEP_VALIDATE:
        return this.#validate(attempt)
      case numbers.STEP_ERROR_BODY:
        return this.#readErrorBody(attempt)
      case numbers.STEP_STREAM:
        return this.#readStream(attempt)
      default:
        return this.#decide(attempt)
    }
  }

  async #getToken(attempt: Attempt): Promise<void> {
    const answer = await this.#ask(attempt, (context) => this.#host.credentials.token(context))
    if (answer) this.handle(numbers.INPUT_TOKEN, Number(answer.value), attempt)
  }

  async #refreshToken(attempt: Attempt): Promise<void> {
    const answer = await this.#ask(attempt, (context) => this.#host.credentials.refresh(context))
    if (answer) this.handle(numbers.INPUT_REFRESHED, answer.value, attempt)
  }

  /** Calls the application's function for a token. Resolves to undefined if the attempt is over or has failed. */
  async #ask<Value>(
    attempt: Attempt,
    question: (context: AttemptContext) => Promise<Value | Error>,
  ): Promise<{ value: Value } | undefined> {
    // Wait for a microtask, because the caller of `connect()` may call `disconnect()` at once.
    await undefined
    if (!attempt.isLive) return undefined
    try {
      const value = await during(attempt.signal, question(attempt.context!))
      if (!attempt.isLive) return undefined
      if (!(value instanceof Error)) return { value }
      this.#fail(attempt, numbers.CODE_CALLBACK, value)
    } catch (cause) {
      this.#fail(attempt, numbers.CODE_AUTH, cause)
    }
    return undefined
  }

  async #sendRequest(attempt: Attempt): Promise<void> {
    const { settings, credentials } = this.#host
    const { authorization } = credentials
    // Wait for a microtask, as for the token.
    await undefined
    if (!attempt.isLive) return
    const { context, signal } = attempt
    const sent = (value: string | null) => {
      credentials.sent(value)
      this.handle(numbers.INPUT_SENT, 0, attempt)
    }
    const position = (given: string) => this.#host.position(given)
    const request = { context: context!, signal, authorization, sent, position }
    const { response, code, cause, callback } = await send(settings, request)
    if (!response) return this.#fail(attempt, code, cause, callback)
    // The attempt may have been aborted before this continuation ran.
    if (!attempt.isLive) return cancelResponse(response)
    attempt.response = response
    const { status, isEventStream, retryAfter, source } = headOf(response)
    attempt.source = source
    this.#session.head(this.#alarm.now(), attempt.id, status, isEventStream, retryAfter)
    this.#work()
  }

  #validate(attempt: Attempt): void {
    const validated = (isAccepted: boolean) => {
      if (attempt.isLive) this.handle(numbers.INPUT_VALIDATED, Number(isAccepted), attempt)
    }
    during(attempt.signal, this.#host.validate(attempt.response!)).then(
      () => validated(true),
      (cause) => {
        if (attempt.isLive) attempt.failsWith(cause, 'validate')
        validated(false)
      },
    )
  }

  #readErrorBody(attempt: Attempt): void {
    const prefix = new BodyPrefix(PREFIX_BYTES)
    const finished = () => this.handle(numbers.INPUT_ERROR_BODY_READ, 0, attempt)
    try {
      if (this.#read(attempt, prefix, finished)) attempt.prefix = prefix
      else finished()
    } catch {
      finished()
    }
  }

  #readStream(attempt: Attempt): void {
    const { sink } = this.#host
    const ended: OnEnd = (error, isSinkError) => {
      if (error !== undefined) return this.#fail(attempt, isSinkError ? numbers.CODE_CALLBACK : numbers.CODE_NETWORK, error)
      attempt.body = sink.nonStreamText
      if (attempt.body === undefined) this.handle(numbers.INPUT_ENDED, 0, attempt)
      else this.#fail(attempt, numbers.CODE_FORMAT)
    }
    try {
      if (!this.#read(attempt, sink, ended)) ended()
    } catch (error) {
      ended(error, true)
    }
  }

  /** Starts to read the body of the response. Returns false if there is none. */
  #read(attempt: Attempt, sink: BodySink, ended: OnEnd): boolean {
    const response = attempt.response!
    const { body } = response
    if (body === undefined || body === null) return false
    attempt.reader = new BodyReader(response, body, sink, ended)
    return true
  }

  #decide(attempt: Attempt): void {
    const error = this.#failure()!
    const number = this.#session.field(numbers.FIELD_FAILED_ATTEMPT)
    // The attempt is over, so its signal is aborted.
    const context = this.#host.context(number, error, guarded(abortedSignal)!)
    this.handle(numbers.INPUT_DECIDED, this.#host.retryDecision(error, context), attempt)
  }

  /**
   * The error for the failure in the session's fields. It is created once, so `error`, `retry` and `close` carry the same object.
   */
  #failure(): Error | undefined {
    const session = this.#session
    const code = session.field(numbers.FIELD_CODE)
    if (code < 0) return undefined
    const attempt = this.#attempt!
    if (!attempt.error) {
      const status = session.field(numbers.FIELD_STATUS)
      const details = attempt.detailsOf(status < 0 ? undefined : status)
      details.retryable = session.field(numbers.FIELD_RETRYABLE) === 1
      details.attempt = session.field(numbers.FIELD_FAILED_ATTEMPT)
      attempt.error = this.#error = this.#host.error(numbers.CODES[code]!, details)
    }
    return attempt.error
  }

  /** Reports a failure. `code` is undefined if a function that the request needs threw or rejected, and `callback` is its name. */
  #fail(attempt: Attempt, code: number | undefined, cause?: unknown, callback?: string): void {
    if (!attempt.isLive) return
    attempt.failsWith(cause, callback)
    if (code === undefined) this.handle(numbers.INPUT_CALLBACK_THREW, 0, attempt)
    else this.handle(numbers.INPUT_FAILED, code, attempt)
  }

  /** Removes the listeners from the page, and releases the application's objects. */
  #release(): void {
    const stop = this.#stopWatching
    this.#stopWatching = this.#attempt = this.#error = undefined
    guarded(() => stop?.())
  }
}
