// What the driver needs of the client around it, which is `Connection` in client/connection.ts.

import type { CODES, EVENTS, NUMBER } from '../generated/session.ts'

/** What a session needs of the client, and what it reports to it. Every method may call back into the driver. */
export interface DriverHost {
  readonly settings: RequestSettings
  readonly credentials: CredentialSource
  readonly sink: StreamSink

  /** A request begins. Returns what the application's functions for it are called with. */
  begin(number: number, fresh: boolean, error: Error | undefined, signal: AbortSignal): AttemptContext
  context(number: number, error: Error | undefined, signal: AbortSignal): AttemptContext
  /** The event id to send. `given` is the one among the application's headers, or `''`. */
  position(given: string): string
  /** Rejects if the application does not accept the response. */
  validate(response: Response): Promise<void>
  /** The error for a failure. */
  error(code: (typeof CODES)[number], details: FailureDetails): Error
  /** Milliseconds until the retry, or one of the `DECISION` constants. */
  retryDecision(error: Error, context: AttemptContext): number

  /** Nothing may be delivered until `resume()`. */
  pause(): void
  resume(): void
  /** The stream is over. */
  released(): void

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
  /** Gets a token. Resolves to whether it has expired, or to what is wrong with the application's answer. */
  token(context: AttemptContext): Promise<boolean | Error>
  /** Refreshes the token. Resolves to one of the `REFRESH` constants, or to what is wrong with the application's answer. */
  refresh(context: AttemptContext): Promise<number | Error>
  /** The request is about to be sent, with this `Authorization` header. */
  sent(authorization: string | null): void
}

/** What the application's functions for an attempt are called with. */
export interface AttemptContext {
  attempt: number
  lastEventId: string
  signal: AbortSignal
  /** An `SSEError`, a class that the driver does not know. */
  error?: any
}

/** A value, or a function that returns it for an attempt. */
export type Source<Value> = Value | undefined | ((context: AttemptContext) => Value | undefined | Promise<Value | undefined>)

/** What a request is made of. */
export interface RequestSettings {
  url: string
  origin: string
  /** Called before each request; `url` and `origin` are then set for it. */
  urlFunction?: ((context: AttemptContext) => string | URL | Promise<string | URL>) | undefined
  method: string
  init: RequestInit
  headers?: Source<HeadersInit>
  body?: Source<unknown>
  fetch?: typeof fetch | undefined
}

/** What is known of a failed attempt. */
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
  /** True if the chunks are used after `chunk` has returned. Otherwise the next chunk may be written over them. */
  readonly keeps?: boolean
  /** Takes a chunk. True: no more is wanted. A promise: nothing is read until it is fulfilled. */
  chunk(bytes: Uint8Array): unknown
  /** The body has ended. The end is reported when the promise is fulfilled, if there is one. */
  left?(error: unknown): Promise<unknown> | undefined
}

/** Where the bytes of a stream go. */
export interface StreamSink extends BodySink {
  /** The text of a stream that has ended and was not an event stream. */
  readonly foreignText: string | undefined
  /** For how many milliseconds the stream has been silent while it was read. */
  readonly idleTime: number
  /** How many milliseconds ago the last byte of the stream came. */
  readonly timeSinceLastByte: number
}
