// What the driver needs of the client around it, which is `Connection` in client/connection.ts.

import type { CODES, EVENTS, NUMBER } from '../generated/session.ts'

/** What the driver needs of the client, and what it reports to the client. Every method may call methods of the driver. */
export interface DriverHost {
  readonly settings: RequestSettings
  readonly credentials: CredentialSource
  readonly sink: StreamSink

  /** An attempt has started. Returns the argument of the application's functions for it. */
  attemptStarted(number: number, fresh: boolean, error: Error | undefined, signal: AbortSignal): AttemptContext
  /** The argument of the application's functions for an attempt. */
  context(number: number, error: Error | undefined, signal: AbortSignal): AttemptContext
  /** Returns the event id to send. `given` is the one among the application's headers, or `''`. */
  position(given: string): string
  /** Rejects if the application does not accept the response. */
  validate(response: Response): Promise<void>
  /** Creates the error for a failure. */
  error(code: (typeof CODES)[number], details: FailureDetails): Error
  /** Asks the application whether to retry. Returns milliseconds until the retry, or one of the `DECISION` constants. */
  retryDecision(error: Error, context: AttemptContext): number

  /** Delivers nothing until `resume()` is called. */
  pause(): void
  resume(): void
  /** The attempt is over. */
  attemptEnded(): void

  /** Reports an event of the session. */
  event(...event: SessionEvent): void
}

type ValueOf<Kind> = Kind extends typeof NUMBER ? number : Kind extends readonly (infer Name)[] ? Name : Error | undefined

type FieldsOf<Kinds> = { -readonly [Name in keyof Kinds]: ValueOf<Kinds[Name]> }

type SessionEventOf<Row> = Row extends readonly [infer Type, infer Kinds] ? [Type, FieldsOf<Kinds>, Response | undefined] : never

/** An event of the session: its type, its fields, and the response of the attempt if there is one. */
export type SessionEvent = SessionEventOf<(typeof EVENTS)[number]>

/** The tokens of a connection. */
export interface CredentialSource {
  /** The value of the `Authorization` header, if there is a token. */
  readonly authorization: string | undefined
  /** Gets a token. Resolves to whether it has expired, or to an error if the application returned something else. */
  token(context: AttemptContext): Promise<boolean | Error>
  /** Refreshes the token. Resolves to one of the `REFRESH` constants, or to an error if the application returned something else. */
  refresh(context: AttemptContext): Promise<number | Error>
  /** The request is about to be sent, with this `Authorization` header. */
  sent(authorization: string | null): void
}

/** The argument of the application's functions for an attempt. */
export interface AttemptContext {
  attempt: number
  lastEventId: string
  signal: AbortSignal
  /** An `SSEError`, a class that the driver does not know. */
  error?: any
}

/** A value, or a function that returns it for an attempt. */
export type Source<Value> = Value | undefined | ((context: AttemptContext) => Value | undefined | Promise<Value | undefined>)

/** The settings of a request. */
export interface RequestSettings {
  url: string
  origin: string
  /** Called before each request. Its result sets `url` and `origin`. */
  urlFunction?: ((context: AttemptContext) => string | URL | Promise<string | URL>) | undefined
  method: string
  init: RequestInit
  headers?: Source<HeadersInit>
  body?: Source<unknown>
  fetch?: typeof fetch | undefined
}

/** Details of a failed attempt. */
export interface FailureDetails {
  contentType?: string
  url?: string
  headers?: Headers
  status?: number | undefined
  retryable?: boolean
  attempt?: number
  cause?: unknown
  /** The application's function that failed. */
  callback?: string | undefined
  /** The beginning of the body that explains the failure. */
  body?: string | undefined
}

/** Where the bytes of a body go. */
export interface BodySink {
  /** True if chunks are used after `chunk` has returned. If not, the next chunk may overwrite them. */
  readonly keepsChunks?: boolean
  /** Takes a chunk. If it returns true, it wants no more. If it returns a promise, nothing is read until that is fulfilled. */
  chunk(bytes: Uint8Array): unknown
  /** The body has ended or failed. If this returns a promise, the end is reported when that is fulfilled. */
  bodyEnded?(error: unknown): Promise<unknown> | undefined
}

/** Where the bytes of a stream go. */
export interface StreamSink extends BodySink {
  /** The text of a stream that has ended and was not an event stream. */
  readonly nonStreamText: string | undefined
  /** For how many milliseconds the stream has been silent while the client was reading. */
  readonly idleTime: number
  /** How many milliseconds ago the last byte of the stream arrived. */
  readonly timeSinceLastByte: number
}
