// One answer in the conversation: the text as it is being typed, and how it ended.

import { stamp, part } from './dom.js';

export class Answer {
  element = stamp('answer-template');
  /** typing, waiting (the connection is away), done, stopped or failed. */
  phase = 'typing';
  lastEventId = '';
  tokens = 0;

  #text = document.createTextNode('');
  #pending = '';
  #onGrow;

  constructor({ onRetry, onGrow }) {
    this.#onGrow = onGrow;
    part('answer-text', this.element).append(this.#text);
    part('retry', this.element).addEventListener('click', onRetry);
    this.type();
  }

  /** Tokens that arrive within one animation frame are drawn together. */
  add(token, lastEventId) {
    this.lastEventId = lastEventId;
    this.tokens += 1;
    if (this.#pending === '') requestAnimationFrame(() => this.#draw());
    this.#pending += token;
  }

  type() {
    this.#enter('typing');
  }

  wait() {
    this.#enter('waiting', this.tokens > 0 ? `Connection lost, goes on after token ${this.tokens}` : 'No answer yet, asking again');
  }

  finish() {
    this.#enter('done', `${this.tokens} tokens`);
  }

  stop() {
    this.#enter('stopped', `Stopped after ${this.tokens} tokens`);
  }

  fail(sentence) {
    this.#enter('failed');
    part('answer-error-text', this.element).textContent = sentence;
    part('answer-error', this.element).hidden = false;
    this.#onGrow();
  }

  #enter(phase, note = '') {
    this.#draw();
    this.phase = phase;
    this.element.dataset.phase = phase;
    const streaming = phase === 'typing' || phase === 'waiting';
    // Read aloud once it is complete, not word by word.
    this.element.setAttribute('aria-busy', String(streaming));
    part('cursor', this.element).hidden = !streaming;
    part('answer-error', this.element).hidden = true;
    const line = part('answer-note', this.element);
    line.textContent = note;
    line.hidden = note === '';
    this.#onGrow();
  }

  #draw() {
    if (this.#pending === '') return;
    this.#text.appendData(this.#pending);
    this.#pending = '';
    this.#onGrow();
  }
}
