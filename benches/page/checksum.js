// Checksums of the events: a library that reads something wrong is found out, however fast it is.

/** Counts, and reads a little of each: for timed runs, where it has to cost next to nothing. `read` finds the text. */
export function quick(read) {
  let events = 0
  let units = 0
  let codes = 0
  const add = (text) => {
    events += 1
    units += text.length
    // One unit from the middle: enough to need the text, and not only its length.
    codes = (codes + text.charCodeAt(text.length >> 1)) | 0
    return events
  }
  return {
    take: read ? (value) => add(read(value)) : add,
    result: () => ({ events, checksum: `${units}:${codes >>> 0}` }),
  }
}

/** Reads every unit of type, data and id of every event: for runs that are not timed. */
export function full() {
  let events = 0
  let hash = 0x811c9dc5
  const add = (text) => {
    for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    // The length as well, or "ab" and "c" would be the same as "a" and "bc".
    hash = Math.imul(hash ^ (text.length + 0x10000), 0x01000193)
  }
  return {
    take(type, data, id) {
      events += 1
      add(type)
      add(data)
      add(id)
    },
    result: () => ({ events, checksum: (hash >>> 0).toString(16).padStart(8, '0') }),
  }
}
