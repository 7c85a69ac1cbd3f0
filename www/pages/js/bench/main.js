// The page of the benchmarks. Without what is served at /bench/ it says how to get that.

import { part } from '../dom.js'
import { browserName } from './browser.js'
import { drawSizes } from './sizes.js'

part('bench-browser').textContent = browserName()
part('bench-coarse').hidden = globalThis.crossOriginIsolated === true
await drawSizes(part('bench-sizes'))
try {
  const { open } = await import('./run.js')
  await open()
} catch (error) {
  console.error(error)
  part('banner').hidden = false
  part('bench-status').textContent = 'Not available.'
}
