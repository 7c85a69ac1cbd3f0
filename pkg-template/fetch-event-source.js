// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The request is a matter of the caller and `fetch`. The client knows only whether it may be repeated, and gets a stream that
// the caller has accepted. Everything that goes wrong, the caller's own callbacks included, becomes a failed attempt of the
// client, and `onerror` says when the next one is made.

import { tellMessageApart } from './core.js'
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
    /** The caller's headers for the current request, by the names that the caller has for them. */
    let given
    /** The request is not a GET or HEAD, and the server may have done what it asks for. */
    let mayHaveRun = false
    /** What `onerror` has decided already about the failure that the next attempt stands for. */
    let verdict

    // Only `fetch` has to understand `input`. The client requires some URL, and requests nothing from it.
    const client = new SSEClient('data:,', {
      method: isSafe ? 'GET' : 'POST',
      headers: wrapped(position),
      fetch: wrapped(request),
      parse: 'text',
      // What the page goes through repeats a GET, but no POST. After a failure, `shouldRetry` decides.
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

    /** Reads the caller's headers anew, because a token in them may have been renewed. The client manages the position in them. */
    async function position(attempt) {
      if (verdict !== undefined) throw new Error('an attempt that stands for a failure')
      mayHaveRun = false
      const read = plain(typeof headers === 'function' ? await headers() : (init.headers ?? input.headers))
      attempt.signal.throwIfAborted()
      given = read
      const name = nameIn(given, LAST_EVENT_ID)
      return name && { [LAST_EVENT_ID]: given[name] }
    }

    async function request(_, attempt) {
      // A request whose body has been sent could not be sent again.
      const target = input.clone?.() ?? input
      const own = { headers: merged(given, attempt.headers), signal: attempt.signal }
      mayHaveRun = !isSafe
      const response = await (ownFetch ?? globalThis.fetch)(target, { cache: input.cache ?? 'no-store', ...rest, ...own })
      // The attempt was given up meanwhile: the client cancels the response.
      if (attempt.signal.aborted) return response
      mayHaveRun &&= !isUnprocessed(response)
      await (onopen ?? expectEventStream)(response)
      // Another attempt may be under way by now.
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

    /** A failure that the client does not know of. The next attempt stands for it, because after a failed attempt the client waits. */
    function fail(error) {
      if (isOver) return
      verdict = decide(error, mayHaveRun)
      if (!isOver) client.reconnect()
    }

    function shouldRetry(error) {
      if (isEnd(error)) return false
      // The next request would only bring the same event again.
      const decided = verdict ?? decide(reasonOf(error), mayHaveRun || error.code === 'too-large')
      verdict = undefined
      return decided
    }

    /** Has `onerror` decide: milliseconds to wait, true for the usual time, or false when it is all over. */
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
      signal?.removeEventListener('abort', abort)
      client.disconnect()
      settle(value)
    }

    const abort = () => end(resolve)
    signal?.addEventListener('abort', abort)
    client.connect()
  })
}

/** What a callback or `fetch` has thrown, whatever that is. */
class Thrown {
  constructor(value) {
    this.value = value
  }
}

/** A body without one event is a stream that has ended: the original does not look at what else it holds. */
const isEnd = (error) => error.code === 'format'

/** Rejects with a `Thrown`, because callbacks may throw anything, and the client takes `undefined` for no reason at all. */
const wrapped = (work) => (...given) => work(...given).catch((error) => {
  throw new Thrown(error)
})

const reasonOf = (error) => (error.cause instanceof Thrown ? error.cause.value : (error.cause ?? error))

/** Headers as the plain object that a `fetch` of the caller's own expects, with the caller's spelling of the names. */
const plain = (headers) => Object.fromEntries(typeof headers?.[Symbol.iterator] === 'function' ? headers : Object.entries(headers ?? {}))

const nameIn = (headers, wanted) => Object.keys(headers).find((name) => name.toLowerCase() === wanted)

/** The caller's headers, with `accept` and the position as the client has them. */
function merged(given, own) {
  const headers = { ...given }
  if (!nameIn(headers, 'accept')) headers.accept = own.get('accept')
  delete headers[nameIn(headers, LAST_EVENT_ID)]
  if (own.has(LAST_EVENT_ID)) headers[LAST_EVENT_ID] = own.get(LAST_EVENT_ID)
  return headers
}

/** The server says that it has not done what the request asks for: Too Early, Too Many Requests, or when to come back. */
const isUnprocessed = ({ status, headers }) => status === 425 || status === 429 || (status === 503 && headers.get('retry-after'))

function expectEventStream({ headers }) {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(`fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`)
  }
}
