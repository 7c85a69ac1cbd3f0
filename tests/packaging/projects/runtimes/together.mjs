// Imports and requires every entry in one process. Prints whether both give the same exports, and how often the wasm was
// compiled and started for the clients of both.

import { createRequire } from 'node:module'

const made = { Module: 0, Instance: 0 }
for (const name of Object.keys(made)) {
  const Original = WebAssembly[name]
  WebAssembly[name] = class extends Original {
    constructor(...given) {
      super(...given)
      made[name]++
    }
  }
}

const require = createRequire(import.meta.url)
const entries = ['', '/slim', '/eventsource', '/fetch-event-source', '/react', '/vue']

for (const entry of entries) {
  const imported = await import(`sse-fetch${entry}`)
  const required = require(`sse-fetch${entry}`)
  const names = Object.keys(imported).filter((name) => name !== 'default' && name !== 'module.exports')
  const same = names.every((name) => imported[name] === required[name])
  console.log(`sse-fetch${entry}:`, names.sort().join(' '), same ? 'same' : 'not the same')
}

const count = () => `${made.Module} modules, ${made.Instance} instances`
console.log(`before: ${count()}`)
const { SSEClient } = await import('sse-fetch')
const url = 'http://localhost/'
const clients = [new SSEClient(url), new (require('sse-fetch').SSEClient)(url), new (require('sse-fetch/slim').SSEClient)(url)]
console.log(`${clients.length} clients: ${count()}`)
