// Runs one session: brings about what the session wants, with `fetch`, streams and a timer, and tells it what happens. It
// decides nothing.

import {
  CODE_AUTH, CODE_CALLBACK, CODE_FORMAT, CODE_NETWORK, CODES, EVENTS, FAILURE,
  FIELD_CODE, FIELD_FAILED_ATTEMPT, FIELD_FRESH, FIELD_ID, FIELD_NUMBER, FIELD_READING, FIELD_RETRYABLE, FIELD_STATUS, FIELD_WAKE_AT,
  INPUT_DECIDED, INPUT_ENDED, INPUT_ERROR_BODY_READ, INPUT_FAILED, INPUT_LAST_BYTE, INPUT_OFFLINE, INPUT_ONLINE, INPUT_REFRESHED,
  INPUT_REJECTED, INPUT_SENT, INPUT_SILENCE, INPUT_TOKEN, INPUT_VALIDATED, INPUT_VISIBLE, INPUT_WAKE, NUMBER,
  STATES, STEP_DECIDE, STEP_ERROR_BODY, STEP_NONE, STEP_REFRESH, STEP_REQUEST, STEP_STREAM, STEP_TOKEN, STEP_VALIDATE,
} from '../generated/session.ts'
import { discard, during } from './abort.js'
import { Attempt } from './attempt.js'
import { BodyPrefix, BodyReader, PREFIX_BYTES } from './body.js'
import { Alarm } from './clock.js'
import { headOf } from './head.js'
import { watch } from './page.js'
import { guarded } from './report.js'
import { send } from './request.js'

export class Driver {
  #session
  /** What the session needs from the application, and what it reports to it. Each of its methods may call back. */
  #application
  /** The latest attempt, until the session is closed. */
  #attempt
  /** The error of the latest attempt that failed. */
  #error
  /** Wakes the session, and tells the time. */
  #alarm = new Alarm(() => this.handle(INPUT_WAKE, this.#application.silence))
  #stopWatching
  /** `#work` is running further up the stack. */
  #isWorking = false

  constructor(session, application) {
    this.#session = session
    this.#application = application
  }

  get state() {
    return STATES[this.#session.state()]
  }

  /** Consecutive reconnects so far. */
  get retryCount() {
    return this.#session.retryCount()
  }

  /** The URL, content type and headers of the latest response. */
  get source() {
    return this.#attempt?.source
  }

  /** A stream is wanted: `INPUT_CONNECT` or `INPUT_RECONNECT`. */
  begin(input) {
    this.#stopWatching ??= guarded(() => watch(this.#pageIs))
    this.handle(input)
  }

  /** Tells the session what happened, and brings about what it wants then. */
  handle(input, detail = 0, attempt = undefined) {
    this.#session.handle(this.#alarm.now(), input, attempt?.id ?? 0, detail)
    this.#work()
  }

  /** Tells the session what happened to the attempt that is under way. */
  handleCurrent(input, detail) {
    if (this.#attempt?.isLive) this.handle(input, detail, this.#attempt)
  }

  #pageIs = (input) => {
    // The computer may have slept, and its timers with it.
    if (input === INPUT_ONLINE || input === INPUT_VISIBLE) this.handle(INPUT_SILENCE, this.#application.silence)
    // What came before the network was lost must not be taken for what came since.
    if (input === INPUT_ONLINE || input === INPUT_OFFLINE) this.handle(INPUT_LAST_BYTE, this.#application.lastByte)
    this.handle(input)
  }

  /** Brings about what the session wants, reports its events, and only then takes the next step of the attempt. */
  #work() {
    // A listener called back: the loop further up the stack continues with what is wanted now.
    if (this.#isWorking) return
    this.#isWorking = true
    while (this.#stop() || this.#report() || this.#advance());
    this.#isWorking = false
    if (this.state === 'closed') this.#release()
  }

  /** Stops what is not wanted any more. True if there was something to stop, and the application may have called back. */
  #stop() {
    const session = this.#session
    const attempt = this.#attempt
    const step = session.wants()
    this.#alarm.set(session.field(FIELD_WAKE_AT))
    if (!attempt?.isLive) return false
    if (step === STEP_NONE || step === STEP_DECIDE || session.field(FIELD_ID) !== attempt.id) {
      guarded(() => this.#application.released())
      attempt.abort()
      return true
    }
    const isRead = session.field(FIELD_READING) === 1
    if (step !== STEP_STREAM || attempt.isRead === isRead) return false
    attempt.isRead = isRead
    guarded(() => (isRead ? this.#application.resume() : this.#application.pause()))
    return true
  }

  /** Reports the next event. False if there is none. */
  #report() {
    const session = this.#session
    const number = session.pollEvent()
    if (number === 0) return false
    const [type, shape] = EVENTS[number - 1]
    const fields = {}
    for (const [place, [name, kind]] of Object.entries(shape).entries()) {
      const value = session.field(place)
      fields[name] = kind === FAILURE ? this.#failure() : kind === NUMBER ? value : kind[value]
    }
    guarded(() => this.#application.event(type, fields, this.#attempt?.response))
    return true
  }

  /** Takes the step that is wanted. False if it was taken before. */
  #advance() {
    const session = this.#session
    const step = session.wants()
    if (step === STEP_NONE) return false
    const id = session.field(FIELD_ID)
    const attempt = this.#attempt
    if (attempt?.id !== id) {
      guarded(() => this.#begin(id, session.field(FIELD_NUMBER), session.field(FIELD_FRESH) === 1))
    } else {
      if (attempt.step === step) return false
      attempt.step = step
      guarded(() => this.#take(step, attempt))
    }
    return true
  }

  #begin(id, number, fresh) {
    const attempt = (this.#attempt = new Attempt(id, this.#attempt?.source))
    let signal
    try {
      signal = attempt.signal
    } catch (cause) {
      return this.#fail(attempt, CODE_CALLBACK, cause)
    }
    attempt.context = this.#application.begin(number, fresh, number > 0 ? this.#error : undefined, signal)
  }

  #take(step, attempt) {
    switch (step) {
      case STEP_TOKEN: return this.#getToken(attempt)
      case STEP_REFRESH: return this.#refreshToken(attempt)
      case STEP_REQUEST: return this.#sendRequest(attempt)
      case STEP_VALIDATE: return this.#validate(attempt)
      case STEP_ERROR_BODY: return this.#readErrorBody(attempt)
      case STEP_STREAM: return this.#readStream(attempt)
      case STEP_DECIDE: return this.#decide(attempt)
    }
  }

  async #getToken(attempt) {
    const answer = await this.#ask(attempt, (context) => this.#application.token(context))
    if (answer) this.handle(INPUT_TOKEN, Number(answer.value), attempt)
  }

  async #refreshToken(attempt) {
    const answer = await this.#ask(attempt, (context) => this.#application.refresh(context))
    if (answer) this.handle(INPUT_REFRESHED, answer.value, attempt)
  }

  /** Asks the application about a token. Resolves to nothing if the attempt is over, or has failed with it. */
  async #ask(attempt, question) {
    // The caller of `connect()` may call `disconnect()` at once.
    await undefined
    if (!attempt.isLive) return
    try {
      const value = await during(attempt.signal, question(attempt.context))
      if (!attempt.isLive) return
      if (!(value instanceof Error)) return { value }
      this.#fail(attempt, CODE_CALLBACK, value)
    } catch (cause) {
      this.#fail(attempt, CODE_AUTH, cause)
    }
  }

  async #sendRequest(attempt) {
    const application = this.#application
    const { settings, authorization } = application
    // As with the token.
    await undefined
    if (!attempt.isLive) return
    const { context, signal } = attempt
    const sent = (authorization) => {
      application.sent(authorization)
      this.handle(INPUT_SENT, 0, attempt)
    }
    const position = (given) => application.position(given)
    const { response, code, cause, callback } = await send(settings, { context, signal, authorization, sent, position })
    if (!response) return this.#fail(attempt, code, cause, callback)
    // The attempt may have been aborted while the response was on its way here.
    if (!attempt.isLive) return discard(response)
    attempt.response = response
    const { status, isEventStream, retryAfter, source } = headOf(response)
    attempt.source = source
    this.#session.head(this.#alarm.now(), attempt.id, status, isEventStream, retryAfter)
    this.#work()
  }

  #validate(attempt) {
    const validated = (isAccepted) => (cause) => {
      if (!attempt.isLive) return
      if (!isAccepted) attempt.failsWith(cause, 'validate')
      this.handle(INPUT_VALIDATED, Number(isAccepted), attempt)
    }
    during(attempt.signal, this.#application.validate(attempt.response)).then(validated(true), validated(false))
  }

  #readErrorBody(attempt) {
    const prefix = new BodyPrefix(PREFIX_BYTES)
    const isRead = () => this.handle(INPUT_ERROR_BODY_READ, 0, attempt)
    try {
      if (!this.#read(attempt, prefix, isRead)) return isRead()
      attempt.prefix = prefix
    } catch {
      isRead()
    }
  }

  #readStream(attempt) {
    const { sink } = this.#application
    const ended = (error, isOurs) => {
      if (error !== undefined) return this.#fail(attempt, isOurs ? CODE_CALLBACK : CODE_NETWORK, error)
      attempt.body = sink.foreignText
      if (attempt.body === undefined) this.handle(INPUT_ENDED, 0, attempt)
      else this.#fail(attempt, CODE_FORMAT)
    }
    try {
      if (!this.#read(attempt, sink, ended)) ended()
    } catch (error) {
      ended(error, true)
    }
  }

  /** Starts to read the body of the response. False if it has none. */
  #read(attempt, sink, ended) {
    const { response } = attempt
    const { body } = response
    if (body === undefined || body === null) return false
    attempt.reader = new BodyReader(response, body, sink, ended)
    return true
  }

  #decide(attempt) {
    const error = this.#failure()
    const number = this.#session.field(FIELD_FAILED_ATTEMPT)
    // The attempt is over, and its signal says so.
    const context = this.#application.context(number, error, guarded(() => AbortSignal.abort()))
    this.handle(INPUT_DECIDED, this.#application.retryDecision(error, context), attempt)
  }

  /** The error for the failure that the session speaks of. The attempt has one, which every event gets. */
  #failure() {
    const session = this.#session
    const attempt = this.#attempt
    const code = session.field(FIELD_CODE)
    if (code < 0) return undefined
    if (!attempt.error) {
      const status = session.field(FIELD_STATUS)
      const details = attempt.detailsOf(status < 0 ? undefined : status)
      details.retryable = session.field(FIELD_RETRYABLE) === 1
      details.attempt = session.field(FIELD_FAILED_ATTEMPT)
      attempt.error = this.#error = this.#application.error(CODES[code], details)
    }
    return attempt.error
  }

  /** `code` is undefined if a function that the request needs threw or rejected: `callback` is its name. */
  #fail(attempt, code, cause, callback) {
    if (!attempt.isLive) return
    attempt.failsWith(cause, callback)
    if (code === undefined) this.handle(INPUT_REJECTED, 0, attempt)
    else this.handle(INPUT_FAILED, code, attempt)
  }

  /** Leaves nothing in the page, nor anything of the application's. */
  #release() {
    const stop = this.#stopWatching
    this.#stopWatching = this.#attempt = this.#error = undefined
    guarded(() => stop?.())
  }
}
