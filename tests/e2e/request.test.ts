// What a request looks like when it arrives: method, headers to the byte, body, and all of that across redirects and origins.

import { DemoServer, expect, Gate, LAB, lostAfter, type Page, Reply, stayingOpen, test } from './fixture/index.ts'

/**
 * The bytes of this ID in a header. `fetch` takes a header with one character a byte and must send these bytes, but WebKitGTK encodes
 * the characters as UTF-8 once more.
 */
function idBytes(page: Page, id: string): Buffer {
  const bytes = Buffer.from(id)
  return page.engine === 'webkit' ? Buffer.from(bytes.toString('latin1')) : bytes
}

test('a Last-Event-ID is sent as its UTF-8 bytes', async ({ page, lab }) => {
  const ids = ['naïve café', '事件 一二三', '🦀 and a  double space', 'plain']
  const gates = ids.map(() => new Gate())
  const dropped = ids.map((id, n) => lostAfter(`id: ${id}\ndata: x\n\n`, gates[n]!))
  await lab.script('ids', ...dropped, stayingOpen())
  await page.run(() => void client('/api/script/ids', { backoff: { initial: 10 } }).connect())
  for (const [index, gate] of gates.entries()) {
    await page.run((index) => until(() => of('event').length > index), index)
    await gate.open()
  }
  const requests = await lab.waitForRequestsTo('/api/script/ids', 5)
  const expected = [undefined, ...ids.map((id) => idBytes(page, id))]
  expect(requests.map((request) => request.headerBytes('last-event-id'))).toEqual(expected)
  expect(await page.run(() => of('event').map(({ id }) => id))).toEqual(ids)
})

test('the option lastEventId is sent with the first request', async ({ page, lab }) => {
  await lab.script('from', stayingOpen())
  await page.run(() => client('/api/script/from', { lastEventId: 'Ω-41' }).connect())
  const [request] = await lab.requestsTo('/api/script/from')
  expect(request!.headerBytes('last-event-id')).toEqual(idBytes(page, 'Ω-41'))
})

test('every kind of body arrives with its content type', async ({ page, lab }) => {
  await lab.script('body', stayingOpen())
  const post = async (body: () => unknown) => {
    await lab.clearRequests()
    await page.run(
      async ({ body }) => {
        const it = client('/api/script/body', { body: body() })
        await it.connect()
        it.disconnect()
      },
      { body },
    )
    const requests = await lab.requestsTo('/api/script/body')
    expect(requests, String(body)).toHaveLength(1)
    return requests[0]!
  }

  const text = 'text/plain;charset=UTF-8'
  const kinds: [() => unknown, contentType: string | undefined, bytes: string | number[]][] = [
    [() => ({ a: 1, b: ['ü'] }), 'application/json', '{"a":1,"b":["ü"]}'],
    [() => [1, 2], 'application/json', '[1,2]'],
    [() => 'täxt', text, 'täxt'],
    [() => new URLSearchParams({ q: 'a b&c' }), 'application/x-www-form-urlencoded;charset=UTF-8', 'q=a+b%26c'],
    [() => new Blob(['<x/>'], { type: 'text/xml' }), 'text/xml', '<x/>'],
    [() => new Uint8Array([0, 255, 10]), undefined, [0, 255, 10]],
    [() => new Uint8Array([1, 2]).buffer, undefined, [1, 2]],
    [() => () => ({ asked: 'late' }), 'application/json', '{"asked":"late"}'],
    [() => async () => 'later', text, 'later'],
  ]
  for (const [body, contentType, bytes] of kinds) {
    const request = await post(body)
    expect(request.method, String(body)).toBe('POST')
    expect(request.header('content-type'), String(body)).toBe(contentType)
    expect(request.bytes, String(body)).toEqual(Buffer.from(bytes as string))
  }

  const form = await post(() => {
    const form = new FormData()
    form.set('field', 'välue')
    return form
  })
  const boundary = form.header('content-type')!.match(/^multipart\/form-data; boundary=(.+)$/)?.[1]
  expect(form.body).toContain(boundary)
  expect(form.body).toContain('name="field"\r\n\r\nvälue\r\n')
})

test('methods are sent as given', async ({ page, lab }) => {
  await lab.script('method', stayingOpen())
  await page.run(async () => {
    const body = 'b'
    const cases = [
      {},
      { body },
      { method: 'PUT', body },
      { method: 'delete' },
      { method: 'patch', body },
      { method: 'QUERY', body },
    ]
    for (const options of cases) {
      const it = client('/api/script/method', options)
      await it.connect()
      it.disconnect()
    }
  })
  const requests = await lab.requestsTo('/api/script/method')
  expect(requests.map(({ method, body }) => [method, body])).toEqual([
    ['GET', ''],
    ['POST', 'b'],
    ['PUT', 'b'],
    ['DELETE', ''],
    ['PATCH', 'b'],
    ['QUERY', 'b'],
  ])
  for (const request of requests) expect(request.header('accept')).toBe('text/event-stream')
})

test('the function for headers is called for every attempt', async ({ page, lab }) => {
  const gate = new Gate()
  await lab.script('headers', lostAfter('id: 7\ndata: x\n\n', gate), Reply.status(503), stayingOpen())
  await page.run(async () => {
    client('/api/script/headers', {
      backoff: { initial: 10 },
      headers: async ({ attempt, lastEventId, error }: any) => {
        await null
        return { 'X-Attempt': `${attempt} ${lastEventId} ${error?.code} ${error?.status}` }
      },
    }).connect()
    await until(() => of('event').length === 1)
  })
  await gate.open()
  const requests = await lab.waitForRequestsTo('/api/script/headers', 3)
  expect(requests.map((request) => request.header('x-attempt'))).toEqual([
    '0  undefined undefined',
    '1 7 network undefined',
    '2 7 status 503',
  ])
})

test('a redirected POST keeps its method and body', async ({ page, lab }) => {
  await lab.script('moved', Reply.status(307).header('location', '/api/script/here'))
  await lab.script('here', stayingOpen())
  const open = await page.run(async () => {
    const headers = { Authorization: 'Bearer t' }
    await client('/api/script/moved', { body: { q: 1 }, headers, lastEventId: 'é' }).connect()
    return of('open')[0].open
  })
  expect(open).toEqual({ status: 200, url: `${lab.url}/api/script/here`, attempt: 0 })
  const [request] = await lab.requestsTo('/api/script/here')
  expect(request!.method).toBe('POST')
  expect(request!.json).toEqual({ q: 1 })
  expect(request!.header('authorization')).toBe('Bearer t')
  expect(request!.headerBytes('last-event-id')).toEqual(idBytes(page, 'é'))
})

test('the origin of an event is that of the final URL', async ({ page, lab }) => {
  const other = await DemoServer.start(LAB)
  await lab.script('moved', Reply.status(302).header('location', `${other.url}/api/script/here`))
  await other.script('here', Reply.eventStream().send('data: x\n\n').hang())
  const origin = await page.run(async () => {
    client('/api/script/moved').connect()
    await until(() => of('event').length > 0)
    return of('event')[0].origin
  })
  expect(origin).toBe(other.url)
})

test('another origin receives the preflight and the headers', async ({ page, lab }) => {
  const other = await DemoServer.start(LAB)
  await other.script('api', stayingOpen())
  await page.run((url) => {
    const headers = { Authorization: 'Bearer t' }
    return client(url, { body: { q: 'ü' }, headers, lastEventId: 'ö 1' }).connect()
  }, `${other.url}/api/script/api`)

  const [preflight, request, ...others] = await other.requests()
  expect(others).toEqual([])
  expect(preflight!.method).toBe('OPTIONS')
  expect(preflight!.header('access-control-request-headers')).toBe('authorization,content-type,last-event-id')
  expect(request!.method).toBe('POST')
  expect(request!.header('origin')).toBe(lab.url)
  expect(request!.header('authorization')).toBe('Bearer t')
  expect(request!.headerBytes('last-event-id')).toEqual(idBytes(page, 'ö 1'))
  expect(request!.json).toEqual({ q: 'ü' })
  expect(await lab.requestsTo('/api/script/api')).toEqual([])
})
