// Clients deliver exactly what the grammar says, however a stream is cut into chunks. The random numbers are the same in every run.

import { EventRecorder, expect, type Fixture, test } from './fixture/index.ts'
import { type ParsedItem, parse } from './fixture/reference-parser.ts'

const encoder = new TextEncoder()

/** What streams are made of: every part of the grammar, every length of a character, and bytes that are no characters. */
const PIECES = [
  ...[
    'data',
    'data: ',
    'event: ',
    'id: ',
    'id',
    'retry: 7',
    'unknown: ',
    ': ',
    ':',
    '\n',
    '\n',
    '\n\n',
    '\r',
    '\r\n',
    '\n\n',
    'x',
  ],
  ...['message', '\uFFFD', 'ключ', 'é', '€', '🎈', '\uFEFF'],
].map((text) => encoder.encode(text))
PIECES.push(Uint8Array.of(0xff), Uint8Array.of(0xf0, 0x9f), Uint8Array.of(0))

/** A small random number generator (xorshift). */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  below(bound: number): number {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % bound
  }
}

/** Some streams have more events than fit into one batch of the parser. */
function randomStream(random: Random): Uint8Array {
  const count = random.below(10) === 0 ? 12_000 : random.below(300)
  return Uint8Array.from(Array.from({ length: count }, () => [...PIECES[random.below(PIECES.length)]]).flat())
}

function randomChunks(stream: Uint8Array, random: Random): Uint8Array[] {
  const longest = Math.max([1, 4, 64, Math.max(stream.length, 1)][random.below(4)], Math.floor(stream.length / 1000))
  const chunks: Uint8Array[] = []
  for (let at = 0; at < stream.length; ) {
    const end = at + 1 + random.below(longest)
    chunks.push(stream.subarray(at, end))
    at = end
  }
  return chunks
}

/** Everything that a stream in these chunks delivers, comments included. */
async function delivered(fixture: Fixture, chunks: Uint8Array[]): Promise<ParsedItem[]> {
  const { client, stream } = await fixture.open({ reconnect: 'never', parse: 'text' })
  const items: ParsedItem[] = []
  client.on('*', (_, { type, data, id, lastEventId }) => items.push({ event: { type, data, id, lastEventId } }))
  client.on('comment', (_, { data }) => items.push({ comment: data }))
  // Types with listeners of their own take another path than those that only `*` gets.
  for (const type of ['message', 'ключ', '\uFFFD']) client.on(type, () => {})
  const recorder = new EventRecorder(client, 'close')
  stream.push(...chunks).end()
  await recorder.next()
  return items
}

test('random streams in random chunks are delivered as the grammar says', async ({ fixture }) => {
  for (let seed = 1; seed <= 150; seed++) {
    fixture.stage = `seed ${seed}`
    const random = new Random(seed)
    const stream = randomStream(random)
    const items = await delivered(fixture, randomChunks(stream, random))
    expect(items, fixture.stage).toStrictEqual(parse(stream))
  }
})
