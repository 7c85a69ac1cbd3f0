import type { Ref, ShallowRef } from 'vue'
import type { SSEReceived, SSEReceivedOf, SSERetry, SSEUrl, UseSSE as Values, UseSSEOptions, UseSSEOptionsOf } from './react.js'

export type { SSEReceived, SSEReceivedOf, SSERetry, SSEUrl, UseSSEOptions, UseSSEOptionsOf }

/** The same as Vue's type of this name, which Vue 3.2 does not have. */
type MaybeRefOrGetter<T> = T | Readonly<Ref<T>> | (() => T)

/**
 * A connection that lives as long as the component is shown: it is opened when the component is mounted, and closed by
 * unmounting, by another `url` and by a deactivated `<KeepAlive>`. Vue 3.2.47 and later.
 *
 * When the component is activated again, a GET or HEAD resumes after `lastEventId`, unless `reconnect` is `'never'` or
 * `'unprocessed'`. Any other request is not repeated, because a prompt must not run twice: the state stays `'closed'`, with all
 * that was received, until `connect()` or `reconnect()` is called. To allow a repeat, set `reconnect` to `'on-error'` or
 * `'always'`, or a `maxReconnects` above 0. A request that was not sent yet, or that the client was about to send again, is
 * sent in any case.
 *
 * Outside of components, and in an effect scope of its own within one (a store, a shared composable), it is opened at once and
 * lives as long as the scope; on a server only by `connect()`.
 *
 * `url` and `options` may be refs or getters. What has just been changed counts for a `connect()` after it at once.
 *
 * One type of events: `useSSE<Note>(url)`, or `useSSE<Token, string>(url, { reduce })` with what {@link UseSSEOptions.reduce} makes
 * of them. Several: a map, as in `useSSE<{ note: Note; progress: number }>(url, { event: '*' })`.
 *
 * However fast events come, the refs change once per animation frame; in a hidden page by a timer.
 *
 * Where WebAssembly cannot start, as under a Content-Security-Policy without `'wasm-unsafe-eval'`, the state is `'closed'`, the
 * close reason `'fatal'`, and an `error` says why.
 *
 * @param url absolute, or relative to the page; `null`, `undefined`, `false` and `''`: no connection. A function is a getter: unlike
 *   for the class, it is not called for every attempt
 * @throws TypeError (when it connects, for `onErrorCaptured`) for a wrong URL or option; the message names it, what was given and
 *   what it must be
 */
export function useSSE<Events extends object = Record<string, any>, Result = Events[keyof Events]>(
  url: MaybeRefOrGetter<SSEUrl>,
  options: MaybeRefOrGetter<UseSSEOptionsOf<Events, Result>>,
): UseSSE<Result, SSEReceivedOf<Events>>
export function useSSE<Data = any, Result = Data>(
  url: MaybeRefOrGetter<SSEUrl>,
  options?: MaybeRefOrGetter<UseSSEOptions<Data, Result> | undefined>,
): UseSSE<Result, SSEReceived<Data>>

type Refs = 'data' | 'events' | 'state' | 'error' | 'closeReason' | 'retry' | 'lastEventId'

/** The same as React's, with refs for what changes. */
export type UseSSE<Result, Received> = {
  [Name in Refs]: Readonly<ShallowRef<Values<Result, Received>[Name]>>
} & Omit<Values<Result, Received>, Refs>
