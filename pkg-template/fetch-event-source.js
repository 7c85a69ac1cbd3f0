// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The request stays between the caller and `fetch`. What the client is told of it is whether it may be repeated; what the
// client gets of the answer is a stream that the caller has accepted. Everything that goes wrong, the caller's own callbacks
// included, becomes a failed attempt of the client, and `onerror` says when the next one is made.

import { tellMessageApart } from './core.js'
import { SSEClient } from './index.js'

export const EventStreamContentType = 'text/event-stream'

/** Always the same delay, in ms: that of the stream's last `retry:`, or this one. */
const BACKOFF = { initial: 1000, factor: 1, jitter: 0 }

export function fetchEventSource(input, init = {}) {
  const { headers, signal: ownSignal, fetch: ownFetch, openWhenHidden, onopen, onmessage, onclose, onerror, ...rest } = init
  const signal = ownSignal ?? input.signal
  const isSafe = /^(get|head)$/i.test(init.method ?? input.method ?? 'GET')

  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve()
    let isOver = false
    /** The server has done, or begun, what the request asks for. */
    let isAccepted = false
    /** What `onerror` has said already to the failure that the next attempt stands for. */
    let verdict

    // Only `fetch` has to understand `input`. The client requires some URL, and requests nothing from it.
    const client = new SSEClient('data:,', {
      method: isSafe ? 'GET' : 'POST',
      fetch: request,
      parse: 'text',
      reconnect: 'on-error',
      backoff: BACKOFF,
      shouldRetry,
      connectTimeout: 0,
      closeWhenHidden: !openWhenHidden,
      // Not even for the network may a delay be changed that `onerror` asked for.
      watchNetwork: false,
    })

    /** One attempt. Rejects with whatever stands in the way of a stream. */
    async function request(_, attempt) {
      if (verdict !== undefined) throw new Error('an attempt that stands for a failure')
      isAccepted = false
      // Not the ones from the beginning: a token among them may have been renewed.
      const given = typeof headers === 'function' ? await headers() : (init.headers ?? input.headers)
      attempt.signal.throwIfAborted()
      // A request whose body has been sent could not be sent again.
      const target = input.clone?.() ?? input
      const own = { headers: merge(given, attempt.headers), signal: attempt.signal }
      const response = await (ownFetch ?? globalThis.fetch)(target, { cache: input.cache ?? 'no-store', ...rest, ...own })
      // Given up meanwhile: the client lets go of it.
      if (attempt.signal.aborted) return response
      isAccepted = response.ok
      await (onopen ?? expectEventStream)(response)
      // Another attempt may be under way by now, and what is known of it is not this one's business.
      attempt.signal.throwIfAborted()
      isAccepted = true
      // Whatever its status, it is a stream: `onopen` has not refused it.
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
      // The client asks nobody about a broken stream that it must not ask for again.
      if (reason !== 'server') return fail(error.cause ?? error)
      try {
        onclose?.()
      } catch (thrown) {
        return fail(thrown)
      }
      end(resolve)
    })

    /** A failure that the client knows nothing of. The next attempt stands for it, since after a failed one it waits. */
    function fail(error) {
      if (isOver) return
      verdict = decide(error)
      if (!isOver) client.reconnect()
    }

    function shouldRetry(error) {
      const decided = verdict ?? decide(error.cause ?? error)
      verdict = undefined
      return decided
    }

    /** Has `onerror` decide: milliseconds to wait, true for the usual time, or false when it is all over. */
    function decide(error) {
      try {
        const interval = onerror?.(error)
        if (typeof interval === 'number') return Math.max(0, interval) || 0
        // A chat prompt must not run twice behind the user's back.
        if (!isSafe && isAccepted && client.lastEventId === '') throw error
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

/** The caller's headers and the client's (`accept`, `last-event-id`), as the plain object that a `fetch` of one's own expects. */
function merge(given, own) {
  const entries = typeof given?.[Symbol.iterator] === 'function' ? given : Object.entries(given ?? {})
  const headers = Object.fromEntries(entries)
  const has = (wanted) => Object.keys(headers).find((name) => name.toLowerCase() === wanted)
  if (!has('accept')) headers.accept = own.get('accept')
  if (own.has('last-event-id')) {
    delete headers[has('last-event-id')]
    headers['last-event-id'] = own.get('last-event-id')
  }
  return headers
}

function expectEventStream({ headers }) {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(`fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`)
  }
}
