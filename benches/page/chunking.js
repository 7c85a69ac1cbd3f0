// Where a stream is cut: `cut(bytes, ends)` gives the chunks; `ends` are the places where its events end.

/** So many bytes each, wherever that cuts. `share` is how much of the full size is enough to take the same time. */
const every = (name, bytes, share) => ({
  name,
  bytes,
  share,
  cut(all) {
    const chunks = []
    for (let at = 0; at < all.length; at += bytes) chunks.push(all.subarray(at, at + bytes))
    return chunks
  },
})

/** The sizes that a fast network, a slow one and a proxy hand over. */
export const SIZES = [every('64k', 64 * 1024, 1), every('4k', 4 * 1024, 0.75), every('1k', 1024, 0.5)]

export const EIGHT_BYTES = [every('8-bytes', 8, 1)]
export const FOUR_BYTES = [every('4-bytes', 4, 1)]

/** As a server writes that flushes after each event. `bytes` is 0, since the chunks differ. */
export const PER_EVENT = [{
  name: 'per-event',
  bytes: 0,
  share: 1,
  cut: (all, ends) => ends.map((end, i) => all.subarray(ends[i - 1] ?? 0, end)),
}]
