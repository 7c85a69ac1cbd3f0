// Text that keeps nothing else in memory. Engines make a slice of a string by pointing into it, so that a word that is kept
// keeps the whole text of the chunk it came in.

/** From so many characters on some engine makes slices that point into the text: V8 from 13 on, others from 25. */
const SLICED = 13

/**
 * The same text in memory of its own. By `join`, which makes a new flat string in every engine: a concatenation is put together
 * later, and Firefox cuts a slice of it out of the part that is sliced.
 */
export const ownText = (text) => (typeof text === 'string' && text.length >= SLICED ? copied(text).slice(1) : text)

/** A copy behind one more character: of a single part `join` would return that part. */
export const copied = (text) => [' ', text].join('')
