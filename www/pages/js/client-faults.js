// Faults on the side of the page: no network, a user who reconnects, an application that aborts. For all clients at once.

import { part } from './dom.js'

export class ClientFaults {
  #log
  #offline = part('client-offline')

  constructor({ log, wire }) {
    this.#log = log
    this.#offline.addEventListener('click', () => this.#toggleNetwork())
    this.#on('client-reconnect', 'reconnect now', () => wire.reconnect())
    this.#on('client-disconnect', 'disconnect', () => wire.disconnect())
    this.#on('client-abort', 'abort', () => wire.abort())
    // The browser may say so as well.
    addEventListener('offline', () => this.#offline.setAttribute('aria-pressed', 'true'))
    addEventListener('online', () => this.#offline.setAttribute('aria-pressed', 'false'))
  }

  #on(name, text, act) {
    part(name).addEventListener('click', () => {
      this.#log.add('page', 'fault', text)
      act()
    })
  }

  /** Dispatches the event that the browser would. A page cannot cut connections, so they stay as they are. */
  #toggleNetwork() {
    const type = this.#offline.getAttribute('aria-pressed') === 'true' ? 'online' : 'offline'
    this.#log.add('page', 'fault', `${type} (simulated)`)
    dispatchEvent(new Event(type))
  }
}
