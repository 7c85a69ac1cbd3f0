// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The request is a matter of the caller and `fetch`. The client knows only whether it may be repeated, and gets a stream that
// the caller has accepted. Everything that goes wrong, the caller's own callbacks included, becomes a failed attempt of the
// client, and `onerror` says when the next one is made.

import { startFrom, tellMessageApart } from './core.js'
import { SSEClient } from './index.js'

export const EventStreamContentType = 'text/event-stream'

/** Every wait is as long as the last `retry:` of the stream says, or this many milliseconds. */
const BACKOFF = { initial: 1000, factor: 1, jitter: 0 }

export function fetchEventSource(input, init = {}) {
  const { headers, signal: ownSignal, fetch: ownFetch, openWhenHidden, maxEventBytes, onopen, onmessage, onclose, onerror, ...rest } = init
  const signal = ownSignal ?? input.signal
  const isSafe = /^(get|head)$/i.test(init.method ?? input.method ?? 'GET')

  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve()
    let isOver = false
    /** A stream was accepted: its ids say where the next one starts, and no longer the caller's headers. */
    let hasOpened = false
    /** The request is not a GET or HEAD, and the server may have done what it asks for. */
    let mayHaveRun = false
    /** What `onerror` has decided already about the failure that the next attempt stands for. */
    let verdict

    // Only `fetch` has to understand `input`. The client requires some URL, and requests nothing from it.
    const client = new SSEClient('data:,', {
      method: isSafe ? 'GET' : 'POST',
      fetch: request,
      parse: 'text',
      reconnect: 'on-error',
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

    /** One attempt. It rejects with a `Thrown`, because callbacks may throw anything, `undefined` included. */
    async function request(_, attempt) {
      try {
        return await accepted(attempt)
      } catch (error) {
        throw new Thrown(error)
      }
    }

    async function accepted(attempt) {
      if (verdict !== undefined) throw new Error('an attempt that stands for a failure')
      mayHaveRun = false
      // Read for every attempt, because the caller may have renewed a token in them.
      const given = typeof headers === 'function' ? await headers() : (init.headers ?? input.headers)
      attempt.signal.throwIfAborted()
      // A request whose body has been sent could not be sent again.
      const target = input.clone?.() ?? input
      const own = { headers: merge(given, attempt.headers), signal: attempt.signal }
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

    /** The caller's headers and the client's (`accept`, `last-event-id`), as the plain object that a `fetch` of one's own expects. */
    function merge(given, own) {
      const entries = typeof given?.[Symbol.iterator] === 'function' ? given : Object.entries(given ?? {})
      const headers = Object.fromEntries(entries)
      const nameOf = (wanted) => Object.keys(headers).find((name) => name.toLowerCase() === wanted)
      if (!nameOf('accept')) headers.accept = own.get('accept')
      const position = nameOf('last-event-id')
      // The caller's position is where the first stream starts. From then on the client knows better.
      if (!hasOpened && position) startFrom(client, headers[position])
      else {
        delete headers[position]
        if (own.has('last-event-id')) headers['last-event-id'] = own.get('last-event-id')
      }
      return headers
    }

    tellMessageApart(client)
    client.on('open', () => {
      hasOpened = true
    })
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

const reasonOf = (error) => (error.cause instanceof Thrown ? error.cause.value : (error.cause ?? error))

/** The server says that it has not done what the request asks for: Too Early, Too Many Requests, or when to come back. */
const isUnprocessed = ({ status, headers }) => status === 425 || status === 429 || (status === 503 && headers.has('retry-after'))

function expectEventStream({ headers }) {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(`fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`)
  }
}
