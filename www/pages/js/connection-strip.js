// The strip that shows one connection: its state, last event id, attempts, the time until the next one, and buttons.

import { describe } from './wire.js'

const STATES = {
  idle: 'Idle',
  connecting: 'Connecting',
  open: 'Open',
  reconnecting: 'Reconnecting',
  waiting: 'Waiting',
  paused: 'Paused',
  closed: 'Closed',
}

const REASONS = {
  client: 'disconnected',
  done: 'complete',
  server: 'ended by the server',
  'no-content': 'nothing to send',
  aborted: 'aborted',
}

const calm = matchMedia('(prefers-reduced-motion: reduce)')

export class ConnectionStrip {
  #root
  #parts = {}
  #actions
  #client = null
  /** Whether the user paused the client. Its state is `paused` only while a stream is open. */
  #isPaused = false
  /** Whether the last connection was silent for too long, and nothing has arrived on the new one yet. */
  #isSilent = false
  #unsubscribe = []
  #nextAttemptAt = 0
  #ticking = 0
  #frame = 0

  /**
   * `actions.connect`; `actions.canConnect` if there is not always something to connect to; `actions.canPause` if there is a
   * button for it.
   */
  constructor(root, actions) {
    this.#root = root
    this.#actions = { canConnect: () => true, canPause: false, ...actions }
    root.append(document.getElementById('connection-template').content.cloneNode(true))
    // The figures belong beside the title, which the page itself provides.
    root.querySelector('.panel-head').append(root.querySelector('dl'))
    for (const element of root.querySelectorAll('[data-part]')) {
      this.#parts[element.dataset.part] = element
      element.dataset.testid = `${root.dataset.connection}-${element.dataset.part}`
    }
    this.#parts.reconnect.addEventListener('click', () => this.#client.reconnect())
    this.#parts.connect.addEventListener('click', () => this.#actions.connect())
    this.#parts.disconnect.addEventListener('click', () => this.#client.disconnect())
    this.#parts.pause.addEventListener('click', () => this.#togglePause())
    this.#show()
  }

  /** Shows this client instead of the previous one. */
  watch(client) {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#client = client
    this.#isPaused = false
    this.#isSilent = false
    this.#showReason('')
    this.#unsubscribe = [
      client.on('state', () => this.#stateChanged()),
      client.on('retry', ({ delay }) => this.#count(delay)),
      client.on('close', ({ reason, error }) => this.#closed(reason, error)),
      client.on('error', ({ code }) => {
        this.#isSilent ||= code === 'idle'
      }),
      client.on('comment', () => this.#markActivity()),
      client.on('*', () => this.#markActivity()),
    ]
    this.#show()
  }

  /** Must be called when something changes outside of the client, such as the account. */
  refresh() {
    this.#show()
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused
    if (this.#isPaused) this.#client.pause()
    else this.#client.resume()
    this.#show()
  }

  #stateChanged() {
    this.#stopCounting()
    this.#showReason('')
    this.#show()
  }

  #closed(reason, error) {
    this.#isPaused = false
    this.#showReason(error ? describe(error) : (REASONS[reason] ?? reason), Boolean(error))
    this.#show()
  }

  #showReason(text, failed = false) {
    this.#parts.reason.textContent = text
    this.#parts.reason.title = text
    this.#root.toggleAttribute('data-failed', failed)
  }

  #markActivity() {
    this.#isSilent = false
    this.#showSoon()
  }

  /** Thousands of events may arrive, so the strip is drawn once per frame. */
  #showSoon() {
    this.#frame ||= requestAnimationFrame(() => this.#show())
  }

  #show() {
    this.#frame = 0
    const state = this.#client?.state ?? 'idle'
    const active = state !== 'idle' && state !== 'closed'
    const { state: badge, 'last-event-id': lastId, attempt, pause, reconnect, connect, disconnect } = this.#parts

    const shown = state === 'open' && this.#isSilent ? 'waiting' : state
    this.#root.dataset.state = shown
    if (badge.dataset.state !== shown) {
      badge.dataset.state = shown
      badge.textContent = STATES[shown] // only when it changes: it is read aloud
    }
    lastId.textContent = this.#client?.lastEventId || 'none'
    lastId.title = this.#client?.lastEventId ?? ''
    attempt.textContent = String(this.#client?.retryCount ?? 0)
    pause.hidden = !active || !this.#actions.canPause
    pause.textContent = this.#isPaused ? 'Resume' : 'Pause'
    reconnect.disabled = !active
    connect.disabled = !this.#actions.canConnect()
    const [gone, instead] = active ? [connect, disconnect] : [disconnect, connect]
    const hasFocus = document.activeElement === gone
    instead.hidden = false
    gone.hidden = true
    // One button replaces the other, so the new one gets the focus.
    if (hasFocus) instead.focus()
  }

  #count(delay) {
    this.#stopCounting()
    this.#show()
    this.#nextAttemptAt = performance.now() + delay
    this.#tick()
    this.#ticking = setInterval(() => this.#tick(), 100)
    if (!calm.matches) this.#parts.drain.animate([{ transform: 'scaleX(1)' }, { transform: 'scaleX(0)' }], delay)
  }

  #tick() {
    const left = this.#nextAttemptAt - performance.now()
    this.#parts.countdown.textContent = left > 0 ? `next attempt in ${(left / 1000).toFixed(1)} s` : 'reconnecting'
  }

  #stopCounting() {
    clearInterval(this.#ticking)
    for (const animation of this.#parts.drain.getAnimations()) animation.cancel()
    this.#parts.countdown.textContent = ''
  }
}
