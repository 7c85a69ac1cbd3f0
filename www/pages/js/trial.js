// One fault of the lab: a tile that starts it, a client that must recover from it, and the result.

import { stamp } from './dom.js'
import { describe } from './wire.js'

/** The number of events in a trial. The server numbers them from 1. */
const EVENTS = 12

/** The longest trial in ms, because some faults never end. */
const LONGEST = 30_000

/** Faults after which no client should retry, and what it reports: an error's code, or the reason of the close. */
const EXPECTED_END = { 'no-content': 'no-content', 'not-a-stream': 'content-type', 'endless-line': 'too-large' }

/** Short times, because a trial must not take long. */
const OPTIONS = {
  connectTimeout: 3000,
  idleTimeout: 3000,
  maxEventBytes: 64 * 1024,
  backoff: { initial: 500, max: 4000 },
  // More than are expected, so a duplicate event is noticed.
  history: 4 * EVENTS,
  until: (event) => Number(event.id) > EVENTS,
}

/** A number for each client, because the server counts the requests of each. */
let clients = Date.now()

export class Trial {
  element = stamp('trial-template')
  #fault
  #url
  #wire
  #ended
  #client = null
  #timer = 0
  #frame = 0
  #lastError = ''
  #parts = {}

  /** `ask` is called when the user starts the trial, and `ended` when the trial is over. */
  constructor({ name, description }, url, wire, { ask, ended }) {
    this.#fault = name
    this.#url = url
    this.#wire = wire
    this.#ended = ended
    this.element.dataset.testid = `trial-${name}`
    for (const element of this.element.querySelectorAll('[data-part]')) {
      this.#parts[element.dataset.part] = element
      element.dataset.testid = `trial-${name}-${element.dataset.part}`
    }
    this.#parts.name.textContent = name.replaceAll('-', ' ')
    this.#parts.description.textContent = description
    this.#parts.run.addEventListener('click', () => ask(this))
    this.#parts.stop.addEventListener('click', () => this.stop())
    this.#parts.stop.setAttribute('aria-label', `Stop ${name}`)
  }

  get isRunning() {
    return this.#client !== null && this.#client.state !== 'closed'
  }

  /** The trial must wait for its turn. */
  wait() {
    this.#client = null
    this.#lastError = ''
    this.#show('waiting', 'Waiting')
  }

  start() {
    const url = `${this.#url}/try/${this.#fault}?client=${++clients}`
    const client = this.#wire.client(
      'lab',
      url,
      { ...OPTIONS, ...(this.#fault.startsWith('unauthorized') && tokens()) },
      this.#fault,
    )
    this.#client = client
    client.on('state', () => this.#showSoon())
    client.on('*', () => this.#showSoon())
    client.on('comment', () => this.#showSoon())
    client.on('error', (error) => {
      this.#lastError = describe(error)
    })
    client.on('close', ({ reason, error }) => this.#closed(reason, error))
    this.#timer = setTimeout(() => client.disconnect(), LONGEST)
    client.connect()
  }

  stop() {
    if (this.isRunning) this.#client.disconnect()
    else if (this.element.dataset.phase === 'waiting') this.#show('idle', 'Not tried yet')
  }

  #closed(reason, error) {
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
    const expected = EXPECTED_END[this.#fault]
    if (!this.#isInOrder) this.#show('failed', 'Out of order')
    else if (reason === 'done') this.#show('passed', 'Recovered')
    else if (expected !== undefined && expected === (error?.code ?? reason)) this.#show('passed', 'Stopped, as expected')
    else if (error) this.#show('failed', 'Gave up')
    else this.#show('stopped', 'Stopped')
    // `ended` is called after this listener has returned, when the client is no longer running.
    queueMicrotask(this.#ended)
  }

  /** Whether all events so far have arrived once and in order. */
  get #isInOrder() {
    return this.#client.history.every((event, i) => Number(event.id) === i + 1)
  }

  #showSoon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0
      this.#show('running', this.#client.state)
    })
  }

  #show(phase, verdict) {
    const events = this.#client?.history ?? []
    const { badge, count, error, stop, progress } = this.#parts
    this.element.dataset.phase = phase
    this.element.dataset.state = this.#client?.state ?? 'idle'
    badge.textContent = verdict
    progress.style.setProperty('--arrived', Math.min(events.length / EVENTS, 1))
    count.textContent = this.#count(events)
    error.textContent = error.title = this.#lastError
    stop.hidden = phase !== 'running' && phase !== 'waiting'
  }

  #count(events) {
    if (this.#client === null) return ''
    if (events.length > 0) return `${events.length} of ${EVENTS}, ${this.#isInOrder ? 'in order' : 'not in order'}`
    const comments = this.#client?.stats().comments ?? 0
    return comments > 0 ? `no event, ${comments} comments` : 'no event'
  }
}

/** A token that the server refuses, and its renewal. */
function tokens() {
  let token = 'expired'
  return { getToken: () => token, refreshToken: () => (token = 'renewed') }
}
