// The laboratory: a page without content, where a test's scripts find the package and notes of all that its clients tell.

import { SSEClient, SSEError } from '/pkg/index.js'

/** How long `until` waits, in ms; only a failure takes that long. */
const PATIENCE = 30_000

const told = []
const waiting = new Set()

/** Notes something and wakes those who wait for it. */
function tell(entry) {
  told.push(entry)
  for (const check of waiting) check()
}

/** Waits until `condition` holds, asked now and after everything that is told. */
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
  client.on('retry', ({ attempt, error }) => tell({ retry: { attempt, code: error?.code } }))
  client.on('comment', (text) => tell({ comment: text }))
  client.on('max-reconnects-reached', ({ attempts }) => tell({ gaveUp: attempts }))
  client.on('close', ({ reason, error }) => tell({ close: reason, code: error?.code }))
  return client
}

/** What was told of one kind, such as `of('event')` or `of('close')`. */
const of = (kind) => told.filter((entry) => kind in entry)

addEventListener('error', ({ message }) => tell({ uncaught: message }))
addEventListener('unhandledrejection', ({ reason }) => tell({ uncaught: String(reason) }))

Object.assign(globalThis, { SSEClient, SSEError, client, of, tell, told, until })
