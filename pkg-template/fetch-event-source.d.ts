/** The content type of an event stream: `text/event-stream`. */
export declare const EventStreamContentType = 'text/event-stream'

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

/**
 * Requests an event stream and calls back for every event, until the server ends it.
 *
 * @param input a URL, or a `Request`, of which every attempt sends a copy
 * @returns a promise. It resolves when the server has ended the stream, or when `signal` was aborted (before the call, too).
 *   It rejects with what `onerror` throws, with the error of a request that must not be repeated (see `onerror`), or with a
 *   `TypeError` if `maxEventBytes` is wrong.
 */
export declare function fetchEventSource(input: Parameters<typeof fetch>[0], init: FetchEventSourceInitWithFreshHeaders): Promise<void>
export declare function fetchEventSource(input: Parameters<typeof fetch>[0], init?: FetchEventSourceInit): Promise<void>

// Without this line TypeScript would export every type of this file.
export {}
