// The request: method, headers, body, and everything else that is given to `fetch`.

import { EventRecorder, expect, rejection, test, turn } from './fixture/index.ts'

/** The `fetch` call of a client with these options. */
async function call(fixture, options?, url?) {
  fixture.client(options, url).connect()
  return fixture.server.next()
}

/** What a server would receive as the body of this call. */
const received = ({ body }) => new Response(body)

test('without a body the method is GET', async ({ fixture }) => {
  const { method, body, init } = await call(fixture)
  expect([method, body, 'body' in init]).toStrictEqual(['GET', undefined, false])
})

test('with a body the method is POST', async ({ fixture }) => {
  const { method } = await call(fixture, { body: 'x' })
  expect(method).toBe('POST')
})

test('the method is sent in capitals', async ({ fixture }) => {
  const { method } = await call(fixture, { method: 'patch', body: 'x' })
  expect(method).toBe('PATCH')
})

test('a post may have no body', async ({ fixture }) => {
  const { method, body } = await call(fixture, { method: 'POST' })
  expect([method, body]).toStrictEqual(['POST', undefined])
})

test('the URL is resolved against the page', async ({ fixture }) => {
  const { url } = await call(fixture, {}, '../events?room=ä')
  expect(url).toStrictEqual(new URL('../events?room=ä', location.href).href)
  expect(fixture.client({}, new URL('https://example.test/a')).url).toBe('https://example.test/a')
})

test('the request accepts an event stream and is not cached', async ({ fixture }) => {
  const { headers, init } = await call(fixture)
  expect(headers.get('accept')).toBe('text/event-stream')
  expect(init.cache).toBe('no-store')
})

test('Accept and cache can be overridden', async ({ fixture }) => {
  const { headers, init } = await call(fixture, { headers: { Accept: 'application/x-ndjson' }, cache: 'reload' })
  expect(headers.get('accept')).toBe('application/x-ndjson')
  expect(init.cache).toBe('reload')
})

test('every field of RequestInit is passed to fetch', async ({ fixture }) => {
  const given = {
    credentials: 'include',
    mode: 'same-origin',
    redirect: 'error',
    referrer: '',
    referrerPolicy: 'no-referrer',
    integrity: 'sha256-x',
    keepalive: true,
    priority: 'high',
  }
  const { init } = await call(fixture, given)
  expect(Object.fromEntries(Object.keys(given).map((name) => [name, init[name]]))).toStrictEqual(given)
})

test('headers may be a record, pairs, or Headers', async ({ fixture }) => {
  for (const headers of [{ 'X-Room': '7' }, [['X-Room', '7']], new Headers({ 'X-Room': '7' })]) {
    const given = await call(fixture, { headers })
    expect(given.headers.get('x-room')).toBe('7')
    given.fail()
    for (const client of fixture.clients) client.disconnect()
  }
})

test('the given headers are not changed', async ({ fixture }) => {
  const headers = new Headers({ 'X-Room': '7' })
  await call(fixture, { headers, lastEventId: '5', body: {} })
  expect([...headers.keys()]).toStrictEqual(['x-room'])
})

test('a headers function is called for every attempt', async ({ fixture }) => {
  const asked = []
  const client = fixture.client({
    headers: (context) => {
      asked.push(context)
      return { Authorization: `Bearer ${asked.length}` }
    },
  })
  client.connect()
  const first = await fixture.server.next()
  first.stream().push('id: 5\ndata: x\n\n').break()
  const second = await fixture.server.next()
  expect([first, second].map(({ headers }) => headers.get('authorization'))).toStrictEqual(['Bearer 1', 'Bearer 2'])
  expect(asked.map(({ attempt, lastEventId, error }) => [attempt, lastEventId, error?.code])).toStrictEqual([
    [0, '', undefined],
    [1, '5', 'network'],
  ])
  expect(asked[0].signal === first.signal && asked[0].signal.aborted, 'the signal of the first attempt is aborted').toBeTruthy()
  expect(asked[1].signal === second.signal && !asked[1].signal.aborted, 'the signal of the second attempt is not').toBeTruthy()
})

test('a headers function may be asynchronous', async ({ fixture }) => {
  let resolve
  const client = fixture.client({ headers: () => new Promise((yes) => (resolve = yes)) })
  const opened = client.connect()
  expect(client.state).toBe('connecting')
  await Promise.resolve()
  resolve(new Headers({ Authorization: 'Bearer late' }))
  const { headers } = await fixture.server.next()
  expect(headers.get('authorization')).toBe('Bearer late')
  fixture.server.calls[0].stream()
  await opened
})

/** The callbacks of which a request consists. */
const MAKERS = {
  headers: (make) => [{ headers: make }],
  body: (make) => [{ body: make, method: 'PUT' }],
  url: (make) => [{}, make],
}

test('a headers function that rejects once is called again, and the error names it', async ({ fixture }) => {
  const cause = new Error('no session here')
  const failing = [
    () => {
      throw cause
    },
    () => Promise.reject(cause),
    async () => {
      throw cause
    },
  ]
  for (const [name, options] of Object.entries(MAKERS)) {
    for (const fail of failing) {
      fixture.stage = name
      let asked = 0
      const client = fixture.client(...options(() => (asked++ === 0 ? fail() : name === 'url' ? '/stream' : undefined)))
      const recorder = new EventRecorder(client, 'error', 'retry')
      client.connect()
      const error = await recorder.nextData()
      expect([error.code, error.retryable, error.attempt]).toStrictEqual(['callback', true, 0])
      expect(error.message).toStrictEqual(`SSEClient: ${name}() failed: no session here`)
      expect(error.cause, 'the cause is what was thrown').toBe(cause)
      expect((await recorder.nextData()).error, 'it is why there is a retry').toBe(error)
      await fixture.server.next()
      expect(asked).toBe(2)
      client.disconnect()
    }
  }
})

test('a headers function that always rejects ends after maxReconnects', async ({ fixture }) => {
  for (const [name, options] of Object.entries(MAKERS)) {
    fixture.stage = name
    let asked = 0
    const [given, url] = options(() => Promise.reject(asked++))
    const client = fixture.client({ ...given, maxReconnects: 2 }, url)
    const recorder = new EventRecorder(client, 'close')
    client.connect()
    const { reason, error } = await recorder.nextData()
    expect([reason, error.code, error.message]).toStrictEqual(['max-reconnects', 'callback', `SSEClient: ${name}() failed: 2`])
    expect(asked).toBe(3)
  }
  expect(fixture.server.calls.length).toBe(0)
})

test('the URL may be a function, which is called for every attempt', async ({ fixture }) => {
  const asked = []
  const url = ({ attempt, lastEventId, error }) => {
    asked.push([attempt, lastEventId, error?.code])
    return [new URL('/rooms?after=0', location.href), Promise.resolve('rooms?after=7')][attempt]
  }
  const client = fixture.client({}, url)
  expect(client.url).toBe('')
  client.connect()
  const first = await fixture.server.next()
  expect([first.url, client.url]).toStrictEqual([`${location.origin}/rooms?after=0`, first.url])
  const recorder = new EventRecorder(client, 'message')
  const stream = first.stream()
  stream.push('id: 7\ndata: x\n\n')
  expect((await recorder.next()).event.origin).toStrictEqual(location.origin)
  stream.break()
  const second = await fixture.server.next()
  expect([second.url, client.url]).toStrictEqual([new URL('rooms?after=7', location.href).href, second.url])
  expect(asked).toStrictEqual([
    [0, '', undefined],
    [1, '7', 'network'],
  ])
})

test('a URL function that returns an invalid URL is a fatal error that names it', async ({ fixture }) => {
  for (const [answer, message] of [
    [7, /the URL that url\(\) returned: 7 was given; it must be a string or a URL/],
    [undefined, /undefined was given/],
    ['file:///etc', /http:, https:, blob: or data:/],
    ['localhost:80/x?token=s3cret', /such as 'http:\/\/localhost:80\/x'$/],
  ] as [unknown, RegExp | string][]) {
    const error = await rejection(fixture.client({}, () => answer).connect())
    expect([error.code, error.retryable]).toStrictEqual(['callback', false])
    expect(error.message).toMatch(message)
  }
  expect(fixture.server.calls.length).toBe(0)
})

test('invalid headers are a callback error', async ({ fixture }) => {
  for (const made of [7, 'Authorization: x', { 'no name': 'x' }]) {
    const error = await rejection(fixture.client({ headers: () => made }).connect())
    expect([error.code, error.retryable], String(made)).toStrictEqual(['callback', false])
    expect(error.message).toMatch(
      /^SSEClient: headers\(\) returned (a number|a string|an object); it must return what `new Headers\(\)` accepts$/,
    )
  }
})

test('a headers function may return undefined', async ({ fixture }) => {
  for (const none of [undefined, null]) {
    fixture.client({ headers: () => none }).connect()
    const given = await fixture.server.next()
    expect([...given.headers.keys()]).toStrictEqual(['accept'])
    given.stream()
    for (const client of fixture.clients) client.disconnect()
  }
})

test('an object is sent as JSON', async ({ fixture }) => {
  const { body, headers } = await call(fixture, { body: { message: 'hé', to: [1, 2] } })
  expect(JSON.parse(body)).toStrictEqual({ message: 'hé', to: [1, 2] })
  expect(headers.get('content-type')).toBe('application/json')
})

test('an array is sent as JSON', async ({ fixture }) => {
  const { body, headers } = await call(fixture, { body: [1, { a: 2 }] })
  expect(body).toBe('[1,{"a":2}]')
  expect(headers.get('content-type')).toBe('application/json')
})

test('the content type of json can be overridden', async ({ fixture }) => {
  const { headers } = await call(fixture, { body: {}, headers: { 'Content-Type': 'application/vnd.api+json' } })
  expect(headers.get('content-type')).toBe('application/vnd.api+json')
})

test('a string is sent unchanged', async ({ fixture }) => {
  const { body, headers } = await call(fixture, { body: '{"a":1}' })
  expect([body, headers.has('content-type')]).toStrictEqual(['{"a":1}', false])
})

test('every type of body that fetch accepts is sent unchanged', async ({ fixture }) => {
  const form = new FormData()
  form.set('a', '1')
  const bytes = new Uint8Array([97, 98])
  const bodies = [new Blob(['ab']), form, new URLSearchParams('a=1'), bytes, bytes.buffer, new DataView(bytes.buffer)]
  for (const body of bodies) {
    const given = await call(fixture, { body })
    expect(given.body, `${body} is sent unchanged`).toBe(body)
    expect([given.method, given.headers.has('content-type'), 'duplex' in given.init]).toStrictEqual(['POST', false, false])
    given.stream()
    for (const client of fixture.clients) client.disconnect()
  }
})

test('a body function is called for every attempt', async ({ fixture }) => {
  const attempts = []
  const body = async ({ attempt, lastEventId }) => {
    attempts.push(attempt)
    return { attempt, lastEventId }
  }
  fixture.client({ body, reconnect: 'on-error' }).connect()
  const first = await fixture.server.next()
  first.fail()
  const second = await fixture.server.next()
  expect([first.body, second.body].map((body) => JSON.parse(body))).toStrictEqual([
    { attempt: 0, lastEventId: '' },
    { attempt: 1, lastEventId: '' },
  ])
  expect([first.method, second.method]).toStrictEqual(['POST', 'POST'])
  expect(attempts).toStrictEqual([0, 1])
})

test('a body function may return undefined', async ({ fixture }) => {
  const { method, body } = await call(fixture, { body: () => undefined })
  expect([method, body]).toStrictEqual(['POST', undefined])
})

test('a body that fails is a callback error', async ({ fixture }) => {
  const cyclic: any = {}
  cyclic.self = cyclic
  for (const made of [7, true, cyclic, { toJSON: () => undefined }]) {
    const error = await rejection(fixture.client({ body: () => made }).connect())
    expect([error.code, error.retryable]).toStrictEqual(['callback', false])
  }
  expect(fixture.server.calls.length).toBe(0)
})

test('a stream is sent with duplex: half', async ({ fixture }) => {
  const body = new Blob(['ab']).stream()
  const given = await call(fixture, { body })
  expect(given.body, 'it is sent unchanged').toBe(body)
  expect(given.init.duplex).toBe('half')
})

test('a stream that has been sent cannot be sent again', async ({ fixture }) => {
  const client = fixture.client({ body: new Blob(['ab']).stream(), reconnect: 'on-error' })
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  const first = await fixture.server.next()
  expect(await received(first).text()).toBe('ab')
  first.fail()
  const { reason, error } = await recorder.nextData()
  expect([reason, error.code, error.attempt]).toStrictEqual(['fatal', 'callback', 1])
  expect(error.message).toMatch(/a stream that was sent before: give a function/)
})

test('a body function can return a new stream for every attempt', async ({ fixture }) => {
  fixture.client({ body: () => new Blob(['ab']).stream(), reconnect: 'on-error' }).connect()
  const first = await fixture.server.next()
  expect(await received(first).text()).toBe('ab')
  first.fail()
  expect(await received(await fixture.server.next()).text()).toBe('ab')
})

test('Last-Event-ID is not sent without an id', async ({ fixture }) => {
  const { headers } = await call(fixture)
  expect(headers.has('last-event-id')).toBe(false)
})

test('the option lastEventId is sent with the first request', async ({ fixture }) => {
  const { headers } = await call(fixture, { lastEventId: '42' })
  expect(headers.get('last-event-id')).toBe('42')
})

test('the last event ID is sent as UTF-8 bytes', async ({ fixture }) => {
  const client = fixture.client()
  client.connect()
  const first = await fixture.server.next()
  first.stream().push('id: ключ-🎈\ndata: x\n\n').end()
  const { headers } = await fixture.server.next()
  const bytes = Uint8Array.from(headers.get('last-event-id') as string, (character) => character.charCodeAt(0))
  expect(new TextDecoder().decode(bytes)).toBe('ключ-🎈')
  expect(client.lastEventId).toBe('ключ-🎈')
})

test('an empty id removes the header', async ({ fixture }) => {
  fixture.client({ lastEventId: '42' }).connect()
  const first = await fixture.server.next()
  first.stream().push('id\ndata: x\n\n').end()
  const { headers } = await fixture.server.next()
  expect(headers.has('last-event-id')).toBe(false)
})

/** The `Last-Event-ID` of three requests: at first, after a stream that sets 6, and after one that resets it. */
async function lastEventIdsOfThreeRequests(fixture, options) {
  const client = fixture.client(options)
  client.connect()
  const calls = []
  for (const text of ['id: 6\ndata: x\n\n', 'id\ndata: x\n\n', '']) {
    calls.push(await fixture.server.next())
    if (text) calls.at(-1).stream().push(text).end()
  }
  client.disconnect()
  return calls.map(({ headers }) => headers.get('last-event-id'))
}

test('a Last-Event-ID in the headers is used for the first request only', async ({ fixture }) => {
  const given = [{ 'Last-Event-ID': '5' }, [['last-event-id', '5']], new Headers({ 'LAST-EVENT-ID': '5' })]
  for (const headers of given) expect(await lastEventIdsOfThreeRequests(fixture, { headers })).toStrictEqual(['5', '6', null])
  for (const headers of given)
    expect(await lastEventIdsOfThreeRequests(fixture, { headers: async () => headers })).toStrictEqual(['5', '6', null])
})

test('the option lastEventId takes precedence over the header', async ({ fixture }) => {
  const headers = { 'Last-Event-ID': '5' }
  expect(await lastEventIdsOfThreeRequests(fixture, { headers, lastEventId: '4' })).toStrictEqual(['4', '6', null])
  expect(await lastEventIdsOfThreeRequests(fixture, { headers: () => headers, lastEventId: '4' })).toStrictEqual(['4', '6', null])
})

test('a Last-Event-ID in the headers is readable like the option', async ({ fixture }) => {
  const client = fixture.client({ headers: { 'Last-Event-ID': 'Ã©' } })
  expect(client.lastEventId).toBe('é')
  client.connect()
  expect((await fixture.server.next()).headers.get('last-event-id')).toBe('Ã©')
  // Not UTF-8, so it is decoded as text.
  expect(fixture.client({ headers: { 'Last-Event-ID': 'é' } }).lastEventId).toBe('é')
})

test('a POST that is sent anew starts with the Last-Event-ID of the headers', async ({ fixture }) => {
  const client = fixture.client({ headers: () => ({ 'Last-Event-ID': '5' }), body: 'x' })
  for (const id of ['6', '7']) {
    client.connect()
    const call = await fixture.server.next()
    expect(call.headers.get('last-event-id')).toBe('5')
    const recorder = new EventRecorder(client, 'message')
    call.stream().push(`id: ${id}\ndata: x\n\n`)
    await recorder.next()
    client.disconnect()
  }
})

/** The `Last-Event-ID` of the request that follows a stream with this id. */
async function resumedAfter(fixture, id) {
  const client = fixture.client()
  client.connect()
  ;(await fixture.server.next()).stream().push(`id: 1\ndata: x\n\nid:${id}\ndata: x\n\n`).end()
  const next = await fixture.server.next()
  expect(client.lastEventId, 'lastEventId is what the stream set').toBe(id)
  client.disconnect()
  return next.headers.get('last-event-id')
}

test('an id of white space is not sent', async ({ fixture }) => {
  for (const id of ['\t', '\t \t', '\u3000']) expect(await resumedAfter(fixture, id), JSON.stringify(id)).toBe(null)
})

test('an id of more than 4096 bytes is not sent, and no shorter one instead', async ({ fixture }) => {
  expect((await resumedAfter(fixture, 'x'.repeat(4096))).length).toBe(4096)
  expect((await resumedAfter(fixture, '€'.repeat(1365))).length).toBe(4095)
  for (const id of ['x'.repeat(4097), '€'.repeat(1366), 'x'.repeat(200_000), 'é'.repeat(7_500_000)])
    expect(await resumedAfter(fixture, id), `${id.length}`).toBe(null)
})

test('an id with control characters is sent by browsers', async ({ fixture }) => {
  for (const id of ['a\x01b', 'a\x7f', '\x1b[0m', 'a\tb'])
    expect(await resumedAfter(fixture, id), JSON.stringify(id)).toStrictEqual(id)
})

test('an id with control characters is not sent by Node', async ({ fixture }) => {
  fixture.replace(globalThis, 'process', { value: { versions: { node: '24.0.0' } } })
  for (const id of ['a\x01b', 'a\x7f', '\x1b[0m']) expect(await resumedAfter(fixture, id), JSON.stringify(id)).toBe(null)
  expect(await resumedAfter(fixture, 'a\tb é')).toBe('a\tb Ã©')
})

test('the global fetch is looked up at the time of the request', async ({ fixture }) => {
  const client = fixture.client({ fetch: undefined })
  const { fetch } = globalThis
  globalThis.fetch = fixture.server.fetch
  try {
    await fixture.connect(client)
  } finally {
    globalThis.fetch = fetch
  }
  expect(fixture.server.calls.length).toBe(1)
})

test('the global fetch is looked up after the headers function returned', async ({ fixture }) => {
  const early = []
  fixture.replace(globalThis, 'fetch', {
    value: (...given: [any, any]) => (early.push(given), fixture.server.fetch(...given)),
    writable: true,
  })
  const headers = async () => void fixture.replace(globalThis, 'fetch', { value: fixture.server.fetch, writable: true })
  await fixture.open({ fetch: undefined, headers })
  expect([early.length, fixture.server.calls.length]).toStrictEqual([0, 1])
})

test('fetch is called without a this value', async ({ fixture }) => {
  let self
  const client = fixture.client({
    fetch(...given: [any, any]) {
      self = this
      return fixture.server.fetch(...given)
    },
  })
  await fixture.connect(client)
  expect(self).toBe(undefined)
})

test('the signal is aborted on disconnect', async ({ fixture }) => {
  const { client, call } = await fixture.open()
  expect(call.signal.aborted).toBe(false)
  client.disconnect()
  expect(call.signal.aborted).toBe(true)
})

test('the signal of a request without a response is aborted on disconnect', async ({ fixture }) => {
  const client = fixture.client()
  client.connect()
  const { signal } = await fixture.server.next()
  client.disconnect()
  expect(signal.aborted).toBe(true)
})

test('a client that is disconnected at once sends nothing', async ({ fixture }) => {
  const asked = []
  const client = fixture.client({ headers: () => void asked.push('headers'), body: () => void asked.push('body') })
  client.connect()
  client.disconnect()
  await new Promise((resolve) => setTimeout(resolve))
  expect([asked, fixture.server.calls.length]).toStrictEqual([[], 0])
})

test('a client that is disconnected while the headers are requested sends nothing', async ({ fixture }) => {
  const asked = []
  let answer
  const headers = ({ signal }) => {
    asked.push(signal)
    return new Promise((resolve) => (answer = resolve))
  }
  const client = fixture.client({ headers, body: () => void asked.push('body') })
  client.connect()
  await Promise.resolve()
  client.disconnect()
  expect(asked.map((signal) => signal.aborted)).toStrictEqual([true])
  answer({})
  await new Promise((resolve) => setTimeout(resolve))
  expect([asked.length, fixture.server.calls.length]).toStrictEqual([1, 0])
})

test('a client that is disconnected within the first microtasks sends nothing', async ({ fixture }) => {
  for (const ticks of [1, 2, 3]) {
    const client = fixture.client()
    client.connect()
    for (let tick = 0; tick < ticks; tick++) await null
    client.disconnect()
    await turn()
    expect(fixture.server.calls.length, `after ${ticks} microtasks`).toBe(0)
  }
})

test('a client that is reconnected within the first microtasks sends one request', async ({ fixture }) => {
  for (const ticks of [1, 2, 3]) {
    const client = fixture.client()
    const before = fixture.server.calls.length
    client.connect()
    for (let tick = 0; tick < ticks; tick++) await null
    const opened = client.reconnect()
    const call = await fixture.server.next()
    expect(call.signal.aborted, `the first request after ${ticks} microtasks`).toBe(false)
    call.stream()
    await opened
    expect(fixture.server.calls.length - before, `requests after ${ticks} microtasks`).toBe(1)
    client.disconnect()
  }
})
