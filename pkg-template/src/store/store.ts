// The store behind the hooks: it has one client for one URL, and shows what the client has reported, as snapshots. It starts
// nothing before `show()`, because it may be created in a render that React discards, or on a server.

import type { SSEClient } from '../client/client.ts'
import type { SSEClientOptions } from '../client/options.ts'
import type { SSECloseReason } from '../client/types.ts'
import { check, clientOptions, isImmediate } from './hook-options.ts'
import { exactKeyOf, isPlain, keyOf } from './key.ts'
import type { SSEUrl, UseSSE, UseSSEOptions } from './types.ts'
import { type Copying, type Hook, View } from './view.ts'

/** What an entry passes to its stores: the class, and functions of core.ts. */
export interface Core extends Copying {
  SSEClient: new (url: string, options: SSEClientOptions) => SSEClient
  describe(value: unknown): string
}

/** What a client was created with. */
interface Made {
  options: SSEClientOptions
  /** The key of the hook's options at that time. */
  exactKey: string
  /** The options are those of the hook, overridden by those of `connect()`. */
  isOverlaid: boolean
}

type Method = 'connect' | 'reconnect'

type Changes = Parameters<UseSSE<any, any>['connect']>[0]

export class Store {
  #core: Core
  #hook: Hook
  /** The given URL, and its text, because a URL object can change. */
  #given: SSEUrl
  #url: string | undefined
  #made: Made | undefined
  /** The key of the options with which a client was last created, even if the client refused them. */
  #key: string | undefined
  #immediate: boolean | undefined
  #isShown = false
  /** It was connected when the component was hidden. */
  #isInterrupted = false
  /** The method to call when the component is shown, because its request was not sent yet. This repeats no request. */
  #due: Method | undefined

  declare readonly view: View<SSEClient>

  constructor(core: Core, url: SSEUrl, hook: Hook) {
    this.#core = core
    this.#given = url
    this.#url = urlText(url)
    this.#hook = hook
    this.view = new View(core, hook)
  }

  /** Whether another store must replace this one, because the URL or the options have changed. */
  differs(url: SSEUrl, options: UseSSEOptions | undefined): boolean {
    if (urlText(url) !== this.#url) return true
    return isImmediate(options) && !this.#hook.isOff && this.#key !== undefined && this.#key !== keyOf(options)
  }

  /**
   * Uses the hook's newest options. If `immediate` changes while the component is shown, this connects or disconnects. Must be
   * called before `show()`. Throws a TypeError if one of the hook's own options is wrong.
   */
  applyOptions(): void {
    this.#check()
    const immediate = isImmediate(this.#hook.options)
    const isChange = this.#isShown && immediate !== this.#immediate
    this.#immediate = immediate
    if (!isChange || this.#hook.isOff) return
    if (immediate) this.connect()
    else this.#end()
  }

  /**
   * The component is shown. Connects if the hook is `immediate`. If it was connected when the component was hidden, it reconnects
   * if the request may be repeated.
   */
  show(): void {
    if (this.#isShown) return
    this.#isShown = true
    // The component was hidden in the same tick, and is still connected.
    if (this.#isActive) return
    if (this.#due) this.#start(this.#due)
    else if (this.#isInterrupted && this.#mayRepeat) this.#start('reconnect')
    else if (!this.view.client && this.#immediate && !this.#hook.isOff) this.connect()
  }

  /**
   * The component is hidden. Disconnects at the end of the tick, unless the component is shown again before: React's StrictMode and
   * Fast Refresh hide a component and show it at once.
   */
  hide(): void {
    this.#isShown = false
    // A connection that has ended by itself is not opened again when the component is shown.
    if (!this.#isActive) this.#due = undefined
    // A promise, because test environments replace `queueMicrotask`.
    Promise.resolve().then(() => {
      if (this.#isShown) return
      this.#isInterrupted = this.#isActive
      if (this.#isInterrupted) this.view.client!.disconnect()
      this.view.flush()
    })
  }

  connect(changes?: Changes): void {
    this.#hook.isOff = false
    if (!this.#url) return
    // In `onClick={connect}` the argument is the click event, which is not a plain object.
    if (isPlain(changes)) this.#renew(changes as SSEClientOptions)
    else if (this.#isActive) return
    else if (!this.#isCurrent) this.#renew()
    this.#start('connect')
  }

  disconnect(reason?: unknown): void {
    this.#hook.isOff = true
    // In `onClick={disconnect}` the argument is the click event, which is no reason.
    this.#end(reason instanceof Error ? reason : undefined)
  }

  reconnect(): void {
    this.#hook.isOff = false
    // If options have changed after `disconnect()`, there must be another client too.
    if (!this.view.client || this.differs(this.#url, this.#hook.options)) return this.connect()
    if (this.#isGetOrHead || this.#mayRepeat) return this.#start('reconnect')
    // A request that may not be repeated becomes a new one without a position. What was received before is cleared, because the new
    // answer starts from the beginning.
    this.view.client.disconnect()
    this.view.clear()
    this.#start('connect')
  }

  #end(reason?: Error): void {
    this.#due = undefined
    this.#isInterrupted = false
    this.view.client?.disconnect(reason)
  }

  #check(): void {
    check(this.#given, this.#hook.options, this.#core.describe)
    this.view.received.kept = this.#hook.options?.keep ?? 100
  }

  get #isActive(): boolean {
    const { client } = this.view
    return client !== undefined && !['idle', 'closed'].includes(client.state)
  }

  /**
   * The request is a GET or HEAD: after a close, the client's `connect()` resumes it. Any other request starts from the
   * beginning.
   */
  get #isGetOrHead(): boolean {
    const { method, body } = this.#made!.options
    return /^(get|head)$/i.test(method ?? (body === undefined || body === null ? 'GET' : 'POST'))
  }

  /** Whether the request may be sent again after the server may have received it: the client's rule, with its defaults. */
  get #mayRepeat(): boolean {
    const { reconnect, maxReconnects } = this.#made!.options
    return reconnect ? ['always', 'on-error'].includes(reconnect) : this.#isGetOrHead || maxReconnects! > 0
  }

  /** Whether `connect()` may continue with this client. */
  get #isCurrent(): boolean {
    const { exactKey, isOverlaid } = this.#made ?? {}
    return this.view.client !== undefined && !isOverlaid && this.#isGetOrHead && exactKey === exactKeyOf(this.#hook.options)
  }

  /**
   * Calls a method of the client, or remembers it until the component is shown. There is no client if it could not be created.
   */
  #start(method: Method): void {
    if (!this.view.client) return
    this.#due = method
    if (this.#isShown) this.view.client[method]()
  }

  /** A `fetch` that also notes that the request was sent. */
  #noting(fetch: SSEClientOptions['fetch']): SSEClientOptions['fetch'] {
    // If it is wrong, the client throws an error that says so.
    if (typeof (fetch ?? globalThis.fetch) !== 'function') return fetch
    return (...given) => {
      this.#due = undefined
      if (this.view.retry) this.view.set({ retry: undefined })
      return (fetch ?? globalThis.fetch)(...given)
    }
  }

  /** Replaces the client by a new one, and clears what was received. */
  #renew(changes?: SSEClientOptions): void {
    const latest = this.#hook.options
    // This and `#make` throw if an option is wrong, so they are called before the client is replaced.
    this.#check()
    const options = { ...this.#following(clientOptions(latest)), ...changes }
    this.#key = keyOf(latest)
    const [client, failure] = this.#make({ ...options, fetch: this.#noting(options.fetch) })
    this.view.client?.off()
    this.view.client?.disconnect()
    this.view.client = client
    this.#made = { options, exactKey: exactKeyOf(latest), isOverlaid: changes !== undefined }
    this.view.clear()
    if (client) this.#listen(client, latest?.event ?? 'message')
    else this.#closed({ reason: 'fatal', error: failure! })
  }

  /**
   * Returns `[client]`, or `[undefined, error]`. A wrong option (a TypeError) is a mistake in the program, and is thrown. Any other
   * error depends on where the program runs, such as too little memory: the component must be able to show it. (In a page, a wasm that
   * cannot be loaded is no such error: the client is created, and closes with an `SSEError`.)
   */
  #make(options: SSEClientOptions): [SSEClient] | [undefined, Error] {
    try {
      return [new this.#core.SSEClient(this.#url!, options)]
    } catch (error: any) {
      if (error instanceof TypeError) throw error
      return [undefined, error]
    }
  }

  #listen(client: SSEClient, event: string | readonly string[]): void {
    client.on('state', this.view.change)
    client.on('open', () => this.view.set({ error: undefined }))
    client.on('error', (error) => this.view.set({ error }))
    client.on('retry', ({ attempt, delay }) => {
      // The client is about to send this request again, so it may be sent also after the component was hidden.
      this.#due = 'reconnect'
      this.view.set({ retry: { attempt, at: Date.now() + delay } })
    })
    client.on('close', this.#closed)
    for (const name of new Set([event].flat())) client.on(name === '*' ? name : `event:${name}`, this.view.receive)
  }

  /** The options, with functions that call the newest ones of the hook. */
  #following(options: any): any {
    const following = { ...options }
    for (const [name, first] of Object.entries(options)) {
      if (typeof first !== 'function') continue
      following[name] = (...given: unknown[]) => {
        const newest = (this.#hook.options as any)?.[name]
        return (typeof newest === 'function' ? newest : first)(...given)
      }
    }
    return following
  }

  /** The error may be the application's own (from `until` or `disconnect(error)`). The client emits no `error` event for it. */
  #closed = ({ reason, error }: { reason: SSECloseReason; error?: Error }): void => {
    this.view.set({ closeReason: reason, error: error ?? this.view.error })
  }
}

const urlText = (url: SSEUrl): string | undefined => (url ? String(url) : undefined)
