// 200,000 events reach a listener in order and without loss, with this package and with the library it is compared with. The times are
// printed, not checked: a busy machine must not fail a test. It runs alone, in a browser of its own.

import { expect, test } from './fixture/index.ts'
import { peerScript } from './fixture/peer.ts'

const EVENTS = 200_000
/** The length of one event, in bytes. */
const BYTES = 150
/** Runs of each client; they take turns. */
const REPETITIONS = 3

const CLIENTS = ['sse-fetch, text', 'fetch-event-source, text', 'sse-fetch, JSON', 'fetch-event-source, JSON']

/** The lengths of all data together, or of their padding alone: an event has `id: N`, its number in the data again, and padding. */
function expectedLength(isText: boolean): number {
  let length = 0
  for (let n = 1; n <= EVENTS; n++) {
    const digits = String(n).length
    const data = BYTES - 'id: \ndata: \n\n'.length - digits
    length += isText ? data : data - '{"n":,"pad":""}'.length - digits
  }
  return length
}

test('200,000 events arrive in order and without loss', async ({ page, lab }) => {
  await page.run((source) => {
    const script = document.createElement('script')
    script.textContent = source
    document.head.append(script)
  }, peerScript())
  const times: number[][] = CLIENTS.map(() => [])
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    for (const [number, name] of CLIENTS.entries()) {
      const seen = await page.run(
        async ({ number, url }) => {
          // The same checks for all.
          const seen = { count: 0, inOrder: true, sum: 0, length: 0 }
          const text = (id: string, data: string) => {
            if (Number(id) !== seen.count + 1) seen.inOrder = false
            seen.count += 1
            seen.sum += Number(id)
            seen.length += data.length
          }
          const json = (id: string, { n, pad }: { n: number; pad: string }) => {
            if (Number(id) !== seen.count + 1) seen.inOrder = false
            seen.count += 1
            seen.sum += n
            seen.length += pad.length
          }
          const ours = (options: object, take: (data: any, event: any) => void) =>
            new Promise((resolve) => {
              const client: any = new SSEClient(url, { reconnect: 'never', ...options })
              client.on('message', take)
              client.on('close', resolve)
              client.connect()
            })
          const { peer } = globalThis as any
          const theirs = (onmessage: (event: any) => void) => peer.fetchEventSource(url, { openWhenHidden: true, onmessage })
          const clients = [
            () => ours({ parse: 'text' }, (data, event) => text(event.id, data)),
            () => theirs(({ id, data }) => text(id, data)),
            () => ours({}, (data, event) => json(event.id, data)),
            () => theirs(({ id, data }) => json(id, JSON.parse(data))),
          ]
          const started = performance.now()
          await clients[number]!()
          return { milliseconds: performance.now() - started, ...seen }
        },
        { number, url: `/api/load?from=1&bytes=${BYTES}&count=${EVENTS}` },
      )
      const length = expectedLength(number < 2)
      expect(seen, name).toMatchObject({ count: EVENTS, inOrder: true, sum: (EVENTS * (EVENTS + 1)) / 2, length })
      times[number]!.push(seen.milliseconds)
      await lab.waitOpenStreams(0)
    }
  }
  expect(await lab.mostOpenStreams()).toBe(1)
  const medians = times.map((times) => times.toSorted((a, b) => a - b)[times.length >> 1]!)
  const figures = CLIENTS.map((name, number) => `${name} ${medians[number]!.toFixed(0)} ms`)
  console.log(`${EVENTS} events in ${page.engine}: ${figures.join('; ')}`)
})
