// Figures as text.

const THREE_DIGITS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 })

/** `812`, `1,240`, `0.52`. */
export const number = (value) => THREE_DIGITS.format(value)

/** `12.4`, `0.35`; what is measured as less than the baseline is `0`. */
export const milliseconds = (value) => number(Math.max(value, 0))

/** `+ 0.84 MB`, `± 0`. */
export const grown = (bytes) => (bytes === 0 ? '± 0' : `${bytes < 0 ? '−' : '+'} ${(Math.abs(bytes) / 1e6).toFixed(2)} MB`)

/** `± 2 %`; empty where that is not a number, as of a clock that has not moved. */
export const percent = (part) => (Number.isFinite(part) ? `± ${(part * 100).toFixed(part < 0.01 ? 1 : 0)} %` : '')

/** `1.33 ×`. */
export const times = (ratio) => `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`
