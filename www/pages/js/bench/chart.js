// Shows rows as lists of bars, each with its figures as text.

import { BASELINE, OURS } from '/bench/engine.js'
import { stamp } from '../dom.js'
import { number, percent, times } from './figures.js'

const NAMES = {
  native: 'native EventSource',
  baseline: 'baseline: reads only',
  'eventsource-parser': 'fetch + eventsource-parser',
}

export const nameOf = (library) => NAMES[library] ?? library

/** A card for each workload, with the bars of its rows. */
export class Chart {
  #charts = new Map()

  constructor(place, rows) {
    place.replaceChildren()
    const cards = new Map()
    for (const row of rows) {
      const { title } = row.subject
      const card = cards.get(title) ?? this.#card(place, title)
      cards.set(title, card)
      const chart = stamp('bench-chart-template')
      chart.querySelector('h4').textContent = row.subject.label
      chart.querySelector('ul').setAttribute('aria-label', row.sentence)
      chart.querySelector('ul').append(...row.shown.map((name) => bar(name)))
      card.append(chart)
      this.#charts.set(row, chart)
    }
  }

  #card(place, title) {
    const card = stamp('bench-card-template')
    card.querySelector('h3').textContent = title
    place.append(card)
    return card
  }

  /** Shows the figures of a row so far. */
  draw(row, { isRunning }) {
    const chart = this.#charts.get(row)
    chart.toggleAttribute('data-running', isRunning)
    const fastest = Math.max(...row.shown.map((name) => row.speed(name) ?? 0))
    for (const element of chart.querySelectorAll('.bar')) {
      const name = element.dataset.library
      const reason = row.entry(name).void
      const speed = row.speed(name)
      const ratio = row.times(name)
      element.toggleAttribute('data-void', reason !== undefined)
      element.style.setProperty('--share', speed && fastest ? speed / fastest : 0)
      element.querySelector('.bar-speed').textContent = reason
        ? ''
        : speed
          ? `${number(speed)} ${row.unit}`
          : row.samples(name) && row.samples(BASELINE)
            ? 'as fast as the baseline'
            : ''
      element.querySelector('.bar-times').textContent = reason ? 'void' : ratio ? times(ratio) : ''
      element.querySelector('.bar-spread').textContent = percent(row.timeSpread(name))
      element.querySelector('.bar-reason').textContent = reason ?? ''
    }
  }
}

/** How many times as long as sse-fetch each library takes over all rows; as bars of speed, like all others. */
export function drawMeans(list, means) {
  const shortest = Math.min(...means.map(({ mean }) => mean))
  list.replaceChildren(
    ...means.map((figures) => {
      const element = bar(figures.name)
      element.style.setProperty('--share', shortest / figures.mean)
      element.querySelector('.bar-times').textContent = times(figures.mean)
      element.querySelector('.bar-reason').textContent = figures.name === OURS ? '' : details(figures)
      return element
    }),
  )
}

function details({ least, most, rows, voids, lost }) {
  const range =
    rows > 1
      ? `from ${times(least.times)} (${least.row.sentence}) to ${times(most.times)} (${most.row.sentence})`
      : least.row.sentence
  const all = rows + voids + lost
  const without = [
    voids > 0 && `void in ${voids} of ${all}`,
    lost > 0 && `not distinguishable from the baseline in ${lost} of ${all}`,
  ]
  return [range, ...without.filter(Boolean)].join('; ')
}

function bar(name) {
  const element = stamp('bench-bar-template')
  element.dataset.library = name
  element.toggleAttribute('data-ours', name === OURS)
  element.querySelector('.bar-name').textContent = nameOf(name)
  return element
}
