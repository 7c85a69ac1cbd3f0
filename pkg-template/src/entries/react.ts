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
 * A connection that lives as long as the component is shown: it is opened after the first commit, and closed by unmounting, by
 * another `url` and by a hidden `<Activity>`. React 18 and later.
 *
 * When the component is shown again, a GET or HEAD resumes after `lastEventId`, unless `reconnect` is `'never'` or
 * `'unprocessed'`. Any other request is not repeated, because a prompt must not run twice: the state stays `'closed'`, with all
 * that was received, until `connect()` or `reconnect()` is called. To allow a repeat, set `reconnect` to `'on-error'` or
 * `'always'`, or a `maxReconnects` above 0. A request that was not sent yet, or that the client was about to send again, is
 * sent in any case.
 *
 * The functions know the `url` of the last commit. A handler that changes it is not to call `connect({ body })` itself: that would go
 * to the old one, and be given up for the new one. Call it in an effect after the change.
 *
 * One type of events: `useSSE<Note>(url)`, or `useSSE<Token, string>(url, { reduce })` with what {@link UseSSEOptions.reduce} makes
 * of them. Several: a map, as in `useSSE<{ note: Note; progress: number }>(url, { event: '*' })`.
 *
 * However fast events come, the component renders once per animation frame; in a hidden page by a timer.
 *
 * Where WebAssembly cannot start, as under a Content-Security-Policy without `'wasm-unsafe-eval'`, the component is rendered with
 * the state `'closed'`, the close reason `'fatal'` and an `error` that says why.
 *
 * @param url absolute, or relative to the page; `null`, `undefined`, `false` and `''`: no connection. Unlike for the class it may
 *   not be a function: to change it, render with another URL
 * @throws TypeError (in an effect, for an error boundary) for a wrong URL or option; the message names it, what was given and what
 *   it must be
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
  // During the render, so that nothing of the old one is ever shown for the new one.
  if (store.differs(url, options)) {
    store = make()
    setStore(store)
  }
  const { view } = store

  // Before any other effect, because those may call what is returned.
  useInsertionEffect(() => {
    hook.options = options
    hook.store = store
  })
  // Before the effect that hides, because a hidden component is not rendered.
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

/** What stays the same for the life of a component. */
interface ReactHook extends Hook, Pick<UseSSE<any, any>, 'connect' | 'disconnect' | 'reconnect'> {
  /** Those of the last commit. */
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
