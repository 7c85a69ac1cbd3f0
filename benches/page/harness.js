// Runs one library on one stream, and returns how long it took and what it reported.

import { full, quick } from './checksum.js'
import { responseOf } from './stream.js'
import { build } from './workloads/build.js'
import { content } from './workloads/chat.js'
import { MESSAGE, WORKLOADS } from './workloads/index.js'

/** No connection is made to it: the job's `fetch` returns the response. */
const NOWHERE = 'http://localhost/stream'

/** The largest number of events that are left out at the beginning of a stream from the server. */
const MOST_LEFT_OUT = 10_000

export class Harness {
  #libraries
  #workloads
  /** The stream of the current row. Each library gets its events, starting with another one. */
  #built = { key: '' }
  /** How often something was timed. */
  #repetitions = 0

  constructor(libraries, workloads = WORKLOADS) {
    this.#libraries = libraries
    this.#workloads = workloads
  }

  /**
   * The libraries and workloads. `skips` names the workloads that a library takes no part in, `flaws` those it is known to get
   * wrong (`verify` finds out by itself), both with the reason. `json` says in which chunks a workload is measured as JSON too.
   */
  list() {
    return {
      libraries: this.#libraries.map(({ name, version, kinds, skips = {}, flaws = {} }) => ({
        name,
        version,
        kinds,
        skips,
        flaws,
      })),
      workloads: this.#workloads.map(({ name, title, asJson, chunkings }) => ({
        name,
        title,
        chunkings: chunkings.map(({ name, bytes }) => ({ name, bytes, json: asJson.includes(name) })),
      })),
    }
  }

  /** Makes the stream of a row ahead. Its size and number of events. `scale` 1 is the full size. */
  prepare({ workload, chunking, scale = 1 }) {
    const { events, bytes } = this.#stream(workload, chunking, scale)
    return { events, bytes }
  }

  /** One repetition: bytes in memory to listener called. */
  async parse({ library, workload, chunking, json = false, scale = 1 }) {
    const { who, what } = await this.#row({ library, workload, json })
    const stream = this.#stream(workload, chunking, scale)
    // The first one is that of `verify`.
    const response = responseOf(stream, 1 + this.#repetition())
    const checksum = quick(json ? what.read : undefined)
    const job = {
      url: NOWHERE,
      fetch: async () => response,
      types: what.types,
      json,
      ...listenersFor(what.types, json, checksum.take),
    }
    const started = performance.now()
    const read = await who.run(job)
    const ms = performance.now() - started
    ensureWhole(read, stream.bytes)
    return { ms, bytes: stream.bytes, ...checksum.result() }
  }

  /** The same, not timed, with every unit of every event in the checksum. */
  async verify({ library, workload, chunking, json = false, scale = 1 }) {
    const { who, what } = await this.#row({ library, workload, json })
    const response = responseOf(this.#stream(workload, chunking, scale))
    const checksum = full()
    const note = json ? (type, text, id) => checksum.take(type, JSON.stringify(JSON.parse(text)), id) : checksum.take
    await who.run({ url: NOWHERE, fetch: async () => response, types: what.types, json, note })
    return checksum.result()
  }

  /**
   * One repetition from a server, until `count` events are there or the stream ends. It is that of `/api/load` with
   * `payload=chat`: wherever the stream begins, only the number of each event is another.
   */
  async network({ library, url, count, json = false, all = false }) {
    // Other text each time. It counts down, so that a server that keeps the longest stream makes it once.
    const from = MOST_LEFT_OUT - (this.#repetition() % (MOST_LEFT_OUT + 1))
    return this.#fromServer({ library, url, count, json, all, from }, quick(json ? content : undefined))
  }

  /** The same from where all begin, with every unit of every event in the checksum: their numbers as well, so their order. */
  async verifyNetwork({ library, url, count, json = false, all = false }) {
    const checksum = full()
    const take = (value) => checksum.take('message', json ? JSON.stringify(value) : value, '')
    const { ms: _, ...outcome } = await this.#fromServer({ library, url, count, json, all, from: 0 }, { ...checksum, take })
    return outcome
  }

  async #fromServer({ library, url, count, json, all, from }, checksum) {
    const who = await this.#library(library, json ? 'network-json' : all ? 'network-all' : 'network')
    const controller = new AbortController()
    let events = 0
    let ended
    let take
    const allArrived = new Promise((resolve) => {
      take = (data) => {
        checksum.take(data)
        events += 1
        if (events !== count) return
        ended = performance.now()
        resolve()
      }
    })
    const address = new URL(url, globalThis.location?.href)
    address.searchParams.set('from', from)
    const job = { url: address.href, types: MESSAGE, json, all, signal: controller.signal, ...listenersFor(MESSAGE, json, take) }
    const started = performance.now()
    const over = who.run(job)
    await Promise.race([allArrived, over])
    const ms = (ended ?? performance.now()) - started
    controller.abort()
    // The next one is to have the network for itself.
    ensureWhole(await over, count * address.searchParams.get('bytes'))
    return { ms, ...checksum.result() }
  }

  #repetition() {
    return this.#repetitions++
  }

  async #row({ library, workload, json }) {
    const what = this.#workload(workload)
    if (json && !what.read) throw new Error(`the data of ${workload} is no JSON`)
    const who = await this.#library(library, json ? 'json' : 'parse')
    if (who.skips?.[workload]) throw new Error(`${library} has no part in ${workload}: ${who.skips[workload]}`)
    return { who, what }
  }

  /** The library, ready to run. */
  async #library(name, kind) {
    const who = named(this.#libraries, name)
    if (!who.kinds.includes(kind)) throw new Error(`${name} has no part in ${kind}`)
    await who.load?.()
    return who
  }

  #workload(name) {
    return named(this.#workloads, name)
  }

  #stream(workload, chunking, scale) {
    const key = `${workload} ${chunking} ${scale}`
    if (this.#built.key !== key) {
      const what = this.#workload(workload)
      this.#built = { key, ...build(what, named(what.chunkings, chunking), scale) }
    }
    return this.#built
  }
}

/** Throws if a library that returns how many bytes it has read, as the baseline does, has not read all of them. */
function ensureWhole(read, bytes) {
  if (typeof read === 'number' && bytes > 0 && read !== bytes) throw new Error(`${read} bytes were read where there are ${bytes}`)
}

function named(list, name) {
  const found = list.find((one) => one.name === name)
  if (!found) throw new Error(`there is no ${name}, only ${list.map((one) => one.name).join(', ')}`)
  return found
}

/**
 * What a library gives its data to: `take` if the library parses JSON itself; `onText` the text of any event; or,
 * where types have names, `handlers` the text of each type.
 */
function listenersFor(types, json, take) {
  const onText = json ? (text) => take(JSON.parse(text)) : take
  return { take, onText, handlers: types === MESSAGE ? undefined : new Map(types.map((type) => [type, onText])) }
}
