// One answer in the conversation: its text as it arrives, and how it ended.

import { countDown } from './count-down.js'
import { part, stamp } from './dom.js'

export class Answer {
  element = stamp('answer-template')
  /**
   * typing, waiting (the connection is lost, or is back and no token has arrived yet), done, stopped, cut (closed before the
   * answer was complete) or failed (closed before the answer began).
   */
  phase = 'typing'
  lastEventId = ''
  tokens = 0

  #text = document.createTextNode('')
  #pending = ''
  #onGrow
  #stopCounting = () => {}

  constructor({ onRetry, onGrow }) {
    this.#onGrow = onGrow
    part('answer-text', this.element).append(this.#text)
    part('retry', this.element).addEventListener('click', onRetry)
    this.type()
  }

  /** Tokens that arrive within one animation frame are drawn together. */
  add(token, lastEventId) {
    if (this.phase === 'waiting') this.type()
    this.lastEventId = lastEventId
    this.tokens += 1
    if (this.#pending === '') requestAnimationFrame(() => this.#draw())
    this.#pending += token
  }

  type() {
    this.#enter('typing')
  }

  /** The connection is lost. */
  wait() {
    if (this.phase === 'waiting') return
    this.#enter(
      'waiting',
      this.tokens > 0 ? `Connection lost after token ${this.tokens}, continues there` : 'Connection lost before the first token',
    )
  }

  /** The answer is requested again at `at` (in ms, as `Date.now()` counts). */
  waitFor(attempt, at) {
    this.wait()
    this.#stopCounting()
    this.#stopCounting = countDown(at, (seconds) => {
      this.#showWait(`Trying again ${seconds > 0 ? `in ${seconds} s` : 'now'} (attempt ${attempt})`)
    })
  }

  /** The connection is back. The phase becomes `typing` when the first token arrives. */
  connected() {
    this.#stopCounting()
    if (this.phase === 'waiting') this.#showWait('Connected again, waiting for the next token')
  }

  finish() {
    this.#enter('done', `${this.tokens} tokens`)
  }

  stop() {
    this.#enter('stopped', `Stopped after ${this.tokens} tokens`)
  }

  /** Closed before it was complete. `reason` is a sentence. */
  fail(reason) {
    const isCut = this.tokens > 0
    this.#enter(isCut ? 'cut' : 'failed')
    part('answer-error-title', this.element).textContent = isCut ? `Cut off after ${this.tokens} tokens` : 'No answer'
    part('answer-error-text', this.element).textContent = reason
    part('answer-error', this.element).hidden = false
    this.#onGrow()
  }

  #enter(phase, note = '') {
    this.#stopCounting()
    this.#draw()
    this.phase = phase
    this.element.dataset.phase = phase
    const streaming = phase === 'typing' || phase === 'waiting'
    // Read aloud once it is complete, not word by word.
    part('answer-body', this.element).setAttribute('aria-busy', String(streaming))
    part('cursor', this.element).hidden = !streaming
    part('answer-error', this.element).hidden = true
    part('answer-note', this.element).textContent = note
    this.#showWait('')
  }

  #showWait(text) {
    part('answer-wait', this.element).textContent = text
    this.#onGrow()
  }

  #draw() {
    if (this.#pending === '') return
    this.#text.appendData(this.#pending)
    this.#pending = ''
    this.#onGrow()
  }
}
