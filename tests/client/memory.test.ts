// A client that lives as long as its page leaves memory as it was.

import { engine, expect, Fixture, SimulatedClock, SimulatedPage, test } from './fixture/index.ts'

/** Enough for every end of a connection to occur, and for every buffer to reach its final size. */
const WARM_UP = 50

/** Runs something 1000 times, after which wasm must hold no more memory than before. (It holds no value of JavaScript at all.) */
async function leavesMemoryAsItWas(repeat: (fixture: Fixture, times: number) => Promise<void>) {
  await inFixture(WARM_UP)
  const before = engine.memory.buffer.byteLength
  await inFixture(1000)
  expect(engine.memory.buffer.byteLength).toBe(before)

  async function inFixture(times: number) {
    const fixture = new Fixture()
    try {
      await repeat(fixture, times)
      await fixture.check()
    } finally {
      fixture.dispose()
    }
  }
}

/** How long the client waits after a cancelled request, in milliseconds. */
const COOLDOWN = 100

const sendNoBytes = ({ stream }) => stream.push('not bytes', 7)

/** Every way in which an open connection ends. */
const ENDS: ((given: any) => unknown)[] = [
  ({ client }) => client.disconnect(),
  ({ stream }) => stream.push('data: [DONE]\n\n'),
  ({ stream }) => stream.push(`data: ${'x'.repeat(2000)}`),
  sendNoBytes,
  ({ client, stream }) => {
    stream.break()
    client.once('retry', () => client.disconnect())
  },
  ({ client }) => {
    client.reconnect()
    client.disconnect()
  },
  ({ client }) => client.once('message', () => client.disconnect()),
]

test('a thousand connections leave memory as it was', () =>
  leavesMemoryAsItWas(async (fixture, times) => {
    const { bytes: areByteStreams } = fixture.server
    const clock = new SimulatedClock(fixture)
    const client = fixture.client({ until: '[DONE]', maxEventBytes: 1000, headers: async () => ({}), validate: async () => {} })
    client.on('message', () => {})
    client.on('error', () => {})
    for (let n = 0; n < times; n++) {
      const closed = new Promise((resolve) => client.once('close', resolve))
      const end = ENDS[n % ENDS.length]
      // A byte stream can send nothing but bytes.
      fixture.server.bytes = areByteStreams && end !== sendNoBytes
      const { stream } = await fixture.connect(client)
      end({ client, stream })
      stream.push('id: 1\ndata: {"a":1}\n\n')
      await closed
      clock.advance(COOLDOWN)
      fixture.server.calls.length = 0
    }
  }))

const IDLE_TIMEOUT = 60_000

const retryOf = (client) => new Promise((resolve) => client.once('retry', resolve))

/** Every way in which a stream is lost and requested again. */
const LOSSES: ((given: any) => unknown)[] = [
  ({ client }) => void client.reconnect(),
  ({ clock }) => clock.advance(IDLE_TIMEOUT),
  ({ client, stream }) => {
    stream.break()
    return retryOf(client)
  },
  ({ client, stream }) => {
    stream.end()
    return retryOf(client)
  },
  ({ page }) => {
    page.hide()
    page.show()
  },
  ({ page }) => {
    page.leave()
    page.comeBack()
  },
]

test('a thousand reconnections with tokens, pauses and a loop leave memory and page as they were', () =>
  leavesMemoryAsItWas(async (fixture, times) => {
    const [page, clock] = [new SimulatedPage(fixture), new SimulatedClock(fixture)]
    let token = 0
    const client = fixture.client({
      getToken: async () => `token-${token}`,
      refreshToken: async () => `token-${++token}`,
      idleTimeout: IDLE_TIMEOUT,
      closeWhenHidden: true,
      history: 10,
    })
    client.on('message', ({ n }) => {
      if (n % 3) return
      client.pause()
      queueMicrotask(() => client.resume())
    })
    client.on('refresh', () => {})
    const events = client[Symbol.asyncIterator]()
    const { listeners } = page
    let next = events.next()
    for (let n = 0; n < times; n++) {
      fixture.stage = `stream ${n}`
      ;(await fixture.server.next()).respond(new Response('', { status: 401 }))
      const stream = (await fixture.server.next()).stream().push(`id: ${n}\ndata: {"n":${n}}\n\n`)
      expect((await next).value.lastEventId).toBe(String(n))
      expect(page.listeners).toStrictEqual(listeners)
      next = events.next()
      await LOSSES[n % LOSSES.length]({ client, stream, page, clock })
      clock.advance(COOLDOWN)
      fixture.server.calls.length = 0
    }
    expect([client.stats().events, client.history.length]).toStrictEqual([times, 10])
    await events.return()
    expect([page.listeners, clock.timers]).toStrictEqual([[], 0])
  }))

const eventStream = () => new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })

test('attempts that are cancelled while a callback hangs leave no memory behind', () =>
  leavesMemoryAsItWas(async (fixture, times) => {
    const clock = new SimulatedClock(fixture)
    for (const name of ['getToken', 'headers', 'body', 'fetch', 'validate']) {
      let reached = () => {}
      const hang = () => {
        reached()
        return new Promise(() => {})
      }
      const client = fixture.client({ fetch: async () => eventStream(), [name]: hang })
      for (let n = 0; n < times; n++) {
        const arrival = new Promise<void>((resolve) => {
          reached = resolve
        })
        client.connect()
        await arrival
        client.disconnect()
        clock.advance(COOLDOWN)
      }
    }
  }))
