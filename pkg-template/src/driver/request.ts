// Makes the request: from the settings of a client to a call of `fetch`.

import { CODE_CALLBACK, CODE_NETWORK } from '../generated/session.ts'
import { during, responseDuring, throwIfAborted } from './abort.ts'
import { isResponse } from './head.ts'
import type { AttemptContext, RequestSettings, Source } from './host.ts'
import { hasNoJson, kindOf, tagOf } from './kind.ts'
import { resolveUrl } from './url.ts'

/** The streams that were sent. They cannot be sent again. */
const sentStreams = new WeakSet<object>()

/** The attempt that a request belongs to. */
export interface RequestAttempt {
  context: AttemptContext
  signal: AbortSignal
  authorization: string | undefined
  /** Is called just before the request is sent, with the value of the `Authorization` header. */
  sent(authorization: string | null): void
  /** Returns the event id to send. `given` is the one among the headers. */
  position(given: string): string
  /** The name of the application's function that is being called. */
  callback?: string | undefined
}

/** A response, or the reason why there is none. */
export interface Answer {
  response?: Response
  code?: number
  cause?: unknown
  /** The name of the application's function that failed. Then there is no code. */
  callback?: string
}

/**
 * Sends the request and waits for the head of the response. Never rejects. If the function `url`, `headers` or `body` threw or
 * rejected, the answer has no code, and `callback` is its name.
 */
export async function send(settings: RequestSettings, attempt: RequestAttempt): Promise<Answer> {
  let code: number = CODE_CALLBACK
  try {
    const { fetch, init } = await prepare(settings, attempt)
    // If the attempt was aborted in the meantime, the server must not get the request.
    throwIfAborted(attempt.signal)
    attempt.sent((init.headers as Headers).get('authorization'))
    code = CODE_NETWORK
    const response = await responseDuring(attempt.signal, fetch(settings.url, init))
    if (isResponse(response)) return { response }
    return { code: CODE_CALLBACK, cause: new TypeError(`fetch returned ${kindOf(response)} instead of a Response`) }
  } catch (cause) {
    return attempt.callback ? { cause, callback: attempt.callback } : { code, cause }
  }
}

/** The globals that a request needs besides `fetch`. Jest's jsdom lacks some of them. */
const NEEDED = ['Headers', 'TextDecoder', 'TextEncoder']

const isMissing = (name: string) => typeof (globalThis as Record<string, unknown>)[name] !== 'function'

/**
 * Calls the functions for URL, headers and body, and returns the arguments of `fetch`. Throws if an option of the application is
 * wrong.
 */
async function prepare(settings: RequestSettings, attempt: RequestAttempt): Promise<{ fetch: typeof fetch; init: RequestInit }> {
  const { method, init: given, headers: givenHeaders, body: givenBody, fetch: ownFetch } = settings
  const missing = [...NEEDED, ...(ownFetch ? [] : ['fetch'])].filter(isMissing)
  if (missing.length > 0) {
    const option = missing.includes('fetch') ? '; instead of fetch, you may pass the option `fetch`' : ''
    throw new TypeError(
      `there is no global ${missing.join(', ')}: define what is missing on globalThis (in Jest: in the test environment)${option}`,
    )
  }
  if (settings.urlFunction)
    Object.assign(
      settings,
      resolveUrl((await ask('url', settings.urlFunction, attempt)) as string | URL, 'the URL that url() returned'),
    )
  const headers = headersOf(await ask('headers', givenHeaders, attempt), givenHeaders, attempt)
  const body = bodyOf(await ask('body', givenBody, attempt), headers)
  const init: RequestInit & { duplex?: 'half' } = { cache: 'no-store', ...given }
  if (body !== undefined) {
    if (method === 'GET' || method === 'HEAD') throw new TypeError('a GET or HEAD request cannot have a body')
    if (isStream(body)) {
      sentStreams.add(body)
      init.duplex = 'half'
    }
    init.body = body as BodyInit
  }
  const fetch = ownFetch ?? globalThis.fetch
  return { fetch, init: Object.assign(init, { method, headers, signal: attempt.signal }) }
}

/** The value itself, or what the function returns for this attempt. */
async function ask<Value>(name: string, source: Source<Value>, attempt: RequestAttempt): Promise<Value | undefined> {
  if (!isFunction(source)) return source
  attempt.callback = name
  const answer = await during(attempt.signal, source(attempt.context))
  attempt.callback = undefined
  // If the attempt was aborted in the meantime, its next functions are not called. This error is not reported.
  throwIfAborted(attempt.signal)
  return answer
}

function headersOf(answer: HeadersInit | undefined, given: Source<HeadersInit>, attempt: RequestAttempt): Headers {
  const { authorization } = attempt
  // The browser's own errors are replaced, because some contain the value, which may be a token.
  const what = `${kindOf(answer)}; it must ${typeof given === 'function' ? 'return' : 'be'} what \`new Headers()\` accepts`
  const headers = orTypeError(
    `${typeof given === 'function' ? 'headers() returned' : "option 'headers':"} ${what}`,
    () => new Headers(answer ?? undefined),
  )
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream')
  if (authorization !== undefined)
    orTypeError('the token contains a character that a header cannot have', () => headers.set('authorization', authorization))
  const lastEventId = attempt.position(positionIn(headers))
  headers.delete('last-event-id')
  if (isPosition(lastEventId)) headers.set('last-event-id', isomorphic(lastEventId))
  return headers
}

/** Returns what `work` returns. If it throws, throws a TypeError with this message instead. */
function orTypeError<Value>(message: string, work: () => Value): Value {
  try {
    return work()
  } catch {
    throw new TypeError(message)
  }
}

/** The longest event id that is sent, in bytes. Node's server accepts 16 KiB for all headers together, other servers 8 KiB. */
const LONGEST_POSITION = 4096

/** The characters that Node's `fetch` refuses in a header. Browsers send them. */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

/**
 * Whether the stream can be resumed after an event with this id, by sending it as `Last-Event-ID`. The id must not be only white
 * space (a server would receive an empty header), must have at most 4096 bytes, and must be possible as a header value.
 */
export function isPosition(id: string): boolean {
  if (!/\S/.test(id) || id.length > LONGEST_POSITION) return false
  if (CONTROL.test(id) && (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node) return false
  // A character has at most three bytes.
  return id.length * 3 <= LONGEST_POSITION || new TextEncoder().encode(id).length <= LONGEST_POSITION
}

/** The id as a header value, in which each character stands for one byte of UTF-8 (HTML § 9.2.4). */
const isomorphic = (text: string) => String.fromCharCode(...new TextEncoder().encode(text))

/** The event id of a `Last-Event-ID` among the headers, or `''`. */
export function positionIn(headers: Headers): string {
  const value = headers.get('last-event-id')
  if (!value) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(value, (byte) => byte.charCodeAt(0)))
  } catch {
    // The value is plain text, not the bytes of UTF-8.
    return value
  }
}

/** The body for `fetch`: the value itself if it is a `BodyInit`, or else its JSON. */
function bodyOf(body: unknown, headers: Headers): unknown {
  if (body === undefined || body === null) return undefined
  if (isStream(body) && sentStreams.has(body)) {
    throw new TypeError('the body is a stream that was sent before: give a function that returns a new one for each attempt')
  }
  if (typeof body === 'string' || isBinary(body) || isStream(body)) return body
  if (typeof body !== 'object' || hasNoJson(body)) {
    throw new TypeError(`the body is ${kindOf(body)}: give a BodyInit, or an object to send as JSON`)
  }
  const json = jsonOf(body)
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return json
}

function jsonOf(body: object): string {
  let json: string | undefined
  let cause: unknown
  try {
    json = JSON.stringify(body)
  } catch (thrown) {
    cause = thrown
  }
  if (json === undefined) throw new TypeError('the body cannot be converted to JSON', { cause })
  return json
}

const isBinary = (body: unknown) =>
  ArrayBuffer.isView(body) || ['ArrayBuffer', 'Blob', 'File', 'FormData', 'URLSearchParams'].includes(tagOf(body) as string)

/** Whether the body is a stream, which can be sent only once. */
const isStream = (body: unknown): body is object =>
  tagOf(body) === 'ReadableStream' || (typeof body === 'object' && !Array.isArray(body) && isAsyncIterable(body))

const isAsyncIterable = (value: object | null) =>
  typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function'

const isFunction = (value: unknown): value is (context: AttemptContext) => any => typeof value === 'function'
