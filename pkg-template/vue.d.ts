import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import type { SSEReceived, SSEReceivedOf, SSEUrl, UseSSE as Values, UseSSEOptions, UseSSEOptionsOf } from './react.js'

export type { SSEReceived, SSEReceivedOf, SSEUrl, UseSSEOptions, UseSSEOptionsOf }

/**
 * A connection that lives as long as the component is shown: it is opened when that is mounted, closed by unmounting, by another
 * `url` and by a deactivated `<KeepAlive>`, and goes on after `lastEventId` when that is activated again. A POST whose stream had no
 * ids cannot go on: it is asked anew if it is `immediate`, and else not repeated.
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
 * @param url absolute, or relative to the page; `null`, `undefined`, `false` and `''`: no connection
 * @throws TypeError (when it connects, for `onErrorCaptured`) for a wrong URL or option
 */
export function useSSE<Events extends object = Record<string, any>, Result = Events[keyof Events]>(
  url: MaybeRefOrGetter<SSEUrl>,
  options: MaybeRefOrGetter<UseSSEOptionsOf<Events, Result>>,
): UseSSE<Result, SSEReceivedOf<Events>>
export function useSSE<Data = any, Result = Data>(
  url: MaybeRefOrGetter<SSEUrl>,
  options?: MaybeRefOrGetter<UseSSEOptions<Data, Result> | undefined>,
): UseSSE<Result, SSEReceived<Data>>

type Refs = 'data' | 'events' | 'state' | 'error' | 'lastEventId'

/** The same as React's, with refs for what changes. */
export type UseSSE<Result, Received> = {
  [Name in Refs]: Readonly<ShallowRef<Values<Result, Received>[Name]>>
} & Omit<Values<Result, Received>, Refs>
