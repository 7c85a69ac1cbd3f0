/** How many ms a page may paint nothing, before it is taken for one that is not painted, such as a hidden one. */
const PATIENCE = 200

/** Calls back before the next frame is painted, or by timer where none is. Returns a function that cancels the call. */
export function nextFrame(callback: () => void): () => void {
  const frame = globalThis.requestAnimationFrame?.(callback)
  const timer = setTimeout(callback, PATIENCE)
  return () => {
    clearTimeout(timer)
    globalThis.cancelAnimationFrame?.(frame)
  }
}
