// What happens to a page, as the browser would tell it: the network goes, another tab comes to the front, the page is put
// into the back/forward cache. And who listens to that.

export class Tab {
  #online = true
  #visible = true
  /** What was added to window and document, and not removed. */
  #listeners = new Map([window, document].map((target) => [target, []]))

  /** From now on, until the test is over. */
  constructor(bed, { online = true, visible = true } = {}) {
    this.#online = online
    this.#visible = visible
    bed.replace(navigator, 'onLine', { get: () => this.#online })
    bed.replace(document, 'visibilityState', { get: () => (this.#visible ? 'visible' : 'hidden') })
    for (const target of this.#listeners.keys()) this.#count(bed, target)
  }

  /** The types of everything that is listened to, sorted. */
  get listeners() {
    return [...this.#listeners.values()].flat().map(({ type }) => type).sort()
  }

  goOffline() {
    this.#online = false
    window.dispatchEvent(new Event('offline'))
  }

  goOnline() {
    this.#online = true
    window.dispatchEvent(new Event('online'))
  }

  hide() {
    this.#visible = false
    document.dispatchEvent(new Event('visibilitychange'))
  }

  show() {
    this.#visible = true
    document.dispatchEvent(new Event('visibilitychange'))
  }

  /** The user leaves the page, which is kept for the case that she comes back; or not. */
  leave({ persisted = true } = {}) {
    window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted }))
  }

  comeBack({ persisted = true } = {}) {
    window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted }))
  }

  #count(bed, target) {
    const { addEventListener, removeEventListener } = target
    const listeners = this.#listeners
    const add = (type, listener, ...options) => {
      listeners.get(target).push({ type, listener })
      addEventListener.call(target, type, listener, ...options)
    }
    const remove = (type, listener, ...options) => {
      const isAnother = (other) => other.type !== type || other.listener !== listener
      listeners.set(target, listeners.get(target).filter(isAnother))
      removeEventListener.call(target, type, listener, ...options)
    }
    bed.replace(target, 'addEventListener', { value: add })
    bed.replace(target, 'removeEventListener', { value: remove })
  }
}
