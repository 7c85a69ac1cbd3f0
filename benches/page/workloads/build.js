// Makes the bytes of a workload.

import { randomNumbers } from '../random.js'

const MEGABYTE = 2 ** 20

/**
 * So much is made anew; a larger stream has it several times. It is more than caches hold, and so much that few of its turns
 * lie between two collections of garbage: chunks of 1 KB begin at the same byte of their kilobyte in one turn of a thousand.
 */
const BLOCK = 16 * MEGABYTE

const encoder = new TextEncoder()

/** A stream: `cut` goes through its `block`, in `rounds` turns, and has so many events and bytes in all of them. */
export function build(workload, chunking, scale) {
  const size = Math.max(1, workload.megabytes * MEGABYTE * chunking.share * scale)
  const rounds = Math.max(1, Math.round(size / BLOCK))
  const block = blockOf(workload, Math.ceil(size / rounds), chunking.bytes)
  const { ends } = block
  return { block, cut: chunking.cut, rounds, events: ends.length * rounds, bytes: ends.at(-1) * rounds }
}

/** Whole events, until there are so many bytes of them, with the places where they end; behind them the first bytes again. */
function blockOf({ write, serial }, size, again) {
  const random = randomNumbers()
  const parts = []
  const ends = []
  for (let length = 0; length < size; ) {
    const part = encoder.encode(write(parts.length, random, size))
    parts.push(part)
    ends.push((length += part.length))
  }
  const length = ends.at(-1)
  const bytes = new Uint8Array(length + Math.min(again, length))
  for (const [i, part] of parts.entries()) bytes.set(part, ends[i] - part.length)
  bytes.copyWithin(length, 0, bytes.length - length)
  return { bytes, ends, serial }
}
