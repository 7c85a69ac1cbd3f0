// One lane of the timeline. Bands show the states of a connection, and marks show events. An element is placed once. As time passes,
// all elements move together.

import { stamp } from './dom.js'

/** How many seconds a lane shows, and how many of them are in the future, which shows planned attempts. */
export const WINDOW = 60
const AHEAD = 10

/** Events within this many seconds share a tick. */
const TICK = 0.4

/** The length of a band that has not ended, in seconds. It is longer than a lane. */
const NOT_OVER = 1e5

/** What the description for screen readers counts: one, and several. */
const COUNTED = { request: ['request', 'requests'], refresh: ['token refresh', 'token refreshes'], error: ['error', 'errors'] }

const items = new WeakMap()

/** A sentence that describes an element of a lane; undefined for any other element. */
export function sentenceOf(element) {
  return items.get(element)?.sentence()
}

/** Seconds since the page was opened. */
export const now = () => performance.now() / 1000

export class Lane {
  element = stamp('lane-template')
  name
  #picture = this.element.querySelector('.lane-picture')
  #bands = this.element.querySelector('.lane-past .lane-track')
  #marks = this.element.querySelector('.lane-picture > .lane-track')
  /** The visible elements, oldest first. */
  #items = []
  #band = null
  #wait = null
  #tick = null
  #epoch
  #onChange

  /** `epoch` is the second from which places are counted. `onChange` is called when something new is visible. */
  constructor(name, epoch, onChange) {
    this.name = name
    this.#epoch = epoch
    this.#onChange = onChange
    this.element.dataset.testid = `lane-${name}`
    this.element.dataset.lane = name
    this.element.querySelector('.lane-name').textContent = name
  }

  /** The connection enters this state. */
  enter(state) {
    if (this.#band?.state === state) return
    if (this.#band) this.#end(this.#band)
    if (state === 'closed' || state === 'open') this.#endWait()
    this.element.dataset.state = state
    this.element.querySelector('.lane-state').textContent = state
    this.#band = this.#add('band', { state }, (band) => `${state} ${lasted(band)}`, { end: Infinity })
    this.#tick = null
  }

  /** A request is sent. Returns a function that must be called with the status of the response. */
  request(attempt, lastEventId) {
    this.#endWait()
    const from = lastEventId ? `, from event ${lastEventId}` : ''
    const sent = `request, attempt ${attempt}${from}`
    const item = this.#add(
      'pin',
      { mark: 'request', attempt },
      ({ status }) => `${sent}: ${status ? `answered ${status}` : 'no answer yet'}`,
    )
    return (status) => {
      item.status = status
      item.element.dataset.status = status
    }
  }

  refresh(attempt) {
    this.#add('pin', { mark: 'refresh', attempt }, () => `token refreshed for attempt ${attempt}`)
  }

  error({ code, status = '' }, sentence) {
    this.#add('pin', { mark: 'error', code, status }, () => sentence)
  }

  /** The next attempt is planned, in `delay` ms. */
  retry(attempt, delay) {
    this.#endWait()
    const planned = `${(delay / 1000).toFixed(1)} s`
    this.#wait = this.#add('wait', { mark: 'retry', attempt, delay }, () => `waiting ${planned} before attempt ${attempt}`, {
      end: now() + delay / 1000,
    })
  }

  /** An event or a comment arrived. */
  markActivity() {
    if (this.#tick && now() - this.#tick.start < TICK) this.#tick.count += 1
    else
      this.#tick = this.#add('tick', {}, ({ count }) => `${count} ${count === 1 ? 'event or comment' : 'events and comments'}`, {
        count: 1,
      })
  }

  /** Moves the lane to this second. */
  draw(at) {
    this.#forget(at - (WINDOW - AHEAD))
    const shift = `translateX(${(((WINDOW - AHEAD - (at - this.#epoch)) / WINDOW) * 100).toFixed(3)}%)`
    this.#bands.style.transform = shift
    this.#marks.style.transform = shift
  }

  /** Whether the lane looks the same a moment later. */
  isStill(at) {
    return this.#items.length <= 1 && (this.#band?.start ?? 0) < at - (WINDOW - AHEAD)
  }

  /** Whether the lane shows nothing. */
  isOver(at) {
    return this.#band?.state === 'closed' && this.isStill(at)
  }

  /** Counts all places from another second, before they become too large to be exact. */
  rebase(epoch) {
    this.#epoch = epoch
    for (const item of this.#items) this.#place(item)
  }

  /** The elements that the arrow keys select, oldest first. */
  get elements() {
    return this.#items.map((item) => item.element).filter((element) => element.className !== 'tick')
  }

  #add(kind, data, sentence, { end, count } = {}) {
    const element = document.createElement('i')
    element.className = kind
    Object.assign(element.dataset, data)
    const start = now()
    // Also while nothing is drawn: otherwise the list would grow without limit.
    this.#forget(start - (WINDOW - AHEAD))
    const item = { element, start, end: end ?? start, count, state: data.state, mark: data.mark }
    item.sentence = () => `${clock(start)}  ${this.name}: ${sentence(item)}`
    items.set(element, item)
    this.#items.push(item)
    this.#place(item)
    ;(kind === 'band' || kind === 'tick' ? this.#bands : this.#marks).append(element)
    if (kind !== 'tick') this.#summarise()
    this.#onChange()
    return item
  }

  #place({ element, start, end }) {
    // The beginning of a long band is cut off, because browsers limit the length of an element.
    const left = Math.max(start - this.#epoch, -WINDOW)
    element.style.left = share(left)
    if (end > start) element.style.width = share(Math.min(end - this.#epoch - left, NOT_OVER))
  }

  #end(item) {
    item.end = now()
    this.#place(item)
    // Without a minimum, a very short band would be invisible.
    if (item.end === item.start) item.element.style.width = '1px'
  }

  /** The wait is over, perhaps earlier than planned. */
  #endWait() {
    if (this.#wait && this.#wait.end > now()) this.#end(this.#wait)
    this.#wait = null
  }

  #forget(before) {
    if (!this.#items.some(({ end }) => end < before)) return
    this.#items = this.#items.filter(({ element, end }) => {
      if (end < before) element.remove()
      return end >= before
    })
    this.#summarise()
  }

  /** Describes the picture in a sentence, for screen readers. */
  #summarise() {
    const counts = Object.entries(COUNTED).map(([mark, [one, several]]) => {
      const { length } = this.#items.filter((item) => item.mark === mark)
      return length === 1 ? `1 ${one}` : length > 1 && `${length} ${several}`
    })
    const list = counts.filter(Boolean).join(', ') || 'nothing'
    this.#picture.setAttribute('aria-label', `${this.name}: ${this.element.dataset.state}. In the last minute: ${list}.`)
  }
}

const share = (seconds) => `${(seconds / WINDOW) * 100}%`

const clock = (seconds) => new Date(performance.timeOrigin + seconds * 1000).toTimeString().slice(0, 8)

const lasted = ({ start, end }) =>
  end === Infinity ? `for ${(now() - start).toFixed(1)} s so far` : `for ${(end - start).toFixed(1)} s`
