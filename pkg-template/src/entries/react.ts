'use client'

// `useSSE` for React: a connection that lives as long as its component is shown.

import { useEffect, useInsertionEffect, useState, useSyncExternalStore } from 'react'
import { type Core, Store } from '../store/store.ts'
import type { SSEReceived, SSEReceivedOf, SSEUrl, UseSSE, UseSSEOptions, UseSSEOptionsOf } from '../store/types.ts'
import { BLANK, type Hook, type Snapshot } from '../store/view.ts'
import { describe, ownEvent, ownText } from './core.js'
import { SSEClient } from './index.js'

export type * from '../store/types.ts'

const core: Core = { SSEClient, describe, ownEvent, ownText }

/**
 * A connection that lives as long as the component is shown. It is opened after the first commit. It is closed when the component
 * is unmounted or hidden by `<Activity>`, and when `url` changes. React 18 and later.
 *
 * When the component is shown again, a GET or HEAD resumes after `lastEventId`, unless `reconnect` is `'never'` or
 * `'unprocessed'`. Any other request is not repeated, because a prompt must not run twice: the state stays `'closed'`, and the
 * received events stay, until `connect()` or `reconnect()` is called. To allow a repeat, set `reconnect` to `'on-error'` or
 * `'always'`, or a `maxReconnects` above 0. A request that was not sent yet, or that the client was about to send again, is
 * sent in any case.
 *
 * The returned functions use the `url` of the last commit. A handler that changes the URL must not call `connect({ body })` itself,
 * because that request would be sent to the old URL, and be cancelled for the new one. Call it in an effect after the change.
 *
 * Types: for one type of events `useSSE<Note>(url)`, or `useSSE<Token, string>(url, { reduce })` with the result of
 * {@link UseSSEOptions.reduce}. For several types a map, as in `useSSE<{ note: Note; progress: number }>(url, { event: '*' })`.
 *
 * However fast events arrive, the component renders at most once per animation frame. In a hidden page a timer replaces the frames.
 *
 * Where neither the wasm nor the build without WebAssembly can be loaded, the component is rendered with the state `'closed'`, the
 * close reason `'fatal'` and an `error` that says why.
 *
 * @param url absolute, or relative to the page; `null`, `undefined`, `false` and `''`: no connection. Unlike for the class, it must
 *   not be a function: to change it, render with another URL
 * @param options see {@link UseSSEOptions} for their units and defaults
 * @throws TypeError (in an effect, for an error boundary) for a wrong URL or option. The message names it, the given value, and
 *   what it must be.
 */
export function useSSE<Events extends object = Record<string, any>, Result = Events[keyof Events]>(
  url: SSEUrl,
  options: UseSSEOptionsOf<Events, Result>,
): UseSSE<Result, SSEReceivedOf<Events>>
export function useSSE<Data = any, Result = Data>(
  url: SSEUrl,
  options?: UseSSEOptions<Data, Result>,
): UseSSE<Result, SSEReceived<Data>>
export function useSSE(url: SSEUrl, options?: any): UseSSE<any, any> {
  const [hook] = useState(hookOf)
  const make = () => new Store(core, url, hook)
  let [store, setStore] = useState(make)
  // During the render, because the events of the old connection must not be shown for the new one.
  if (store.differs(url, options)) {
    store = make()
    setStore(store)
  }
  const { view } = store

  // This runs before all other effects, because those may call the returned functions.
  useInsertionEffect(() => {
    hook.options = options
    hook.store = store
  })
  // This subscribes before the effect that hides, because a hidden component is not rendered.
  const snapshot = useSyncExternalStore(view.subscribe, () => view.snapshot, blank)
  useEffect(() => store.applyOptions())
  useEffect(() => {
    store.show()
    return () => store.hide()
  }, [store])

  const { connect, disconnect, reconnect } = hook
  return { ...snapshot, connect, disconnect, reconnect }
}

const blank = (): Snapshot => BLANK

/** The part of a hook that stays the same for the life of its component. */
interface ReactHook extends Hook, Pick<UseSSE<any, any>, 'connect' | 'disconnect' | 'reconnect'> {
  /** The options of the last commit. */
  options: UseSSEOptions | undefined
  store: Store | undefined
}

function hookOf(): ReactHook {
  const hook: ReactHook = {
    options: undefined,
    isOff: false,
    store: undefined,
    connect: (changes) => hook.store?.connect(changes),
    disconnect: (reason) => hook.store?.disconnect(reason),
    reconnect: () => hook.store?.reconnect(),
  }
  return hook
}
