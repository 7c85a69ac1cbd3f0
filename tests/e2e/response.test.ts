// What servers and networks answer, and what the application learns of it.

import {
  Answer,
  answerStayingOpen,
  type DemoServer,
  expect,
  Gate,
  lostAfter,
  type Page,
  RawServer,
  test,
} from './fixture/index.ts'

test('a refusal is final and tells what the server said', async ({ page, lab }) => {
  for (const status of [400, 401, 403, 404, 410]) {
    const name = `refused-${status}`
    const body = '{"why":"ünd"}'
    await lab.script(name, Answer.status(status).header('content-type', 'application/json').chunk(body))
    const seen = await page.run(async (name) => {
      told.length = 0
      const error = await client(`/api/script/${name}`)
        .connect()
        .catch((error: unknown) => error)
      return { errors: of('error'), closes: of('close'), rejected: error instanceof SSEError }
    }, name)
    expect(seen).toEqual({
      errors: [{ error: { code: 'status', status, retryable: false, attempt: 0, body } }],
      closes: [{ close: 'fatal', code: 'status' }],
      rejected: true,
    })
    expect(await lab.requestsTo(`/api/script/${name}`)).toHaveLength(1)
  }
})

test('after a server error the request is sent again', async ({ page, lab }) => {
  // Not 408: Chromium itself repeats a request when a connection that it had kept is answered with that.
  const errors = [500, 502, 503, 504, 425, 429]
  await lab.script('busy', ...errors.map(Answer.status), Answer.eventStream().chunk('data: at last\n\n').hang())
  const seen = await page.run(async () => {
    client('/api/script/busy', { backoff: { initial: 5, max: 20 } }).connect()
    await until(() => of('event').length === 1)
    return {
      statuses: of('error').map(({ error }) => error.status),
      attempts: of('retry').map(({ retry }) => retry.attempt),
      states: of('state').map(({ state }) => state),
    }
  })
  expect(seen).toEqual({
    statuses: errors,
    attempts: [1, 2, 3, 4, 5, 6],
    states: ['connecting', 'reconnecting', 'open'],
  })
  expect(await lab.requestsTo('/api/script/busy')).toHaveLength(7)
})

test('204 closes for good', async ({ page, lab }) => {
  await lab.script('over', Answer.status(204))
  await page.run(async () => {
    client('/api/script/over').connect()
    await until(() => of('close').length === 1)
  })
  expect(await page.told('close')).toEqual([{ close: 'no-content' }])
  expect(await lab.requestsTo('/api/script/over')).toHaveLength(1)
})

test('a web page instead of a stream is refused', async ({ page, lab }) => {
  const body = '<h1>Log in</h1>'
  await lab.script('page', Answer.eventStream().header('content-type', 'text/html').chunk(body))
  await page.run(async () => {
    client('/api/script/page').connect()
    await until(() => of('close').length === 1)
  })
  expect(await page.told('error')).toEqual([{ error: { code: 'content-type', status: 200, retryable: false, attempt: 0, body } }])
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'content-type' }])
})

test('a head that arrives byte by byte is awaited', async ({ page, lab: _ }) => {
  await using raw = await RawServer.start()
  await page.run((url) => void client(url).connect(), raw.url)
  const connection = await raw.request()
  const headers = ['Access-Control-Allow-Origin: *', 'Content-Type: text/event-stream; charset=utf-8']
  await connection.drip(`${['HTTP/1.1 200 OK', ...headers].join('\r\n')}\r\n\r\n`)
  await connection.drip('id: 1\r\ndata: getröpfelt 🚰\r\n\r\n')
  const data = await page.run(async () => {
    await until(() => of('event').length === 1)
    return of('event')[0].data
  })
  expect(data).toBe('getröpfelt 🚰')
})

test('a head that never arrives is a timeout', async ({ page, lab }) => {
  await lab.script('slow', Answer.unanswered(), answerStayingOpen())
  const codes = await page.run(async () => {
    await client('/api/script/slow', { connectTimeout: 1000, backoff: { initial: 10 } }).connect()
    return of('error').map(({ error }) => error.code)
  })
  expect(new Set(codes)).toEqual(new Set(['timeout']))
})

test('a refused connection is tried again', async ({ page, lab: _ }) => {
  const codes = await page.run(
    async (url) => {
      client(url, { maxReconnects: 2, backoff: { initial: 5 } }).connect()
      await until(() => of('close').length === 1)
      return of('error').map(({ error }) => error.code)
    },
    await RawServer.vacant(),
  )
  expect(codes).toEqual(['network', 'network', 'network'])
  expect(await page.told('gaveUp')).toEqual([{ gaveUp: 2 }])
  expect(await page.told('close')).toEqual([{ close: 'max-reconnects', code: 'network' }])
})

/**
 * Sends an event stream in two chunks, the second one when the page has the event that ends in the first one. Text of one character
 * a byte. Returns the data of the events between.
 */
async function inTwoChunks(page: Page, lab: DemoServer, first: string, second: string): Promise<string[]> {
  const gate = new Gate()
  const bytes = (text: string) => Buffer.from(text, 'latin1')
  const begun = Answer.eventStream()
    .chunk(bytes(`data: seen\n\n${first}`))
    .wait(gate)
  await lab.script('cut', begun.chunk(bytes(`${second}data: last\n\n`)).hang())
  await page.run(async () => {
    client('/api/script/cut').connect()
    await until(() => of('event').length === 1)
  })
  await gate.open()
  const data = await page.run(async () => {
    await until(() => of('event').at(-1).data === 'last')
    return of('event').map(({ data }) => data)
  })
  expect([data.shift(), data.pop()]).toEqual(['seen', 'last'])
  return data
}

test('a line cut between two chunks is one line', async ({ page, lab }) => {
  expect(await inTwoChunks(page, lab, 'da', 'ta: whole\n\n')).toEqual(['whole'])
})

test('a character cut between two chunks is one character', async ({ page, lab }) => {
  const crab = Buffer.from('🦀').toString('latin1')
  expect(await inTwoChunks(page, lab, `data: crab ${crab.slice(0, 2)}`, `${crab.slice(2)}\n\n`)).toEqual(['crab 🦀'])
})

test('a line end cut between two chunks is one line end', async ({ page, lab }) => {
  expect(await inTwoChunks(page, lab, 'data: a\r', '\ndata: b\r\n\r\n')).toEqual(['a\nb'])
})

test('malformed text is decoded as in the Encoding Standard', async ({ page, lab }) => {
  expect(await inTwoChunks(page, lab, 'data: \xff \xe2\x82', ' \xf0\x9f\xa6\n\n')).toEqual(['\ufffd \ufffd \ufffd'])
})

test('an unfinished event is dropped and requested again', async ({ page, lab }) => {
  const gate = new Gate()
  const cutOff = lostAfter('id: 1\ndata: one\n\nid: 2\ndata: tw', gate)
  await lab.script('cut', cutOff, Answer.eventStream().chunk('id: 2\ndata: two\n\n').hang())
  await page.run(async () => {
    client('/api/script/cut', { backoff: { initial: 5 } }).connect()
    await until(() => of('event').length === 1)
  })
  await gate.open()
  const seen = await page.run(async () => {
    await until(() => of('event').length === 2)
    return { data: of('event').map(({ data }) => data), code: of('error')[0].error.code }
  })
  expect(seen).toEqual({ data: ['one', 'two'], code: 'network' })
  expect((await lab.requestsTo('/api/script/cut'))[1]!.lastEventId).toBe('1')
  expect(await lab.mostOpenStreams()).toBe(1)
})

test('a POST without IDs is not sent twice', async ({ page, lab }) => {
  const gate = new Gate()
  await lab.script('prompt', lostAfter('data: half\n\n', gate))
  await page.run(async () => {
    client('/api/script/prompt', { body: { q: 1 } }).connect()
    await until(() => of('event').length === 1)
  })
  await gate.open()
  await page.run(() => until(() => of('close').length === 1))
  expect(await lab.requestsTo('/api/script/prompt')).toHaveLength(1)
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'network' }])
})

test('a stream that ends is requested again', async ({ page, lab }) => {
  await lab.script('short', Answer.eventStream().chunk('retry: 5\nid: 1\ndata: a\n\n'), answerStayingOpen())
  await page.run(() => void client('/api/script/short').connect())
  const requests = await lab.waitForRequestsTo('/api/script/short', 2)
  expect(requests[1]!.lastEventId).toBe('1')
  expect(await page.told('error')).toEqual([])
})
