// The part that the pages of both frameworks share. A component named Probe shows what `useSSE` returns. Every commit of it is
// recorded here, and the tests read the records.

import { settled } from './pending.js'
import { SSEAuth } from 'sse-fetch'

/** How long `until` waits, in ms. Only a failure takes this long. */
const PATIENCE = 30_000

const waiting = new Set()

/** What the component has shown so far. `now` is the last record, with the functions. */
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

/** Waits until `condition` holds. It is checked now and after every record. */
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

/** Counts the frames that are painted from now on. */
function frames() {
  const counted = { frames: 0 }
  const count = () => {
    counted.frames++
    requestAnimationFrame(count)
  }
  requestAnimationFrame(count)
  return counted
}

/** Warnings and errors of the frameworks, and uncaught errors. */
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
 * `show({ url, options, isHidden, data, question, isOnce, isShared })` renders the component. If `data` is a promise, the component
 * waits for it. It sends a `question` before it is mounted; with `isOnce`, never twice. With `isShared`, another component owns the
 * connection. `remove()` unmounts the component. Each framework has its own implementation of both.
 */
export const stage = { now: {}, show: undefined, remove: undefined }

Object.assign(globalThis, { SSEAuth, complaints, frames, settled, shown, stage, until })
