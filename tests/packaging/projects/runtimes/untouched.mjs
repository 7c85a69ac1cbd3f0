// Imports and requires every entry. Prints which globals that read or created.

import { createRequire } from 'node:module'

// The frameworks, which their entries import. They read globals themselves.
import 'react'
import 'vue'

const require = createRequire(import.meta.url)
require('react')
require('vue')

// Jest's jsdom has none of these.
delete globalThis.TextDecoder
delete globalThis.TextEncoder

// Every global that could have an effect. (`EventTarget`, which a class extends, exists everywhere and has none.)
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
