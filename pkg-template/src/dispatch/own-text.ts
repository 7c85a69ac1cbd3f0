// Copies of text, to free memory. Engines represent a slice of a string as a pointer into that string. So an application that keeps
// one word keeps the whole text of the chunk that the word came in.

/** The shortest slice, in characters, that an engine represents as a pointer: 13 in V8, 25 in others. */
const SHORTEST_SLICE = 13

/**
 * The same text in memory of its own. `join` copies it, because it creates a new flat string in every engine. A concatenation is
 * not enough: engines put it together later, and in Firefox its slices still point into the old text.
 */
export const ownText = <Value>(text: Value): Value =>
  typeof text === 'string' && text.length >= SHORTEST_SLICE ? ([' ', text].join('').slice(1) as Value) : text
