// Where a stream is cut. `cut(block, turn)` goes through the chunks of a block. Each turn has other ones, as far as the block
// has events: an engine may keep the strings it has decoded, and be several times as fast with bytes it has seen before.

/** A prime, so that each event begins a turn before one does so twice (if their number is not a multiple of it). */
const STEP = 7919

/** How many digits of an event are its number. */
const DIGITS = 8

/**
 * So many bytes each, wherever that cuts, from another event in each turn. `share` is how much of the full size is enough to
 * take the same time. A block has its first `bytes` bytes once more at its end.
 */
const every = (name, bytes, share) => ({
  name,
  bytes,
  share,
  *cut({ bytes: all, ends }, turn) {
    const length = ends.at(-1)
    let from = ends[(turn * STEP) % ends.length] % length
    for (let left = length; left > 0; left -= bytes) {
      yield all.subarray(from, from + Math.min(bytes, left))
      from = (from + bytes) % length
    }
  },
})

/** The sizes that a fast network, a slow one and a proxy hand over. */
export const SIZES = [every('64k', 64 * 1024, 1), every('4k', 4 * 1024, 0.75), every('1k', 1024, 0.5)]

/** Pieces so small that the same ones come again and again, as they do in life. */
export const EIGHT_BYTES = [every('8-bytes', 8, 1)]
export const FOUR_BYTES = [every('4-bytes', 4, 1)]

/** As a server writes that flushes after each event, each with a number of its own. `bytes` is 0, since the chunks differ. */
export const PER_EVENT = [
  {
    name: 'per-event',
    bytes: 0,
    share: 1,
    *cut({ bytes: all, ends, serial }, turn) {
      for (let i = 0, start = 0; i < ends.length; start = ends[i], i += 1) {
        let number = turn * ends.length + i
        for (let at = start + serial + DIGITS; at > start + serial; number = Math.floor(number / 10))
          all[--at] = 48 + (number % 10)
        yield all.subarray(start, ends[i])
      }
    },
  },
]
