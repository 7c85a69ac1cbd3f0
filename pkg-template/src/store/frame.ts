// Calls a function once per frame.

/** How many ms to wait for a frame. Pages that are not painted, such as hidden ones, have no frames. */
const PATIENCE = 200

/** Calls `callback` before the next frame, or by a timer if there is no frame in time. Returns a function that cancels the call. */
export function nextFrame(callback: () => void): () => void {
  const frame = globalThis.requestAnimationFrame?.(callback)
  const timer = setTimeout(callback, PATIENCE)
  return () => {
    clearTimeout(timer)
    globalThis.cancelAnimationFrame?.(frame)
  }
}
