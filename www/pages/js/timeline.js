// The timeline: a lane for the page and one for each connection. A lane shows the last minute.

import { part } from './dom.js'
import { Lane, now, sentenceOf, WINDOW } from './lane.js'

/** After this many seconds, places are counted from 0 again. */
const EPOCH = 600

/** Steps shorter than this cannot be seen, in ms. */
const SHORTEST_STEP = 50

const calm = matchMedia('(prefers-reduced-motion: reduce)')

export class Timeline {
  #root = part('timeline')
  #readout = part('timeline-readout')
  #lanes = new Map()
  #epoch = now()
  #inView = true
  #frame = 0
  #timer = 0
  #asked = null

  constructor() {
    new IntersectionObserver((entries) => {
      this.#inView = entries.at(-1).isIntersecting
      this.#wake()
    }).observe(this.#root)
    document.addEventListener('visibilitychange', () => this.#wake())
    this.#watchPage()
    this.#listen()
  }

  /** The lane of this name; there is one from now on. */
  lane(name) {
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = new Lane(name, this.#epoch, () => this.#wake())
      this.#lanes.set(name, lane)
      this.#root.append(lane.element)
      const view = this.#root.parentElement
      view.scrollTop = view.scrollHeight // the newest lane is the one to see
    }
    return lane
  }

  #watchPage() {
    const page = this.lane('page')
    let online = navigator.onLine
    const show = () => page.enter(!online ? 'offline' : document.hidden ? 'hidden' : 'visible')
    addEventListener('offline', () => {
      online = false
      show()
    })
    addEventListener('online', () => {
      online = true
      show()
    })
    document.addEventListener('visibilitychange', show)
    show()
  }

  /** Draws soon, if the timeline can be seen. */
  #wake() {
    if (this.#frame !== 0 || !this.#inView || document.hidden) return
    clearTimeout(this.#timer)
    this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw() {
    this.#frame = 0
    const at = now()
    if (at - this.#epoch > EPOCH) this.#rebase(at)
    const lanes = [...this.#lanes.values()]
    for (const lane of lanes) lane.draw(at)
    this.#fold(lanes.filter((lane) => lane.isOver(at)))
    // A picture that does not change is not drawn again until something happens.
    if (!lanes.every((lane) => lane.isStill(at))) this.#timer = setTimeout(() => this.#wake(), this.#step())
  }

  /** Connections that were closed long ago make room; one that is opened again gets a new lane. */
  #fold(lanes) {
    for (const lane of lanes) {
      lane.element.remove()
      this.#lanes.delete(lane.name)
    }
  }

  /** A pixel at a time, or a second where things that move are unwelcome. */
  #step() {
    return calm.matches ? 1000 : Math.max(SHORTEST_STEP, (WINDOW * 1000) / this.#root.clientWidth)
  }

  #rebase(at) {
    this.#epoch = at
    for (const lane of this.#lanes.values()) lane.rebase(at)
  }

  /** Describes what is pointed at, tapped, or reached with the arrow keys in a focused lane. */
  #listen() {
    this.#root.addEventListener('pointerover', ({ target }) => this.#tell(target))
    this.#root.addEventListener('focusin', ({ target }) => this.#tell(this.#elementsIn(target).at(-1)))
    this.#root.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
      if (!step) return
      event.preventDefault()
      const elements = this.#elementsIn(event.target)
      const next = elements.indexOf(this.#asked) + step
      this.#tell(elements[Math.min(Math.max(next, 0), elements.length - 1)])
    })
  }

  #elementsIn(target) {
    return this.#lanes.get(target.closest('.lane')?.dataset.lane)?.elements ?? []
  }

  #tell(element) {
    const sentence = element && sentenceOf(element)
    if (!sentence) return
    this.#asked?.classList.remove('asked-about')
    this.#asked = element
    element.classList.add('asked-about')
    this.#readout.textContent = sentence
  }
}
