// What the head of a response means, and what an error says about it.

import { EventRecorder, expect, rejection, SimulatedClock, test, turn } from './fixture/index.ts'

const EVENT_STREAM = 'text/event-stream'

/**
 * Values of Content-Type, each list as it comes in several headers, and the MIME type they mean. The first ones are those of
 * Web Platform Tests (`fetch/content-type/resources/content-types.json`), with an event stream in the place of text/plain.
 */
const CONTENT_TYPES = [
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

test('a content type means what the fetch standard makes of it', async ({ fixture }) => {
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

/** The wait after a 503 with this `Retry-After`, in milliseconds; undefined if the client did not heed it. */
async function waitAfter(fixture, retryAfter) {
  const client = fixture.client({ fetch: async () => new Response('', { status: 503, headers: { 'retry-after': retryAfter } }) })
  const recorder = new EventRecorder(client, 'retry')
  client.connect()
  await turn()
  const { delay } = await recorder.nextData()
  client.disconnect()
  return delay <= 1 ? undefined : delay
}

test('retry after is seconds with fractions rounded up', async ({ fixture }) => {
  new SimulatedClock(fixture)
  for (const [value, seconds] of [
    ['34.5', 35],
    ['34', 34],
    ['0.2', 1],
    ['7.0', 7],
    [' 3 ', 3],
  ]) {
    const delay = await waitAfter(fixture, value)
    expect(delay >= seconds * 1000 && delay <= seconds * 2000, `${value}: ${delay} ms`).toBeTruthy()
  }
})

test('what is no retry after is ignored', async ({ fixture }) => {
  for (const value of [
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

test('retry after may be each form of an http date', async ({ fixture }) => {
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

/** How a client ends that is answered like this. */
async function endAfter(fixture, response, options = {}, url = '/stream?token=s3cret') {
  const client = fixture.client({ fetch: async () => response, reconnect: 'never', ...options }, url)
  const recorder = new EventRecorder(client, 'close')
  client.connect()
  return (await recorder.nextData()).error
}

test('an error names the type and the url that came', async ({ fixture }) => {
  const page = new Response('<h1>Log in</h1>', { headers: { 'content-type': 'text/html' } })
  Object.defineProperty(page, 'url', { value: 'https://example.test/login?next=s3cret#x' })
  expect((await endAfter(fixture, page)).message).toBe(
    'SSEClient: the response is no event stream: its content type is text/html instead of text/event-stream (status 200, https://example.test/login)',
  )
  const { origin } = location
  const none = new Response(new Blob([]).stream())
  expect((await endAfter(fixture, none)).message).toBe(
    `SSEClient: the response is no event stream: its content type is missing instead of text/event-stream (status 200, ${origin}/stream)`,
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

test('no content has headers too', async ({ fixture }) => {
  const client = fixture.client({ fetch: async () => new Response(null, { status: 204, headers: { 'x-reason': 'over' } }) })
  const error = await rejection(client.connect())
  expect([error.status, error.headers.get('x-reason')]).toStrictEqual([204, 'over'])
})

test('validate is named when it refuses', async ({ fixture }) => {
  const validate = () => {
    throw new Error('not for us')
  }
  const error = await endAfter(fixture, new Response('', { status: 202, headers: { 'content-type': 'text/html' } }), { validate })
  expect(error.message).toBe('SSEClient: validate refused the response (status 202, content type text/html): not for us')
})

test('the causes of a cause are told', async ({ fixture }) => {
  const cause = new Error('connect ECONNREFUSED 127.0.0.1:9')
  const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:9'), cause]), { code: 'ECONNREFUSED' })
  const other = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
  const told = [
    [new TypeError('fetch failed', { cause }), /: fetch failed: connect ECONNREFUSED 127\.0\.0\.1:9$/],
    [
      new TypeError('fetch failed', { cause: refused }),
      /: fetch failed: connect ECONNREFUSED ::1:9, connect ECONNREFUSED 127\.0\.0\.1:9$/,
    ],
    [new TypeError('terminated', { cause: other }), /: terminated: other side closed \(UND_ERR_SOCKET\)$/],
    [new TypeError(`error sending request for url (${location.origin}/stream?token=s3cret)`), /url \(http.*\/stream\)$/],
  ]
  for (const [thrown, message] of told) {
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

/** How servers write a token into what they answer. */
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

test('a token is hidden however it is written', async ({ fixture }) => {
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

test('the token before a refresh is hidden too', async ({ fixture }) => {
  const answers = [new Response('', { status: 401 }), new Response('f1rst and s3cond', { status: 403 })]
  const error = await endAfter(fixture, undefined, {
    fetch: async () => answers.shift(),
    getToken: () => 'f1rst',
    refreshToken: () => 's3cond',
    reconnect: undefined,
  })
  expect([error.status, error.body]).toStrictEqual([403, '(token) and (token)'])
})
