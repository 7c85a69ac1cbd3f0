// A scripted server: its `fetch` behaves like the real one, and answers with real `Response`s when the test says so.

import { Queue } from './queue.js'

const encoder = new TextEncoder()

/** Whether the bodies this engine makes are byte streams, which can be read into memory of the reader's. */
const makesByteStreams = () => {
  try {
    return Boolean(new Response('x').body.getReader({ mode: 'byob' }))
  } catch {
    return false
  }
}

export class Server {
  /** Every call of `fetch`, oldest first. */
  calls = []
  /** Calls that were made while another one was open. */
  overlaps = 0
  /**
   * Bodies are byte streams, as they are by default where the engine's own are. Those yield nothing but bytes, no empty
   * chunks, and a large chunk in pieces.
   */
  bytes = makesByteStreams()
  /** It does not care about the signal, as a `fetch` of an application's own may. */
  heedless
  #untaken = new Queue()

  constructor({ heedless = false } = {}) {
    this.heedless = heedless
  }

  fetch = (url, init) => {
    const call = new Call(url, init, this)
    if (this.open > 0) this.overlaps++
    this.calls.push(call)
    this.#untaken.push(call)
    return call.answer
  }

  /** The next call that the test has not seen yet. */
  next() {
    return this.#untaken.next()
  }

  /** How many requests are neither over nor aborted. */
  get open() {
    return this.calls.filter((call) => call.open).length
  }
}

class Call {
  /** The answer or its body is over. */
  over = false
  #resolve
  #reject
  #server

  constructor(url, init, server) {
    this.#server = server
    const { method, headers, body, signal } = init
    Object.assign(this, { url, init, method, headers, body, signal })
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (!server.heedless) signal.addEventListener('abort', () => this.#abort())
  }

  get open() {
    return !this.over && !this.signal.aborted
  }

  /** Answers with anything. */
  respond(answer) {
    this.over = true
    this.#resolve(answer)
  }

  /** Answers with an event stream, or with whatever else is streamed, and returns it. */
  stream({ status = 200, headers } = {}) {
    const stream = new Stream(this.#server.bytes, () => (this.over = true))
    this.streaming = stream
    stream.response = new Response(stream.body, { status, headers: { 'content-type': 'text/event-stream', ...headers } })
    // That of a response from the network, and not of one which the page has made.
    if (!this.#server.heedless) Object.defineProperty(stream.response, 'type', { value: 'basic' })
    this.#resolve(stream.response)
    return stream
  }

  /** The network fails. */
  fail(error = new TypeError('Failed to fetch')) {
    this.over = true
    this.#reject(error)
  }

  #abort() {
    this.#reject(this.signal.reason)
    this.streaming?.abort(this.signal.reason)
  }
}

class Stream {
  /** The reader has cancelled it. */
  cancelled = false
  /** How often the reader has asked for more. */
  pulls = 0
  #controller
  /** What is to happen when the reader asks for more. */
  #script = []
  #wanted = false
  #over = false
  #ended

  constructor(bytes, ended) {
    this.#ended = ended
    const source = {
      type: bytes ? 'bytes' : undefined,
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => {
        this.pulls++
        this.#wanted = true
        this.#go()
      },
      cancel: () => {
        this.cancelled = true
        this.#finish()
      },
    }
    this.body = new ReadableStream(source, { highWaterMark: 0 })
  }

  /** Sends chunks: text, or bytes, or anything else to see what becomes of it. */
  push(...chunks) {
    for (const chunk of chunks) {
      // A copy, because a byte stream takes the memory away.
      const bytes = typeof chunk === 'string' ? encoder.encode(chunk) : chunk instanceof Uint8Array ? chunk.slice() : chunk
      this.#then(() => this.#controller.enqueue(bytes))
    }
    return this
  }

  /** Ends properly, after what has been pushed. */
  end() {
    this.#then(() => {
      if (!this.#finish()) return
      this.#controller.close()
      // Who waits for bytes in memory of their own is answered like this.
      this.#controller.byobRequest?.respond(0)
    })
  }

  /** The connection breaks, after what has been pushed. */
  break(error = new TypeError('network error')) {
    this.#then(() => this.abort(error))
  }

  /** It breaks now: what has not been read yet is lost. */
  abort(error) {
    if (this.#finish()) this.#controller.error(error)
  }

  #then(act) {
    this.#script.push(act)
    if (this.#wanted) this.#go()
  }

  #go() {
    const act = this.#script.shift()
    if (!act || this.#over) return
    this.#wanted = false
    act()
  }

  #finish() {
    if (this.#over) return false
    this.#over = true
    this.#ended()
    return true
  }
}
