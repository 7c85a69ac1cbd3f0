// What a chat costs: a line for each library.

import { BASELINE } from '/bench/engine.js'
import { nameOf } from './chart.js'
import { milliseconds } from './figures.js'

/** `first` and `later` are the rows of the engine. */
export function drawChats(body, { first, later }) {
  body.replaceChildren(...first.entries.map((entry) => line(entry, first, later)))
}

function line({ name, void: reason }, first, later) {
  const row = document.createElement('tr')
  row.dataset.library = name
  const head = document.createElement('th')
  head.scope = 'row'
  head.textContent = nameOf(name)
  row.append(head)
  const why = reason ?? later.entry(name).void
  if (why !== undefined) {
    const cell = row.insertCell()
    cell.colSpan = 3
    cell.textContent = `void: ${why}`
    return row
  }
  const busy = (of) => (name === BASELINE ? of.spread(name, 'busyMs')?.median : of.time(name))
  for (const figure of [busy(first), busy(later), first.spread(name, 'longestMs')?.median])
    row.insertCell().textContent = figure === undefined ? '' : milliseconds(figure)
  return row
}
