// The streams, named after real traffic. `write(n, random)` gives the nth event; `read` finds the text in its JSON, where
// it is JSON, and `asJson` names the chunks in which it is measured as such, if those are not the first ones alone: in others
// it tells nothing that text does not. `types` are those that are listened to; `serial` is where an event has room for its
// number. `megabytes` is what makes the fastest take some 20 to 60 ms in 64 KiB chunks.

import { EIGHT_BYTES, FOUR_BYTES, PER_EVENT, SIZES } from '../chunking.js'
import * as chat from './chat.js'
import { chinese, emoji, sentence, token } from './words.js'

/** The one type of a stream that names none. */
export const MESSAGE = ['message']

/** The JSON that differs most. */
const LARGE_AND_SMALL = ['64k', '4k']

const NAMES = ['notification', 'progress', 'metrics', 'presence', 'log']

/** The JSON of a record; a list of them makes a large payload. */
const record = (n, random) =>
  `{"id":${n},"user":"user-${random(10_000)}","state":"active","score":${random(1000) / 10},"note":"${sentence(6, random)}"}`

const records = (n, random) => Array.from({ length: 132 }, (_, i) => record(n * 132 + i, random)).join(',')

const lines = (random) => Array.from({ length: 500 }, () => `data: ${sentence(6, random)}\n`).join('')

export const WORKLOADS = [
  {
    name: 'chat',
    title: 'Chat completions',
    megabytes: 32,
    chunkings: SIZES,
    write: chat.write,
    read: chat.content,
    asJson: LARGE_AND_SMALL,
  },
  {
    name: 'named',
    title: 'Named events',
    megabytes: 16,
    types: NAMES,
    chunkings: SIZES,
    write: (n, random) => `event: ${NAMES[random(NAMES.length)]}\ndata: {"n":${n},"text":"${sentence(8, random)}"}\n\n`,
    read: (value) => value.text,
  },
  {
    name: 'ids',
    title: 'Events with ids',
    megabytes: 16,
    chunkings: SIZES,
    write: (n, random) => `id: ${n}\ndata: {"n":${n},"text":"${sentence(8, random)}"}\n\n`,
    read: (value) => value.text,
  },
  // The bare text, spaces and all.
  { name: 'tokens', title: 'Tiny tokens', megabytes: 4, chunkings: SIZES, write: (_, random) => `data: ${token(random)}\n\n` },
  {
    name: 'chinese',
    title: 'Chinese text',
    megabytes: 16,
    chunkings: SIZES,
    write: (_, random) => `data: {"content":"${chinese(10 + random(40), random)}"}\n\n`,
    read: (value) => value.content,
    asJson: LARGE_AND_SMALL,
  },
  {
    name: 'emoji',
    title: 'Emoji',
    megabytes: 16,
    chunkings: SIZES,
    write: (_, random) => `data: {"content":"${emoji(10 + random(20), random)}"}\n\n`,
    read: (value) => value.content,
  },
  {
    name: 'payloads-16k',
    title: '16 KB payloads',
    megabytes: 64,
    chunkings: SIZES,
    write: (n, random) => `data: {"records":[${records(n, random)}]}\n\n`,
    read: (value) => value.records[value.records.length - 1].note,
    asJson: LARGE_AND_SMALL,
  },
  { name: 'lines-500', title: '500-line data', megabytes: 24, chunkings: SIZES, write: (_, random) => `${lines(random)}\n` },
  {
    name: 'crlf',
    title: 'CRLF',
    megabytes: 32,
    chunkings: SIZES,
    write: (_, random) => `data: ${chat.piece(random)}\r\n\r\n`,
    read: chat.content,
  },
  {
    name: 'heartbeats',
    title: 'Heartbeats between events',
    megabytes: 32,
    chunkings: SIZES,
    write: (_, random) => `${chat.write(_, random)}: heartbeat\n\n`,
    read: chat.content,
  },
  {
    name: 'one-per-chunk',
    title: 'One event per chunk',
    megabytes: 2,
    chunkings: PER_EVENT,
    serial: chat.serial,
    write: chat.write,
    read: chat.content,
  },
  {
    name: 'chunks-8',
    title: '8-byte chunks',
    megabytes: 0.5,
    chunkings: EIGHT_BYTES,
    write: chat.write,
    read: chat.content,
    asJson: [],
  },
  {
    name: 'drips-4',
    title: 'A 256 KB line in 4-byte drips',
    megabytes: 0.25,
    chunkings: FOUR_BYTES,
    // One event, however small the whole is to be.
    write: (_, random, size) => `data: ${sentence(size / 5, random).slice(0, size - 'data: \n\n'.length)}\n\n`,
  },
].map((workload) => ({ types: MESSAGE, read: undefined, asJson: workload.read ? [workload.chunkings[0].name] : [], ...workload }))
