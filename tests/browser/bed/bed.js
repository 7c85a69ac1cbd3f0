// The test bed of one test: clients of a scripted server, and what the page is told of exceptions meanwhile.

import { SSEClient } from '../../../pkg-template/src/client/client.js'
import { Queue } from './queue.js'
import { replace } from './replace.js'
import { Server } from './server.js'

/** Attempts follow one another as fast as they can. */
export const SWIFT = { initial: 1, max: 1, jitter: 0 }

const isChromium = /Chrome\//.test(navigator.userAgent)

/** Longer than any test takes. Only a test that hangs meets it, and is told apart by it. */
const DEADLINE = 20_000

export class Bed {
  server = new Server()
  /** What was reported to the page. Every report has to be taken, or the test fails. */
  reports = new Queue()
  clients = []
  /** How far a test of many stages has come, for the message of one that hangs. */
  stage = ''
  #servers = [this.server]
  #replaced = []

  /** `engine` is what the clients run on: `{ Machine, Scanner, memory }`. */
  constructor(engine) {
    this.engine = engine
  }

  /** A client of the scripted server, not yet connected. */
  client(options = {}, url = '/stream') {
    return this.clientOf(this.server, options, url)
  }

  clientOf(server, options = {}, url = '/stream') {
    const client = new SSEClient(url, { fetch: server.fetch, backoff: SWIFT, ...options })
    this.clients.push(client)
    if (!this.#servers.includes(server)) this.#servers.push(server)
    return client
  }

  /** A client whose stream is open. */
  async open(options, url) {
    const client = this.client(options, url)
    return { client, ...(await this.opened(client)) }
  }

  /** Connects a client, and answers it with a stream. */
  async opened(client) {
    const opened = client.connect()
    const call = await this.server.next()
    const stream = call.stream()
    await opened
    return { call, stream }
  }

  /** Puts something else in the place of a property until the test is over. */
  replace(owner, name, descriptor) {
    this.#replaced.push(replace(owner, name, descriptor))
  }

  /** Runs a scenario, and looks whether anything was left behind. */
  async run(scenario) {
    const unwatch = this.#watch()
    let alarm
    const deadline = new Promise((_, reject) => {
      alarm = setTimeout(() => reject(new Error(`the test hangs${this.stage && ` at: ${this.stage}`}`)), DEADLINE)
    })
    // The machine that runs the tests may have no network. And engines that read ahead have tests of their own.
    this.replace(navigator, 'onLine', { value: true })
    this.replace(navigator, 'userAgent', { value: isChromium ? 'Tests/1.0 Chrome/1.0' : 'Tests/1.0' })
    try {
      const outcome = await Promise.race([scenario(this), deadline])
      this.#disconnect()
      await turn()
      this.#inspect()
      return outcome
    } finally {
      this.#disconnect()
      for (const putBack of this.#replaced.reverse()) putBack()
      clearTimeout(alarm)
      unwatch()
    }
  }

  #disconnect() {
    for (const client of this.clients) client.disconnect()
  }

  #watch() {
    const onError = (event) => {
      event.preventDefault()
      event.stopImmediatePropagation()
      this.reports.push(event.type === 'error' ? event.error : event.reason)
    }
    for (const type of ['error', 'unhandledrejection']) globalThis.addEventListener(type, onError, true)
    return () => {
      for (const type of ['error', 'unhandledrejection']) globalThis.removeEventListener(type, onError, true)
    }
  }

  #inspect() {
    const [report] = this.reports.rest
    if (report !== undefined) throw new Error(`reported to the page, and not expected: ${report?.stack ?? report}`)
    for (const { overlaps, open, calls } of this.#servers) {
      if (overlaps > 0) throw new Error('two requests were open at the same time')
      if (open > 0) throw new Error(`${open} requests were left open`)
      if (calls.some((call) => call.streaming?.response.body.locked)) throw new Error('a reader was not released')
    }
  }
}

/** One turn of the event loop: all that needed no more than microtasks has happened. */
export function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
