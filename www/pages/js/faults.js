// The switches that break the server, and the state it reports.

import { part } from './dom.js'

const BODIES = {
  unavailable: () => ({ count: 3 }),
  silent: (button) => ({ on: button.getAttribute('aria-pressed') !== 'true' }),
  outage: () => ({ ms: 5000 }),
}

/** The state changes by itself while a fault is on, so the page asks again after this time, in ms. */
const ASK_AGAIN = 1000

export class Faults {
  #log
  #line = part('fault-state')
  #silent = part('fault-silent')
  #timer = 0

  constructor(log) {
    this.#log = log
    for (const button of document.querySelectorAll('[data-fault]')) {
      button.addEventListener('click', () => this.#press(button))
    }
  }

  /** Asks for the state soon; several calls within the delay cause one request. */
  refreshSoon(delay = 150) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#refresh(), delay)
  }

  async #press(button) {
    const { fault } = button.dataset
    this.#log.add('page', 'fault', button.querySelector('b')?.textContent ?? button.textContent.trim())
    try {
      await fetch(`/api/faults/${fault}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(BODIES[fault]?.(button) ?? {}),
      })
    } catch {
      // The server cannot be reached: the refresh below shows it.
    }
    this.refreshSoon()
  }

  async #refresh() {
    try {
      const response = await fetch('/api/status')
      this.#show(await response.json())
    } catch {
      this.#say('The server cannot be reached', { unreachable: true })
    }
  }

  #show({ openStreams, faults }) {
    this.#silent.setAttribute('aria-pressed', String(faults.silent))
    const on = []
    if (faults.unavailable > 0) on.push(`503 for the next ${faults.unavailable}`)
    if (faults.silent) on.push('silent')
    const streams = `${openStreams} ${openStreams === 1 ? 'stream' : 'streams'} open`
    this.#say(`${on.length > 0 ? on.join(', ') : 'No faults'} · ${streams}`, { faulty: on.length > 0 })
  }

  #say(text, { faulty = false, unreachable = false } = {}) {
    this.#line.textContent = text
    this.#line.toggleAttribute('data-faulty', faulty)
    this.#line.toggleAttribute('data-unreachable', unreachable)
    if (faulty || unreachable) this.refreshSoon(ASK_AGAIN)
  }
}
