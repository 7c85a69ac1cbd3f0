// Options are checked when the client is created.

import {
  EventRecorder,
  everythingOf,
  expect,
  rejection,
  SSEAuth,
  SSEClient,
  type SSEClientOptions,
  test,
  thrown,
} from './fixture/index.ts'

const cyclic: any = {}

cyclic.self = cyclic

/** For each option, values that are refused. */
const REFUSED = {
  method: [7, '', 'GET IT', 'connect', 'TRACE', 'Track'],
  headers: [7, 'A: b', { 'no name': 'x' }, { a: 'x\ny' }, [['a']]],
  body: [7, true, new Map(), Promise.resolve('x'), cyclic, Symbol('s')],
  fetch: ['fetch', {}],
  signal: [{}, new AbortController(), { aborted: false, addEventListener() {} }],
  getToken: ['s3cret', {}, Promise.resolve('s3cret')],
  refreshToken: ['s3cret', true, 4711],
  auth: ['s3cret', () => 's3cret', { getToken() {} }, SSEAuth, Object.create(SSEAuth.prototype)],
  parse: ['xml', true],
  until: [/x/, 7],
  validate: [true],
  reconnect: [true, 'sometimes'],
  maxReconnects: [-1, 1.5, '3', NaN, 2 ** 32],
  backoff: [100, [1], () => 1],
  shouldRetry: [true],
  connectTimeout: [-1, '30s', Infinity, NaN],
  idleTimeout: [-1, '30s', Infinity, NaN],
  lastEventId: [7, 'a\nb', 'a\rb', 'a\0b'],
  maxEventBytes: [0, -1, 1.5, 2 ** 30 + 1, '1', Infinity],
  history: [-1, 1.5, '10', true, 1_000_001, Infinity],
  unfinished: [true, 'keep'],
  emptyEvents: [1, 'yes', () => true],
  closeWhenHidden: [1, 'yes', () => true],
  watchNetwork: [0, 'no'],
  debug: ['yes', 1],
  credentials: ['maybe'],
  mode: ['navigate'],
  cache: ['maybe'],
  redirect: ['maybe'],
  referrer: ['http://['],
  referrerPolicy: ['maybe'],
} satisfies Record<string, unknown[]> & Record<Exclude<keyof SSEClientOptions, keyof RequestInit>, unknown[]>

const REFUSED_BACKOFF = {
  initial: [-1, '1s', Infinity, NaN],
  max: [-1, Infinity],
  factor: [0.5, Infinity, '2'],
  jitter: [-0.1, 1.1, 'full'],
  stableAfter: [-1, Infinity],
} satisfies Record<keyof NonNullable<SSEClientOptions['backoff']>, unknown[]>

/** Options whose value may be secret: an error names only what kind of value it is. */
const MAY_BE_SECRET = ['headers', 'body', 'getToken', 'refreshToken', 'auth']

/** How an error names a value. */
function shown(value, isSecret: boolean): string {
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  if (isSecret || typeof value === 'function') return `a ${typeof value}`
  return typeof value === 'string' ? `'${value}'` : String(value)
}

function refusal(options, url = '/stream') {
  const error = thrown(
    () => new SSEClient(url, options),
    () => Object.entries(options),
  )
  expect(error, `a TypeError, not ${error}`).toBeInstanceOf(TypeError)
  return error.message
}

test('a wrong option throws an error with its name, the given value and the accepted ones', async () => {
  const refused = Object.entries(REFUSED).map(([name, values]) => ({ name, values, given: (value) => ({ [name]: value }) }))
  for (const [name, values] of Object.entries(REFUSED_BACKOFF))
    refused.push({ name: `backoff.${name}`, values, given: (value) => ({ backoff: { [name]: value } }) })
  for (const { name, values, given } of refused) {
    for (const value of values) {
      const message = refusal(given(value))
      const begin = `SSEClient: option '${name}': ${shown(value, MAY_BE_SECRET.includes(name))} was given; it must be `
      expect(message.startsWith(begin) && message.length > begin.length, `${message} begins with ${begin}`).toBeTruthy()
    }
  }
})

test('a backoff whose initial delay exceeds max is refused', async () => {
  expect(refusal({ backoff: { initial: 2000, max: 1000 } })).toMatch(
    /'backoff.initial': 2000 was given; it must be at most backoff.max, which is 1000/,
  )
})

test('an unknown option is refused, and the error lists the known ones', async () => {
  for (const name of ['header', 'maxRetries', 'withCredentials', 'onmessage', 'toString', '__proto__', '']) {
    const message = refusal({ [name]: 1 })
    expect(message).toMatch(
      new RegExp(`there is no option '${name}'; the options are method, headers, body, .* and the fields of RequestInit`),
    )
  }
  for (const name of ['delay', 'toString', 'constructor', '__proto__']) {
    const message = new RegExp(`there is no option 'backoff.${name}'; its options are initial, max, factor, jitter, stableAfter`)
    expect(refusal({ backoff: { [name]: 1 } })).toMatch(message)
    expect(refusal({ backoff: Object.create({ [name]: 1 }) })).toMatch(message)
  }
})

test('options of later versions are refused', async () => {
  for (const value of [true, 'a name'])
    expect(refusal({ share: value })).toBe("SSEClient: the option 'share' is not available yet")
})

test('auth cannot be combined with getToken or refreshToken', async () => {
  const callback = () => 'token'
  const auth = new SSEAuth({ getToken: callback })
  for (const name of ['getToken', 'refreshToken']) {
    expect(refusal({ auth, [name]: callback })).toMatch(
      new RegExp(`option '${name}' was given beside 'auth'; give only one of them`),
    )
  }
})

test('getToken, refreshToken and auth are accepted', async ({ fixture }) => {
  const callback = () => 'token'
  const accepted = [
    { getToken: callback },
    { refreshToken: callback },
    { getToken: callback, refreshToken: callback },
    { auth: new SSEAuth({ getToken: callback }) },
    { auth: new SSEAuth({ getToken: callback }), getToken: null, refreshToken: undefined },
  ]
  for (const options of accepted) {
    fixture.client({ ...options, fetch: fixture.server.fetch }).connect()
    const call = await fixture.server.next()
    call.stream()
    for (const client of fixture.clients) client.disconnect()
  }
})

test('null and undefined mean the default', async ({ fixture }) => {
  for (const nothing of [null, undefined]) {
    const names = [...Object.keys(REFUSED), 'share', 'integrity', 'keepalive', 'priority', 'unheardOf']
    const options = Object.fromEntries(names.map((name) => [name, nothing]))
    const backoff = Object.fromEntries(Object.keys(REFUSED_BACKOFF).map((name) => [name, nothing]))
    fixture.client({ ...options, backoff, fetch: fixture.server.fetch }).connect()
    const { method, headers, init } = await fixture.server.next()
    expect([method, [...headers], init.cache]).toStrictEqual(['GET', [['accept', 'text/event-stream']], 'no-store'])
    for (const client of fixture.clients) client.disconnect()
  }
})

test('options must be an object', async () => {
  for (const options of [7, 'GET', true]) expect(refusal(options)).toMatch(/options: .* was given; it must be an object/)
})

test('the limits themselves are accepted', async ({ fixture }) => {
  const accepted = {
    maxReconnects: [0, Infinity, 2 ** 32 - 1],
    connectTimeout: [0, 1e12],
    maxEventBytes: [1, 2 ** 30],
    lastEventId: ['', 'ключ'],
    until: [''],
    debug: [false],
    backoff: [{}, { initial: 0, max: 0, factor: 1, jitter: 0, stableAfter: 0 }, { jitter: 1 }, { initial: 60_000 }, { max: 10 }],
    body: ['', {}, []],
    headers: [{}],
    method: ['M-SEARCH'],
    idleTimeout: [0, 0.5],
    history: [0, 1_000_000],
    closeWhenHidden: [true],
    watchNetwork: [false],
  }
  for (const [name, values] of Object.entries(accepted)) for (const value of values) fixture.client({ [name]: value })
})

test('a GET must not have a body', async () => {
  for (const method of ['GET', 'get', 'HEAD']) {
    expect(refusal({ method, body: 'x' })).toMatch(
      /option 'body': a body was given with the method (GET|HEAD); it is accepted with any method but GET and HEAD/,
    )
  }
})

test('the URL must be a string or a URL', async () => {
  for (const url of [null, 7, {}, new Request('/x')] as any[])
    expect(refusal({}, url)).toMatch(/the URL: .* was given; it must be a string or a URL/)
  expect(refusal({}, 'http://[')).toMatch(/the URL: 'http:\/\/\[' was given; it must be an absolute URL/)
  const error = thrown(() => new SSEClient())
  expect(error.message).toMatch(/the URL: undefined was given/)
})

test('the URL must have a scheme that fetch accepts', async ({ fixture }) => {
  for (const url of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'about:blank',
    'ws://example.test/',
    'ftp://example.test/',
    'mailto:me@example.test',
  ]) {
    expect(refusal({}, url)).toMatch(
      /^SSEClient: the URL: '.*' was given; it must be a URL of http:, https:, blob: or data:, and not of [a-z]+:$/,
    )
  }
  for (const url of [
    'http://example.test/',
    'https://example.test/',
    'data:text/event-stream,data:x',
    'blob:http://example.test/1',
    '//example.test/',
    '/',
    '',
  ])
    fixture.client({}, url)
})

test('for a host without a scheme, the error proposes a URL', async () => {
  for (const [url, proposed] of [
    ['localhost:3000', 'http://localhost:3000'],
    ['localhost:3000/events?token=s3cret', 'http://localhost:3000/events'],
    ['api.example.test:80#x', 'http://api.example.test:80'],
  ]) {
    expect(refusal({}, url)).toBe(
      `SSEClient: the URL: '${proposed.slice('http://'.length)}' was given; it must be an absolute URL, such as '${proposed}'`,
    )
  }
})

test('a URL object of another frame is accepted', async () => {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const url = new (frame.contentWindow as any).URL('https://example.test/stream')
  expect(!(url instanceof URL)).toBeTruthy()
  expect(new SSEClient(url).url).toBe('https://example.test/stream')
  frame.remove()
})

test('credentials in the URL are refused, and the error does not repeat them', async () => {
  const message = refusal({}, 'https://me:s3cret@example.test/')
  expect(message).toMatch(/holds a user name or password/)
  expect(!message.includes('s3cret'), 'the password is not in the message').toBeTruthy()
})

test('changing the options object afterwards has no effect', async ({ fixture }) => {
  const options = { method: 'PUT', credentials: 'include' }
  const client = fixture.client(options)
  options.method = 'DELETE'
  options.credentials = 'omit'
  client.connect()
  const { method, init } = await fixture.server.next()
  expect([method, init.credentials]).toStrictEqual(['PUT', 'include'])
})

const SECRET = 's3cret-t0ken'

function expectNoSecret(said) {
  for (const entry of said) expect(everythingOf(entry)).not.toContain(SECRET)
}

test('a token in the headers is in no debug output', async ({ fixture }) => {
  const said = []
  const debug = (entry) => said.push(entry)
  const Authorization = `Bearer ${SECRET}`
  const client = fixture.client(
    { debug, headers: { Authorization }, body: { SECRET }, maxReconnects: 2 },
    `/stream?token=${SECRET}`,
  )
  const recorder = new EventRecorder(client, 'close')
  const { stream } = await fixture.connect(client)
  stream.push('id: 1\ndata: x\n\n').break()
  ;(await fixture.server.next()).respond(new Response('', { status: 503 }))
  ;(await fixture.server.next()).fail()
  await recorder.next()
  const attempts =
    'state request state open, error state retry request, error retry request, error max-reconnects-reached state close'
  expect(said.map(({ kind }) => kind)).toStrictEqual(attempts.replaceAll(',', '').split(' '))
  for (const entry of said) expect(entry.at, 'the time of the entry').toBeTypeOf('number')
  expectNoSecret(said)
})

test('a token in invalid headers is in no error message', async ({ fixture }) => {
  const Authorization = `Bearer ${SECRET}`
  const wrong = [
    { Authorization: `${Authorization}\n.` },
    { Authorization: `${Authorization}€` },
    [['Authorization', Authorization, 'x']],
    { [Authorization]: 'x' },
    `Authorization: ${Authorization}`,
    [[Authorization]],
  ]
  for (const headers of wrong) {
    expect(!refusal({ headers }).includes(SECRET), 'it is in no TypeError').toBeTruthy()
    const error = await rejection(fixture.client({ headers: () => headers }).connect())
    expect(error.code).toBe('callback')
    expect(!everythingOf(error).includes(SECRET), `it is in no SSEError: ${everythingOf(error)}`).toBeTruthy()
  }
})

test('a token in an error that a callback throws is in no debug output', async ({ fixture }) => {
  const said = []
  const headers = async () => {
    throw new Error(`Bearer ${SECRET} has expired`)
  }
  const client = fixture.client({ headers, maxReconnects: 0, debug: (entry) => said.push(entry) })
  const error = await rejection(client.connect())
  expect(error.message).toMatch(/has expired/)
  expect(said.find(({ kind }) => kind === 'error').error.code).toBe('callback')
  expectNoSecret(said)
})

test('properties of Object.prototype are not options', async ({ fixture }) => {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const { Object: Foreign } = frame.contentWindow as any
  for (const prototype of [Object.prototype, Foreign.prototype]) {
    // Old libraries add functions there. This one has the name of an option.
    for (const name of ['each', 'method']) fixture.replace(prototype, name, { value: () => {}, enumerable: true, writable: true })
    const of = (fields) => Object.assign(new prototype.constructor(), fields)
    const auth = new SSEAuth(of({ getToken: () => 'token' }))
    fixture.client(of({ auth, backoff: of({ initial: 1 }), fetch: fixture.server.fetch })).connect()
    const { method, headers } = await fixture.server.next()
    expect([method, headers.get('authorization')]).toStrictEqual(['GET', 'Bearer token'])
    for (const client of fixture.clients) client.disconnect()
    expect(refusal(of({ eech: 1 }))).toMatch(/there is no option 'eech'/)
  }
  frame.remove()
})

test('options may be inherited', async ({ fixture }) => {
  const client = new SSEClient('/stream', Object.create({ method: 'PUT', fetch: fixture.server.fetch }))
  client.connect()
  expect((await fixture.server.next()).method).toBe('PUT')
  client.disconnect()
})

test('debug true writes to the console', async ({ fixture }) => {
  const { debug } = console
  const written = []
  console.debug = (...all) => written.push(all)
  try {
    fixture.client({ debug: true }).connect()
  } finally {
    console.debug = debug
  }
  expect(written.map(([who, { kind }]) => [who, kind])).toStrictEqual([
    ['SSEClient', 'state'],
    ['SSEClient', 'request'],
  ])
})

test('a debug function that throws is reported and stops nothing', async ({ fixture }) => {
  const mistake = new Error('my mistake')
  const client = fixture.client({
    debug: () => {
      throw mistake
    },
  })
  await fixture.connect(client)
  expect(client.state).toBe('open')
  for (const _ of ['state', 'request', 'state', 'open']) expect(await fixture.reports.next(), 'it was reported').toBe(mistake)
  client.disconnect()
  for (const _ of ['state', 'close']) expect((await fixture.reports.next()) === mistake, 'it was reported').toBeTruthy()
})
