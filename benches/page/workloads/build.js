// Makes the bytes of a workload, and cuts them.

import { randomNumbers } from '../random.js'

const MEGABYTE = 2 ** 20

/** So much is made anew; a larger stream has it several times. It is more than caches hold. */
const BLOCK = 4 * MEGABYTE

const encoder = new TextEncoder()

/** `{ chunks, rounds, events, bytes }`: the list of chunks, sent so many times, and what that is in all. */
export function build(workload, chunking, scale) {
  const size = Math.max(1, workload.megabytes * MEGABYTE * chunking.share * scale)
  const rounds = Math.max(1, Math.round(size / BLOCK))
  const { bytes, ends } = block(workload, Math.ceil(size / rounds))
  return { chunks: chunking.cut(bytes, ends), rounds, events: ends.length * rounds, bytes: bytes.length * rounds }
}

/** Whole events, until there are so many bytes of them. */
function block({ write }, size) {
  const random = randomNumbers()
  const parts = []
  const ends = []
  for (let length = 0; length < size;) {
    const part = encoder.encode(write(parts.length, random, size))
    parts.push(part)
    ends.push((length += part.length))
  }
  const bytes = new Uint8Array(ends.at(-1))
  parts.forEach((part, i) => bytes.set(part, ends[i] - part.length))
  return { bytes, ends }
}
