// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The request is made by the caller's `fetch` with the caller's options. The client knows only whether the request may be repeated,
// and gets a response that the caller has accepted. Every failure, also that of a callback, becomes a failed attempt of the client,
// and `onerror` decides when the next attempt is made.

import type { SSEError } from '../client/error.ts'
import type { InternalOptions } from '../client/settings.ts'
import type { Attempt } from '../client/types.ts'
import { isUnprocessed } from '../client/unprocessed.ts'
import { offAbort, onAbort, TYPE_AS_WRITTEN, throwIfAborted } from './core.js'
import { SSEClient } from './index.js'

/** The content type of an event stream: `text/event-stream`. */
export const EventStreamContentType = 'text/event-stream'

/** An event of the stream. */
export interface EventSourceMessage {
  /** The id of this event, `''` if it has none. */
  id: string
  /** The event's type as the stream has it, `''` if there is none. */
  event: string
  /** The `data` lines, joined by line feeds. */
  data: string
  /** Always undefined: a `retry:` of the stream sets the time to wait, and is not part of an event. */
  retry?: number
}

/** The same fields, each of which may be `undefined`, also under TypeScript's `exactOptionalPropertyTypes`. */
type Optional<Fields> = { [Name in keyof Fields]?: Fields[Name] | undefined }

/**
 * The options of `fetchEventSource`. Every field of `RequestInit` is passed to `fetch`. The default of `cache` is `'no-store'`,
 * as in the HTML standard (§ 9.2.2).
 */
export interface FetchEventSourceInit extends Optional<RequestInit> {
  /**
   * The headers of the request. They are read again for every attempt, so a token that you have changed in them is sent.
   * `accept: text/event-stream` is added if there is no `accept`. A `Last-Event-ID` among them is the position to start from: it is
   * sent until the stream sets another id or resets the id (HTML § 9.2.6). Default: those of `input` if that is a `Request`.
   */
  headers?: Record<string, string> | undefined
  /**
   * Called with every response, whatever its status. To refuse the response, throw or reject: {@link onerror} is called with that
   * error. Default: the content type must begin with `text/event-stream`, and the status does not matter.
   */
  onopen?: ((response: Response) => Promise<void>) | undefined
  /**
   * Called with every event that has data or a type (`event: end` alone has the data `''`). If it throws, the stream ends, and
   * {@link onerror} is called with that error. Default: none.
   */
  onmessage?: ((ev: EventSourceMessage) => void) | undefined
  /**
   * Called when the server has ended the stream. If it throws, {@link onerror} is called with that error. If it returns, the
   * promise resolves. Default: none.
   */
  onclose?: (() => void) | undefined
  /**
   * Called for every failure. `err` is the reason of `fetch` or of the broken stream, the value that a callback threw (unchanged,
   * even `undefined`), or an `SSEError` with `code` `'too-large'` (see {@link maxEventBytes}).
   *
   * - Return a number to send the request again after so many ms, whatever its method is.
   * - Return nothing (or `null`) to send a GET or HEAD again after the time that the stream's last `retry:` has set, or else after
   *   1000 ms.
   * - Throw to give up: the promise is rejected with the thrown value.
   *
   * A request with another method could take effect twice. So if you return nothing, it is sent again only if the server did not
   * process it: `headers` threw, or the server answered 425, 429, or 503 with `Retry-After`. After any other failure (no response,
   * another status such as 401, a broken stream with or without ids, an error of a callback), the promise is rejected with `err`.
   * After `'too-large'` it is rejected for every method.
   *
   * Default: the same as returning nothing.
   */
  onerror?: ((err: any) => number | null | undefined | void) | undefined
  /**
   * Whether the stream stays open while the page is hidden. If false, the request is cancelled when the page is hidden, and sent
   * again with the last event id when the page is visible. While the page is hidden, no request is made. A request other than GET
   * or HEAD that was sent stays open in any case, because it could take effect twice. Default: false.
   */
  openWhenHidden?: boolean | undefined
  /** The function that makes the requests. Default: the global `fetch` at the time of each request. */
  fetch?: typeof fetch | undefined
  /**
   * The largest line or event in bytes, a whole number from 1 to 1073741824. A larger one ends the stream, and {@link onerror} is
   * called with an `SSEError` with `code` `'too-large'`. Default: 16777216 (16 MiB). The original does not have it.
   */
  maxEventBytes?: number | undefined
}

/**
 * The same options, with a function for `headers` that is called for every attempt. If it throws, `onerror` is called with that
 * error. The original does not have it.
 */
export interface FetchEventSourceInitWithFreshHeaders extends Omit<FetchEventSourceInit, 'headers'> {
  headers: () => Record<string, string> | Promise<Record<string, string>>
}

const LAST_EVENT_ID = 'last-event-id'

/** All delays are equal: what the last `retry:` of the stream says, or this many milliseconds. */
const BACKOFF = { initial: 1000, factor: 1, jitter: 0 }

/**
 * Requests an event stream and calls `onmessage` with every event, until the server ends the stream.
 *
 * @param input a URL, or a `Request`, of which every attempt sends a copy
 * @param init the options: see {@link FetchEventSourceInit} for their units and defaults
 * @returns a promise. It resolves when the server has ended the stream, or when `signal` is aborted (also before the call). It
 *   rejects with the value that `onerror` throws, with the error of a request that must not be repeated (see `onerror`), with
 *   a `TypeError` if `maxEventBytes` is wrong, or with an `SSEError` with `code` `'wasm'` if neither the wasm nor the build
 *   without it can be loaded.
 */
export function fetchEventSource(input: Parameters<typeof fetch>[0], init: FetchEventSourceInitWithFreshHeaders): Promise<void>
export function fetchEventSource(input: Parameters<typeof fetch>[0], init?: FetchEventSourceInit): Promise<void>
export function fetchEventSource(
  input: any,
  init: FetchEventSourceInit | FetchEventSourceInitWithFreshHeaders = {},
): Promise<void> {
  const {
    headers,
    signal: ownSignal,
    fetch: ownFetch,
    openWhenHidden,
    maxEventBytes,
    onopen,
    onmessage,
    onclose,
    onerror,
    ...rest
  } = init
  const signal = ownSignal ?? input.signal
  const isSafe = /^(get|head)$/i.test(init.method ?? input.method ?? 'GET')

  return new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return resolve()
    let isOver = false
    /** The caller's headers for the current request. Their names are spelled as the caller spells them. */
    let given: HeadersByName = {}
    /** The request is not a GET or HEAD, and the server may have processed it. */
    let mayHaveRun = false
    /** The decision of `onerror` about a failure outside the client (see `fail`), until `shouldRetry` returns it. */
    let decision: number | boolean | undefined

    // Only the caller's `fetch` gets `input`. The client needs a valid URL, and never requests it.
    const options: InternalOptions = {
      method: isSafe ? 'GET' : 'POST',
      headers: wrapped(readHeaders) as InternalOptions['headers'],
      fetch: wrapped(request) as InternalOptions['fetch'],
      parse: 'text',
      // This decides what is repeated when the page is hidden and shown: a GET is, a POST is not. After a failure, `shouldRetry`
      // decides.
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
      [TYPE_AS_WRITTEN]: true,
    }
    const client = new SSEClient('data:,', options)

    /**
     * Reads the caller's headers again, because a token in them may have changed. Returns only the `Last-Event-ID`, which the
     * client manages.
     */
    async function readHeaders(attempt: Attempt): Promise<HeadersByName | undefined> {
      if (decision !== undefined) throw new Error('this attempt only starts the wait after a failure')
      mayHaveRun = false
      const read = plain(typeof headers === 'function' ? await headers() : (init.headers ?? input.headers))
      throwIfAborted(attempt.signal)
      given = read
      const name = nameIn(given, LAST_EVENT_ID)
      return name ? { [LAST_EVENT_ID]: given[name]! } : undefined
    }

    async function request(_: unknown, attempt: { headers: Headers; signal: AbortSignal }): Promise<any> {
      // A clone, because a `Request` whose body has been read cannot be sent again.
      const target = input.clone?.() ?? input
      const own = { headers: merged(given, attempt.headers), signal: attempt.signal }
      mayHaveRun = !isSafe
      const response = await (ownFetch ?? globalThis.fetch)(target, { cache: input.cache ?? 'no-store', ...rest, ...own })
      // The attempt was cancelled in the meantime, and the client cancels the response.
      if (attempt.signal.aborted) return response
      mayHaveRun &&= !isUnprocessed(response)
      await (onopen ?? expectEventStream)(response)
      // While `onopen` ran, another attempt may have started.
      throwIfAborted(attempt.signal)
      mayHaveRun = !isSafe
      // `onopen` has accepted the response, so the client must accept it too, whatever its status.
      return {
        status: 200,
        headers: new Headers({ 'content-type': EventStreamContentType }),
        url: response.url,
        type: response.type,
        body: response.body,
      }
    }

    client.on('*', (data, event) => {
      try {
        onmessage?.({ id: event.id, event: event.type, data, retry: undefined })
      } catch (error) {
        fail(error)
      }
    })

    client.on('close', ({ reason, error }) => {
      if (isOver) return
      // Neither build could be loaded, so no attempt can be made that waits.
      if ((error as SSEError | undefined)?.code === 'wasm') return end(reject, error)
      if (reason !== 'server' && !isEnd(error)) return fail(reasonOf(error))
      try {
        onclose?.()
      } catch (thrown) {
        return fail(thrown)
      }
      end(resolve)
    })

    /**
     * Handles a failure outside the client, such as an error that `onmessage` threw. To make the client wait for the next attempt,
     * it starts an attempt that fails at once, in `readHeaders`.
     */
    function fail(error: unknown): void {
      if (isOver) return
      decision = decide(error, mayHaveRun)
      if (!isOver) client.reconnect()
    }

    function shouldRetry(error: SSEError): number | boolean | undefined {
      if (isEnd(error)) return false
      // After `'too-large'` no request follows, because the server would send the same event again.
      const decided = decision ?? decide(reasonOf(error), mayHaveRun || error.code === 'too-large')
      decision = undefined
      return decided
    }

    /**
     * Calls `onerror` and returns its decision: milliseconds to wait, true for the usual delay, or false if the promise is
     * settled.
     */
    function decide(error: unknown, isFinal: unknown): number | boolean {
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

    function end(settle: (value?: any) => void, value?: unknown): void {
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

type HeadersByName = Record<string, string>

/** A wrapper for a value that a callback or `fetch` has thrown. */
class Thrown {
  declare readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** Whether the stream has ended: as in the original, a response without events has ended, whatever text it contains. */
const isEnd = (error: any): boolean => error.code === 'format'

/** Wraps the reason of a rejection in a `Thrown`. Callbacks may throw `undefined`, which the client takes for a missing cause. */
const wrapped =
  <Given extends unknown[], Answer>(work: (...given: Given) => Promise<Answer>) =>
  (...given: Given): Promise<Answer> =>
    work(...given).catch((error) => {
      throw new Thrown(error)
    })

const reasonOf = (error: any) => (error.cause instanceof Thrown ? error.cause.value : (error.cause ?? error))

/** Headers as the plain object that the caller's own `fetch` expects. The spelling of the names does not change. */
const plain = (headers: any): HeadersByName =>
  Object.fromEntries(typeof headers?.[Symbol.iterator] === 'function' ? headers : Object.entries(headers ?? {}))

const nameIn = (headers: HeadersByName, wanted: string) => Object.keys(headers).find((name) => name.toLowerCase() === wanted)

/** The caller's headers, with the client's `accept` and `Last-Event-ID`. */
function merged(given: HeadersByName, own: Headers): HeadersByName {
  const headers = { ...given }
  if (!nameIn(headers, 'accept')) headers.accept = own.get('accept')!
  delete headers[nameIn(headers, LAST_EVENT_ID)!]
  if (own.has(LAST_EVENT_ID)) headers[LAST_EVENT_ID] = own.get(LAST_EVENT_ID)!
  return headers
}

function expectEventStream({ headers }: Response): void {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(
      `fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`,
    )
  }
}
