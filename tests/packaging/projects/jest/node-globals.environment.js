// Jest's jsdom, with the globals of Node that jsdom lacks.

const { TestEnvironment } = require('jest-environment-jsdom')

const NAMES = ['fetch', 'Headers', 'Request', 'Response', 'ReadableStream', 'TextDecoder', 'TextEncoder', 'AbortController', 'AbortSignal']

module.exports = class extends TestEnvironment {
  constructor(...given) {
    super(...given)
    for (const name of NAMES) this.global[name] = globalThis[name]
  }
}
