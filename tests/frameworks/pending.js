// What the page is still going to do: its short timers, its frames, and its requests without a response. The frameworks and the client
// use the functions that are replaced here, so this file must be imported before them.

/** A timer that fires later than this is not awaited, nor a response that takes longer, in ms. */
const SOON = 200
/** How many turns of the event loop nothing new may come up. */
const TURNS = 3

const { setTimeout, clearTimeout, requestAnimationFrame, cancelAnimationFrame, fetch } = globalThis

/** Timers by their number, frames by theirs as a string, requests by their promise. */
const pending = new Set()
let onIdle = () => {}

function done(work) {
  if (pending.delete(work) && pending.size === 0) onIdle()
}

globalThis.setTimeout = (listener, delay, ...args) => {
  const timer = setTimeout(() => {
    try {
      listener(...args)
    } finally {
      done(timer)
    }
  }, delay)
  if (!(delay > SOON)) pending.add(timer)
  return timer
}

globalThis.clearTimeout = (timer) => {
  clearTimeout(timer)
  done(timer)
}

globalThis.requestAnimationFrame = (listener) => {
  const frame = requestAnimationFrame((time) => {
    try {
      listener(time)
    } finally {
      done(`frame ${frame}`)
    }
  })
  pending.add(`frame ${frame}`)
  return frame
}

globalThis.cancelAnimationFrame = (frame) => {
  cancelAnimationFrame(frame)
  done(`frame ${frame}`)
}

globalThis.fetch = (...request) => {
  const response = fetch(...request)
  const answered = () => done(response)
  pending.add(response)
  response.then(answered, answered)
  setTimeout(answered, SOON)
  return response
}

const { port1, port2 } = new MessageChannel()

/** What waits for a promise, a message or a timer without delay is done after a few of these. */
async function turn() {
  await new Promise((resolve) => {
    port1.onmessage = resolve
    port2.postMessage(null)
  })
  await new Promise((resolve) => setTimeout(resolve))
}

/** Resolves when the page does nothing more until something comes from the network. */
export async function settled() {
  for (let turns = 0; turns < TURNS; turns++) {
    await turn()
    if (pending.size === 0) continue
    await new Promise((resolve) => (onIdle = resolve))
    turns = -1
  }
}
