// What all plots have in common: one width, one set of colours for the light and the dark theme, a title and a legend.

import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

export const WIDTH = 960
/** To the left of the axis are the names. */
const MARGIN_LEFT = 250
const MARGIN_RIGHT = 24

export const { document } = parseHTML('<html></html>')

/** The contrast of text is at least 4.5 on its background. */
const STYLE = `
  svg { color-scheme: light dark; font: 13px system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
    --paper: #ffffff; --ink: #1c2430; --quiet: #525c6a; --grid: #e3e7ec; --axis: #9aa4b1; --down: #f1f3f6;
    --ours: #1769c2; --theirs: #c2410c; --third: #15803d; --other: #9aa4b1; --plot-background: var(--paper); color: var(--ink); fill: var(--ink) }
  @media (prefers-color-scheme: dark) { svg { --paper: #12161c; --ink: #e8ecf1; --quiet: #9aa6b5; --grid: #262d37;
    --axis: #566170; --down: #1a2029; --ours: #63b0ff; --theirs: #ff9457; --third: #4ade80; --other: #566170 } }
  .paper { fill: var(--paper) } .quiet { fill: var(--quiet) }
  .title { font-size: 20px; font-weight: 650 } .panel { font-size: 15px; font-weight: 600 }
  .ours, .theirs, .third { font-weight: 600 } .ours { fill: var(--ours) } .theirs { fill: var(--theirs) }
  .third { fill: var(--third) } .other { fill: var(--quiet) }`

/** The colour of a series: `ours`, `theirs` and `third` are told apart, `other` is not. */
export type Colour = 'ours' | 'theirs' | 'third' | 'other'

export const colour = (name: Colour): string => `var(--${name})`

/** A plot with a title and lines of text above it. */
export interface Panel {
  title?: string
  lines?: { text: string; colour: Colour }[]
  /** How many of the lines stand beside each other. */
  columns?: number
  height: number
  plot: Plot.PlotOptions
}

/** The panels, one below the other, as an SVG that follows the viewer's theme. */
export function draw(title: string, legend: string, panels: readonly Panel[]): string {
  const texts: string[] = []
  const plots: string[] = []
  const text = (x: number, y: number, kind: string, content: string) =>
    texts.push(`<text class="${kind}" x="${x}" y="${y}">${escaped(content)}</text>`)
  text(24, 38, 'title', title)
  text(24, 60, 'quiet', legend)
  let top = 84
  for (const { title, lines = [], columns = 1, height, plot } of panels) {
    if (title !== undefined) text(24, top + 18, 'panel', title)
    const first = top + (title === undefined ? 4 : 40)
    for (const [place, { text: content, colour }] of lines.entries())
      text(24 + (place % columns) * 300, first + Math.floor(place / columns) * 20, colour, content)
    top = first + Math.ceil(lines.length / columns) * 20 - 14
    const svg = Plot.plot({
      document: document as unknown as Document,
      width: WIDTH,
      height,
      marginLeft: MARGIN_LEFT,
      marginRight: MARGIN_RIGHT,
      style: { fontSize: '13px', fontFamily: 'inherit' },
      ...plot,
    })
    svg.setAttribute('y', String(top))
    plots.push(svg.outerHTML)
    top += height + 12
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">`
  const body = [
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
  ]
  return `${[head, ...body, ...texts, ...plots].join('\n')}\n</svg>\n`
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
