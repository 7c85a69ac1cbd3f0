// The laboratory: a page without content, where a test's scripts find the package and notes of all that its clients tell.

import { SSEAuth, SSEClient, SSEError } from '/pkg/index.js'

/** How long `until` waits, in ms; only a failure takes that long. */
const PATIENCE = 30_000

// The package makes its wasm with the first client; by then it is seen here.
const memories = []
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given)
    memories.push(...Object.values(this.exports).filter((it) => it instanceof WebAssembly.Memory))
  }
}

/** How large the memory of wasm is, in pages of 64 KiB. */
const wasmPages = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength / 65536, 0)

/** Watches the listeners of these targets, and the timers, from now on; returns what says how many are left. */
function leftovers(...targets) {
  const timers = new Set()
  const { setTimeout, clearTimeout } = globalThis
  globalThis.setTimeout = (callback, ...more) => {
    const timer = setTimeout((...given) => (timers.delete(timer), callback(...given)), ...more)
    timers.add(timer)
    return timer
  }
  globalThis.clearTimeout = (timer) => (timers.delete(timer), clearTimeout(timer))
  const listeners = new Set()
  for (const target of targets) {
    const { addEventListener, removeEventListener } = target
    const ids = new Map()
    const key = (type, listener) => {
      if (!ids.has(listener)) ids.set(listener, ids.size)
      return `${targets.indexOf(target)} ${type} ${ids.get(listener)}`
    }
    target.addEventListener = (...given) => (listeners.add(key(...given)), addEventListener.apply(target, given))
    target.removeEventListener = (...given) => (listeners.delete(key(...given)), removeEventListener.apply(target, given))
  }
  return () => ({ listeners: listeners.size, timers: timers.size })
}

const told = []
const waiting = new Set()

/** Notes something and wakes those who wait for it. */
function tell(entry) {
  told.push(entry)
  for (const check of waiting) check()
}

/** Waits until `condition` holds. Checks it now, and after each report of a client. */
function until(condition) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      waiting.delete(check)
      clearTimeout(timer)
      settle(value)
    }
    const check = () => {
      if (condition()) end(resolve)
    }
    const timer = setTimeout(() => end(reject, new Error(`it did not happen: ${condition}`)), PATIENCE)
    waiting.add(check)
    check()
  })
}

/** A client whose every word is noted; it connects when the test says so. */
function client(url, options) {
  const client = new SSEClient(url, options)
  client.on('*', (data, { type, id, origin }) => tell({ event: type, data, id, origin }))
  client.on('state', ({ state }) => tell({ state }))
  client.on('open', ({ status, url, attempt }) => tell({ open: { status, url, attempt } }))
  client.on('error', ({ code, status, retryable, attempt, body }) => tell({ error: { code, status, retryable, attempt, body } }))
  client.on('retry', ({ attempt, delay, error }) => tell({ retry: { attempt, delay, code: error?.code } }))
  client.on('refresh', ({ attempt }) => tell({ refresh: { attempt } }))
  client.on('comment', (text) => tell({ comment: text }))
  client.on('max-reconnects-reached', ({ attempts }) => tell({ gaveUp: attempts }))
  client.on('close', ({ reason, error }) => tell({ close: reason, code: error?.code }))
  return client
}

/** What was told of one kind, such as `of('event')` or `of('close')`. */
const of = (kind) => told.filter((entry) => kind in entry)

addEventListener('error', ({ message }) => tell({ uncaught: message }))
addEventListener('unhandledrejection', ({ reason }) => tell({ uncaught: String(reason) }))

Object.assign(globalThis, { SSEAuth, SSEClient, SSEError, client, leftovers, of, tell, told, until, wasmPages })
