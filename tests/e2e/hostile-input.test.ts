// Servers that attack: what they send wedges nothing. How much memory they can take is in memory.test.ts.

import { expect, type FaultServer, Flood, type Page, Reply, test } from './fixture/index.ts'

/** Connects to a hostile stream and waits for its last event. */
async function connectTo(page: Page, faults: FaultServer, reply: Reply): Promise<void> {
  await faults.answer('/hostile', reply.hang())
  await page.run(async () => {
    globalThis.it = client(at('/hostile'))
    it.connect()
    await until(() => of('event').at(-1)?.data === 'after')
  })
}

test('a million empty lines are no event', async ({ page, faults }) => {
  const lines = Reply.eventStream().flood(new Flood('\n', { total: 1_000_000 }))
  await connectTo(page, faults, lines.send('data: after\n\n'))
  expect(await page.run(() => [of('event').length, it.stats().events])).toEqual([1, 1])
})

const MEGABYTES = 4 << 20
const letters = new Flood('x', { total: MEGABYTES })

test('an ID of megabytes is an ID', async ({ page, faults }) => {
  const reply = Reply.eventStream().send('id: ').flood(letters).send('\ndata: long\n\n')
  await connectTo(page, faults, reply.send('id: 1\ndata: after\n\n'))
  const seen = await page.run(() => [...of('event').map(({ data, id }) => [data, id.length]), it.lastEventId])
  expect(seen).toEqual([['long', MEGABYTES], ['after', 1], '1'])
})

test('a name of megabytes is a name', async ({ page, faults }) => {
  const reply = Reply.eventStream().send('event: ').flood(letters).send('\ndata: long\n\n')
  await connectTo(page, faults, reply.send('data: after\n\n'))
  const seen = await page.run(() => of('event').map(({ event, data }) => [event.length, data]))
  expect(seen).toEqual([
    [MEGABYTES, 'long'],
    ['message'.length, 'after'],
  ])
})

test('a client reconnects after an ID of megabytes', async ({ page, faults }) => {
  const event = Reply.eventStream().send('id: ').flood(letters).send('\ndata: long\n\n')
  await faults.answer('/hostile', event, Reply.eventStream().send('id: 1\ndata: after\n\n').hang())
  await page.run(async () => {
    client(at('/hostile'), { backoff: { initial: 10, max: 10 }, maxReconnects: 20 }).connect()
    await until(() => of('event').at(-1)?.data === 'after' || of('close').length > 0)
  })
  expect(await page.told('close')).toEqual([])
})

test('NULs are data, and an ID with one is ignored', async ({ page, faults }) => {
  const reply = Reply.eventStream()
    .send('id: 1\ndata: a\0b\n\n')
    .send('id: 2\0\nevent: n\0\nda\0ta: no field\ndata: c\n\n')
    .send('data: after\n\n')
  await connectTo(page, faults, reply)
  expect(await page.run(() => of('event').map(({ event, data, id }) => [event, data, id]))).toEqual([
    ['message', 'a\0b', '1'],
    ['n\0', 'c', ''],
    ['message', 'after', ''],
  ])
  expect(await page.run(() => it.lastEventId)).toBe('1')
})

test('malformed text is replaced and does no harm', async ({ page, faults }) => {
  // A lone continuation, a character cut short by a line end, an overlong form, a surrogate, bytes that never occur.
  const malformed = ['\x80', '\xf0\x9f\x99', '\xc0\xaf', '\xed\xa0\x80', '\xfe\xff']
  const replacements = [1, 1, 2, 3, 2]
  const events = malformed.map((text, n) => `id: ${n + 1}\ndata: ${text}\n\n`)
  const reply = Reply.eventStream().send(Buffer.from(events.join(''), 'latin1'))
  await connectTo(page, faults, reply.send('id: 6\ndata: after\n\n'))
  expect(await page.run(() => of('event').map(({ id, data }) => [id, data]))).toEqual([
    ...replacements.map((count, n) => [String(n + 1), '\ufffd'.repeat(count)]),
    ['6', 'after'],
  ])
})

test('a picture sent as a stream is no event', async ({ page, faults }) => {
  // Any bytes that are not text: those of a linear congruential generator.
  let state = 1
  const picture = Uint8Array.from({ length: 1 << 20 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
  const good = Reply.eventStream().send('data: after\n\n').hang()
  await faults.answer('/picture', Reply.eventStream().send(picture), good)
  await page.run(async () => {
    globalThis.it = client(at('/picture'))
    it.connect()
    await until(() => of('close').length > 0)
  })
  expect(await page.told('close')).toEqual([{ close: 'fatal', code: 'format' }])
  expect(await page.told('event')).toEqual([])
  const data = await page.run(async () => {
    it.reconnect()
    await until(() => of('event').length > 0)
    return of('event').map(({ data }) => data)
  })
  expect(data).toEqual(['after'])
})

test('a fetch that returns nonsense is an error', async ({ page, faults }) => {
  await faults.answer('/feed', Reply.eventStream().send('data: after\n\n').hang())
  const outcomes = await page.run(async () => {
    const headers = new Headers({ 'content-type': 'text/event-stream' })
    const locked = new Response('data: x\n\n', { headers })
    locked.body!.getReader()
    const text = new ReadableStream({ start: (controller) => controller.enqueue('data: x\n\n') })
    const nonsense = {
      undefined: undefined,
      null: null,
      number: 0,
      text: 'data: x\n\n',
      object: {},
      function: () => {},
      'a head of nonsense': { status: 'ok', headers: 7, body: null },
      'a body of text': { status: 200, url: '', headers, body: 'data: x\n\n' },
      'a body that is no stream': { status: 200, url: '', headers, body: { getReader: () => ({}) } },
      'a body without bytes': new Response(text, { headers }),
      'a body that is locked': locked,
    }
    const outcomes: Record<string, unknown> = {}
    for (const [name, response] of Object.entries(nonsense)) {
      told.length = 0
      client(at('/feed'), { fetch: async () => response, maxReconnects: 1, backoff: { initial: 1 } }).connect()
      await until(() => of('close').length === 1)
      outcomes[name] = [of('close')[0].close, of('error')[0].error.code]
    }
    return outcomes
  })
  expect(Object.keys(outcomes)).toHaveLength(11)
  for (const [name, outcome] of Object.entries(outcomes)) expect(outcome, name).toEqual(['fatal', 'callback'])
  // None of that disturbs another client.
  await page.run(async () => {
    told.length = 0
    client(at('/feed')).connect()
    await until(() => of('event').length === 1)
  })
  expect(await page.told('uncaught')).toEqual([])
})
