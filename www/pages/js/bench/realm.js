// The browser of this page, for the engine of the benchmarks. Each row gets a new copy of everything that is measured, because the
// browser optimises code while it runs, and the next row must not profit from that.

/** The page that `cargo xtask bench browser` drives as well. */
const PAGE = '/bench/'

/** The page that loads only one client. */
const CHAT_PAGE = '/bench/chat/'

/** A frame of this page with another one in it, which is loaded. */
async function loadedFrame(address) {
  const frame = document.createElement('iframe')
  frame.hidden = true
  frame.src = address
  const loaded = new Promise((resolve) => {
    frame.onload = resolve
  })
  document.body.append(frame)
  await loaded
  return frame
}

/** Browsers collect garbage before they report the memory, but not at once. After this time, in ms, the page stops waiting. */
const PATIENCE = 60_000

export class Realm {
  #frame
  /** What `/bench/benchmark.js` exports, in the copy of this row. */
  benchmark
  /** The browser did not report the memory in time. */
  isLate = false
  /** Aborted when the run is no longer wanted. */
  signal

  /** Removes the last copy and makes another. */
  async renew() {
    this.close()
    const frame = await loadedFrame(PAGE)
    this.#frame = frame
    this.benchmark = frame.contentWindow.benchmark
    if (!this.benchmark) throw new Error(`${PAGE} is not there, or not what it should be`)
  }

  /**
   * A page with one client. It watches its main thread itself, since no other page can. The browser may still have compiled code of
   * the last such page: each loads its client from an address of its own, but its wasm is the same.
   */
  async openChat() {
    const frame = await loadedFrame(CHAT_PAGE)
    const { chat } = frame.contentWindow
    const copy = Math.random()
    return {
      run: (job) => chat({ ...job, copy, watched: true }),
      end: async () => frame.remove(),
    }
  }

  /** The bytes that the scripts of this page and its frames hold. Only Chromium reports them, to pages that are isolated. */
  async heap() {
    this.isLate = false
    if (this.signal.aborted || !globalThis.crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return undefined
    let timer
    const over = new Promise((resolve) => {
      timer = setTimeout(() => {
        this.isLate = true
        resolve()
      }, PATIENCE)
      this.signal.addEventListener('abort', () => resolve())
    })
    // The browser refuses where it cannot tell the pages of a process apart.
    const memory = await Promise.race([performance.measureUserAgentSpecificMemory().catch(() => undefined), over])
    clearTimeout(timer)
    return memory?.breakdown.filter(({ types }) => types.includes('JavaScript')).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  close() {
    this.#frame?.remove()
    this.#frame = undefined
    this.benchmark = undefined
  }
}
