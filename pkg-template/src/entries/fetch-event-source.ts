// `fetchEventSource`: the callbacks and the promise of @microsoft/fetch-event-source, on an `SSEClient`.
//
// The caller's options and `fetch` make the request. The client knows only whether the request may be repeated, and gets a
// response that the caller has accepted. Every failure, also one of the caller's callbacks, becomes a failed attempt of the
// client, and `onerror` decides when the next attempt is made.

import type { SSEError } from '../client/error.ts'
import type { InternalOptions } from '../client/settings.ts'
import type { Attempt } from '../client/types.ts'
import { offAbort, onAbort, TYPE_AS_WRITTEN } from './core.js'
import { SSEClient } from './index.js'

/** The content type of an event stream: `text/event-stream`. */
export const EventStreamContentType = 'text/event-stream'

/** An event of the stream. */
export interface EventSourceMessage {
  /** The id this event itself carried, `''` if none. */
  id: string
  /** The event's name as the stream writes it, `''` if it writes none. */
  event: string
  /** The `data` lines, joined by line feeds. */
  data: string
  /** Never set: a `retry:` of the stream sets the time to wait, and is no part of an event. */
  retry?: number
}

/** The same fields, each of which may be `undefined`, also under TypeScript's `exactOptionalPropertyTypes`. */
type Optional<Fields> = { [Name in keyof Fields]?: Fields[Name] | undefined }

/** Every field of `RequestInit` goes to `fetch`; `cache` is `'no-store'` by default, as for any event stream. */
export interface FetchEventSourceInit extends Optional<RequestInit> {
  /**
   * Read anew for every attempt, so that a token that was put in meanwhile is sent. `accept: text/event-stream` is added
   * unless there is an `accept` already. A `Last-Event-ID` among them is the position to start from: it is sent until the
   * stream sets another id, and no longer once the stream resets its id (HTML § 9.2.6). Default: those of `input` if that is
   * a `Request`.
   */
  headers?: Record<string, string> | undefined
  /**
   * Called with every response, whatever its status. Throw (or reject) to refuse it: the error goes to {@link onerror}.
   * Default: the content type has to begin with `text/event-stream`; the status is not looked at.
   */
  onopen?: ((response: Response) => Promise<void>) | undefined
  /**
   * Called with every event that has data or a name (`event: end` alone has `data` `''`). What it throws ends the stream and
   * goes to {@link onerror}.
   */
  onmessage?: ((ev: EventSourceMessage) => void) | undefined
  /** Called when the server has ended the stream. If it throws, the error goes to {@link onerror}; if not, the promise resolves. */
  onclose?: (() => void) | undefined
  /**
   * Called for every failure, with what `fetch` rejected with, what broke the stream, what one of the callbacks threw (the
   * same value, even `undefined`), or an `SSEError` with `code` `'too-large'` (see {@link maxEventBytes}).
   *
   * - Return a number to send the request again after so many milliseconds, whatever its method is.
   * - Return nothing (or `null`) to send a GET or HEAD again after the time that the stream's last `retry:` named, or after
   *   1000 ms.
   * - Throw to give up: the promise is rejected with what is thrown.
   *
   * A request with another method could take effect twice if it was sent twice. So returning nothing sends it again only if
   * the server did not process it: `headers` threw, or the server answered 425, 429, or 503 with `Retry-After`. After any
   * other failure (no response, another status such as 401, a broken stream with or without ids, an error of a callback)
   * returning nothing rejects the promise with `err`. After `'too-large'` it does so for every method.
   *
   * Default: the same as returning nothing.
   */
  onerror?: ((err: any) => number | null | undefined | void) | undefined
  /**
   * Whether to stay connected while the page is hidden. If false, the request is cancelled when the page is hidden, and sent
   * again with the last event id when the page is visible; while it is hidden no request is made. A request other than GET
   * or HEAD that was sent stays open in any case, because it could take effect twice if it was sent again. Default: false.
   */
  openWhenHidden?: boolean | undefined
  /** Default: the global one at the time of the attempt. */
  fetch?: typeof fetch | undefined
  /**
   * The largest line or event in bytes, a whole number from 1 to 1073741824. A larger one ends the stream, and
   * {@link onerror} gets an `SSEError` with `code` `'too-large'`. Default: 16777216 (16 MiB). Not part of the original.
   */
  maxEventBytes?: number | undefined
}

/** The same with a function that returns the headers, called for every attempt. What it throws goes to `onerror`. */
export interface FetchEventSourceInitWithFreshHeaders extends Omit<FetchEventSourceInit, 'headers'> {
  headers: () => Record<string, string> | Promise<Record<string, string>>
}

const LAST_EVENT_ID = 'last-event-id'

/** Every wait is as long as the last `retry:` of the stream says, or this many milliseconds. */
const BACKOFF = { initial: 1000, factor: 1, jitter: 0 }

/**
 * Requests an event stream and calls back for every event, until the server ends it.
 *
 * @param input a URL, or a `Request`, of which every attempt sends a copy
 * @returns a promise. It resolves when the server has ended the stream, or when `signal` was aborted (before the call, too).
 *   It rejects with what `onerror` throws, with the error of a request that must not be repeated (see `onerror`), or with a
 *   `TypeError` if `maxEventBytes` is wrong.
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
    /** The caller's headers for the current request, with the caller's spelling of the names. */
    let given: HeadersByName = {}
    /** The request is not a GET or HEAD, and the server may have processed it. */
    let mayHaveRun = false
    /** The decision of `onerror` about a failure outside the client (see `fail`), until the client asks for it. */
    let decision: number | boolean | undefined

    // Only `fetch` has to understand `input`. The client requires some URL, and requests nothing from it.
    const options: InternalOptions = {
      method: isSafe ? 'GET' : 'POST',
      headers: wrapped(readHeaders) as InternalOptions['headers'],
      fetch: wrapped(request) as InternalOptions['fetch'],
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
      [TYPE_AS_WRITTEN]: true,
    }
    const client = new SSEClient('data:,', options)

    /**
     * Reads the caller's headers anew, because a token in them may have been renewed. Returns only the `Last-Event-ID`, which the
     * client manages.
     */
    async function readHeaders(attempt: Attempt): Promise<HeadersByName | undefined> {
      if (decision !== undefined) throw new Error('this attempt only starts the wait after a failure')
      mayHaveRun = false
      const read = plain(typeof headers === 'function' ? await headers() : (init.headers ?? input.headers))
      attempt.signal.throwIfAborted()
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
      // The attempt was cancelled meanwhile, and the client cancels the response.
      if (attempt.signal.aborted) return response
      mayHaveRun &&= !isUnprocessed(response)
      await (onopen ?? expectEventStream)(response)
      // While `onopen` ran, another attempt may have started.
      attempt.signal.throwIfAborted()
      mayHaveRun = !isSafe
      // `onopen` has accepted the response, so it is a stream, whatever its status.
      return {
        status: 200,
        headers: new Headers({ 'content-type': EventStreamContentType }),
        url: response.url,
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
    function fail(error: unknown): void {
      if (isOver) return
      decision = decide(error, mayHaveRun)
      if (!isOver) client.reconnect()
    }

    function shouldRetry(error: SSEError): number | boolean | undefined {
      if (isEnd(error)) return false
      // After `'too-large'` no request follows, because it would bring the same event again.
      const decided = decision ?? decide(reasonOf(error), mayHaveRun || error.code === 'too-large')
      decision = undefined
      return decided
    }

    /** Calls `onerror` and returns its decision: milliseconds to wait, true for the usual time, or false when the promise is settled. */
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

/** A response without events, whatever text it holds, is a stream that has ended, as in the original. */
const isEnd = (error: any): boolean => error.code === 'format'

/** Rejects with a `Thrown`, because callbacks may throw `undefined`, and for the client that means that there is no cause. */
const wrapped =
  <Given extends unknown[], Answer>(work: (...given: Given) => Promise<Answer>) =>
  (...given: Given): Promise<Answer> =>
    work(...given).catch((error) => {
      throw new Thrown(error)
    })

const reasonOf = (error: any) => (error.cause instanceof Thrown ? error.cause.value : (error.cause ?? error))

/** Headers as the plain object that the caller's own `fetch` expects, with the caller's spelling of the names. */
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

/** The server says that it did not process the request: Too Early, Too Many Requests, or Service Unavailable with `Retry-After`. */
const isUnprocessed = ({ status, headers }: Response) =>
  status === 425 || status === 429 || (status === 503 && headers.get('retry-after'))

function expectEventStream({ headers }: Response): void {
  const type = headers.get('content-type')
  if (!type?.startsWith(EventStreamContentType)) {
    throw new Error(
      `fetchEventSource: the content type of the response is ${type ?? 'missing'}, and not ${EventStreamContentType}`,
    )
  }
}
