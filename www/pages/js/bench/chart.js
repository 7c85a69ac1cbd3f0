// Draws rows as bars. Every bar says in words what it shows.

import { stamp } from '../dom.js';
import { number, percent, times } from './figures.js';
import { OURS } from './row.js';

const NAMES = { native: 'native EventSource', floor: 'floor: bytes thrown away', 'eventsource-parser': 'fetch + eventsource-parser' };

export const nameOf = (contestant) => NAMES[contestant] ?? contestant;

/** A card for each workload, with the bars of its rows. */
export class Chart {
  #charts = new Map();

  constructor(place, rows) {
    place.replaceChildren();
    const cards = new Map();
    for (const row of rows) {
      const card = cards.get(row.title) ?? this.#card(place, row.title);
      cards.set(row.title, card);
      const chart = stamp('bench-chart-template');
      chart.querySelector('h4').textContent = row.label;
      chart.querySelector('ul').setAttribute('aria-label', row.name);
      chart.querySelector('ul').append(...row.shown.map((name) => bar(name)));
      card.append(chart);
      this.#charts.set(row, chart);
    }
  }

  #card(place, title) {
    const card = stamp('bench-card-template');
    card.querySelector('h3').textContent = title;
    place.append(card);
    return card;
  }

  /** Shows how far a row has come. */
  draw(row, { isRunning }) {
    const chart = this.#charts.get(row);
    chart.toggleAttribute('data-running', isRunning);
    const fastest = Math.max(...row.shown.map((name) => row.speed(name) ?? 0));
    for (const element of chart.querySelectorAll('.bar')) {
      const name = element.dataset.contestant;
      const { reason, samples } = row.entries.get(name);
      const speed = row.speed(name);
      const ratio = row.ratio(name);
      element.toggleAttribute('data-void', reason !== undefined);
      element.style.setProperty('--share', speed && fastest ? speed / fastest : 0);
      element.querySelector('.bar-speed').textContent = reason ? '' : speed ? `${number(speed)} ${row.unit}` : samples.length > 0 && row.hasFloor ? 'as fast as the floor' : '';
      element.querySelector('.bar-times').textContent = reason ? 'void' : ratio ? times(ratio) : '';
      const spread = row.spread(name);
      element.querySelector('.bar-spread').textContent = spread === undefined ? '' : percent(spread);
      element.querySelector('.bar-reason').textContent = reason ?? '';
    }
  }
}

/** How many times as long as sse-fetch each contestant takes, over all rows; as bars of speed, like all others. */
export function drawMeans(list, means) {
  const shortest = Math.min(...means.map(({ mean }) => mean));
  list.replaceChildren(...means.map((figures) => {
    const element = bar(figures.name);
    element.style.setProperty('--share', shortest / figures.mean);
    element.querySelector('.bar-times').textContent = times(figures.mean);
    element.querySelector('.bar-reason').textContent = figures.name === OURS ? '' : details(figures);
    return element;
  }));
}

function details({ least, most, rows, voids, lost }) {
  const range = rows > 1 ? `from ${times(least.ratio)} (${least.row.name}) to ${times(most.ratio)} (${most.row.name})` : least.row.name;
  const all = rows + voids + lost;
  const without = [voids > 0 && `void in ${voids} of ${all}`, lost > 0 && `not to be told from the floor in ${lost} of ${all}`];
  return [range, ...without.filter(Boolean)].join('; ');
}

function bar(name) {
  const element = stamp('bench-bar-template');
  element.dataset.contestant = name;
  element.toggleAttribute('data-ours', name === OURS);
  element.querySelector('.bar-name').textContent = nameOf(name);
  return element;
}
