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
  /** Never set: a `retry:` of the stream is obeyed, and is no part of an event. */
  retry?: number
}

/** Every field of `RequestInit` goes to `fetch`; `cache` is `'no-store'` by default, as for any event stream. */
export interface FetchEventSourceInit extends RequestInit {
  /**
   * Read anew for every attempt, so that a token that was put in meanwhile is sent. `accept: text/event-stream` is added
   * unless there is an `accept` already, and `last-event-id` when the stream has carried an id. Default: those of `input`
   * if that is a `Request`.
   */
  headers?: Record<string, string>
  /**
   * Called with every response, whatever its status. Throw (or reject) to refuse it: the error goes to {@link onerror}.
   * Default: the content type has to begin with `text/event-stream`; the status is not looked at.
   */
  onopen?: (response: Response) => Promise<void>
  /** Called with every event that has data, as the standard says. What it throws ends the stream and goes to {@link onerror}. */
  onmessage?: (ev: EventSourceMessage) => void
  /** Called when the server has ended the stream. If it throws, the error goes to {@link onerror}; if not, the promise resolves. */
  onclose?: () => void
  /**
   * Called with whatever went wrong: what `fetch` rejected with, what broke the stream, what one of the callbacks threw.
   *
   * - Return a number to try again after so many milliseconds.
   * - Return nothing to try again after the time that the stream's last `retry:` named, or 1000 ms. But a request other than
   *   GET or HEAD that the server has accepted (a stream that began, or a 2xx answer that was refused) is not sent twice
   *   unasked: without an event id to go on from, the promise is rejected with `err`.
   * - Throw to give up: the promise is rejected with what is thrown.
   *
   * Default: the same as returning nothing.
   */
  onerror?: (err: any) => number | null | undefined | void
  /**
   * Whether to go on while the page is hidden. If not, a stream is closed when the page is hidden, and asked for again from
   * the last event id when it can be seen; while it is hidden nothing is requested. A request other than GET or HEAD whose
   * stream carries no ids goes on all the same, since it could only start over. Default: false.
   */
  openWhenHidden?: boolean
  /** Default: the global one at the time of the attempt. */
  fetch?: typeof fetch
}

/** The same, with headers that are asked for: once for every attempt. */
export interface FetchEventSourceInitWithFreshHeaders extends Omit<FetchEventSourceInit, 'headers'> {
  headers: () => Record<string, string> | Promise<Record<string, string>>
}

/**
 * Requests an event stream and calls back for every event, until the server ends it.
 *
 * @param input a URL, or a `Request`, of which every attempt sends a copy
 * @returns a promise that is resolved when the server has ended the stream, or when `signal` was aborted (before the call,
 *   too), and rejected with what `onerror` throws
 */
export declare function fetchEventSource(input: Parameters<typeof fetch>[0], init: FetchEventSourceInitWithFreshHeaders): Promise<void>
export declare function fetchEventSource(input: Parameters<typeof fetch>[0], init?: FetchEventSourceInit): Promise<void>
