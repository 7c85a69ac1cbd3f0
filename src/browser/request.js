// From what the application wants to a call of `fetch`.

import { during, responseDuring } from './attempt.js'
import { isResponse } from './head.js'
import { hasNoJson, kindOf, tagOf } from './kind.js'
import { CALLBACK, NETWORK } from './numbers.js'

/** The streams that have been sent: they would be empty the next time. */
const sentStreams = new WeakSet()

/**
 * Sends the request and waits for the head of the response. `attempt.sent()` is called when the server may get to know of
 * it. Gives the response, or a code and a cause, and never rejects.
 */
export async function send(settings, attempt) {
  let code = CALLBACK
  try {
    const { fetch, init } = await prepare(settings, attempt)
    // It may have been given up since it was last looked at: then the server is to hear nothing of it.
    attempt.signal.throwIfAborted()
    attempt.sent()
    code = NETWORK
    const response = await responseDuring(attempt.signal, fetch(settings.url, init))
    if (isResponse(response)) return { response }
    return { code: CALLBACK, cause: new TypeError(`fetch returned ${kindOf(response)} instead of a Response`) }
  } catch (cause) {
    return { code, cause }
  }
}

/** Asks for headers and body, and puts the arguments of `fetch` together. Errors are the application's. */
async function prepare({ method, init: given, headers: givenHeaders, body: givenBody, fetch: ownFetch }, attempt) {
  const headers = headersOf(await ask(givenHeaders, attempt), attempt)
  const body = bodyOf(await ask(givenBody, attempt), headers)
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
  if (typeof fetch !== 'function') throw new TypeError('there is no global fetch here: give one as the option `fetch`')
  return { fetch, init: Object.assign(init, { method, headers, signal: attempt.signal }) }
}

/** The value itself, or what the function returns for this attempt. */
async function ask(source, { context, signal }) {
  if (typeof source !== 'function') return source
  const answer = await during(signal, source(context))
  // Given up meanwhile: nothing more is asked for it, least of all the server. Nobody hears of this error.
  signal.throwIfAborted()
  return answer
}

function headersOf(given, { authorization, lastEventId }) {
  // Not the browser's own errors: some quote the value, which may be a token.
  const headers = told('the headers are not such that `new Headers()` takes them', () => new Headers(given ?? undefined))
  if (!headers.has('accept')) headers.set('accept', 'text/event-stream')
  if (authorization !== undefined) told('the token cannot stand in a header', () => headers.set('authorization', authorization))
  if (lastEventId !== '') headers.set('last-event-id', isomorphic(lastEventId))
  return headers
}

function told(message, work) {
  try {
    return work()
  } catch {
    throw new TypeError(message)
  }
}

/** A header value is a byte string: each character stands for one byte of the UTF-8 (§ 9.2.4). */
const isomorphic = (text) => Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')

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
  const json = JSON.stringify(body)
  if (json === undefined) throw new TypeError('the body has no JSON form')
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  return json
}

const isBinary = (body) =>
  ArrayBuffer.isView(body) || ['ArrayBuffer', 'Blob', 'File', 'FormData', 'URLSearchParams'].includes(tagOf(body))

/** Whether the body is sent bit by bit, and hence only once. */
const isStream = (body) =>
  tagOf(body) === 'ReadableStream' || (typeof body === 'object' && !Array.isArray(body) && typeof body[Symbol.asyncIterator] === 'function')
