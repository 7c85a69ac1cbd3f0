// What is made of the samples: nothing here touches the page.

/** The middle one; of an even number, the mean of the two in the middle. NaN if there are none. */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(ratios) {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** Less than this above the floor, in ms, is noise. */
const NOISE = 0.2;

/** The median time above the floor, in ms; undefined where the two cannot be told apart. */
export function net(samples, floor) {
  const time = median(samples) - floor;
  return time > NOISE ? time : undefined;
}

const THREE_DIGITS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });

/** `812`, `1,240`, `0.52`. */
export const number = (value) => THREE_DIGITS.format(value);

/** `1.33 ×`. */
export const times = (ratio) => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`;
