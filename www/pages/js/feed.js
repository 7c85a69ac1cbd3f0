// The live feed, with listeners for notification, system and heartbeat. It has one client. When the options change, another client
// continues after the last event.

import { idleTimeout } from './address.js'
import { ConnectionStrip } from './connection-strip.js'
import { part, stamp, timeOfDay } from './dom.js'
import { Sparkline } from './sparkline.js'

const PATH = '/events'
const MOST_NOTIFICATIONS = 50

export class Feed {
  #account
  #wire
  #onConnection
  #client = null
  #strip
  #closeWhenHidden = part('feed-close-when-hidden')
  #list = part('notifications')
  #metrics = new Map()
  #heartbeatAt = null

  /** `onConnection` is called whenever the state of the connection changes. */
  constructor({ account, wire, onConnection }) {
    this.#account = account
    this.#wire = wire
    this.#onConnection = onConnection
    for (const tile of document.querySelectorAll('[data-metric]')) {
      this.#metrics.set(tile.dataset.metric, {
        figure: tile.querySelector('output'),
        spark: new Sparkline(tile.querySelector('svg')),
      })
    }
    setInterval(() => this.#showHeartbeat(), 1000)
    this.#strip = new ConnectionStrip(part('feed-connection'), { connect: () => this.connect(), canPause: true })
    this.#closeWhenHidden.addEventListener('change', () => this.connect())
  }

  /** Connects with the current options, after the last event. */
  connect() {
    this.#client?.disconnect()
    const client = this.#wire.client('feed', PATH, {
      auth: this.#account.auth,
      backoff: { max: 10_000 },
      idleTimeout,
      closeWhenHidden: this.#closeWhenHidden.checked,
      lastEventId: this.#client?.lastEventId,
    })
    client.on('notification', (notification) => this.#notify(notification))
    client.on('system', (figures) => this.#measure(figures))
    client.on('heartbeat', () => this.#beat())
    client.on('state', this.#onConnection)
    this.#client = client
    this.#strip.watch(client)
    client.connect()
  }

  #notify({ id, title, body, at }) {
    const item = stamp('notification-template')
    const time = item.querySelector('time')
    const date = new Date(at)
    item.dataset.id = id
    item.querySelector('h3').textContent = title
    item.querySelector('p').textContent = body
    time.textContent = timeOfDay(date)
    if (time.textContent !== '') time.dateTime = date.toISOString()
    this.#list.prepend(item)
    if (this.#list.childElementCount > MOST_NOTIFICATIONS) this.#list.lastElementChild.remove()
    part('notifications-empty').hidden = true
  }

  #measure(figures) {
    for (const [name, { figure, spark }] of this.#metrics) {
      const value = figures[name]
      if (typeof value !== 'number') continue
      const unit = document.createElement('small')
      unit.textContent = name === 'connections' ? '' : '%'
      figure.replaceChildren(String(Math.round(value)), unit)
      spark.push(value)
    }
  }

  #beat() {
    this.#heartbeatAt = Date.now()
    const pulse = part('heartbeat').querySelector('.pulse')
    // Removing the class and adding it again restarts the animation.
    pulse.classList.remove('alive')
    requestAnimationFrame(() => requestAnimationFrame(() => pulse.classList.add('alive')))
    this.#showHeartbeat()
  }

  #showHeartbeat() {
    if (this.#heartbeatAt === null) return
    const seconds = Math.round((Date.now() - this.#heartbeatAt) / 1000)
    part('heartbeat-text').textContent = seconds === 0 ? 'Heartbeat just now' : `Last heartbeat ${seconds} s ago`
  }
}
