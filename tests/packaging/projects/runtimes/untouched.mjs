// Imports every entry, and requires it, and prints which globals that has read, or left behind.

import { createRequire } from 'node:module'

// They are imported by the entries for them, and look at their surroundings.
import 'react'
import 'vue'

const require = createRequire(import.meta.url)
require('react')
require('vue')

// Jest's jsdom has none of them.
delete globalThis.TextDecoder
delete globalThis.TextEncoder

// All that could do something. `EventTarget`, which a class extends, is everywhere, and does nothing.
const watched = [
  'AbortController', 'BroadcastChannel', 'EventSource', 'WebAssembly', 'addEventListener', 'console', 'document', 'fetch',
  'localStorage', 'location', 'navigator', 'performance', 'queueMicrotask', 'requestAnimationFrame', 'self', 'setInterval',
  'setTimeout', 'window',
]
const touched = new Set()
for (const name of watched) {
  const value = globalThis[name]
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      touched.add(name)
      return value
    },
  })
}

const before = new Set(Reflect.ownKeys(globalThis))
const print = process.stdout.write.bind(process.stdout)
for (const entry of ['', '/slim', '/eventsource', '/fetch-event-source', '/react', '/vue']) {
  touched.clear()
  await import(`sse-fetch${entry}`)
  require(`sse-fetch${entry}`)
  const left = Reflect.ownKeys(globalThis).filter((key) => !before.has(key))
  print(`sse-fetch${entry}: read ${[...touched].join(' ') || 'nothing'}, left ${left.join(' ') || 'nothing'}\n`)
}
