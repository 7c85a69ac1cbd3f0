// The response: status, content type, `validate`, and what an error says about it.

import { EventRecorder, expect, rejection, SimulatedClock, test, turn } from './fixture/index.ts'

const EVENT_STREAM = 'text/event-stream'

/**
 * Values of Content-Type, one for each header, and whether they mean an event stream. The first ones are those of
 * Web Platform Tests (`fetch/content-type/resources/content-types.json`), with an event stream in the place of text/plain.
 */
const CONTENT_TYPES: [string[], boolean][] = [
  [['', EVENT_STREAM], true],
  [[EVENT_STREAM, ''], true],
  [['text/html', EVENT_STREAM], true],
  [[`${EVENT_STREAM};charset=gbk`, 'text/html'], false],
  [[`${EVENT_STREAM};charset=gbk`, 'text/html;charset=windows-1254'], false],
  [[`${EVENT_STREAM};charset=gbk`, EVENT_STREAM], true],
  [[`${EVENT_STREAM};charset=gbk`, `${EVENT_STREAM};charset=windows-1252`], true],
  [['text/html;charset=gbk', `text/html;x=",${EVENT_STREAM}`], false],
  [['text/html;charset=gbk', EVENT_STREAM, 'text/html'], false],
  [[EVENT_STREAM, '*/*'], true],
  [['text/html', '*/*'], false],
  [['*/*', EVENT_STREAM], true],
  [[EVENT_STREAM, '*/*;charset=gbk'], true],
  [['text/html', '*/*;charset=gbk'], false],
  [['text/html;x="', EVENT_STREAM], false],
  [['text/html;"', EVENT_STREAM], false],
  [['text/html;"\\"', EVENT_STREAM], false],
  [['text/html;"\\\\"', EVENT_STREAM], true],
  [[`${EVENT_STREAM}; a="b, c/d"`], true],
  [[`text/html; x=",${EVENT_STREAM};"`], false],
  [['TEXT/Event-Stream ;charset=utf-8'], true],
  [[` ${EVENT_STREAM} ;x`], true],
  [[`${EVENT_STREAM};`], true],
  [[`${EVENT_STREAM}\t;x`], true],
  [[`${EVENT_STREAM},`], true],
  [[`${EVENT_STREAM}, nonsense`], true],
  [[`${EVENT_STREAM} x`], false],
  [['text /event-stream'], false],
  [['text/ event-stream'], false],
  [['text/"x"event-stream'], false],
  [['text/event-stream2'], false],
  [[''], false],
]

test('the content type is parsed as in the Fetch standard', async ({ fixture }) => {
  for (const [values, isEventStream] of CONTENT_TYPES) {
    fixture.stage = values.join(' | ')
    const headers = new Headers(values.map((value) => ['content-type', value]))
    const opened = fixture
      .client({ reconnect: 'never', fetch: async () => new Response(new Blob([]).stream(), { headers }) })
      .connect()
    if (isEventStream) await opened
    else expect((await rejection(opened)).code, fixture.stage).toBe('content-type')
  }
})

/** The delay after a 503 with this `Retry-After`, in milliseconds; undefined if the client ignored it. */
async function waitAfter(fixture, retryAfter) {
  const client = fixture.client({ fetch: async () => new Response('', { status: 503, headers: { 'retry-after': retryAfter } }) })
  const recorder = new EventRecorder(client, 'retry')
  client.connect()
  await turn()
  const { delay } = await recorder.nextData()
  client.disconnect()
  return delay <= 1 ? undefined : delay
}

test('Retry-After in seconds may have fractions, which are rounded up', async ({ fixture }) => {
  new SimulatedClock(fixture)
  for (const [value, seconds] of [
    ['34.5', 35],
    ['34', 34],
    ['0.2', 1],
    ['7.0', 7],
    [' 3 ', 3],
  ] as [string, number][]) {
    const delay = await waitAfter(fixture, value)
    expect(delay >= seconds * 1000 && delay <= seconds * 2000, `${value}: ${delay} ms`).toBeTruthy()
  }
})

test('an invalid Retry-After is ignored', async ({ fixture }) => {
  for (const value of [
    '',
    '34, 5',
    '+40',
    '45 (seconds)',
    '-3',
    '1e3',
    '.5',
    '5.',
    '0x10',
    'soon',
    '2099-01-01',
    'Infinity',
    'Thu, 31 Feb 2099 00:00:00 GMT',
    'Wed, 30 Dec 2099 10:00:00 +0100',
  ]) {
    expect(await waitAfter(fixture, value), value).toBe(undefined)
  }
})

test('Retry-After may be every form of an HTTP date', async ({ fixture }) => {
  const now = Date.UTC(2026, 10, 29, 12)
  fixture.replace(Date, 'now', { value: () => now })
  for (const value of ['Sun, 29 Nov 2026 12:01:00 GMT', 'Sunday, 29-Nov-26 12:01:00 GMT', 'Sun Nov 29 12:01:00 2026']) {
    const delay = await waitAfter(fixture, value)
    expect(delay >= 60_000 && delay <= 120_000, `${value}: ${delay} ms`).toBeTruthy()
  }
  // In the past.
  for (const value of ['Sun, 29 Nov 2026 11:00:00 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])
    expect(await waitAfter(fixture, value), value).toBe(undefined)
})

/** The error of a client that gets this response. */
async function endAfter(fixture, response, options = {}, url = '/stream?token=s3cret') {
  const client = fixture.client({ fetch: async () => response, reconnect: 'never', ...options }, url)
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  return (await recorder.nextData()).error
}

test('an error names the content type and the URL of the response', async ({ fixture }) => {
  const page = new Response('<h1>Log in</h1>', { headers: { 'content-type': 'text/html' } })
  Object.defineProperty(page, 'url', { value: 'https://example.test/login?next=s3cret#x' })
  expect((await endAfter(fixture, page)).message).toBe(
    'SSEClient: the response is not an event stream: its content type is text/html instead of text/event-stream (status 200, https://example.test/login)',
  )
  const { origin } = location
  const none = new Response(new Blob([]).stream())
  expect((await endAfter(fixture, none)).message).toBe(
    `SSEClient: the response is not an event stream: its content type is missing instead of text/event-stream (status 200, ${origin}/stream)`,
  )
  expect((await endAfter(fixture, new Response('', { status: 404 }))).message).toBe(
    `SSEClient: the server answered with status 404 (${origin}/stream)`,
  )
})

test('an error has the headers of the response', async ({ fixture }) => {
  const headers = { 'x-should-retry': 'false', 'content-type': EVENT_STREAM }
  const responses = {
    status: [new Response('', { status: 529, headers })],
    'content-type': [new Response('', { headers: { ...headers, 'content-type': 'text/html' } })],
    callback: [new Response('', { headers }), { validate: () => Promise.reject(new Error('no')) }],
    network: [new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('lost')) }), { headers })],
  }
  for (const [code, [response, options]] of Object.entries(responses)) {
    const error = await endAfter(fixture, response, options)
    expect([error.code, error.headers?.get('x-should-retry')]).toStrictEqual([code, 'false'])
  }
  const error = await rejection(
    fixture.client({ fetch: () => Promise.reject(new TypeError('no')), reconnect: 'never' }).connect(),
  )
  expect([error.code, 'headers' in error]).toStrictEqual(['network', false])
})

test('the error after 204 has the headers, too', async ({ fixture }) => {
  const client = fixture.client({ fetch: async () => new Response(null, { status: 204, headers: { 'x-reason': 'over' } }) })
  const error = await rejection(client.connect())
  expect([error.status, error.headers.get('x-reason')]).toStrictEqual([204, 'over'])
})

test('an error says that validate refused the response', async ({ fixture }) => {
  const validate = () => {
    throw new Error('not for us')
  }
  const error = await endAfter(fixture, new Response('', { status: 202, headers: { 'content-type': 'text/html' } }), { validate })
  expect(error.message).toBe('SSEClient: validate refused the response (status 202, content type text/html): not for us')
})

test('an error message includes the causes of its cause', async ({ fixture }) => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:9')
  const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:9'), cause]), { code: 'ECONNREFUSED' })
  const other = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  const cases: [Error, RegExp][] = [
    [new TypeError('fetch failed', { cause }), /: fetch failed: connect ECONNREFUSED 127\.0\.0\.1:9$/],
    [
      new TypeError('fetch failed', { cause: refused }),
      /: fetch failed: connect ECONNREFUSED ::1:9, connect ECONNREFUSED 127\.0\.0\.1:9$/,
    ],
    [new TypeError('terminated', { cause: other }), /: terminated: other side closed \(UND_ERR_SOCKET\)$/],
    [new TypeError(`error sending request for url (${location.origin}/stream?token=s3cret)`), /url \(http.*\/stream\)$/],
  ]
  for (const [thrown, message] of cases) {
    const error = await rejection(
      fixture.client({ fetch: () => Promise.reject(thrown), reconnect: 'never' }, '/stream?token=s3cret').connect(),
    )
    expect(error.message).toMatch(message)
  }
  const cyclic = new Error('round')
  cyclic.cause = cyclic
  expect(
    (await rejection(fixture.client({ fetch: () => Promise.reject(cyclic), reconnect: 'never' }).connect())).message,
  ).toMatch(/: round$/)
})

/** How servers write a token into their responses. */
const WRITTEN = [
  (token) => token,
  (token) => ` ${token}\n`,
  encodeURIComponent,
  (token) => encodeURIComponent(token).toLowerCase(),
  (token) => new URLSearchParams({ token }).toString(),
  (token) => JSON.stringify({ token }),
  (token) => JSON.stringify({ token }).replaceAll('/', '\\/'),
  (token) => token.replaceAll('+', '\\u002B'),
  (token) => token.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;'),
]

const TOKEN = 'pa+ss/wo=rd~"1'

test('a token is hidden in error messages and bodies, however it is written', async ({ fixture }) => {
  const ways = {
    'with white space around it': { getToken: () => ` ${TOKEN} ` },
    'in a header of ones own': { headers: { Authorization: `Bearer ${TOKEN}` } },
    'in a header that a function makes': { headers: async () => ({ Authorization: `Bearer  ${TOKEN}` }) },
  }
  for (const [way, options] of Object.entries(ways)) {
    for (const write of WRITTEN) {
      const error = await endAfter(fixture, new Response(`<${write(TOKEN)}>`, { status: 403 }), options)
      expect(!/pa.+ss/.test(error.body) && error.body.includes('(token)'), `${way}: ${error.body}`).toBeTruthy()
      const cause = new TypeError(`no ${write(TOKEN)}`)
      const failed = await rejection(
        fixture.client({ ...options, fetch: () => Promise.reject(cause), reconnect: 'never' }).connect(),
      )
      expect(!/pa.+ss/.test(failed.message), `${way}: ${failed.message}`).toBeTruthy()
    }
  }
})

test('the token from before a refresh is hidden, too', async ({ fixture }) => {
  const answers = [new Response('', { status: 401 }), new Response('f1rst and s3cond', { status: 403 })]
  const error = await endAfter(fixture, undefined, {
    fetch: async () => answers.shift(),
    getToken: () => 'f1rst',
    refreshToken: () => 's3cond',
    reconnect: undefined,
  })
  expect([error.status, error.body]).toStrictEqual([403, '(token) and (token)'])
})

const STREAM = { headers: { 'content-type': 'text/event-stream' } }

test('a 204 response closes the client', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'error', 'close')
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response(null, { status: 204 }))
  const { code, status } = await rejection(opened)
  expect([code, status]).toStrictEqual(['status', 204])
  expect([recorder.recorded, client.state]).toStrictEqual([[['close', { reason: 'no-content' }]], 'closed'])
})

test('the error of an error response has its body', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  const stream = (await fixture.server.next()).stream({ status: 404 })
  stream.push('{"error":', '"нет"}').end()
  const error = await rejection(opened)
  expect([error.body, error.status]).toStrictEqual(['{"error":"нет"}', 404])
  expect(error.message).toMatch(/status 404/)
})

test('only the beginning of a huge error body is kept', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  const stream = (await fixture.server.next()).stream({ status: 400 })
  stream.push('x'.repeat(60_000), 'y'.repeat(60_000), 'z')
  const { body } = await rejection(opened)
  expect([body.length, body.slice(59_999, 60_001), stream.cancelled]).toStrictEqual([65_536, 'xy', true])
})

/** How long the client waits for the body of an error, in milliseconds. */
const ERROR_BODY_TIMEOUT = 3000

test('the client does not wait for an error body that never ends', async ({ fixture }) => {
  const clock = new SimulatedClock(fixture)
  const client = fixture.client()
  const opened = client.connect()
  const stream = (await fixture.server.next()).stream({ status: 400 })
  stream.push('the beginning')
  for (let n = 0; n < 5; n++) await turn()
  clock.advance(ERROR_BODY_TIMEOUT - 1)
  expect(client.state).toBe('connecting')
  clock.advance(1)
  const error = await rejection(opened)
  expect([error.status, error.code, error.body, stream.cancelled]).toStrictEqual([400, 'status', 'the beginning', true])
})

test('an error body that breaks does not hide the status', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  ;(await fixture.server.next()).stream({ status: 400 }).push('the beginning').break()
  const error = await rejection(opened)
  expect([error.status, error.code, error.body]).toStrictEqual([400, 'status', 'the beginning'])
})

test('an error response may have no body', async ({ fixture }) => {
  const client = fixture.client()
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response(null, { status: 403 }))
  const error = await rejection(opened)
  expect([error.status, error.body ?? '']).toStrictEqual([403, ''])
})

test('another content type is an error', async ({ fixture }) => {
  for (const type of ['text/html', 'text/event-streams', 'text/event-stream, text/html', 'text/plain; x=text/event-stream', '']) {
    const client = fixture.client()
    const opened = client.connect()
    ;(await fixture.server.next())
      .stream({ headers: { 'content-type': type } })
      .push('<html>')
      .end()
    const error = await rejection(opened)
    expect([error.code, error.status, error.retryable, error.body], type).toStrictEqual(['content-type', 200, false, '<html>'])
  }
})

test('validate can accept a response that the default refuses', async ({ fixture }) => {
  const seen = []
  const client = fixture.client({ validate: (response) => void seen.push(response.status) })
  const recorder = new EventRecorder(client, 'message')
  const opened = client.connect()
  ;(await fixture.server.next())
    .stream({ status: 201, headers: { 'content-type': 'application/octet-stream' } })
    .push('data: x\n\n')
  await opened
  expect([seen, await recorder.nextData()]).toStrictEqual([[201], 'x'])
})

test('validate may be asynchronous', async ({ fixture }) => {
  let accept
  const client = fixture.client({ validate: () => new Promise((resolve) => (accept = resolve)) })
  const opened = client.connect()
  ;(await fixture.server.next()).stream()
  await turn()
  expect(client.state).toBe('connecting')
  accept()
  await opened
})

test('a validate that throws or rejects refuses the response', async ({ fixture }) => {
  const cause = new Error('not for me')
  const refusals = [
    () => {
      throw cause
    },
    () => Promise.reject(cause),
  ]
  for (const validate of refusals) {
    const client = fixture.client({ validate })
    const opened = client.connect()
    ;(await fixture.server.next()).stream().push('why').end()
    const error = await rejection(opened)
    expect([error.code, error.status, error.retryable, error.body]).toStrictEqual(['callback', 200, false, 'why'])
    expect(error.cause, 'the cause is what was thrown').toBe(cause)
  }
})

test('validate can read the body of a response that it refuses', async ({ fixture }) => {
  const validate = async (response) => {
    throw new Error((await response.json()).message)
  }
  const client = fixture.client({ validate })
  const opened = client.connect()
  ;(await fixture.server.next()).respond(Response.json({ message: 'not for you' }, { status: 403 }))
  const error = await rejection(opened)
  expect([error.code, error.cause.message, error.body]).toStrictEqual(['callback', 'not for you', undefined])
})

test('validate is not called for a transient status', async ({ fixture }) => {
  const client = fixture.client({ validate: () => expect(false, 'it was asked').toBeTruthy() })
  client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 503 }))
  await fixture.server.next()
})

test('a fetch that throws is a network failure', async ({ fixture }) => {
  const cause = new Error('thrown at once')
  const client = fixture.client({
    fetch: () => {
      throw cause
    },
  })
  const recorder = new EventRecorder(client, 'error')
  client.connect()
  const error = await recorder.nextData()
  expect(error.cause === cause && error.code === 'network', 'it is the cause').toBeTruthy()
})

test('fetch may reject with any value', async ({ fixture }) => {
  for (const cause of [undefined, null, 'text', 7, Object.create(null), Symbol('s'), { message: Symbol('s') }]) {
    const error = await rejection(fixture.client({ fetch: () => Promise.reject(cause), maxReconnects: 0 }).connect())
    expect(error.code).toBe('network')
    expect(error.cause, 'it is the cause').toBe(cause)
  }
})

test('a fetch that returns no response is a callback error', async ({ fixture }) => {
  for (const [nonsense, named] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'a number'],
    ['text', 'a string'],
    [{}, 'an object'],
    [[], 'an array'],
    [{ status: 200 }, 'an object'],
  ]) {
    const error = await rejection(fixture.client({ fetch: () => nonsense }).connect())
    expect([error.code, error.retryable]).toStrictEqual(['callback', false])
    expect(error.message).toMatch(new RegExp(`fetch returned ${named} instead of a Response`))
  }
})

test('fetch may return an object that resembles a Response', async ({ fixture }) => {
  const body = new Response('data: x\n\n').body
  const client = fixture.client({
    fetch: () => ({ status: 200, headers: new Headers(STREAM.headers), body }),
    reconnect: 'never',
  })
  const recorder = new EventRecorder(client, 'open', 'message', 'close')
  client.connect()
  expect((await recorder.nextData()).url).toStrictEqual(client.url)
  expect(await recorder.take(2)).toStrictEqual(['x', { reason: 'server' }])
})

test('a response whose optional properties throw is accepted', async ({ fixture }) => {
  const mistake = new Error('my mistake')
  const response = {
    status: 200,
    headers: new Headers(STREAM.headers),
    body: new Response('data: x\n\n').body,
    get url() {
      throw mistake
    },
  }
  const client = fixture.client({ fetch: () => response, reconnect: 'never' })
  const recorder = new EventRecorder(client, 'open', 'message', 'close')
  client.connect()
  expect((await recorder.nextData()).url).toStrictEqual(client.url)
  expect(await recorder.take(2)).toStrictEqual(['x', { reason: 'server' }])
  expect(await fixture.reports.next(), 'it was reported').toBe(mistake)
})

test('a body that cannot be read is a callback error', async ({ fixture }) => {
  const locked = new Response('data: x\n\n', STREAM)
  locked.body.getReader()
  const used = new Response('data: x\n\n', STREAM)
  await used.text()
  const resembling = (body) => ({ status: 200, headers: new Headers(STREAM.headers), body })
  for (const response of [
    locked,
    used,
    resembling('text'),
    resembling({}),
    resembling({ getReader: () => ({}) }),
    resembling({ getReader: () => 7 }),
  ]) {
    const client = fixture.client({ fetch: () => response })
    const recorder = new EventRecorder(client, 'close')
    client.connect()
    const { reason, error } = await recorder.nextData()
    expect([reason, error?.code]).toStrictEqual(['fatal', 'callback'])
  }
})

test('a response without a body is a stream that has ended', async ({ fixture }) => {
  const client = fixture.client({ reconnect: 'on-error' })
  const recorder = new EventRecorder(client, 'open', 'close')
  client.connect()
  ;(await fixture.server.next()).respond(new Response(null, STREAM))
  expect((await recorder.nextData()).status).toBe(200)
  expect(await recorder.nextData()).toStrictEqual({ reason: 'server' })
})
