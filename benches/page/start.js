// How long it takes from "the script has been evaluated" to "there is a client".

import { tappedWebAssembly } from './web-assembly.js'

let samples = 0

/** One sample, with a fresh instance of the package at this address. `importMs` is how long the import took before. */
export async function start(address) {
  samples += 1
  const before = performance.now()
  const { SSEClient } = await import(`${address}?start=${samples}`)
  const imported = performance.now()
  const restore = tappedWebAssembly({ unique: true })
  try {
    const started = performance.now()
    new SSEClient('http://localhost/stream')
    return { ms: performance.now() - started, importMs: imported - before }
  } finally {
    restore()
  }
}
