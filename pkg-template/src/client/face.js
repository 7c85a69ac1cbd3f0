// The side of a client that the driver sees: what the session needs from the application, and what it has to tell it.

import {
  DECISION_DEFAULT, DECISION_GIVE_UP, DECISION_RETRY, INPUT_ABORT, INPUT_CONNECT, INPUT_DISCONNECT, INPUT_RECONNECT,
  REFRESH_ASK_AGAIN, REFRESH_GAVE_UP, REFRESH_TOKEN,
} from '../generated/session.ts'
import { hasExpired } from '../auth/auth.js'
import { offAbort, onAbort } from '../driver/abort.ts'
import { now } from '../driver/clock.ts'
import { Driver } from '../driver/driver.ts'
import { isError, kindOf } from '../driver/kind.ts'
import { newSession } from '../driver/session.ts'
import { guarded, report } from '../driver/report.ts'
import { BY_APPLICATION, Receiver } from '../dispatch/receiver.ts'
import { SSEError } from './error.js'
import { SSEEvent } from './event.ts'
import { History } from './history.ts'
import { Listeners } from './listeners.ts'
import { Readers } from './readers.js'

const ignore = () => {}

/** How many of the latest tokens are removed from the text of errors. */
const SECRETS = 4

export class Face {
  settings
  listeners
  driver
  sink
  history
  readers = new Readers(this)
  /** Why `disconnect()` was called. */
  reason
  /** The error that `until` has ended the connection with. */
  #stopError
  /** The last error; once closed, the one that ended the connection. */
  failure
  /** The token of the current attempt, and the authority's count of refreshes when it was asked for. */
  #token
  #generation = 0
  /** The latest tokens, also that of this attempt. No error may contain them. */
  #secrets = []
  /** No stream has opened since a fresh start, so a `Last-Event-ID` in `headers` still sets the position. */
  #isFresh = true
  #opening
  /** The promises of a connection that is over, but whose close is yet to be told. */
  #ended = []
  #attempts = 0
  #opened = 0
  #connectedAt

  constructor(settings, engine) {
    const { history, maxEventBytes } = settings
    this.settings = settings
    this.driver = new Driver(newSession(engine.SessionHandle, settings.idempotent, sessionOptions(settings)), this)
    this.listeners = new Listeners()
    if (history > 0) this.history = new History(history, maxEventBytes)
    const host = { parseFailed: this.#parseFailed, stoppedBy: this.#stoppedBy, debug: settings.debug === false ? undefined : this.#debug }
    this.sink = new Receiver(engine, this.driver, host, this.listeners, this.history, settings)
    this.sink.startFrom(settings.lastEventId)
  }

  // What the application asks for.

  connect() {
    if (this.#isOpen) return Promise.resolve()
    // A listener of the last error is calling: the close that is still to come is not that of the new connection.
    if (this.#opening && this.driver.state === 'closed') {
      this.#ended.push(this.#opening)
      this.#opening = undefined
    }
    return this.#start(INPUT_CONNECT)
  }

  reconnect() {
    return this.#start(INPUT_RECONNECT)
  }

  disconnect(reason) {
    this.sink.stop()
    this.readers.drop()
    // The first call is what ends it, even if that is yet to be told.
    if (this.driver.state !== 'closed') this.reason = reason
    this.driver.handle(INPUT_DISCONNECT)
  }

  stats() {
    const stats = { ...this.sink.stats, attempts: this.#attempts, reconnects: Math.max(0, this.#opened - 1) }
    if (this.#connectedAt !== undefined) stats.connectedAt = this.#connectedAt
    return stats
  }

  // What the driver asks for.

  get lastEventId() {
    return this.sink.lastEventId
  }

  begin(attempt, fresh, error, signal) {
    this.#attempts++
    if (fresh) {
      this.#isFresh = true
      this.sink.startFrom(this.settings.lastEventId)
    }
    this.#debug('request', { attempt, lastEventId: this.lastEventId })
    return this.context(attempt, error, signal)
  }

  context(attempt, error, signal) {
    return { attempt, lastEventId: this.lastEventId, signal, ...(error && { error }) }
  }

  /** Asks for a token. Resolves to whether it has expired, or to what is wrong with the answer. */
  async token(context) {
    const { authority } = this.settings
    this.#token = undefined
    this.#generation = authority.generation
    const token = await authority.token(context)
    context.signal.throwIfAborted()
    if (token === undefined || token === null) return false
    if (typeof token !== 'string' || token === '') return wrongAnswer('getToken', token, 'a token (a string that is not empty) and null for none')
    this.#use(token)
    return hasExpired(token)
  }

  /** Refreshes the token. Resolves to one of the answers in generated/session.ts, or to what is wrong with the application's. */
  async refresh(context) {
    const { authority } = this.settings
    const answer = await authority.refresh(context, { generation: this.#generation, token: this.#token })
    context.signal.throwIfAborted()
    if (typeof answer === 'boolean') return answer ? REFRESH_ASK_AGAIN : REFRESH_GAVE_UP
    if (typeof answer !== 'string' || answer === '') {
      return wrongAnswer('refreshToken', answer, 'a token (a string that is not empty), true to ask getToken again, and false to give up')
    }
    this.#use(answer)
    this.#generation = authority.generation
    return REFRESH_TOKEN
  }

  #use(token) {
    this.#token = token
    this.#keepSecret(token)
  }

  /** After a refresh the old token stays secret too, because a server may quote it. */
  #keepSecret(secret) {
    if (secret.trim() !== '') this.#secrets = [secret, ...this.#secrets.filter((other) => other !== secret)].slice(0, SECRETS)
  }

  get authorization() {
    return this.#token === undefined ? undefined : `Bearer ${this.#token}`
  }

  /** The event id to send as `Last-Event-ID`. `given` is the one in `headers`, which has the same effect as the option `lastEventId`. */
  position(given) {
    if (this.#isFresh && this.lastEventId === '') this.sink.startFrom(given)
    return this.lastEventId
  }

  /** Called when a request is sent, with the value of its `Authorization` header or null. */
  sent(authorization) {
    if (authorization !== null) this.#keepSecret(authorization.replace(/^\S+\s+/, ''))
  }

  /** A promise in any case, so that what `validate` throws at once is a rejection too. */
  async validate(response) {
    await this.settings.validate(response)
  }

  error(code, details) {
    return new SSEError(code, { ...details, url: details.url || this.settings.url, secrets: this.#secrets })
  }

  /** Milliseconds to wait, or one of the decisions in generated/session.ts. */
  retryDecision(error, context) {
    try {
      const verdict = this.settings.shouldRetry(error, context)
      if (verdict === undefined) return DECISION_DEFAULT
      if (typeof verdict === 'boolean') return verdict ? DECISION_RETRY : DECISION_GIVE_UP
      if (typeof verdict === 'number' && verdict >= 0) return verdict
      throw new TypeError(`SSEClient: shouldRetry returned ${String(verdict)}; accepted are true, false, milliseconds and undefined`)
    } catch (thrown) {
      // A mistake in there must not wedge the client: the rules decide.
      report(thrown)
      return DECISION_DEFAULT
    }
  }

  pause() {
    this.sink.pause(BY_APPLICATION)
  }

  resume() {
    this.sink.resume(BY_APPLICATION)
  }

  get silence() {
    return this.sink.idleTime
  }

  get lastByte() {
    return this.sink.timeSinceLastByte
  }

  /** The session says anew of each stream that it is paused. */
  released() {
    this.sink.discard()
    this.sink.resume(BY_APPLICATION)
  }

  // What the driver has to tell.

  event(type, fields, response) {
    if (type === 'open') this.open(fields, response)
    else if (type === 'error') this.failed(fields.error)
    else if (type === 'close') this.close(fields)
    else this.#tell(type, fields)
  }

  open({ previous, attempt }, response) {
    this.#opened++
    this.#isFresh = false
    this.#connectedAt = now()
    const head = this.#headOf(response)
    this.sink.begin(originOf(head.url, this.settings))
    for (const promise of this.#settled(true)) promise.resolve()
    this.#tell('state', { state: 'open', previous })
    // A listener may have ended it already.
    if (this.#isOpen) this.#tell('open', { ...head, attempt })
  }

  failed(error) {
    // For an iterator made in a listener of this error: should it be fatal, the client is closed already.
    this.failure = error
    this.#tell('error', error)
  }

  close({ previous, reason, error: failure }) {
    const error = failure ?? this.#ownError(reason)
    // Not if a listener has connected again meanwhile.
    const isLast = this.driver.state === 'closed'
    if (isLast) {
      this.sink.close()
      this.failure = error
      this.#token = undefined
      this.#secrets = []
      this.#forgetSignal()
      this.readers.end(error)
    }
    for (const promise of this.#settled(isLast)) promise.reject(failure ?? this.#reasonAsError(reason))
    this.reason = this.#stopError = undefined
    this.#tell('state', { state: 'closed', previous })
    this.#tell('close', error ? { reason, error } : { reason })
  }

  // The rest.

  get #isOpen() {
    return ['open', 'paused'].includes(this.driver.state)
  }

  #start(input) {
    this.failure = undefined
    const { promise } = (this.#opening ??= deferred())
    const { signal } = this.settings
    if (signal?.aborted) {
      this.driver.handle(INPUT_ABORT)
      // Closed before: then there was nothing to abort, and nobody was told.
      this.#opening?.reject(this.#reasonAsError('aborted'))
      this.#opening = undefined
    } else {
      if (signal) onAbort(signal, this.#aborted)
      this.driver.begin(input)
    }
    return promise
  }

  /** What `open` tells of the response, which may be of the application's own making: its URL is that after redirects. */
  #headOf(response) {
    const { url } = this.settings
    try {
      return { status: response.status, url: response.url || url, headers: response.headers }
    } catch (error) {
      report(error)
      return { status: 200, url, headers: new Headers() }
    }
  }

  /** The promises that are to be settled now; only those of connections before, or all. */
  #settled(all) {
    const settled = this.#ended
    this.#ended = []
    if (all && this.#opening) {
      settled.push(this.#opening)
      this.#opening = undefined
    }
    return settled
  }

  #forgetSignal() {
    // It may be a signal of the application's own making.
    const { signal } = this.settings
    if (signal) guarded(() => offAbort(signal, this.#aborted))
  }

  #aborted = () => {
    this.sink.stop()
    this.readers.drop()
    this.driver.handle(INPUT_ABORT)
  }

  /** The application's own error that the connection ended with (from `until` or `disconnect(error)`), if there is one. */
  #ownError(reason) {
    if (reason === 'fatal') return this.#stopError
    if (reason === 'client' && isError(this.reason)) return this.reason
  }

  #reasonAsError(reason) {
    if (reason === 'no-content') return this.error('status', { ...this.driver.source, status: 204 })
    const cause = reason === 'aborted' ? this.settings.signal.reason : this.reason
    return new SSEError('aborted', { cause })
  }

  #stoppedBy = (error) => {
    this.#stopError = error
  }

  #parseFailed = (cause) => {
    this.#tell('error', this.error('parse', { cause, attempt: this.driver.retryCount }))
  }

  #tell(type, payload) {
    this.#debug(type, type === 'error' ? { error: payload } : payload)
    const list = this.listeners.ofLifecycle(type)
    if (list.length > 0) this.listeners.callAll(list, payload, new SSEEvent(type, '', '', this.lastEventId, this.sink.origin))
  }

  /** Never with headers, bodies, causes or the URL's query: that is where tokens are. */
  #debug = (kind, payload) => {
    const { debug } = this.settings
    if (debug === false) return
    const { headers, url, error, ...entry } = payload
    try {
      const said = { at: now(), kind, ...entry }
      if (error) said.error = { code: error.code, status: error.status, attempt: error.attempt, retryable: error.retryable }
      if (debug === true) console.debug('SSEClient', said)
      else debug(said)
    } catch (error) {
      report(error)
    }
  }
}

/** The options of the session (SESSION_OPTIONS): most have the names of the client's. */
const sessionOptions = ({ authority, validate, shouldRetry, until, ...settings }) => ({
  ...settings,
  asksToken: authority !== undefined,
  refreshesToken: Boolean(authority?.refreshes),
  validates: validate !== undefined,
  decides: shouldRetry !== undefined,
  expectsMark: until !== undefined,
})

/** A `Response` made by hand may have any URL. */
function originOf(url, requested) {
  try {
    if (url !== requested.url) return new URL(url).origin
  } catch {
    // Then it is that of the request.
  }
  return requested.origin
}

const wrongAnswer = (name, answer, accepted) =>
  new TypeError(`SSEClient: ${name} returned ${answer === '' ? 'an empty string' : kindOf(answer)}; accepted are ${accepted}`)

function deferred() {
  const it = {}
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }))
  // Nobody has to await it.
  it.promise.catch(ignore)
  return it
}
