// The small curve under a figure: its last values, the newest at the right edge.

const WIDTH = 120
const HEIGHT = 32
const MOST_VALUES = 24
const LEAST_SPAN = 4
const SVG = 'http://www.w3.org/2000/svg'

export class Sparkline {
  #values = []
  #line = document.createElementNS(SVG, 'polyline')
  #area = document.createElementNS(SVG, 'polygon')

  constructor(svg) {
    svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`)
    svg.setAttribute('preserveAspectRatio', 'none')
    svg.append(this.#area, this.#line)
  }

  push(value) {
    this.#values.push(value)
    if (this.#values.length > MOST_VALUES) this.#values.shift()
    const points = this.#points()
    this.#line.setAttribute('points', points)
    const start = points.slice(0, points.indexOf(','))
    this.#area.setAttribute('points', `${start},${HEIGHT} ${points} ${WIDTH},${HEIGHT}`)
  }

  #points() {
    const least = Math.min(...this.#values)
    // Without a least span the noise of a quiet value would fill the tile.
    const span = Math.max(Math.max(...this.#values) - least, LEAST_SPAN)
    const step = WIDTH / (MOST_VALUES - 1)
    const newest = this.#values.length - 1
    return this.#values
      .map(
        (value, i) =>
          `${(WIDTH - (newest - i) * step).toFixed(1)},${(HEIGHT - 4 - ((value - least) / span) * (HEIGHT - 8)).toFixed(1)}`,
      )
      .join(' ')
  }
}
