// Medians, spreads and means. Times are in milliseconds.

/** Where a number of samples lie. */
export interface Spread {
  samples: number
  min: number
  lowerQuartile: number
  median: number
  upperQuartile: number
  max: number
}

/** The spread of these samples; undefined if there are none. */
export function spreadOf(samples: readonly number[]): Spread | undefined {
  if (samples.length === 0) return undefined
  const sorted = [...samples].sort((one, other) => one - other)
  return {
    samples: sorted.length,
    min: sorted[0]!,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
    max: sorted.at(-1)!,
  }
}

/** The middle of these samples; undefined if there are none. */
export const median = (samples: readonly number[]): number | undefined => spreadOf(samples)?.median

/** The value below which this part of the sorted samples lies, interpolated between the two samples next to it. */
function quantile(sorted: readonly number[], part: number): number {
  const place = (sorted.length - 1) * part
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1)
}

/** Half the distance between the quartiles. */
export const halfRange = ({ lowerQuartile, upperQuartile }: Spread): number => (upperQuartile - lowerQuartile) / 2

/** The same as a part of the median. */
export const relative = (spread: Spread): number => halfRange(spread) / spread.median

/**
 * The standard error of the median, estimated from the quartiles. With normally distributed samples the quartiles are 0.674
 * standard deviations from the median, whose error is 1.253 deviations divided by the square root of the number of samples.
 */
export const medianError = (spread: Spread): number => ((halfRange(spread) / 0.674) * 1.253) / Math.sqrt(spread.samples)

/** The geometric mean: of 2 and 0.5 it is 1. Undefined if there are no ratios. */
export function geometricMean(ratios: readonly number[]): number | undefined {
  if (ratios.length === 0) return undefined
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}
