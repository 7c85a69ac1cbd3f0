// The log of requests and events: bounded, filtered, drawn at most once per animation frame.

import { part, stamp, timeOfDay } from './dom.js'
import { StickToEnd } from './stick-to-end.js'

const MOST_LINES = 500
const LONGEST_TEXT = 240

const CONNECTIONS = ['chat', 'feed', 'lab', 'page']

/** The chip that shows and hides each kind of line. */
const CHIP_OF_KIND = {
  request: 'request',
  state: 'state',
  open: 'state',
  close: 'state',
  'gave-up': 'state',
  event: 'event',
  comment: 'event',
  retry: 'retry',
  error: 'error',
  token: 'token',
  fault: 'fault',
}

export class WireLog {
  #lines = part('log')
  #count = part('log-count')
  #entries = []
  #changed = new Set()
  #hidden = new Set()
  #stick

  constructor() {
    const follow = part('log-follow')
    this.#stick = new StickToEnd(this.#lines, (following) => {
      follow.hidden = following
    })
    follow.addEventListener('click', () => this.#stick.jump())
    part('log-clear').addEventListener('click', () => this.clear())
    part('log-filters').append(
      ...CONNECTIONS.map((name) => this.#filter(name)),
      Object.assign(document.createElement('span'), { className: 'filter-gap' }),
      ...[...new Set(Object.values(CHIP_OF_KIND))].map((name) => this.#filter(name)),
    )
  }

  /** One line. `connection` is chat, feed, lab or page (what the page itself did). */
  add(connection, kind, text) {
    this.#append({ connection, kind, text, at: new Date() })
  }

  /** The log of one client. If several clients share the name of a connection, `lane` distinguishes them. */
  of(connection, lane) {
    const prefix = lane === connection ? '' : `${lane}: `
    return {
      add: (kind, text) => this.add(connection, kind, prefix + text),
      event: (event) => this.#event(connection, prefix, event),
      comment: (text) => this.#comment(connection, prefix, text),
    }
  }

  clear() {
    this.#entries = []
    this.#changed.clear()
    for (const line of this.#lines.querySelectorAll('.log-line')) line.remove()
    this.#count.value = '0'
  }

  /**
   * One event of the stream. Consecutive events without a type on one connection (the tokens of an answer) share a line.
   * Otherwise an answer would remove everything else from the log.
   */
  #event(connection, prefix, event) {
    const id = event.lastEventId
    const last = this.#entries.at(-1)
    if (event.type === 'message' && continues(last, connection, 'event', prefix)) {
      last.lastId = id
      this.#prolong(last, `message × ${last.count + 1}, id ${last.firstId} … ${id}`)
      return
    }
    this.#append({
      connection,
      prefix,
      kind: 'event',
      text: `${prefix}${event.type}${id ? `, id ${id}` : ''}  ${event.data}`,
      at: new Date(),
      run: event.type === 'message',
      count: 1,
      firstId: id,
      lastId: id,
    })
  }

  /** Consecutive comments share a line too. */
  #comment(connection, prefix, text) {
    const last = this.#entries.at(-1)
    if (continues(last, connection, 'comment', prefix)) this.#prolong(last, `× ${last.count + 1}, ${text}`)
    else this.#append({ connection, prefix, kind: 'comment', text: prefix + text, at: new Date(), run: true, count: 1 })
  }

  #prolong(entry, text) {
    entry.count += 1
    entry.text = entry.prefix + text
    this.#redraw(entry)
  }

  #append(entry) {
    this.#entries.push(entry)
    // The log is limited here and not when it is drawn, because a page in the background draws nothing.
    if (this.#entries.length > MOST_LINES) {
      const oldest = this.#entries.shift()
      this.#changed.delete(oldest)
      oldest.line?.remove()
    }
    this.#redraw(entry)
  }

  #redraw(entry) {
    if (this.#changed.size === 0) requestAnimationFrame(() => this.#draw())
    this.#changed.add(entry)
  }

  #draw() {
    const fresh = document.createDocumentFragment()
    for (const entry of this.#changed) {
      if (!entry.line) fresh.append(this.#line(entry))
      entry.line.querySelector('.log-text').textContent = shorten(entry.text)
      if (entry.kind === 'event') {
        Object.assign(entry.line.dataset, { count: entry.count, firstId: entry.firstId, lastId: entry.lastId })
      }
    }
    this.#changed.clear()
    this.#lines.append(fresh)
    this.#count.value = String(this.#entries.length)
    this.#stick.follow()
  }

  #line(entry) {
    const line = stamp('log-line-template')
    line.dataset.kind = entry.kind
    line.dataset.connection = entry.connection
    line.hidden = this.#isHidden(entry)
    const time = line.querySelector('time')
    time.dateTime = entry.at.toISOString()
    time.textContent = `${timeOfDay(entry.at)}.${String(entry.at.getMilliseconds()).padStart(3, '0')}`
    line.querySelector('.log-connection').textContent = entry.connection
    line.querySelector('.log-kind').textContent = entry.kind
    entry.line = line
    return line
  }

  #isHidden({ connection, kind }) {
    return this.#hidden.has(connection) || this.#hidden.has(CHIP_OF_KIND[kind])
  }

  #filter(name) {
    const chip = document.createElement('button')
    chip.type = 'button'
    chip.className = 'filter'
    chip.dataset.testid = `log-filter-${name}`
    chip.textContent = name
    chip.setAttribute('aria-pressed', 'true')
    chip.addEventListener('click', () => {
      const show = this.#hidden.delete(name)
      if (!show) this.#hidden.add(name)
      chip.setAttribute('aria-pressed', String(show))
      for (const entry of this.#entries) {
        if (entry.line) entry.line.hidden = this.#isHidden(entry)
      }
      this.#stick.follow()
    })
    return chip
  }
}

/** Whether an event belongs to the consecutive events of the last line. */
function continues(last, connection, kind, prefix) {
  return last?.run && last.connection === connection && last.kind === kind && last.prefix === prefix
}

function shorten(text) {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text
}
