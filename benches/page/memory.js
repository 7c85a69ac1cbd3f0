// What a long stream leaves behind.

import { freshWindow } from './realm.js'
import { responseOf } from './stream.js'
import { tapped } from './web-assembly.js'
import { build } from './workloads/build.js'
import { WORKLOADS } from './workloads/index.js'

/** After so many events everything has found its size. */
const FIRST = 1000

/** As many bytes of chat as this give a block that is sent again and again. */
const BLOCK = { megabytes: 1, write: WORKLOADS[0].write }

export class Memory {
  #address
  #loaded
  /** The client that was measured last. It is still connected, so that all it holds counts. */
  #client

  /** `address` is that of the package; a copy of its own is made of it, once. */
  constructor(address) {
    this.#address = address
  }

  /**
   * Receives `events` events, from the server at `url` or, without one, from memory. `wasmAfterFirst` and `wasmAfter` are
   * the bytes of wasm memory after the first thousand and at the end. To compare what scripts hold, call this with few events
   * first.
   */
  async measure({ events = 1_000_000, url } = {}) {
    const { SSEClient, memory, stream } = await (this.#loaded ??= this.#load())
    this.#client?.disconnect()
    this.#client = undefined
    let seen = 0
    let wasmAfterFirst
    const options = {
      parse: 'text',
      reconnect: 'never',
      fetch: url ? undefined : async () => responseOf(repeated(stream, events)),
    }
    await new Promise((resolve) => {
      const client = (this.#client = new SSEClient(url ? new URL(url, location.href).href : 'http://localhost/stream', options))
      client.on('message', () => {
        seen += 1
        if (seen === FIRST) wasmAfterFirst = memory.buffer.byteLength
        if (seen !== events) return
        client.pause()
        resolve()
      })
      client.on('close', resolve)
      client.connect()
    })
    return { events: seen, wasmAfterFirst, wasmAfter: memory.buffer.byteLength }
  }

  async #load() {
    const fresh = await freshWindow()
    const isMemory = (it) => it instanceof fresh.WebAssembly.Memory
    const running = new Promise((resolve) => tapped(fresh.WebAssembly, { onInstance: resolve }))
    const { SSEClient } = await fresh.import(this.#address)
    new SSEClient('http://localhost/stream')
    const { exports } = await running
    const memory = Object.values(exports).find(isMemory)
    return { SSEClient, memory, stream: build(BLOCK, WORKLOADS[0].chunkings[0], 1) }
  }
}

/** At least so many events. */
const repeated = (stream, events) => ({ ...stream, rounds: Math.ceil(events / stream.events) })
