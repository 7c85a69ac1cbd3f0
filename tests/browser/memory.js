// What a page does in a day: one client, connected and ended again and again.

import { Clock } from './bed/clock.js'
import { Tab } from './bed/tab.js'
import { equal } from './bed/expect.js'

/** How long after a request was broken off the next one is sent. */
const SETTLING = 100

const noBytes = ({ stream }) => stream.push('not bytes', 7)

/** Every way in which a connection ends, given an open one. */
const ENDS = [
  ({ client }) => client.disconnect(),
  ({ stream }) => stream.push('data: [DONE]\n\n'),
  ({ stream }) => stream.push(`data: ${'x'.repeat(2000)}`),
  noBytes,
  ({ client, stream }) => (stream.break(), client.once('retry', () => client.disconnect())),
  ({ client }) => (client.reconnect(), client.disconnect()),
  ({ client }) => client.once('message', () => client.disconnect()),
]

export async function connect_and_end(bed, times) {
  const { bytes: areByteStreams } = bed.server
  const clock = new Clock(bed)
  const client = bed.client({ until: '[DONE]', maxEventBytes: 1000, headers: async () => ({}), validate: async () => {} })
  client.on('message', () => {})
  client.on('error', () => {})
  for (let n = 0; n < times; n++) {
    const closed = new Promise((resolve) => client.once('close', resolve))
    const end = ENDS[n % ENDS.length]
    // A byte stream yields nothing else.
    bed.server.bytes = areByteStreams && end !== noBytes
    const { stream } = await bed.opened(client)
    end({ client, stream })
    stream.push('id: 1\ndata: {"a":1}\n\n')
    await closed
    clock.pass(SETTLING)
    bed.server.calls.length = 0
  }
}

const IDLE = 60_000

const noticed = (client) => new Promise((resolve) => client.once('retry', resolve))

/** Every way in which a stream is lost and asked for again. */
const LOSSES = [
  ({ client }) => void client.reconnect(),
  ({ clock }) => clock.pass(IDLE),
  ({ client, stream }) => (stream.break(), noticed(client)),
  ({ client, stream }) => (stream.end(), noticed(client)),
  ({ tab }) => (tab.hide(), tab.show()),
  ({ tab }) => (tab.leave(), tab.comeBack()),
]

/** Loses the stream again and again, with everything in use that can be. */
export async function lose_and_reconnect(bed, times) {
  const [tab, clock] = [new Tab(bed), new Clock(bed)]
  let token = 0
  const client = bed.client({
    getToken: async () => `token-${token}`,
    refreshToken: async () => `token-${++token}`,
    idleTimeout: IDLE,
    closeWhenHidden: true,
    history: 10,
  })
  const message = ({ n }) => {
    if (n % 3) return
    client.pause()
    queueMicrotask(() => client.resume())
  }
  client.on('message', message)
  client.on('refresh', () => {})
  const events = client[Symbol.asyncIterator]()
  const { listeners } = tab
  let next = events.next()
  for (let n = 0; n < times; n++) {
    bed.stage = `stream ${n}`
    ;(await bed.server.next()).respond(new Response('', { status: 401 }))
    const stream = (await bed.server.next()).stream().push(`id: ${n}\ndata: {"n":${n}}\n\n`)
    equal((await next).value.lastEventId, String(n))
    equal(tab.listeners, listeners)
    next = events.next()
    await LOSSES[n % LOSSES.length]({ client, stream, tab, clock })
    clock.pass(SETTLING)
    bed.server.calls.length = 0
  }
  equal([client.stats().events, client.history.length], [times, 10])
  await events.return()
  equal([tab.listeners, clock.timers], [[], 0])
}

/** Gives up attempts that wait for an answer of the application's, which never comes. */
export async function hang_and_end(bed, times) {
  const clock = new Clock(bed)
  const hangs = (reached) => () => {
    reached.resolve()
    return new Promise(() => {})
  }
  for (const name of ['getToken', 'headers', 'body', 'fetch', 'validate']) {
    const reached = {}
    const client = bed.client({ fetch: async () => eventStream(), [name]: hangs(reached) })
    for (let n = 0; n < times; n++) {
      const arrival = new Promise((resolve) => (reached.resolve = resolve))
      client.connect()
      await arrival
      client.disconnect()
      clock.pass(SETTLING)
    }
  }
}

const eventStream = () => new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })
