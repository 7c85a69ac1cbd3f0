// `useSSE` for Vue: a connection that lives as long as its component is shown, or as long as the scope in which it was created.

import {
  computed,
  getCurrentInstance,
  getCurrentScope,
  onActivated,
  onDeactivated,
  onMounted,
  onScopeDispose,
  type Ref,
  type ShallowRef,
  shallowReadonly,
  shallowRef,
  unref,
  watch,
} from 'vue'
import { OWN } from '../store/hook-options.ts'
import { keyOf } from '../store/key.ts'
import { type Core, Store } from '../store/store.ts'
import type {
  SSEReceived,
  SSEReceivedOf,
  SSERetry,
  SSEUrl,
  UseSSEOptions,
  UseSSEOptionsOf,
  UseSSE as Values,
} from '../store/types.ts'
import { BLANK } from '../store/view.ts'
import { describe, ownEvent, ownText } from './core.js'
import { SSEClient } from './index.js'

export type { SSEReceived, SSEReceivedOf, SSERetry, SSEUrl, UseSSEOptions, UseSSEOptionsOf }

/** The same as Vue's type of this name, which Vue 3.2 does not have. */
type MaybeRefOrGetter<T> = T | Readonly<Ref<T>> | (() => T)

type Refs = 'data' | 'events' | 'state' | 'error' | 'closeReason' | 'retry' | 'lastEventId'

/** The same as in React, with refs for the values that change. */
export type UseSSE<Result, Received> = {
  [Name in Refs]: Readonly<ShallowRef<Values<Result, Received>[Name]>>
} & Omit<Values<Result, Received>, Refs>

const core: Core = { SSEClient, describe, ownEvent, ownText }

/**
 * A connection that lives as long as the component is shown. It is opened when the component is mounted. It is closed when the
 * component is unmounted or deactivated by `<KeepAlive>`, and when `url` changes. Vue 3.2.47 and later.
 *
 * When the component is activated again, a GET or HEAD resumes after `lastEventId`, unless `reconnect` is `'never'` or
 * `'unprocessed'`. Any other request is not repeated, because a prompt must not run twice: the state stays `'closed'`, and the
 * received events stay, until `connect()` or `reconnect()` is called. To allow a repeat, set `reconnect` to `'on-error'` or
 * `'always'`, or a `maxReconnects` above 0. A request that was not sent yet, or that the client was about to send again, is
 * sent in any case.
 *
 * Outside of components, and in an effect scope of its own inside a component (a store, a shared composable), the connection is
 * opened at once and lives as long as the scope. On a server, only `connect()` opens it.
 *
 * `url` and `options` may be refs or getters. A `connect()` directly after a change uses the new values.
 *
 * Types: for one type of events `useSSE<Note>(url)`, or `useSSE<Token, string>(url, { reduce })` with the result of
 * {@link UseSSEOptions.reduce}. For several types a map, as in `useSSE<{ note: Note; progress: number }>(url, { event: '*' })`.
 *
 * However fast events arrive, the refs change at most once per animation frame. In a hidden page a timer replaces the frames.
 *
 * Where neither the wasm nor the build without WebAssembly can be loaded, the state is `'closed'`, the
 * close reason `'fatal'`, and an `error` says why.
 *
 * @param url absolute, or relative to the page; `null`, `undefined`, `false` and `''`: no connection. A function is a getter:
 *   unlike for the class, it is not called for every attempt
 * @param options see {@link UseSSEOptions} for their units and defaults
 * @throws TypeError (when it connects, for `onErrorCaptured`) for a wrong URL or option. The message names it, the given value, and
 *   what it must be.
 */
export function useSSE<Events extends object = Record<string, any>, Result = Events[keyof Events]>(
  url: MaybeRefOrGetter<SSEUrl>,
  options: MaybeRefOrGetter<UseSSEOptionsOf<Events, Result>>,
): UseSSE<Result, SSEReceivedOf<Events>>
export function useSSE<Data = any, Result = Data>(
  url: MaybeRefOrGetter<SSEUrl>,
  options?: MaybeRefOrGetter<UseSSEOptions<Data, Result> | undefined>,
): UseSSE<Result, SSEReceived<Data>>
export function useSSE(url: MaybeRefOrGetter<SSEUrl>, options?: MaybeRefOrGetter<any>): UseSSE<any, any> {
  const instance = getCurrentInstance()
  // The scope of a store or of a shared composable lives longer than the component that uses it first.
  const isOfComponent = instance !== null && getCurrentScope() === (instance as any).scope
  const connectsOnlyWhenAsked = !isOfComponent && isServer()
  const latest = computed<UseSSEOptions | undefined>(() =>
    connectsOnlyWhenAsked ? { ...toValue(options), immediate: false } : toValue(options),
  )
  const hook = {
    isOff: false,
    get options() {
      return latest.value
    },
  }
  const refs: Record<string, ShallowRef> = {}
  for (const [name, value] of Object.entries(BLANK)) refs[name] = shallowRef(value)

  const make = () => new Store(core, toValue(url), hook)
  let store = make()
  let isShown = false
  const follow = () => {
    for (const [name, value] of Object.entries(store.view.snapshot)) refs[name]!.value = value
  }
  const show = () => {
    isShown = true
    store.view.subscribe(follow)
    store.applyOptions()
    store.show()
  }
  const hide = () => {
    isShown = false
    store.hide()
  }

  const update = () => {
    if (store.differs(toValue(url), latest.value)) {
      store.view.subscribe(undefined)
      store.hide()
      store = make()
      follow()
    }
    if (isShown) show()
  }

  // The key reads everything in the options, so `watch` notices every change in them, by the end of the tick at the latest.
  watch(() => [toValue(url), keyOf(latest.value), ...Object.keys(OWN).map((name) => (latest.value as any)?.[name])], update)
  if (isOfComponent) {
    onMounted(show)
    onActivated(show)
    onDeactivated(hide)
  } else {
    show()
  }
  if (getCurrentScope()) onScopeDispose(hide)

  const readonly: any = {}
  for (const [name, ref] of Object.entries(refs)) readonly[name] = shallowReadonly(ref)
  return {
    ...readonly,
    // `watch` may not have noticed the latest changes yet.
    connect: (changes) => {
      update()
      store.connect(changes)
    },
    disconnect: (reason) => store.disconnect(reason),
    reconnect: () => {
      update()
      store.reconnect()
    },
  }
}

/** The same as Vue's function of this name, which Vue 3.2 does not have. */
const toValue = <T>(source: MaybeRefOrGetter<T>): T => (typeof source === 'function' ? (source as () => T)() : unref(source))

/**
 * Whether this is a server. There, nothing would close a connection that does not belong to a component. Only pages and web
 * workers have `document` or `WorkerLocation`. (Server runtimes that resemble workers may have a `WorkerGlobalScope`.)
 */
const isServer = () => typeof document === 'undefined' && !('WorkerLocation' in globalThis)
