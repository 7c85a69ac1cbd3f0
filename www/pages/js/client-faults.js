// What goes wrong on this side: no network, an impatient user, an application that gives up. For all clients at once.

import { part } from './dom.js';

export class ClientFaults {
  #log;
  #offline = part('client-offline');

  constructor({ log, wire }) {
    this.#log = log;
    this.#offline.addEventListener('click', () => this.#toggleNetwork());
    this.#on('client-reconnect', 'reconnect now', () => wire.reconnect());
    this.#on('client-disconnect', 'disconnect', () => wire.disconnect());
    this.#on('client-abort', 'abort', () => wire.abort());
    // The browser may say so as well.
    addEventListener('offline', () => this.#offline.setAttribute('aria-pressed', 'true'));
    addEventListener('online', () => this.#offline.setAttribute('aria-pressed', 'false'));
  }

  #on(name, text, act) {
    part(name).addEventListener('click', () => {
      this.#log.add('page', 'fault', text);
      act();
    });
  }

  /** Says what a browser would say. The connections themselves are left alone, as a page cannot cut them. */
  #toggleNetwork() {
    const type = this.#offline.getAttribute('aria-pressed') === 'true' ? 'online' : 'offline';
    this.#log.add('page', 'fault', `${type} (simulated)`);
    dispatchEvent(new Event(type));
  }
}
