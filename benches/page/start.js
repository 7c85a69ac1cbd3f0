// How long it takes from "the script has been evaluated" to "a client could send its request": its wasm runs.

import { freshWindow } from './realm.js'
import { tapped } from './web-assembly.js'

/** One sample, with a fresh copy of the package at this address. `importMs` is how long the import took before. */
export async function start(address) {
  const fresh = await freshWindow()
  try {
    const before = performance.now()
    const { SSEClient } = await fresh.import(address)
    const imported = performance.now()
    const running = new Promise((resolve) => tapped(fresh.WebAssembly, { unique: true, onInstance: resolve }))
    const started = performance.now()
    new SSEClient('http://localhost/stream')
    await running
    return { ms: performance.now() - started, importMs: imported - before }
  } finally {
    fresh.close()
  }
}
