// A stream that sends nothing: when it is reopened, and when silence does not count.

import { EventRecorder, expect, SimulatedClock, SimulatedPage, test, turn } from './fixture/index.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How long the client waits after a cancelled request, in milliseconds. */
const COOLDOWN = 100

/** An open client with an idle timeout of one minute. */
async function watched(fixture, options?) {
  const clock = new SimulatedClock(fixture)
  const { client, stream } = await fixture.open({ idleTimeout: MINUTE, ...options })
  return { clock, client, stream, recorder: new EventRecorder(client, 'error', 'retry', 'close') }
}

/** Sends text, and waits until it has arrived. */
async function arrive({ client, stream }, text) {
  const arrived = client.stats().bytes + text.length
  stream.push(text)
  while (client.stats().bytes < arrived) await turn()
}

test('a stream that sends nothing is reopened after idleTimeout', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  await arrive({ client, stream }, 'id: 3\ndata: x\n\n')
  clock.advance(MINUTE - 1)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  clock.advance(1)
  const error = await recorder.nextData()
  expect([error.code, error.retryable, error.attempt, client.state]).toStrictEqual(['idle', true, 0, 'reconnecting'])
  expect(stream.cancelled).toBe(true)
  expect((await recorder.nextData()).error === error).toBe(true)
  clock.advance(COOLDOWN)
  const second = await fixture.server.next()
  expect(second.headers.get('last-event-id')).toBe('3')
  second.stream()
  await new EventRecorder(client, 'open').next()
  clock.advance(MINUTE)
  expect((await recorder.nextData()).code, 'the next stream is watched, too').toBe('idle')
})

test('every byte resets the idle timeout, and so does a comment', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  for (const text of [':', ' still here', '\n', '\n', 'd', 'ata: x', '\n\n', ': ping\n\n', 'retry: 5\n', '\r']) {
    clock.advance(MINUTE - 1)
    await arrive({ client, stream }, text)
  }
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  clock.advance(MINUTE)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('without idleTimeout, silence is not a failure', async ({ fixture }) => {
  for (const options of [{}, { idleTimeout: 0 }]) {
    const clock = new SimulatedClock(fixture)
    const { client } = await fixture.open(options)
    clock.advance(24 * HOUR)
    expect(client.state).toBe('open')
    expect(clock.timers).toBe(0)
    client.disconnect()
  }
})

test('the wait for the response does not count as silence', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const client = fixture.client({ idleTimeout: MINUTE, connectTimeout: 0 })
  const recorder = new EventRecorder(client, 'error', 'open')
  client.connect()
  const call = await fixture.server.next()
  clock.advance(HOUR)
  call.stream()
  await recorder.next()
  clock.advance(MINUTE - 1)
  expect(recorder.recorded.map(([type]) => type)).toStrictEqual(['open'])
  clock.advance(1)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('a timer that fires far too late detects the silence at once', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  clock.advance(MINUTE / 2)
  await arrive({ client, stream }, ': ping\n')
  clock.sleep(HOUR)
  // By the page's clock, a chunk arrived half a minute ago.
  clock.advance(MINUTE / 2)
  expect(recorder.recorded, 'what came meanwhile may not have been read yet').toStrictEqual([])
  clock.advance(100)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('after a sleep, a page event detects the silence without a timer', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const clock = new SimulatedClock(fixture)
  for (const wake of [() => page.show(), () => page.goOnline()]) {
    const { client } = await fixture.open({ idleTimeout: MINUTE })
    const recorder = new EventRecorder(client, 'error')
    clock.advance(MINUTE / 2)
    wake()
    expect(recorder.recorded, 'half a minute is nothing').toStrictEqual([])
    clock.sleep(HOUR)
    wake()
    clock.advance(100)
    expect(recorder.recorded.map(([, { code }]) => code)).toStrictEqual(['idle'])
    client.disconnect()
  }
})

test('the idle timeout stops while the client is paused', async ({ fixture }) => {
  const { clock, client, recorder } = await watched(fixture)
  clock.advance(MINUTE - 1)
  client.pause()
  clock.advance(HOUR)
  clock.sleep(HOUR)
  expect([recorder.recorded, client.state, clock.timers]).toStrictEqual([[], 'paused', 0])
  client.resume()
  clock.advance(MINUTE - 1)
  expect([recorder.recorded, client.state], 'it begins anew').toStrictEqual([[], 'open'])
  clock.advance(1)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('the idle timeout stops while a loop is busy', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  const events = client[Symbol.asyncIterator]()
  stream.push('data: 1\n\ndata: 2\n\n')
  expect((await events.next()).value.data).toBe('1')
  clock.advance(HOUR)
  clock.sleep(HOUR)
  clock.advance(MINUTE)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  expect((await events.next()).value.data).toBe('2')
  const next = events.next()
  clock.advance(MINUTE - 1)
  expect(recorder.recorded, 'it begins anew').toStrictEqual([])
  clock.advance(MINUTE)
  expect((await recorder.nextData()).code).toBe('idle')
  client.disconnect()
  expect((await next).done).toBe(true)
})

test('a POST whose response falls silent is not sent again', async ({ fixture }) => {
  const { clock, recorder } = await watched(fixture, { body: 'prompt' })
  clock.advance(MINUTE)
  const error = await recorder.nextData()
  expect([error.code, error.retryable]).toStrictEqual(['idle', true])
  expect((await recorder.nextData()).error, 'it closes for this reason').toBe(error)
})

test('the idle timeout ends with the stream', async ({ fixture }) => {
  const { clock, client, recorder } = await watched(fixture)
  client.disconnect()
  expect(clock.timers).toBe(0)
  clock.advance(HOUR)
  expect(recorder.recorded).toStrictEqual([['close', { reason: 'client' }]])
})

test('real timers detect the silence, too', async ({ fixture }) => {
  const { client } = await fixture.open({ idleTimeout: 5 })
  const recorder = new EventRecorder(client, 'error')
  expect((await recorder.nextData()).code).toBe('idle')
})

/** Stops the computer's clock, as test environments do. The page's clock continues. */
function stopComputersClock(fixture) {
  const noon = Date.now()
  fixture.replace(Date, 'now', { value: () => noon })
}

test('a clock that stands still does not end an active stream', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture, { reconnect: 'never' })
  stopComputersClock(fixture)
  const messages = new EventRecorder(client, 'message')
  for (const data of ['1', '2', '3', '4', '5', '6']) {
    clock.advance(MINUTE / 2)
    expect([recorder.recorded, client.state], `before ${data}`).toStrictEqual([[], 'open'])
    // Not by `arrive`, because it reads the stats, which makes the client read its clocks.
    stream.push(`data: ${data}\n\n`)
    expect(await messages.nextData()).toStrictEqual(data)
  }
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  // The exact time of the last chunk is unknown. The next check is a minute after the one that noticed the chunk.
  clock.advance(2 * MINUTE)
  expect((await recorder.nextData()).code, 'but its silence is detected').toBe('idle')
})

test('a clock that stands still does not make a burst of rare chunks', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture, { reconnect: 'never' })
  stopComputersClock(fixture)
  for (let i = 0; i < 20; i++) {
    clock.advance(46_000)
    expect([recorder.recorded, client.state], `before ${i}`).toStrictEqual([[], 'open'])
    await burst({ client, stream }, 1)
    expect(clock.timers, 'only the timer that watches').toBe(1)
  }
})

test('a clock that stands still does not hide silence', async ({ fixture }) => {
  const { clock, recorder } = await watched(fixture, { reconnect: 'never' })
  stopComputersClock(fixture)
  clock.advance(MINUTE - 1)
  expect(recorder.recorded).toStrictEqual([])
  clock.advance(1)
  expect((await recorder.nextData()).code).toBe('idle')
})

/** Sends this many chunks without a pause. */
async function burst({ client, stream }, chunks) {
  const received = new EventRecorder(client, 'message')
  for (let i = 0; i < chunks; i++) stream.push(`data: ${i}\n\n`)
  await received.take(chunks)
}

test('the clock of the page is read once per millisecond', async ({ fixture }) => {
  const { clock, client, stream } = await watched(fixture)
  let reads = 0
  const { now } = performance
  fixture.replace(performance, 'now', { value: () => (reads++, now.call(performance)) })
  await burst({ client, stream }, 1000)
  expect(reads, `${reads} times for 1,000 chunks`).toBeLessThan(40)
  clock.advance(5)
  await burst({ client, stream }, 100)
  expect(client.stats().lastByteAt).toStrictEqual(performance.now())
})

/** Some milliseconds after a burst. */
const CALM = 20

test('silence after a burst is detected as early as after other chunks', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  await burst({ client, stream }, 100)
  clock.advance(MINUTE - 1)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  clock.advance(1 + CALM)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('a burst that ends as soon as it is detected is timed to its end', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  await burst({ client, stream }, 10)
  clock.advance(MINUTE - 1)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  clock.advance(1)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('a chunk after a burst resets the idle timeout', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  for (const pause of [1, CALM, MINUTE - 1]) {
    await burst({ client, stream }, 100)
    clock.advance(pause)
    await burst({ client, stream }, 1)
    clock.advance(MINUTE - 1)
    expect([recorder.recorded, client.state], `${pause} ms after a burst`).toStrictEqual([[], 'open'])
  }
  clock.advance(1 + CALM)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('a sleep during a burst is detected', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  clock.advance(MINUTE / 2)
  await burst({ client, stream }, 100)
  clock.sleep(HOUR)
  // By the page's clock the burst was half a minute ago.
  clock.advance(MINUTE / 2)
  expect(recorder.recorded, 'what came meanwhile may not have been read yet').toStrictEqual([])
  clock.advance(100)
  expect((await recorder.nextData()).code).toBe('idle')
})

test('a pause during a burst is not silence', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const { clock, client, stream, recorder } = await watched(fixture)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  client.pause()
  clock.sleep(HOUR)
  client.resume()
  clock.stall(5)
  page.show()
  clock.advance(MINUTE - CALM)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
})

test('a burst ends with its stream', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  const end = performance.now()
  stream.break()
  await recorder.until('retry')
  clock.advance(COOLDOWN)
  const opened = new EventRecorder(client, 'open')
  ;(await fixture.server.next()).stream()
  await opened.next()
  clock.advance(CALM)
  expect(client.stats().lastByteAt, 'the next stream has sent nothing yet').toStrictEqual(end)
  client.disconnect()
  expect(clock.timers).toBe(0)
})

test('a client that disconnects in a burst leaves no timer', async ({ fixture }) => {
  const { clock, client, stream } = await watched(fixture)
  await burst({ client, stream }, 100)
  client.disconnect()
  expect(clock.timers).toBe(0)
})

test('a burst before the network went does not count as activity after it', async ({ fixture }) => {
  const page = new SimulatedPage(fixture)
  const { clock, client, stream } = await watched(fixture)
  await burst({ client, stream }, 100)
  clock.stall(5)
  await burst({ client, stream }, 100)
  page.goOffline()
  clock.stall(MINUTE / 2)
  page.goOnline()
  expect([client.state, stream.cancelled], 'it may have gone with the network').toStrictEqual(['reconnecting', true])
})

test('without timers, every chunk of a burst is timed', async ({ fixture }) => {
  const { clock, client, stream, recorder } = await watched(fixture)
  const { setTimeout } = globalThis
  let fails = true
  fixture.replace(globalThis, 'setTimeout', {
    value: (...given: [() => void, number]) => {
      if (fails) throw new Error('there are no timers')
      return setTimeout(...given)
    },
  })
  await burst({ client, stream }, 100)
  fails = false
  clock.advance(MINUTE / 2)
  await burst({ client, stream }, 1)
  clock.advance(MINUTE - 1)
  expect([recorder.recorded, client.state]).toStrictEqual([[], 'open'])
  clock.advance(1)
  expect((await recorder.nextData()).code).toBe('idle')
})
