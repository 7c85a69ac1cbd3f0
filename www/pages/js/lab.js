// The fault lab. A separate client tries each fault of the server that breaks HTTP on purpose.

import { part } from './dom.js'
import { Trial } from './trial.js'

/** Browsers open at most six HTTP/1.1 connections to a server. One of them is left for preflights. */
const MOST_AT_ONCE = 5

export class Lab {
  #wire
  #note = part('lab-note')
  #trials = []
  /** The trials that wait for their turn. */
  #queue = []

  constructor(wire) {
    this.#wire = wire
    part('lab-run-all').addEventListener('click', () => {
      for (const trial of this.#trials) this.#ask(trial)
    })
    part('lab-stop-all').addEventListener('click', () => this.#stopAll())
  }

  /** Asks the server for its faults, and creates a tile for each. */
  async open() {
    try {
      const { url } = await (await fetch('/api/fault-server')).json()
      if (!url) return this.#say('This server has no fault server beside it.')
      const faults = await (await fetch(`${url}/try`)).json()
      const actions = { ask: (trial) => this.#ask(trial), ended: () => this.#next() }
      this.#trials = faults.map((fault) => new Trial(fault, url, this.#wire, actions))
      part('lab-trials').append(...this.#trials.map((trial) => trial.element))
      part('lab').dataset.ready = ''
    } catch {
      this.#say('The fault server cannot be reached.')
    }
  }

  #ask(trial) {
    if (trial.isRunning || this.#queue.includes(trial)) return
    trial.wait()
    this.#queue.push(trial)
    this.#next()
  }

  #next() {
    const running = this.#trials.filter((trial) => trial.isRunning).length
    for (const trial of this.#queue.splice(0, MOST_AT_ONCE - running)) trial.start()
  }

  #stopAll() {
    for (const trial of this.#queue.splice(0)) trial.stop()
    for (const trial of this.#trials) trial.stop()
  }

  #say(text) {
    this.#note.textContent = text
  }
}
