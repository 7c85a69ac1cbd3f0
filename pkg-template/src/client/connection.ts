// The object between the driver and the client. It calls the application's functions when the session needs them, and reports to
// the application what happens.

import { Credentials } from '../auth/credentials.ts'
import { History } from '../dispatch/history.ts'
import { Listeners } from '../dispatch/listeners.ts'
import { BY_APPLICATION, Receiver } from '../dispatch/receiver.ts'
import { offAbort, onAbort } from '../driver/abort.ts'
import { now } from '../driver/clock.ts'
import { Driver } from '../driver/driver.ts'
import type { DriverHost, SessionEvent } from '../driver/host.ts'
import { isError } from '../driver/kind.ts'
import { guarded, report } from '../driver/report.ts'
import { SessionBeforeWasm } from '../driver/session-before-wasm.ts'
import { INPUT_ABORT, INPUT_CONNECT, INPUT_DISCONNECT, INPUT_RECONNECT } from '../generated/session.ts'
import { ConnectPromises } from './connect-promises.ts'
import { debugLog } from './debug-log.ts'
import { Emitter } from './emitter.ts'
import type { Engine } from './engine.ts'
import { EngineOfConnection } from './engine-of-connection.ts'
// Imported as `.js`, like in the entries: in the package it is a file of its own that all entries share, so there is one class.
import { type ErrorCode, type ErrorDetails, SSEError, type SSEErrorConstructor } from './error.js'
import { Iterators } from './iterators.ts'
import { retryDecision } from './retry-decision.ts'
import { sessionOf } from './session-options.ts'
import type { Settings } from './settings.ts'
import type { Attempt, SSECloseReason, SSELifecycleEvents, SSEState, SSEStats } from './types.ts'

const OwnError = SSEError as unknown as SSEErrorConstructor

/** How long a client waits for the wasm if it has no `connectTimeout`, or one without limit, in milliseconds. */
const LOAD_TIMEOUT = 30_000

export class Connection implements DriverHost {
  readonly settings: Settings
  readonly listeners = new Listeners()
  readonly driver: Driver
  readonly receiver: Receiver
  readonly emitter: Emitter
  readonly history: History | undefined
  #iterators: Iterators | undefined
  readonly credentials: Credentials
  /** The last error. After a close: the error that ended the connection. */
  failure: Error | undefined
  #connectPromises = new ConnectPromises()
  #engine: EngineOfConnection
  /** A field above the methods: V8 parses everything between the first field and the last one before it makes an object. */
  #aborted = (): void => this.#abort()
  /** The argument of `disconnect()`. */
  #reason: unknown
  /** The error that `until` has ended the connection with. */
  #stopError: Error | undefined
  /** No stream has opened since the last fresh request, so a `Last-Event-ID` in `headers` still sets the position. */
  #mayTakePosition = true
  #counts: { attempts: number; opened: number; connectedAt?: number } = { attempts: 0, opened: 0 }

  /** `start` returns the engine, or a promise of it while it is being loaded. */
  constructor(settings: Settings, start: () => Engine | Promise<Engine>) {
    const { history, maxEventBytes } = settings
    this.settings = settings
    this.#engine = new EngineOfConnection(start)
    const log = debugLog(settings.debug)
    this.#load()
    const { loaded } = this.#engine
    this.driver = new Driver(loaded ? sessionOf(settings, loaded) : new SessionBeforeWasm(), this)
    if (history > 0) this.history = new History(history, maxEventBytes)
    const host = {
      parseFailed: (cause: unknown) => {
        this.emitter.emit('error', this.error('parse', { cause, attempt: this.driver.retryCount }))
      },
      stoppedBy: (error: Error) => {
        this.#stopError = error
      },
      debug: log,
    }
    this.receiver = new Receiver(() => this.#engine.loaded!, this.driver, host, this.listeners, this.history, settings)
    this.receiver.startFrom(settings.lastEventId)
    if (settings.typeAsWritten) this.receiver.distinguishMessage()
    this.emitter = new Emitter(this.listeners, this.receiver, log)
    this.credentials = new Credentials(settings.tokenProvider)
  }

  // Called by `SSEClient`.

  get state(): SSEState {
    return this.driver.state as SSEState
  }

  get iterators(): Iterators {
    this.#iterators ??= new Iterators(this)
    return this.#iterators
  }

  connect(): Promise<void> {
    if (this.#isOpen) return Promise.resolve()
    // If a listener of the last error calls this, the close of the old connection is not reported yet. It must not settle the new
    // promise.
    if (this.state === 'closed') this.#connectPromises.separate()
    return this.#begin(INPUT_CONNECT)
  }

  reconnect(): Promise<void> {
    return this.#begin(INPUT_RECONNECT)
  }

  disconnect(reason?: unknown): void {
    this.#stopDelivery()
    // Only the first call counts, even if its close is not reported yet.
    if (this.state !== 'closed') this.#reason = reason
    this.driver.handle(INPUT_DISCONNECT)
  }

  get stats(): SSEStats {
    const { attempts, opened, ...rest } = this.#counts
    return { ...this.receiver.stats, attempts, reconnects: Math.max(0, opened - 1), ...rest }
  }

  // Called by the driver.

  get lastEventId(): string {
    return this.receiver.lastEventId
  }

  attemptStarted(attempt: number, fresh: boolean, error: SSEError | undefined, signal: AbortSignal): Attempt {
    this.#counts.attempts++
    if (fresh) {
      this.#mayTakePosition = true
      this.receiver.startFrom(this.settings.lastEventId)
    }
    this.emitter.log?.('request', { attempt, lastEventId: this.lastEventId })
    return this.context(attempt, error, signal)
  }

  context(attempt: number, error: SSEError | undefined, signal: AbortSignal): Attempt {
    return { attempt, lastEventId: this.lastEventId, signal, ...(error && { error }) }
  }

  /**
   * The event id to send as `Last-Event-ID`. `given` is the one in `headers`, which has the same effect as the option
   * `lastEventId`.
   */
  position(given: string): string {
    if (this.#mayTakePosition && this.lastEventId === '') this.receiver.startFrom(given)
    return this.lastEventId
  }

  /** `async`, because `validate` may throw instead of rejecting. */
  async validate(response: Response): Promise<void> {
    await this.settings.validate?.(response)
  }

  error(code: ErrorCode, details: ErrorDetails): SSEError {
    return new OwnError(code, { ...details, url: details.url || this.settings.url, secrets: this.credentials.secrets })
  }

  retryDecision(error: SSEError, attempt: Attempt): number {
    return retryDecision(this.settings.shouldRetry, error, attempt)
  }

  get sink(): Receiver {
    return this.receiver
  }

  pause(): void {
    this.receiver.pause(BY_APPLICATION)
  }

  resume(): void {
    this.receiver.resume(BY_APPLICATION)
  }

  /** The attempt is over. (If the application is still pausing, the driver pauses the next stream again.) */
  attemptEnded(): void {
    this.receiver.discard()
    this.resume()
  }

  // Events of the session.

  event(...[type, fields, response]: SessionEvent): void {
    if (type === 'open') this.#opened(fields, response!)
    else if (type === 'close') this.#closed(fields)
    else if (type === 'error') {
      // A listener of this error may create an iterator, which throws this error if the client is closed already.
      this.failure = fields.error
      this.emitter.emit(type, fields.error as SSEError)
    } else this.emitter.emit(type, fields as SSELifecycleEvents[typeof type])
  }

  #opened({ previous, attempt }: { previous: SSEState; attempt: number }, response: Response): void {
    this.#counts.opened++
    this.#counts.connectedAt = now()
    this.#mayTakePosition = false
    const head = this.#headOf(response)
    this.receiver.begin(originOf(head.url, this.settings))
    this.#connectPromises.resolve()
    this.emitter.emit('state', { state: 'open', previous })
    // A listener of `state` may have closed the connection.
    if (this.#isOpen) this.emitter.emit('open', { ...head, attempt })
  }

  #closed({ previous, reason, error: failure }: { previous: SSEState; reason: SSECloseReason; error: Error | undefined }): void {
    const error = failure ?? this.#ownError(reason)
    // False if a listener has connected again in the meantime.
    const isStillClosed = this.state === 'closed'
    if (isStillClosed) {
      this.receiver.close()
      this.#engine.stopLimit()
      this.failure = error
      this.credentials.forget()
      this.#forgetSignal()
      this.#iterators?.end(error)
    }
    this.#connectPromises.reject(isStillClosed, () => failure ?? this.#reasonAsError(reason))
    this.#reason = this.#stopError = undefined
    this.emitter.emit('state', { state: 'closed', previous })
    this.emitter.emit('close', error ? { reason, error } : { reason })
  }

  // Helpers.

  get #isOpen(): boolean {
    return ['open', 'paused'].includes(this.state)
  }

  #begin(input: typeof INPUT_CONNECT | typeof INPUT_RECONNECT): Promise<void> {
    this.failure = undefined
    const { promise } = this.#connectPromises
    const { signal } = this.settings
    if (signal?.aborted) {
      this.driver.handle(INPUT_ABORT)
      // If the client was closed before, there was nothing to abort, and no close is reported.
      this.#connectPromises.abort(() => this.#reasonAsError('aborted'))
    } else {
      if (signal) onAbort(signal, this.#aborted)
      const isNew = input === INPUT_RECONNECT || this.state !== 'connecting'
      this.driver.begin(input)
      // If the engine could not be loaded before, perhaps it can be now.
      this.#load()
      if (isNew) this.#limitLoading()
    }
    return promise
  }

  #load(): void {
    this.#engine.load(
      // In the constructor there is no driver yet, and no session to take over from.
      (engine) => this.driver?.takeOver(sessionOf(this.settings, engine)),
      (cause) => this.driver.failed(new OwnError('wasm', { cause })),
    )
  }

  #limitLoading(): void {
    const timeout = this.settings.connectTimeout || LOAD_TIMEOUT
    this.#engine.limit(timeout, () => {
      const cause = new Error(`SSEClient: the wasm of the package was not loaded within ${timeout} ms, so no request was sent`)
      this.driver.failed(new OwnError('wasm', { cause }))
    })
  }

  /** What the event `open` says of the response, which may come from the application's own `fetch`. The URL is that after redirects. */
  #headOf(response: Response): { status: number; url: string; headers: Headers } {
    const { url } = this.settings
    try {
      return { status: response.status, url: response.url || url, headers: response.headers }
    } catch (error) {
      report(error)
      return { status: 200, url, headers: new Headers() }
    }
  }

  #forgetSignal(): void {
    // The signal may be an object of the application whose methods throw.
    const { signal } = this.settings
    if (signal) guarded(() => offAbort(signal, this.#aborted))
  }

  #abort(): void {
    this.#stopDelivery()
    this.driver.handle(INPUT_ABORT)
  }

  /** Delivers nothing more, neither to listeners nor to iterators. */
  #stopDelivery(): void {
    this.receiver.stop()
    this.#iterators?.drop()
  }

  /** The application's own error that the connection ended with (from `until` or `disconnect(error)`), if there is one. */
  #ownError(reason: SSECloseReason): Error | undefined {
    if (reason === 'fatal') return this.#stopError
    if (reason === 'client' && isError(this.#reason)) return this.#reason as Error
    return undefined
  }

  #reasonAsError(reason: SSECloseReason): SSEError {
    if (reason === 'no-content') return this.error('status', { ...this.driver.source, status: 204 })
    const cause = reason === 'aborted' ? this.settings.signal!.reason : this.#reason
    return new OwnError('aborted', { cause })
  }
}

/**
 * The origin of a stream. A `Response` that the application created may have any URL. If it has no origin, that of the request
 * counts.
 */
function originOf(url: string, requested: { url: string; origin: string }): string {
  try {
    if (url !== requested.url) return new URL(url).origin
  } catch {
    // The URL cannot be parsed.
  }
  return requested.origin
}
