// The class of all errors that the client reports, and their messages.

import { shortened } from '../driver/kind.ts'

/** @internal */
export type ErrorCode = SSEError['code']

/** The details in a message: the URL without its query, and the content type, both without tokens. */
interface Facts {
  status: number | undefined
  url: string
  type: string
  callback: string | undefined
}

const MESSAGES: Record<ErrorCode, (facts: Facts) => string | undefined> = {
  network: ({ url }) => `the connection${url && ` to ${url}`} failed or broke`,
  status: ({ status, url }) =>
    status === 204
      ? 'the server answered with status 204, so the client does not reconnect'
      : `the server answered with status ${status} (${url})`,
  'content-type': ({ status, url, type }) =>
    `the response is not an event stream: its content type is ${type} instead of text/event-stream (status ${status}, ${url})`,
  format: () => 'the content type is text/event-stream, but the response contains no event, only other text',
  auth: ({ status }) =>
    status === 401
      ? 'the server answered with status 401, and there was no new token, or the server refused it too'
      : 'the client could not get a token',
  timeout: () => 'there was no response within connectTimeout',
  idle: () => 'the stream was silent for longer than idleTimeout',
  parse: () => 'the data of an event could not be parsed',
  'too-large': () => 'a line or an event of the stream is larger than maxEventBytes',
  incomplete: () => 'the stream ended without the mark that `until` expects',
  aborted: () => 'the client was disconnected before the stream was open',
  wasm: () => undefined,
  callback: ({ callback, status, type }) =>
    callback === 'validate'
      ? `validate refused the response (status ${status}, content type ${type})`
      : callback && `${callback}() failed`,
}

/**
 * The details of an error. `url`, `contentType` and `headers` are those of the response, if there was one.
 * @internal
 */
export interface ErrorDetails {
  status?: number | undefined
  headers?: Headers | undefined
  url?: string | undefined
  contentType?: string | undefined
  retryable?: boolean | undefined
  attempt?: number | undefined
  body?: string | undefined
  cause?: unknown
  /** The name of the function that threw. */
  callback?: string | undefined
  /** Tokens, which are replaced in the message and the body. */
  secrets?: readonly string[] | undefined
}

/** Why an attempt failed, or why an event could not be parsed (code `'parse'`). Only the client creates these errors. */
export class SSEError extends Error {
  /**
   * Minifiers would give the class another name, under which Node logs errors.
   * @internal
   */
  static name = 'SSEError'

  /**
   * What failed:
   * - `'network'`: the request could not be made, or the connection broke.
   * - `'status'`: the server answered with a status that is not accepted.
   * - `'content-type'`: the response is not `text/event-stream`.
   * - `'format'`: the response is `text/event-stream`, but contains other text and no event.
   * - `'auth'`: the application could not get a token, or the server refused the new token too.
   * - `'timeout'`: no response was accepted within `connectTimeout`.
   * - `'idle'`: the stream was silent for longer than `idleTimeout`.
   * - `'parse'`: the data of an event could not be parsed. The stream continues.
   * - `'too-large'`: a line or an event is larger than `maxEventBytes`.
   * - `'incomplete'`: the stream ended before the mark of `until`.
   * - `'aborted'`: the promise of `connect()` or `reconnect()` was rejected, because the client was disconnected before.
   * - `'callback'`: a function of the application failed, or returned something that is not accepted.
   * - `'wasm'`: neither the package's WebAssembly nor its build without WebAssembly could be loaded, for example because a policy
   *   forbids both.
   */
  declare readonly code:
    | 'network'
    | 'status'
    | 'content-type'
    | 'format'
    | 'auth'
    | 'timeout'
    | 'idle'
    | 'parse'
    | 'too-large'
    | 'incomplete'
    | 'aborted'
    | 'callback'
    | 'wasm'
  /** The HTTP status of the response, if the failure is about one. */
  declare readonly status?: number
  /** The headers of the response, if there was one, e.g. for `shouldRetry`: `error.headers?.get('retry-after-ms')`. */
  declare readonly headers?: Headers
  /**
   * Whether another attempt may succeed: true for `'network'`, `'timeout'`, `'idle'`, `'incomplete'`, the statuses 408, 425, 429
   * and 5xx, and for a function (for the URL, a token, headers or a body) that threw or rejected. Whether an attempt follows
   * depends on `reconnect`.
   */
  declare readonly retryable: boolean
  /** The attempt that failed: 0 for a new connection, n for the nth reconnect in a row. */
  declare readonly attempt: number
  /** The first 64 KiB of an error response's body as text; with the code `'format'`, of the response that contains no event. */
  declare readonly body?: string
  /**
   * What a function of the application, `fetch` or the body threw, or the reason of `signal` or `disconnect()`. It may be
   * anything.
   */
  declare readonly cause?: unknown

  private constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const {
      status,
      headers,
      url = '',
      contentType,
      retryable = false,
      attempt = 0,
      body,
      cause,
      callback,
      secrets = [],
    } = details
    const hidden = (text: string) => without(secrets, text)
    const address = url.split(/[?#]/, 1)[0]!
    // Tokens are replaced before the text is shortened, because a token that is cut in half would not be found.
    const type = contentType ? shortened(hidden(contentType), 100) : 'missing'
    const what = MESSAGES[code]({ status, callback, type, url: shortened(hidden(address), 200) })
    // An error of a function that handles tokens may contain a token.
    const why = cause === undefined || code === 'auth' ? undefined : hidden(reasonOf(cause, url.slice(address.length)))
    super(`SSEClient: ${[what, why].filter(Boolean).join(': ')}`, cause === undefined ? undefined : { cause })
    this.name = 'SSEError'
    this.code = code
    this.retryable = retryable
    this.attempt = attempt
    if (status !== undefined) this.status = status
    if (headers !== undefined) this.headers = headers
    if (body !== undefined) this.body = hidden(body)
  }
}

/**
 * How the client makes an error. For applications the constructor is private.
 * @internal
 */
export type SSEErrorConstructor = new (code: ErrorCode, details?: ErrorDetails) => SSEError

/** Replaces every secret in a text, also in the escaped forms of URLs, forms, JSON and HTML. */
function without(secrets: readonly string[], text: string): string {
  return secrets.reduce((rest, secret) => rest.replace(formsOf(secret), '(token)'), text)
}

function formsOf(secret: string): RegExp {
  const characters = Array.from(secret.trim(), (character) => (/\w/.test(character) ? character : formsOfCharacter(character)))
  return new RegExp(characters.join(''), 'gi')
}

/** A regular expression for a character that is neither a letter nor a digit, and for its escaped forms. */
function formsOfCharacter(character: string): string {
  const code = character.charCodeAt(0)
  const unit = `u${hex(code, 4)}`
  const percent = Array.from(new TextEncoder().encode(character), (byte) => `%${hex(byte, 2)}`).join('')
  const forms = [`\\${unit}`, `\\\\\\${unit}`, `\\\\${unit}`, percent, `&#x${hex(code)};`, `&#${code};`]
  if (character === ' ') forms.push('\\+')
  return `(?:${forms.join('|')})`
}

const hex = (number: number, length = 0) => number.toString(16).padStart(length, '0')

/** The timeouts of Node's `fetch`, and the options of its dispatcher that change them. */
const NODE_TIMEOUTS: Record<string, string> = {
  UND_ERR_HEADERS_TIMEOUT: 'headersTimeout',
  UND_ERR_BODY_TIMEOUT: 'bodyTimeout',
}

/** How many errors of a chain of causes are read. */
const DEPTH = 5

/**
 * The text of a thrown value and of its causes, because Node's `fetch` puts the system's reason into a cause. `query` is the query
 * of the URL. It is removed, because some runtimes quote it and it may contain a token. The thrown value may be anything, even an
 * object that cannot be converted to text.
 */
function reasonOf(thrown: any, query: string): string {
  const reasons: string[] = []
  try {
    for (let cause = thrown, depth = 0; cause !== undefined && cause !== null && depth < DEPTH; cause = cause.cause, depth++) {
      const text = messageOf(cause)
      if (!reasons.some((reason) => reason.includes(text))) reasons.push(text)
      const timeout = NODE_TIMEOUTS[cause.code]
      if (timeout) {
        reasons.push(
          `Node's fetch ends a response that is silent for 300 s: pass an undici Agent with another ${timeout} as the option dispatcher`,
        )
      }
    }
  } catch {
    reasons.push('a value without text')
  }
  const reason = reasons.join(': ').replace(/^SSEClient: /, '')
  return query.length > 1 ? reason.replaceAll(query, '') : reason
}

/** An error's message, with the system's error code. If several addresses were tried: the messages of all. */
function messageOf(cause: any): string {
  if (Array.isArray(cause.errors)) return cause.errors.map(messageOf).join(', ')
  const text = String(cause.message ?? cause)
  return typeof cause.code !== 'string' || text.includes(cause.code) ? text : `${text} (${cause.code})`
}
