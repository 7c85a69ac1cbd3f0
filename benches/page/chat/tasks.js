// How long the tasks of the main thread take, as a page itself can see it: it posts a message to itself again and again, and
// whatever comes between two turns delays the second one.

/** A turn of the loop takes less than this, in ms. What takes longer was another task. */
const TURN = 0.1

/** Watches until `end()`, which returns how long other tasks took, and the longest of them, in ms. */
export function watchTasks() {
  const { port1, port2 } = new MessageChannel()
  let busyMs = 0
  let longestMs = 0
  let last = performance.now()
  let turned
  port1.onmessage = () => {
    const now = performance.now()
    const ms = now - last
    if (ms > TURN) {
      busyMs += ms
      if (ms > longestMs) longestMs = ms
    }
    last = now
    turned?.()
    port2.postMessage(0)
  }
  port2.postMessage(0)
  return {
    async end() {
      // One more turn, which sees the task that ends now.
      await new Promise((resolve) => (turned = resolve))
      port1.close()
      return { busyMs, longestMs }
    },
  }
}
