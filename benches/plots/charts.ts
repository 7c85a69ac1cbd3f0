// The two kinds of charts that compare: dots for many rows, bars for a few figures.

import * as Plot from '@observablehq/plot'

import { type Colour, colour, draw, type Panel } from './frame.ts'

/** Those of one colour differ in shape. Each shape has a character that stands for it in text. */
const SHAPES = [
  ['circle', '●'],
  ['square', '■'],
  ['triangle', '▲'],
  ['diamond', '◆'],
  ['star', '★'],
] as const

export interface Series {
  name: string
  /** What the legend says about all its figures. */
  summary: string
  colour: Colour
  /** Its figures, one for each row. */
  figures: (number | undefined)[]
}

/** Twice as much and half as much are equally far away on this axis. */
interface Axis {
  unit: string
  /** The axis reaches at least from here to there. */
  least: [number, number]
  /** Where as much is as little, if there is such a place. */
  middle?: number
}

/** A line for each row, with a dot for each series that has a figure there (above 0). */
export function dots(title: string, legend: string, rows: string[], { unit, least, middle }: Axis, all: Series[]): string {
  const series = all.map((one, place) => {
    const before = all.slice(0, place).filter((other) => other.colour === one.colour).length
    return { ...one, shape: SHAPES[before % SHAPES.length]! }
  })
  const points = series.flatMap(({ name, colour, shape: [symbol], figures }) =>
    figures.flatMap((figure, place) => (figure === undefined ? [] : [{ row: rows[place], figure, name, colour, symbol }])),
  )
  // The axis ends a little beyond the outermost dot.
  const [low, high] = [...least, ...points.map(({ figure }) => figure)].reduce(
    ([low, high], figure) => [Math.min(low, figure), Math.max(high, figure)],
    [Number.POSITIVE_INFINITY, 0],
  )
  const domain = [low / 1.07, high * 1.07]
  const step = Math.log2(high / low) > 6 ? 4 : 2
  const ticks = Array.from({ length: 17 }, (_, i) => step ** (i - 8)).filter((tick) => tick >= domain[0]! && tick <= domain[1]!)
  const panel: Panel = {
    lines: series.map(({ name, summary, colour, shape: [, mark] }) => ({ text: `${mark} ${name}: ${summary}`, colour })),
    columns: 3,
    height: rows.length * 20 + 50,
    plot: {
      x: { type: 'log', base: 2, domain },
      y: { type: 'point', domain: rows, padding: 0.5 },
      symbol: { type: 'identity' } as Plot.ScaleOptions,
      marks: [
        Plot.ruleX(ticks, { stroke: (tick: number) => (tick === middle ? 'var(--axis)' : 'var(--grid)') }),
        Plot.ruleY(rows, { stroke: 'var(--grid)' }),
        Plot.axisX(ticks, { tickSize: 0, label: null, tickFormat: (tick: number) => `${Number(tick.toFixed(3))} ${unit}` }),
        Plot.axisY({ tickSize: 0, label: null }),
        // The first series is on top.
        Plot.dot([...points].reverse(), {
          x: 'figure',
          y: 'row',
          r: 5,
          symbol: 'symbol',
          fill: ({ colour: name }) => colour(name),
          stroke: 'var(--paper)',
          title: ({ name, figure }) => `${name}: ${figure.toFixed(2)} ${unit}`,
        }),
      ],
    },
  }
  return draw(title, legend, [panel])
}

export interface Bar {
  name: string
  value: number
  /** What is written behind the bar. */
  figure: string
  colour: Colour
  /** Where half of the samples are. */
  quartiles?: [number, number]
}

/** Panels of bars, each with its own scale. */
export function bars(title: string, legend: string, panels: { title: string; bars: Bar[] }[]): string {
  const end = ({ value, quartiles }: Bar) => Math.max(value, quartiles?.[1] ?? 0)
  return draw(
    title,
    legend,
    panels.map(({ title, bars }) => ({
      title,
      height: bars.length * 24 + 10,
      plot: {
        marginTop: 5,
        marginBottom: 5,
        marginRight: 174,
        x: { axis: null, domain: [0, Math.max(...bars.map(end), Number.MIN_VALUE)] },
        y: { label: null, domain: bars.map(({ name }) => name), paddingInner: 0.25, paddingOuter: 0.125 },
        marks: [
          Plot.barX(bars, { x: 'value', y: 'name', fill: ({ colour: name }) => colour(name), rx: 2 }),
          Plot.ruleY(
            bars.filter(({ quartiles }) => quartiles),
            {
              x1: ({ quartiles }) => quartiles[0],
              x2: ({ quartiles }) => quartiles[1],
              y: 'name',
              stroke: 'var(--ink)',
              strokeWidth: 1.5,
            },
          ),
          Plot.text(bars, { x: end, y: 'name', text: 'figure', textAnchor: 'start', dx: 8 }),
          Plot.axisY({ tickSize: 0, label: null }),
        ],
      },
    })),
  )
}
