// Runs one session: carries out what the state machine in wasm commands, and tells it what became of it. It decides
// nothing. This is JavaScript because all it does is call the browser; mod.rs says what that saves.

import { discard, during } from './attempt.js'
import { Beginning, KEPT, Pump } from './body.js'
import { forget, now, wake } from './clock.js'
import { headOf } from './head.js'
import * as n from './numbers.js'
import { watch } from './page.js'
import { guarded } from './report.js'
import { send } from './request.js'

/** The longest delay of `setTimeout`, in milliseconds: 24 days. A longer one would fire at once. */
const LONGEST = 2 ** 31 - 1

/**
 * A session and what it has under way in the browser. Everything that is not the browser's business is asked of the
 * application and told to it: that is `Face` in face.js, which may call back at any time.
 */
export class Driver {
  #machine
  #application
  /** The request under way: its id, controller and context, later its response and what reads that. */
  #request
  #timers = []
  #stopWatching
  /** Details of the latest request for error messages: its response's URL, content type and headers, and the cause of its failure. */
  #problem = {}
  /** The details of the request before. If it was answered with 401 and there is no new token, the error has its headers. */
  #refused = {}
  /** The error made of it, and the request it belongs to. */
  #error
  /** The latest request, which the latest failure belongs to. */
  #latest = 0
  /** Commands are being carried out further up the stack. */
  #isBusy = false

  constructor(machine, application) {
    this.#machine = machine
    this.#application = application
  }

  get state() {
    return n.STATES[this.#machine.state()]
  }

  /** Consecutive reconnects so far. */
  get retryCount() {
    return this.#machine.retryCount()
  }

  /** The URL, content type and headers of the latest response. */
  get source() {
    return this.#problem
  }

  /** A stream is wanted: `CONNECT` or `RECONNECT`. */
  begin(input) {
    this.#stopWatching ??= guarded(() => watch(this.#pageIs))
    this.handle(input)
  }

  /** Tells the session, and does what it says. */
  handle(input, detail = 0, id = 0) {
    this.#machine.handle(now(), input, id, detail)
    this.#work()
  }

  /** Tells the session something about the request under way. */
  handleCurrent(input, detail) {
    if (this.#request) this.handle(input, detail, this.#request.id)
  }

  #pageIs = (input) => {
    // It may have slept, and its timers with it.
    if (input === n.ONLINE || input === n.VISIBLE) this.#tellSilence()
    // What came before the network went must not be taken for what came since.
    if (input === n.ONLINE || input === n.OFFLINE) this.handle(n.LAST_BYTE, this.#application.lastByte)
    this.handle(input)
  }

  #tellSilence = () => this.handle(n.SILENCE, this.#application.silence)

  #work() {
    // A listener called back: whoever called it goes on with what is to do now.
    if (this.#isBusy) return
    this.#isBusy = true
    for (let command; (command = this.#machine.nextCommand()) > 0; ) guarded(() => this.#carryOut(command))
    this.#isBusy = false
    if (this.state === 'closed') this.#release()
  }

  #carryOut(command) {
    const application = this.#application
    const machine = this.#machine
    const [first, second, third] = [machine.field(0), machine.field(1), machine.field(2)]
    switch (command) {
      case n.DO_OPEN: return this.#open(first, second, third === 1)
      case n.DO_ASK_TOKEN: return this.#askToken(first)
      case n.DO_REFRESH_TOKEN: return this.#refreshToken(first)
      case n.DO_SEND: return this.#send(first)
      case n.DO_VALIDATE: return this.#validate(first)
      case n.DO_READ_ERROR_BODY: return this.#readErrorBody(first)
      case n.DO_READ: return this.#read(first)
      case n.DO_PAUSE: return application.pause()
      case n.DO_RESUME: return application.resume()
      case n.DO_CANCEL: return this.#cancel(first)
      case n.DO_JUDGE: return this.#judge()
      case n.DO_SET_TIMER: return this.#setTimer(first, second)
      case n.DO_CLEAR_TIMER: return this.#clearTimer(first)
      case n.TELL_STATE: return application.state(n.STATES[second], n.STATES[first])
      case n.TELL_OPEN: return application.open(n.STATES[first], second, this.#request.response)
      case n.TELL_REFRESHED: return application.refreshed(first)
      case n.TELL_FAILED: return application.failed(this.#failure())
      case n.TELL_RETRY: return application.retry(first, second, this.#failure())
      case n.TELL_MAX_RECONNECTS_REACHED: return application.maxReconnectsReached(first)
      case n.TELL_CLOSE: return application.close(n.STATES[first], n.REASONS[second], this.#failure())
    }
  }

  #open(id, attempt, fresh) {
    this.#latest = id
    this.#refused = this.#problem
    this.#problem = {}
    let controller
    try {
      controller = new AbortController()
    } catch (error) {
      return this.#sayFailed(id, n.CALLBACK, error)
    }
    const { signal } = controller
    this.#request = { id, controller, signal }
    this.#request.context = this.#application.begin(attempt, fresh, attempt > 0 ? this.#error?.error : undefined, signal)
  }

  #askToken(id) {
    this.#ask(id, (context) => this.#application.token(context), (hasExpired) => this.handle(n.TOKEN, Number(hasExpired), id))
  }

  #refreshToken(id) {
    this.#ask(id, (context) => this.#application.refresh(context), (answer) => {
      this.handle(n.REFRESHED, answer === undefined ? n.NEW_TOKEN : Number(answer), id)
    })
  }

  /** Waits for the application's answer about a token, and passes on what it says. */
  async #ask(id, question, tell) {
    if (!this.#isCurrent(id)) return
    const { context, signal } = this.#request
    // Whatever else is to be carried out and told now comes first, and may give the request up.
    await undefined
    if (!this.#isCurrent(id)) return
    during(signal, question(context)).then(
      (answer) => {
        if (!this.#isCurrent(id)) return
        if (answer instanceof Error) this.#fail(id, n.CALLBACK, answer)
        else tell(answer)
      },
      (cause) => this.#fail(id, n.AUTH, cause),
    )
  }

  async #send(id) {
    if (!this.#isCurrent(id)) return
    const { context, signal } = this.#request
    const { settings, authorization } = this.#application
    // As with the token: it may be given up.
    await undefined
    if (!this.#isCurrent(id)) return
    const sent = (authorization) => {
      this.#application.sent(authorization)
      this.handle(n.SENT, 0, id)
    }
    const attempt = { context, signal, authorization, sent, position: (given) => this.#application.position(given) }
    const { response, code, cause, callback } = await send(settings, attempt)
    if (!response) return this.#fail(id, code, cause, callback)
    // Too late, by a hair: while the answer was on its way here.
    if (!this.#isCurrent(id)) return discard(response)
    this.#request.response = response
    const { status, isEventStream, retryAfter, source } = headOf(response)
    this.#problem = { ...source }
    this.#machine.head(now(), id, status, isEventStream, retryAfter)
    this.#work()
  }

  #validate(id) {
    if (!this.#isCurrent(id)) return
    const { response, signal } = this.#request
    const judged = (isAccepted) => (cause) => {
      if (!this.#isCurrent(id)) return
      if (!isAccepted) Object.assign(this.#problem, { cause, callback: 'validate' })
      this.handle(n.VALIDATED, Number(isAccepted), id)
    }
    during(signal, this.#application.validate(response)).then(judged(true), judged(false))
  }

  #readErrorBody(id) {
    const beginning = new Beginning(KEPT)
    const over = () => this.handle(n.ERROR_BODY_READ, 0, id)
    try {
      // Without a body there is none to read.
      if (!this.#pump(beginning, over)) return over()
      this.#request.beginning = beginning
    } catch {
      over()
    }
  }

  #read(id) {
    const over = (error, isOurs) => {
      if (error !== undefined) return this.#fail(id, isOurs ? n.CALLBACK : n.NETWORK, error)
      const body = this.#application.sink.foreignText
      if (body === undefined) return this.handle(n.ENDED, 0, id)
      this.#problem.body = body
      this.#fail(id, n.FORMAT)
    }
    try {
      if (!this.#pump(this.#application.sink, over)) over()
    } catch (error) {
      over(error, true)
    }
  }

  /** Starts to read the body of the response. False: there is none. */
  #pump(sink, over) {
    const { response } = this.#request
    const { body } = response
    if (body === undefined || body === null) return false
    this.#request.pump = new Pump(response, body, sink, over)
    return true
  }

  #cancel(id) {
    if (!this.#isCurrent(id)) return
    const { controller, response, pump, beginning } = this.#request
    this.#request = undefined
    guarded(() => this.#application.released())
    if (pump) pump.stop()
    else if (response) discard(response)
    // All that came of it, even if time ran out.
    if (beginning) this.#problem.body = beginning.text()
    controller.abort()
  }

  #judge() {
    const error = this.#failure()
    // The attempt is over, and so its signal says.
    const context = this.#application.context(this.#machine.field(6), error, guarded(() => AbortSignal.abort()))
    this.handle(n.JUDGED, this.#application.judge(error, context))
  }

  /** The one error value for the command's failure, if it has one: `error`, `retry` and `close` give the same. */
  #failure() {
    const machine = this.#machine
    const [code, status, isRetryable, attempt] = [machine.field(3), machine.field(4), machine.field(5), machine.field(6)]
    if (code < 0) return undefined
    if (this.#error?.id !== this.#latest) {
      const response = status < 0 || this.#problem.headers ? {} : this.#refused
      const details = { ...response, ...this.#problem, status: status < 0 ? undefined : status, retryable: isRetryable === 1, attempt }
      this.#error = { id: this.#latest, error: this.#application.error(n.CODES[code], details) }
    }
    return this.#error.error
  }

  #fail(id, code, cause, callback) {
    if (this.#isCurrent(id)) this.#sayFailed(id, code, cause, callback)
  }

  /** `code` is undefined if a function that the request needs threw or rejected: `callback` is its name. */
  #sayFailed(id, code, cause, callback) {
    Object.assign(this.#problem, { cause, callback })
    if (code === undefined) this.handle(n.REJECTED, 0, id)
    else this.handle(n.FAILED, code, id)
  }

  #isCurrent(id) {
    return this.#request?.id === id
  }

  #setTimer(timer, delay) {
    this.#clearTimer(timer)
    const fired = timer === n.IDLE ? this.#tellSilence : () => this.handle(n.FIRED, timer)
    this.#timers[timer] = wake(fired, Math.min(delay, LONGEST))
  }

  #clearTimer(timer) {
    if (this.#timers[timer] === undefined) return
    forget(this.#timers[timer])
    this.#timers[timer] = undefined
  }

  /** Leaves nothing in the page, nor anything of the application's. */
  #release() {
    for (const timer of this.#timers.keys()) this.#clearTimer(timer)
    const stop = this.#stopWatching
    this.#stopWatching = undefined
    guarded(() => stop?.())
    this.#problem = this.#refused = {}
    this.#error = undefined
  }
}
