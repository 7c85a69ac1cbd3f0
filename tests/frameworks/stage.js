// What the pages of both frameworks have in common: a component named Probe shows what `useSSE` returns, and every commit of it
// is noted here, where the tests look.

import { SSEAuth } from 'sse-fetch'

/** How long `until` waits, in ms; only a failure takes that long. */
const PATIENCE = 30_000

const waiting = new Set()

/** What the component has shown so far; `now` is the last of it, with the functions. */
export const shown = []

export function note(now) {
  const { data, state, error, closeReason, retry, lastEventId, events } = now
  shown.push({ data, state, code: error?.code, closeReason, retry, lastEventId, events: events.length })
  stage.now = now
  wake()
}

function wake() {
  for (const check of waiting) check()
}

/** Waits until `condition` holds, asked now and after everything that is noted. */
function until(condition) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      waiting.delete(check)
      clearTimeout(timer)
      settle(value)
    }
    const check = () => condition() && end(resolve)
    const failed = () => end(reject, new Error(`it did not happen: ${condition}; ${JSON.stringify([shown.at(-1), complaints])}`))
    const timer = setTimeout(failed, PATIENCE)
    waiting.add(check)
    check()
  })
}

/** The frames painted from now on. */
function frames() {
  const counted = { frames: 0 }
  const count = () => {
    counted.frames++
    requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  return counted
}

/** When everything has been done that was to be done in a moment, be it by promise, timer or frame. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 200))

/** What the frameworks complain about, and what nobody has caught. */
const complaints = []
for (const method of ['error', 'warn']) {
  const original = console[method]
  console[method] = (...words) => {
    complaints.push(words.map(String).join(' '))
    original.apply(console, words)
    wake()
  }
}
addEventListener('error', ({ message }) => complaints.push(message))
addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason)))

/**
 * `show({ url, options, isHidden, data, question, isOnce, isShared })` renders the component: with `data`, a promise, it waits for
 * that; a `question` it asks before it is mounted, with `isOnce` never twice; with `isShared` the connection is not its own. `remove()`
 * unmounts it. Both are the framework's.
 */
export const stage = { now: {}, show: undefined, remove: undefined }

Object.assign(globalThis, { SSEAuth, complaints, frames, settled, shown, stage, until })
