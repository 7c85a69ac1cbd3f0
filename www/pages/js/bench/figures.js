// What is made of the samples: nothing here touches the page.

/** The middle one; of an even number, the mean of the two in the middle. NaN if there are none. */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which this part of the sorted samples lies, on a line between the two next to it. */
function quantile(sorted, part) {
  const place = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}

/** Half the distance between the quartiles; undefined of fewer than three samples, of which it would say nothing. */
export function spread(samples) {
  if (samples.length < 3) return undefined;
  const sorted = [...samples].sort((a, b) => a - b);
  return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / 2;
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

/** `+ 0.84 MB`, `± 0`. */
export const grown = (bytes) => (bytes === 0 ? '± 0' : `${bytes < 0 ? '−' : '+'} ${(Math.abs(bytes) / 1e6).toFixed(2)} MB`);

/** `± 2 %`; nothing where that is no number, as of a clock that has not moved. */
export const percent = (part) => (Number.isFinite(part) ? `± ${(part * 100).toFixed(part < 0.01 ? 1 : 0)} %` : '');

/** `1.33 ×`. */
export const times = (ratio) => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`;
