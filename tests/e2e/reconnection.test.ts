// Reconnecting: when, how often, when the application asks for it, and what is never requested twice.

import { expect, FaultServer, Gate, type Page, Reply, stayingOpen, test } from './fixture/index.ts'

const DAY = 24 * 60 * 60 * 1000

/** How a client closes after an error with this code. */
const fatal = (code: string) => ({ close: 'fatal', code })

/** The delay of the first retry after a request to this path, in milliseconds. */
function firstDelay(page: Page, path: string): Promise<number> {
  return page.run(async (path) => {
    const it = client(at(path), { backoff: { initial: 10, factor: 2, jitter: 0 } })
    const retry = new Promise<{ delay: number }>((resolve) => it.once('retry', resolve))
    it.connect()
    const { delay } = await retry
    it.disconnect()
    return delay
  }, path)
}

test('Retry-After is honoured in seconds and as a date, and clamped to a day', async ({ page, faults }) => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000)
  const busy = Reply.tooManyRequests()
  const away = Reply.unavailable()
  // An HTTP date counts in seconds, and the page needs a moment to read it.
  const cases: [string, Reply, least: number, most: number][] = [
    ['/none', away, 10, 10],
    ['/zero', busy.retryAfter(0), 10, 10],
    ['/seconds', busy.retryAfter(7), 7000, 7000],
    ['/unavailable', away.retryAfter(7), 7000, 7000],
    ['/for-ever', busy.retryAfter(2 ** 32 - 1), DAY, DAY],
    ['/beyond-all-numbers', away.header('Retry-After', '9'.repeat(40)), DAY, DAY],
    ['/date', busy.retryAfterDate(inSeconds(600)), 500_000, 600_000],
    ['/past', away.retryAfterDate(inSeconds(-600)), 10, 10],
    ['/next-year', away.retryAfterDate(inSeconds(365 * 86_400)), DAY, DAY],
    ['/rubbish', busy.header('Retry-After', 'soon'), 10, 10],
    ['/negative', busy.header('Retry-After', '-5'), 10, 10],
  ]
  for (const [path, reply, least, most] of cases) {
    await faults.answer(path, reply)
    const delay = await firstDelay(page, path)
    expect(delay, path).toBeGreaterThanOrEqual(least)
    expect(delay, path).toBeLessThanOrEqual(most)
  }
})

test('the reconnection time of the stream is honoured and clamped to a day', async ({ page, faults }) => {
  const cases: [string, string, number][] = [
    ['/given', 'retry: 1234\n\n', 1234],
    ['/last-one', 'retry: 1\nretry: 4321\n\n', 4321],
    ['/zero', 'retry: 0\n\n', 0],
    ['/for-ever', 'retry: 99999999999999999999999\n\n', DAY],
    ['/rubbish', 'retry: 12x\nretry: -1\nretry:\n\n', 10],
  ]
  for (const [path, text, expected] of cases) {
    // A proper end, which comes after the text; a failure may overtake it.
    await faults.answer(path, Reply.eventStream().send(text))
    expect(await firstDelay(page, path), path).toBe(expected)
  }
})

test('a server that accepts and drops is requested less and less often', async ({ page, faults }) => {
  await faults.answer('/drops', Reply.eventStream().send(': here\n\n'))
  const retries = await page.run(async () => {
    client(at('/drops'), { maxReconnects: 5, backoff: { initial: 10, factor: 2, jitter: 0 } }).connect()
    await until(() => of('close').length === 1)
    return of('retry').map(({ retry }) => [retry.attempt, retry.delay])
  })
  expect(retries).toEqual([
    [1, 10],
    [2, 20],
    [3, 40],
    [4, 80],
    [5, 160],
  ])
  expect(await page.told('open')).toHaveLength(6)
  expect(await faults.exchangesTo('/drops')).toHaveLength(6)
  expect(await faults.mostOpenOf('/drops')).toBe(1)
})

test('after a stable stream the count of retries starts again', async ({ page, faults }) => {
  const gate = new Gate()
  // The page looks at the time again with each tick.
  const stable = Reply.eventStream().drip(': tick\n\n'.repeat(60), 5).wait(gate).cut()
  await faults.answer('/stable', Reply.unavailable(), Reply.unavailable(), stable, stayingOpen())
  await page.run(async () => {
    const it = client(at('/stable'), { backoff: { initial: 10, factor: 2, jitter: 0, stableAfter: 100 } })
    it.connect()
    await until(() => of('comment').length > 0 && it.retryCount === 0)
  })
  await gate.open()
  const [retries, opens] = await page.run(async () => {
    await until(() => of('open').length === 2)
    return [of('retry').map(({ retry }) => retry.attempt), of('open').map(({ open }) => open.attempt)]
  })
  expect(retries).toEqual([1, 2, 1])
  expect(opens).toEqual([2, 1])
})

test('after maxReconnects nothing is requested until connect() is called', async ({ page, faults }) => {
  await faults.answer('/away', Reply.unavailable())
  for (const round of [1, 2]) {
    await page.run(async () => {
      told.length = 0
      globalThis.it ??= client(at('/away'), { maxReconnects: 3, backoff: { initial: 1, max: 5 } })
      it.on('max-reconnects-reached', () => tell({ state: it.state }))
      const error = await it.connect().catch((error: unknown) => error)
      if (error.code !== 'status' || it.state !== 'closed') throw error
      await fetch(at('/later'))
    })
    expect(await faults.exchangesTo('/away')).toHaveLength(4 * round)
    expect(await page.told('gaveUp')).toEqual([{ gaveUp: 3 }])
    expect(await page.told('close')).toEqual([{ close: 'max-reconnects', code: 'status' }])
    expect(await page.told('error')).toHaveLength(4)
  }
})

test('every way to lose a connection is survived', async ({ page, faults }) => {
  const begun = Reply.eventStream().send('id: 1\ndata: x\n\n')
  const ways = {
    'reset-at-once': Reply.resetAtOnce(),
    'closed-at-once': Reply.closeAtOnce(),
    'half-a-head': Reply.raw().send('HTTP/1.1 200 OK\r\nContent-Type: text/ev'),
    'not-http': Reply.raw().send('\0\0\0\0 I am not a web server\r\n\r\n'),
    cut: begun.cut(),
    reset: begun.reset(),
    ended: begun,
    'ended-with-the-connection': begun.untilClose(),
  }
  for (const [way, reply] of Object.entries(ways)) {
    const path = `/${way}`
    await faults.answer(path, reply, Reply.eventStream().send('id: 2\ndata: there\n\n').hang())
    await page.run(async (path) => {
      told.length = 0
      const it = client(at(path), { backoff: { initial: 5 } })
      it.connect()
      await until(() => of('event').some(({ data }) => data === 'there'))
      it.disconnect()
    }, path)
    // Browsers may send a request again by themselves, if they have not seen a byte.
    expect((await faults.exchangesTo(path)).length, way).toBeGreaterThanOrEqual(2)
    expect(await faults.mostOpenOf(path), way).toBe(1)
    for (const { error } of await page.told('error')) expect(error.code, way).toBe('network')
  }
})

test('a refused connection is tried again', async ({ page, lab: _ }) => {
  const codes = await page.run(
    async (url) => {
      client(url, { maxReconnects: 2, backoff: { initial: 5 } }).connect()
      await until(() => of('close').length === 1)
      return of('error').map(({ error }) => error.code)
    },
    await FaultServer.vacant(),
  )
  expect(codes).toEqual(['network', 'network', 'network'])
  expect(await page.told('gaveUp')).toEqual([{ gaveUp: 2 }])
  expect(await page.told('close')).toEqual([{ close: 'max-reconnects', code: 'network' }])
})

test('a head that comes too slowly is cancelled within connectTimeout', async ({ page, faults }) => {
  const slow = Reply.eventStream().slowHead(1000)
  await faults.answer('/slow', slow, Reply.sayNothing(), slow, stayingOpen())
  await page.run(() => client(at('/slow'), { connectTimeout: 400, backoff: { initial: 5 } }).connect())
  const requests = await faults.exchangesTo('/slow')
  for (const cancelled of requests.slice(0, 3)) await cancelled.closedByClient()
  expect(await faults.mostOpenOf('/slow')).toBe(1)
  const codes = await page.run(() => of('error').map(({ error }) => error.code))
  expect(codes.length).toBeGreaterThanOrEqual(3)
  expect(new Set(codes)).toEqual(new Set(['timeout']))

  // With time enough it is a stream like any other.
  await faults.answer('/patient', Reply.eventStream().slowHead(1).send('data: x\n\n').hang())
  await page.run(async () => {
    told.length = 0
    client(at('/patient')).connect()
    await until(() => of('event').length === 1)
  })
  expect(await faults.exchangesTo('/patient')).toHaveLength(1)
})

/** Every manual reconnect must lead to this: an open stream of the one request that is open. */
const atLast = () => Reply.eventStream().send(': at last\n\n').hang()

async function expectReconnected(page: Page): Promise<void> {
  await page.run(async () => {
    await until(() => told.some(({ comment }) => comment === 'at last'))
    if (it.state !== 'open') throw new Error(it.state)
    it.disconnect()
  })
}

// What the callbacks of the following test return.
declare global {
  var callbacks: { token: unknown; renewed: unknown; valid: unknown }
}

test('reconnect() at every stage leaves one request open', async ({ page, faults }) => {
  const begun = Reply.eventStream().send('id: 1\ndata: x\n\n').hang()
  const halfAnEvent = Reply.eventStream().send('id: 1\ndata: x\n\ndata: ha').hang()
  const begin = async () => {
    it.connect()
    await until(() => of('event').length)
  }
  // What the server replies first, and how the client gets to the stage. Before there is a request, it reconnects at once.
  const stages: Record<string, [Reply | undefined, () => unknown]> = {
    'before-connect': [undefined, () => void it.reconnect()],
    'about-to-send': [
      undefined,
      () => {
        it.connect()
        it.reconnect()
      },
    ],
    'waiting-for-a-token': [
      undefined,
      async () => {
        callbacks.token = new Promise(() => {})
        it.connect()
        await until(() => of('asked').length)
        callbacks.token = null
        it.reconnect()
      },
    ],
    refreshing: [
      Reply.unauthorized(),
      async () => {
        callbacks.renewed = new Promise(() => {})
        it.connect()
        await until(() => of('renews').length)
        callbacks.renewed = 'new'
      },
    ],
    sent: [Reply.sayNothing(), () => void it.connect()],
    validating: [
      begun,
      async () => {
        callbacks.valid = new Promise(() => {})
        it.connect()
        await until(() => of('validates').length)
        callbacks.valid = null
      },
    ],
    open: [begun, begin],
    'in-an-event': [halfAnEvent, begin],
    paused: [
      begun,
      async () => {
        it.connect()
        await until(() => of('event').length)
        it.pause()
        it.resume()
      },
    ],
    waiting: [
      Reply.unavailable(),
      async () => {
        it.connect()
        await until(() => of('retry').length)
      },
    ],
    disconnected: [
      begun,
      async () => {
        it.connect()
        await until(() => of('event').length)
        it.disconnect()
      },
    ],
    ended: [
      Reply.noContent(),
      async () => {
        it.connect()
        await until(() => of('close').length)
      },
    ],
    failed: [
      Reply.webPage(),
      async () => {
        callbacks.valid = Promise.reject(new Error('no'))
        it.connect()
        await until(() => of('close').length)
        callbacks.valid = null
      },
    ],
  }
  for (const [stage, [first, reach]] of Object.entries(stages)) {
    const path = `/${stage}`
    const requests = first ? [first, atLast()] : [atLast()]
    await faults.answer(path, ...requests)
    await page.run(
      async ({ path, reach }) => {
        told.length = 0
        globalThis.callbacks = { token: null, renewed: 'new', valid: null }
        globalThis.it = client(at(path), {
          backoff: { initial: 60_000 },
          getToken: () => {
            tell({ asked: true })
            return callbacks.token
          },
          refreshToken: () => {
            tell({ renews: true })
            return callbacks.renewed
          },
          validate: () => {
            tell({ validates: true })
            return callbacks.valid
          },
        })
        await reach()
      },
      { path, reach },
    )
    if (first) {
      await faults.waitForRequestsTo(path, 1)
      await page.run(() => void it.reconnect())
    }
    await expectReconnected(page)
    await faults.waitOpenOf(path, 0)
    expect(await faults.mostOpenOf(path), stage).toBe(1)
    expect(await faults.exchangesTo(path), stage).toHaveLength(requests.length)
  }
})

test('reconnect() again and again leaves one request open', async ({ page, faults }) => {
  let requests = 0
  await faults.answerBy('/again', () => Reply.eventStream().send(`id: ${++requests}\ndata: x\n\n`).hang())
  await page.run(async () => {
    globalThis.it = client(at('/again'))
    // At once, a little later, and when it is open.
    const gaps = [
      () => {},
      () => null,
      () => new Promise((resolve) => setTimeout(resolve)),
      () => until(() => it.state === 'open'),
    ]
    for (let round = 0; round < 100; round++) {
      it.reconnect()
      await gaps[round % gaps.length]!()
    }
    await Promise.all([it.reconnect(), it.reconnect()])
  })
  await faults.waitOpenOf('/again', 1)
  expect(await faults.mostOpenOf('/again')).toBe(1)
  expect(await page.run(() => it.state)).toBe('open')
  expect(await page.told('error')).toEqual([])
})

test('reconnect() does not wait for the countdown and keeps the last event ID', async ({ page, faults }) => {
  const ended = Reply.eventStream().send('id: 5\nretry: 600000\ndata: x\n\n')
  await faults.answer('/countdown', ended, Reply.unavailable().retryAfter(600), stayingOpen())
  await page.run(async () => {
    const it = client(at('/countdown'))
    it.connect()
    await until(() => of('retry').length === 1)
    it.reconnect()
    await until(() => of('retry').length === 2)
    await it.reconnect()
  })
  const requests = await faults.exchangesTo('/countdown')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '5', '5'])
  const retries = await page.run(() => of('retry').map(({ retry }) => retry.attempt))
  expect(retries, 'the count starts again').toEqual([1, 1])
  expect(await page.run(() => of('open').map(({ open }) => open.attempt))).toEqual([0, 0])
})

/** Sends one prompt with these options; returns how it closed, and how many attempts there were. */
async function sendPrompt(page: Page, faults: FaultServer, path: string, options: object) {
  const outcome = await page.run(
    async ({ path, options }) => {
      told.length = 0
      const it = client(at(path), { body: { prompt: 'hello' }, backoff: { initial: 1, max: 5 }, ...options })
      it.connect().catch(() => {})
      await until(() => of('close').length === 1)
      await fetch(at('/later'))
      return { close: of('close')[0], attempts: it.stats().attempts }
    },
    { path, options },
  )
  for (const { method, json } of await faults.exchangesTo(path)) {
    expect(method).toBe('POST')
    expect(json).toEqual({ prompt: 'hello' })
  }
  return outcome
}

// Most servers number their events (NestJS, gateways), and few resume a POST: one question ran three times.
test('a prompt runs once, however its answer ends', async ({ page, faults }) => {
  const ways: Record<string, [Reply, object]> = {
    cut: [Reply.eventStream().send('data: half\n\n').cut(), fatal('network')],
    'cut-with-ids': [Reply.eventStream().send('id: a-1\ndata: half\n\n').cut(), fatal('network')],
    'cut-with-an-empty-id': [Reply.eventStream().send('id:  \ndata: half\n\n').cut(), fatal('network')],
    reset: [Reply.eventStream().send('id: 1\ndata: half\n\n').reset(), fatal('network')],
    silent: [Reply.eventStream().send('id: 1\ndata: half\n\n').hang(), fatal('idle')],
    ended: [Reply.eventStream().send('id: 1\ndata: whole\n\n'), { close: 'server' }],
    refused: [Reply.webPage(), fatal('content-type')],
  }
  for (const [way, [reply, close]] of Object.entries(ways)) {
    const path = `/${way}`
    await faults.answer(path, reply)
    expect(await sendPrompt(page, faults, path, { idleTimeout: 300 }), way).toEqual({ close, attempts: 1 })
    expect(await faults.exchangesTo(path), way).toHaveLength(1)
  }
})

// A gateway that timed out, or a connection that was reset: the server may be at work on the answer.
test('a prompt without an answer is not sent twice', async ({ page, faults }) => {
  const ways: Record<string, [Reply, code: string]> = {
    'reset-at-once': [Reply.resetAtOnce(), 'network'],
    'half-a-head': [Reply.raw().send('HTTP/1.1 200 OK\r\nContent-Type: text/ev'), 'network'],
    nothing: [Reply.sayNothing(), 'timeout'],
    'bad-gateway': [Reply.status(502), 'status'],
    unavailable: [Reply.unavailable(), 'status'],
    'gateway-timeout': [Reply.status(504).retryAfter(0), 'status'],
  }
  for (const [way, [reply, code]] of Object.entries(ways)) {
    const path = `/${way}`
    await faults.answer(path, reply)
    const outcome = await sendPrompt(page, faults, path, { connectTimeout: 500 })
    expect(outcome, way).toEqual({ close: fatal(code), attempts: 1 })
    expect(await faults.exchangesTo(path), way).toHaveLength(1)
    const retryable = await page.run(() => of('error').map(({ error }) => error.retryable))
    expect(retryable, `${way}: the application may send it again`).toEqual([true])
  }
})

test('a prompt that the server did not process is sent again', async ({ page, faults }) => {
  const busy = [Reply.status(425), Reply.tooManyRequests(), Reply.unavailable().retryAfter(0), Reply.unauthorized()]
  await faults.answer('/busy', ...busy, Reply.eventStream().send('data: whole\n\n'))
  const outcome = await sendPrompt(page, faults, '/busy', { refreshToken: () => 'new' })
  expect(outcome).toEqual({ close: { close: 'server' }, attempts: 5 })
  expect(await faults.exchangesTo('/busy')).toHaveLength(5)

  await faults.answer('/full', Reply.tooManyRequests())
  const { close } = await sendPrompt(page, faults, '/full', {})
  expect(close).toEqual({ close: 'max-reconnects', code: 'status' })
  expect(await faults.exchangesTo('/full')).toHaveLength(6)
})

// People's own classes subscribe by POST, often to streams without ids.
test('a subscription by POST is resumed where its application asks for it', async ({ page, faults }) => {
  const ways = [{ maxReconnects: 10 }, { reconnect: 'on-error' }, { reconnect: 'always' }, { shouldRetry: () => true }]
  for (const [number, options] of ways.entries()) {
    for (const [ids, lastEventId] of [
      ['', undefined],
      ['id: 7\n', '7'],
    ] as const) {
      const path = `/feed-${number}-${ids.length}`
      const gate = new Gate()
      const lost = Reply.eventStream().send(`${ids}data: first\n\n`).wait(gate).cut()
      const rest = Reply.eventStream().send('data: last\n\ndata: [DONE]\n\n')
      await faults.answer(path, Reply.status(504), lost, Reply.resetAtOnce(), rest)
      await page.run(
        async ({ path, options }) => {
          told.length = 0
          const common = { body: { topic: 't' }, until: '[DONE]', backoff: { initial: 1, max: 5 } }
          client(at(path), { ...common, ...options }).connect()
          await until(() => of('event').length === 1)
        },
        { path, options },
      )
      await gate.open()
      await page.run(() => until(() => of('close').length === 1))
      const about = String(Object.entries(options))
      expect(await page.told('close'), about).toEqual([{ close: 'done' }])
      const requests = await faults.exchangesTo(path)
      expect(requests, about).toHaveLength(4)
      expect(requests[3]!.lastEventId, about).toBe(lastEventId)
      for (const { json } of requests) expect(json, about).toEqual({ topic: 't' })
      expect(await faults.mostOpenOf(path), about).toBe(1)
    }
  }
})

// nginx with HTTP/1.0 to its upstream and others turn an answer that broke into a clean end.
test('a loop over an answer that a proxy cut off throws', async ({ page, faults }) => {
  const half = Reply.eventStream().send('data: half an\n\n')
  const whole = Reply.eventStream().send('data: half an\n\ndata: answer\n\ndata: [DONE]\n\n')
  const cutOff = [['half an'], 'SSEError', 'incomplete', true]
  const answers: Record<string, [Reply, unknown[]]> = {
    chunked: [half, cutOff],
    'http-1-0': [half.untilClose(), cutOff],
    whole: [whole.untilClose(), [['half an', 'answer']]],
  }
  for (const [name, [reply, expected]] of Object.entries(answers)) {
    const path = `/${name}`
    await faults.answer(path, reply)
    const outcome = await page.run(async (path) => {
      const texts: string[] = []
      try {
        for await (const { data } of client(at(path), { body: {}, until: '[DONE]' })) texts.push(data)
      } catch ({ name, code, retryable }: any) {
        return [texts, name, code, retryable]
      }
      return [texts]
    }, path)
    expect(outcome, name).toEqual(expected)
    expect(await faults.exchangesTo(path), name).toHaveLength(1)
  }
})

// fetch-event-source, issue 79.
test('a finished stream is not requested for ever', async ({ page, faults }) => {
  await faults.numbered('/numbers', { total: 3 })
  await faults.numbered('/marked', { total: 3, done: { marker: '[DONE]' } })
  await faults.answer('/short', Reply.eventStream().send('id: 1\ndata: x\n\n'))
  const ways: [string, options: object, requests: number, close: string][] = [
    ['/numbers', {}, 2, 'no-content'],
    ['/marked', { until: '[DONE]' }, 1, 'done'],
    ['/short?client=on-error', { reconnect: 'on-error' }, 1, 'server'],
    ['/short?client=never', { reconnect: 'never' }, 1, 'server'],
    ['/short?client=post', { method: 'POST' }, 1, 'server'],
    ['/short?client=bounded', { maxReconnects: 2 }, 3, 'max-reconnects'],
  ]
  for (const [address, options, count, close] of ways) {
    await page.run(
      async ({ address, options }) => {
        told.length = 0
        client(at(address), { backoff: { initial: 1 }, ...options }).connect()
        await until(() => of('close').length === 1)
        await fetch(at('/later'))
      },
      { address, options },
    )
    const [path, query = ''] = address.split('?') as [string, string?]
    const requests = (await faults.exchangesTo(path)).filter((request) => request.query === query)
    expect(requests, address).toHaveLength(count)
    expect(await page.told('close'), address).toEqual([{ close }])
    expect(await page.told('error'), address).toEqual([])
  }
})

test('what is no event stream is requested once', async ({ page, faults }) => {
  const event = Reply.eventStream().send('data: x\n\n')
  const replies: Record<string, [Reply, object]> = {
    'no-content': [Reply.noContent(), { close: 'no-content' }],
    'web-page': [Reply.webPage(), fatal('content-type')],
    json: [Reply.status(200).body('application/json', '{}'), fatal('content-type')],
    nameless: [event.withoutHeader('Content-Type'), fatal('content-type')],
    similar: [event.header('Content-Type', 'text/event-stream2'), fatal('content-type')],
    created: [Reply.status(201).body('text/event-stream', 'data: x\n\n'), fatal('status')],
    forbidden: [Reply.status(403), fatal('status')],
    refused: [Reply.unauthorized(), fatal('status')],
    gone: [Reply.status(410).retryAfter(1), fatal('status')],
  }
  for (const [name, [reply, close]] of Object.entries(replies)) {
    const path = `/${name}`
    await faults.answer(path, reply)
    await page.run(async (path) => {
      told.length = 0
      client(at(path), { backoff: { initial: 0 } })
        .connect()
        .catch(() => {})
      await until(() => of('close').length === 1)
      await fetch(at('/later'))
    }, path)
    expect(await faults.exchangesTo(path), name).toHaveLength(1)
    expect(await page.told('close'), name).toEqual([close])
    expect(await page.told('event'), name).toEqual([])
  }
})
