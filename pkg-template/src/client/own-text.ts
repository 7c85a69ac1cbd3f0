// Copies of text, to free memory. Engines make a slice of a string as a pointer into it, so an application that keeps one word
// keeps the whole text of the chunk the word came in.

/** The shortest slice, in characters, that an engine makes as a pointer: 13 in V8, 25 in others. */
const SHORTEST_SLICE = 13

/**
 * The same text in memory of its own. It is copied by `join`, which makes a new flat string in every engine. A concatenation would
 * not do: it is put together later, and in Firefox its slices still point into the old text.
 */
export const ownText = <Value>(text: Value): Value =>
  typeof text === 'string' && text.length >= SHORTEST_SLICE ? ([' ', text].join('').slice(1) as Value) : text
