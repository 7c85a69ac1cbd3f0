// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The caller's options and `fetch` make the request. The client knows only whether the request may be repeated, and gets a
// response that the caller has accepted. Every failure, also one of the caller's callbacks, becomes a failed attempt of the
// client, and `onerror` decides when the next attempt is made.

import { offAbort, onAbort, tellMessageApart } from './core.js'
import { SSEClient } from './index.js'

export const EventStreamContentType = 'text/event-stream'

const LAST_EVENT_ID = 'last-event-id'

/** Every wait is as long as the last `retry:` of the stream says, or this many milliseconds. */
const BACKOFF = { initial: 1000, factor: 1, jitter: 0 }

export function fetchEventSource(input, init = {}) {
  const { headers, signal: ownSignal, fetch: ownFetch, openWhenHidden, maxEventBytes, onopen, onmessage, onclose, onerror, ...rest } = init
  const signal = ownSignal ?? input.signal
  const isSafe = /^(get|head)$/i.test(init.method ?? input.method ?? 'GET')

  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve()
    let isOver = false
    /** The caller's headers for the current request, with the caller's spelling of the names. */
    let given
    /** The request is not a GET or HEAD, and the server may have processed it. */
    let mayHaveRun = false
    /** The decision of `onerror` about a failure outside the client (see `fail`), until the client asks for it. */
    let verdict

    // Only `fetch` has to understand `input`. The client requires some URL, and requests nothing from it.
    const client = new SSEClient('data:,', {
      method: isSafe ? 'GET' : 'POST',
      headers: wrapped(readHeaders),
      fetch: wrapped(request),
      parse: 'text',
      // When the page is hidden and shown, a GET is repeated, and a POST is not. After a failure, `shouldRetry` decides.
      reconnect: isSafe ? 'on-error' : 'unprocessed',
      maxReconnects: Infinity,
      maxEventBytes,
      emptyEvents: true,
      backoff: BACKOFF,
      shouldRetry,
      connectTimeout: 0,
      closeWhenHidden: !openWhenHidden,
      // A delay that `onerror` asked for stays the same when the network comes back.
      watchNetwork: false,
    })

    /**
     * Reads the caller's headers anew, because a token in them may have been renewed. Returns only the `Last-Event-ID`, which the
     * client manages.
     */
    async function readHeaders(attempt) {
      if (verdict !== undefined) throw new Error('this attempt only starts the wait after a failure')
      mayHaveRun = false
      const read = plain(typeof headers === 'function' ? await headers() : (init.headers ?? input.headers))
      attempt.signal.throwIfAborted()
      given = read
      const name = nameIn(given, LAST_EVENT_ID)
      return name && { [LAST_EVENT_ID]: given[name] }
    }

    async function request(_, attempt) {
      // A clone, because a `Request` whose body has been read cannot be sent again.
      const target = input.clone?.() ?? input
      const own = { headers: merged(given, attempt.headers), signal: attempt.signal }
      mayHaveRun = !isSafe
      const response = await (ownFetch ?? globalThis.fetch)(target, { cache: input.cache ?? 'no-store', ...rest, ...own })
      // The attempt was cancelled meanwhile, and the client cancels the response.
      if (attempt.signal.aborted) return response
      mayHaveRun &&= !isUnprocessed(response)
      await (onopen ?? expectEventStream)(response)
      // While `onopen` ran, another attempt may have started.
      attempt.signal.throwIfAborted()
      mayHaveRun = !isSafe
      // `onopen` has accepted the response, so it is a stream, whatever its status.
      return { status: 200, headers: new Headers({ 'content-type': EventStreamContentType }), url: response.url, body: response.body }
    }

    tellMessageApart(client)
    client.on('*', (data, event) => {
      try {
        onmessage?.({ id: event.id, event: event.type, data, retry: undefined })
      } catch (error) {
        fail(error)
      }
    })

    client.on('close', ({ reason, error }) => {
      if (isOver) return
      if (reason !== 'server' && !isEnd(error)) return fail(reasonOf(error))
      try {
        onclose?.()
      } catch (thrown) {
        return fail(thrown)
      }
      end(resolve)
    })

    /**
     * A failure that the client did not see, such as an error that `onmessage` threw. To wait as after a failed attempt, the client
     * makes an attempt that fails at once, in `readHeaders`.
     */
    function fail(error) {
      if (isOver) return
      verdict = decide(error, mayHaveRun)
      if (!isOver) client.reconnect()
    }

    function shouldRetry(error) {
      if (isEnd(error)) return false
      // After `'too-large'` no request follows, because it would bring the same event again.
      const decided = verdict ?? decide(reasonOf(error), mayHaveRun || error.code === 'too-large')
      verdict = undefined
      return decided
    }

    /** Calls `onerror` and returns its decision: milliseconds to wait, true for the usual time, or false when the promise is settled. */
    function decide(error, isFinal) {
      try {
        const interval = onerror?.(error)
        if (typeof interval === 'number') return Math.max(0, interval) || 0
        if (isFinal) throw error
        return true
      } catch (thrown) {
        end(reject, thrown)
        return false
      }
    }

    function end(settle, value) {
      isOver = true
      if (signal) offAbort(signal, abort)
      client.disconnect()
      settle(value)
    }

    const abort = () => end(resolve)
    if (signal) onAbort(signal, abort)
    client.connect()
  })
}

/** A wrapper for a value that a callback or `fetch` has thrown. */
class Thrown {
  constructor(value) {
    this.value = value
  }
}

/** A response without events, whatever text it holds, is a stream that has ended, as in the original. */
const isEnd = (error) => error.code === 'format'

/** Rejects with a `Thrown`, because callbacks may throw `undefined`, and for the client that means that there is no cause. */
const wrapped = (work) => (...given) => work(...given).catch((error) => {
  throw new Thrown(error)
})

const reasonOf = (error) => (error.cause instanceof Thrown ? error.cause.value : (error.cause ?? error))

/** Headers as the plain object that the caller's own `fetch` expects, with the caller's spelling of the names. */
const plain = (headers) => Object.fromEntries(typeof headers?.[Symbol.iterator] === 'function' ? headers : Object.entries(headers ?? {}))

const nameIn = (headers, wanted) => Object.keys(headers).find((name) => name.toLowerCase() === wanted)

/** The caller's headers, with the client's `accept` and `Last-Event-ID`. */
function merged(given, own) {
  const headers = { ...given }
  if (!nameIn(headers, 'accept')) headers.accept = own.get('accept')
  delete headers[nameIn(headers, LAST_EVENT_ID)]
  if (own.has(LAST_EVENT_ID)) headers[LAST_EVENT_ID] = own.get(LAST_EVENT_ID)
  return headers
}

/** The server says that it did not process the request: Too Early, Too Many Requests, or Service Unavailable with `Retry-After`. */
const isUnprocessed = ({ status, headers }) => status === 425 || status === 429 || (status === 503 && headers.get('retry-after'))

function expectEventStream({ headers }) {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(`fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`)
  }
}
