// From what the application wants to a call of `fetch`.

import { CODE_CALLBACK, CODE_NETWORK } from '../generated/session.ts'
import { during, responseDuring } from './abort.js'
import { isResponse } from './head.js'
import { hasNoJson, kindOf, tagOf } from './kind.js'
import { located } from './url.js'

/** The streams that have been sent: they would be empty the next time. */
const sentStreams = new WeakSet()

/**
 * Sends the request and waits for the head of the response. `attempt.sent()` is called just before the request is sent, with the
 * value of the `Authorization` header. Resolves to the response, or to a code and a cause, and never rejects. If the function
 * `url`, `headers` or `body` threw or rejected, there is no code, and `callback` is its name.
 */
export async function send(settings, attempt) {
  let code = CODE_CALLBACK
  try {
    const { fetch, init } = await prepare(settings, attempt)
    // It may have been given up since it was last looked at: then the server is to hear nothing of it.
    attempt.signal.throwIfAborted()
    attempt.sent(init.headers.get('authorization'))
    code = CODE_NETWORK
    const response = await responseDuring(attempt.signal, fetch(settings.url, init))
    if (isResponse(response)) return { response }
    return { code: CODE_CALLBACK, cause: new TypeError(`fetch returned ${kindOf(response)} instead of a Response`) }
  } catch (cause) {
    return attempt.asks ? { cause, callback: attempt.asks } : { code, cause }
  }
}

/** The globals that a request needs, beside `fetch`. Jest's jsdom lacks some of them. */
const NEEDED = ['Headers', 'TextDecoder', 'TextEncoder']

const isMissing = (name) => typeof globalThis[name] !== 'function'

/** Calls the functions for URL, headers and body, and makes the arguments of `fetch`. Its errors come from the application's options. */
async function prepare(settings, attempt) {
  const { method, init: given, headers: givenHeaders, body: givenBody, fetch: ownFetch } = settings
  const missing = [...NEEDED, ...(ownFetch ? [] : ['fetch'])].filter(isMissing)
  if (missing.length > 0) {
    const option = missing.includes('fetch') ? '; fetch may also be given as the option `fetch`' : ''
    throw new TypeError(`there is no global ${missing.join(', ')} here: set what is missing on globalThis (in Jest, by its test environment)${option}`)
  }
  if (settings.urlFunction) Object.assign(settings, located(await ask('url', settings.urlFunction, attempt), 'the URL that url() returned'))
  const headers = headersOf(await ask('headers', givenHeaders, attempt), givenHeaders, attempt)
  const body = bodyOf(await ask('body', givenBody, attempt), headers)
  const init = { cache: 'no-store', ...given }
  if (body !== undefined) {
    if (method === 'GET' || method === 'HEAD') throw new TypeError('a GET or HEAD request cannot have a body')
    if (isStream(body)) {
      sentStreams.add(body)
      init.duplex = 'half'
    }
    init.body = body
  }
  const fetch = ownFetch ?? globalThis.fetch
  return { fetch, init: Object.assign(init, { method, headers, signal: attempt.signal }) }
}

/** The value itself, or what the function returns for this attempt. */
async function ask(name, source, attempt) {
  if (typeof source !== 'function') return source
  attempt.asks = name
  const answer = await during(attempt.signal, source(attempt.context))
  attempt.asks = undefined
  // Given up meanwhile: nothing more is asked for it, least of all the server. Nobody hears of this error.
  attempt.signal.throwIfAborted()
  return answer
}

function headersOf(answer, given, attempt) {
  const { authorization } = attempt
  const whose = typeof given === 'function' ? 'headers() returned' : "option 'headers':"
  // Not the browser's own errors: some quote the value, which may be a token.
  const headers = told(`${whose} ${kindOf(answer)} that \`new Headers()\` does not take`, () => new Headers(answer ?? undefined))
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream')
  if (authorization !== undefined) told('the token cannot stand in a header', () => headers.set('authorization', authorization))
  const lastEventId = attempt.position(positionIn(headers))
  headers.delete('last-event-id')
  if (isPosition(lastEventId)) headers.set('last-event-id', isomorphic(lastEventId))
  return headers
}

function told(message, work) {
  try {
    return work()
  } catch {
    throw new TypeError(message)
  }
}

/** The longest event id that is sent, in bytes. Node's server takes 16 KiB for all headers together, others take 8 KiB. */
const LONGEST_POSITION = 4096

/** What Node's `fetch` refuses in a header. Browsers send these characters. */
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

/**
 * Whether the stream can be resumed after an event with this id, by sending it as `Last-Event-ID`: it is not only white
 * space (a server would receive an empty header), has at most 4096 bytes, and can be a header value here.
 */
export function isPosition(id) {
  if (!/\S/.test(id) || id.length > LONGEST_POSITION) return false
  if (CONTROL.test(id) && globalThis.process?.versions?.node) return false
  // A character has at most three bytes.
  return id.length * 3 <= LONGEST_POSITION || new TextEncoder().encode(id).length <= LONGEST_POSITION
}

/** A header value is a byte string: each character stands for one byte of the UTF-8 (§ 9.2.4). */
const isomorphic = (text) => String.fromCharCode(...new TextEncoder().encode(text))

/** The event id of a `Last-Event-ID` among the headers, or `''`. */
export function positionIn(headers) {
  const value = headers.get('last-event-id')
  if (!value) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(value, (byte) => byte.charCodeAt(0)))
  } catch {
    // The value is plain text, not the bytes of UTF-8.
    return value
  }
}

/** What `fetch` is to send: the value itself if `fetch` knows its kind, else its JSON. */
function bodyOf(body, headers) {
  if (body === undefined || body === null) return undefined
  if (isStream(body) && sentStreams.has(body)) {
    throw new TypeError('the body is a stream that has been sent: give a function that makes a new one for each attempt')
  }
  if (typeof body === 'string' || isBinary(body) || isStream(body)) return body
  if (typeof body !== 'object' || hasNoJson(body)) {
    throw new TypeError(`the body is ${kindOf(body)}: give a BodyInit, or an object to send as JSON`)
  }
  const json = jsonOf(body)
  if (json === undefined) throw new TypeError('the body cannot be converted to JSON')
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return json
}

function jsonOf(body) {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    throw new TypeError('the body cannot be converted to JSON', { cause })
  }
}

const isBinary = (body) =>
  ArrayBuffer.isView(body) || ['ArrayBuffer', 'Blob', 'File', 'FormData', 'URLSearchParams'].includes(tagOf(body))

/** Whether the body is sent bit by bit, and hence only once. */
const isStream = (body) =>
  tagOf(body) === 'ReadableStream' || (typeof body === 'object' && !Array.isArray(body) && typeof body[Symbol.asyncIterator] === 'function')
