// The plot of `reconnect-storm.json`: a panel for each outage, requests per second over time, a colour for each policy.

import * as Plot from '@observablehq/plot'

import { type Colour, colour, draw } from './frame.ts'

interface Results {
  clients: number
  outages: {
    title: string
    outage_ms: number
    policies: {
      policy: string
      peak_per_second: number
      all_back_after_ms: number
      requests_during_outage: number
      requests_after_return: number
      requests_by_second_since_loss: number[]
    }[]
  }[]
}

/** Seconds shown before the loss. */
const BEFORE = 5

const COLOURS: Colour[] = ['ours', 'theirs']

const thousands = (number: number) => number.toLocaleString('en-GB')

export function reconnectStormPlots({ clients, outages }: Results): Record<string, string> {
  const all = outages.flatMap(({ policies }) => policies.map((policy) => policy.requests_by_second_since_loss))
  const seconds = Math.ceil(Math.max(...all.map(({ length }) => length)) / 10) * 10
  const most = Math.max(...all.flat(), 1)
  const ceiling = most * 1.2
  const panels = outages.map(({ title, outage_ms, policies }) => {
    const back = outage_ms / 1000
    const series = policies.map((policy, place) => {
      const requests = [0, ...policy.requests_by_second_since_loss, 0]
      const points = requests.map((requests, place) => ({ second: place === 0 ? -BEFORE : place - 1, requests }))
      return { points, colour: colour(COLOURS[place]!), end: (outage_ms + policy.all_back_after_ms) / 1000 }
    })
    // The taller series first, so that it hides no part of the other.
    series.reverse()
    const curve = 'step-after' as const
    return {
      title,
      lines: policies.map((policy, place) => ({
        text:
          `${policy.policy}: peak ${thousands(policy.peak_per_second)} a second, all back after ` +
          `${(policy.all_back_after_ms / 1000).toFixed(1)} s; ${thousands(policy.requests_during_outage)} requests while it was ` +
          `down, ${thousands(policy.requests_after_return)} after`,
        colour: COLOURS[place]!,
      })),
      height: 256,
      plot: {
        marginLeft: 84,
        x: { domain: [-BEFORE, seconds], label: null },
        y: { domain: [0, ceiling], label: null },
        marks: [
          Plot.rect([0], { x1: 0, x2: back, y1: 0, y2: ceiling, fill: 'var(--down)' }),
          Plot.gridY({ stroke: 'var(--grid)', strokeOpacity: 1, ticks: 4 }),
          Plot.ruleX([back], { stroke: 'var(--axis)', strokeDasharray: '3 3' }),
          ...series.flatMap(({ points, colour }) => [
            Plot.areaY(points, { x: 'second', y: 'requests', curve, fill: colour, fillOpacity: 0.16 }),
            Plot.lineY(points, { x: 'second', y: 'requests', curve, stroke: colour, strokeWidth: 1.75 }),
          ]),
          Plot.ruleY([0], { stroke: 'var(--axis)' }),
          ...series.map(({ end, colour }) => Plot.dot([end], { x: end, y: 0, r: 4.5, fill: colour, stroke: 'var(--paper)' })),
          Plot.text(['server down'], { x: back / 2, frameAnchor: 'top', dy: 6, fill: 'var(--quiet)' }),
          Plot.axisY({ tickSize: 0, ticks: 4, label: null, tickFormat: thousands, fill: 'var(--quiet)' }),
          Plot.axisX({ tickSize: 0, label: null, fill: 'var(--quiet)' }),
        ],
      } satisfies Plot.PlotOptions,
    }
  })
  const legend =
    'Requests in each second since the server went down. Peaks are those after its return; a dot marks when the last client is back.'
  return { 'reconnect-storm.svg': draw(`${thousands(clients)} clients lose their server for 60 s`, legend, panels) }
}
