// Numbers that look random and are the same in every run and engine.

/** A function that gives the next whole number below `n`. */
export function randomNumbers(seed = 1) {
  let state = seed >>> 0
  return (n) => {
    // A linear congruential generator; only its upper half is used, the lower one has short cycles.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 16) % n
  }
}

/** One of them. */
export const pick = (list, random) => list[random(list.length)]
