// Options are checked at once, and strictly.

import { Ear } from './bed/ear.js'
import { equal, match, ok, rejection, thrown } from './bed/expect.js'
import { SSEAuth, SSEClient } from '../../pkg-template/src/client/client.js'

const cyclic = {}
cyclic.self = cyclic

/** Per option: values that are refused, and how each of them is named. */
const REFUSED = {
  method: [[7, '7'], ['', "''"], ['GET IT', "'GET IT'"], ['connect', "'connect'"], ['TRACE', "'TRACE'"], ['Track', "'Track'"]],
  headers: [[7, 'a number'], ['A: b', 'a string'], [{ 'no name': 'x' }, 'an object'], [{ a: 'x\ny' }, 'an object'], [[['a']], 'an array']],
  body: [[7, 'a number'], [true, 'a boolean'], [new Map(), 'an object'], [Promise.resolve('x'), 'an object'], [cyclic, 'an object'], [Symbol('s'), 'a symbol']],
  fetch: [['fetch', "'fetch'"], [{}, 'an object']],
  signal: [[{}, 'an object'], [new AbortController(), 'an object'], [{ aborted: false, addEventListener() {} }, 'an object']],
  getToken: [['s3cret', 'a string'], [{}, 'an object'], [Promise.resolve('s3cret'), 'an object']],
  refreshToken: [['s3cret', 'a string'], [true, 'a boolean'], [4711, 'a number']],
  auth: [['s3cret', 'a string'], [() => 's3cret', 'a function'], [{ getToken() {} }, 'an object'], [SSEAuth, 'a function'], [Object.create(SSEAuth.prototype), 'an object']],
  parse: [['xml', "'xml'"], [true, 'true']],
  until: [[/x/, 'an object'], [7, '7']],
  validate: [[true, 'true']],
  reconnect: [[true, 'true'], ['sometimes', "'sometimes'"]],
  maxReconnects: [[-1, '-1'], [1.5, '1.5'], ['3', "'3'"], [NaN, 'NaN'], [2 ** 32, '4294967296']],
  backoff: [[100, '100'], [[1], 'an array'], [() => 1, 'a function']],
  shouldRetry: [[true, 'true']],
  connectTimeout: [[-1, '-1'], ['30s', "'30s'"], [Infinity, 'Infinity'], [NaN, 'NaN']],
  idleTimeout: [[-1, '-1'], ['30s', "'30s'"], [Infinity, 'Infinity'], [NaN, 'NaN']],
  lastEventId: [[7, '7'], ['a\nb', "'a\nb'"], ['a\rb', "'a\rb'"], ['a\0b', "'a\0b'"]],
  maxEventBytes: [[0, '0'], [-1, '-1'], [1.5, '1.5'], [2 ** 30 + 1, '1073741825'], ['1', "'1'"], [Infinity, 'Infinity']],
  history: [[-1, '-1'], [1.5, '1.5'], ['10', "'10'"], [true, 'true'], [1_000_001, '1000001'], [Infinity, 'Infinity']],
  unfinished: [[true, 'true'], ['keep', "'keep'"]],
  emptyEvents: [[1, '1'], ['yes', "'yes'"], [() => true, 'a function']],
  closeWhenHidden: [[1, '1'], ['yes', "'yes'"], [() => true, 'a function']],
  watchNetwork: [[0, '0'], ['no', "'no'"]],
  debug: [['yes', "'yes'"], [1, '1']],
  credentials: [['maybe', "'maybe'"]],
  mode: [['navigate', "'navigate'"]],
  cache: [['maybe', "'maybe'"]],
  redirect: [['maybe', "'maybe'"]],
  referrer: [['http://[', "'http://['"]],
  referrerPolicy: [['maybe', "'maybe'"]],
}

const REFUSED_BACKOFF = {
  initial: [[-1, '-1'], ['1s', "'1s'"], [Infinity, 'Infinity'], [NaN, 'NaN']],
  max: [[-1, '-1'], [Infinity, 'Infinity']],
  factor: [[0.5, '0.5'], [Infinity, 'Infinity'], ['2', "'2'"]],
  jitter: [[-0.1, '-0.1'], [1.1, '1.1'], ['full', "'full'"]],
  stableAfter: [[-1, '-1'], [Infinity, 'Infinity']],
}

function refusal(options, url = '/stream') {
  const error = thrown(() => new SSEClient(url, options), () => Object.entries(options))
  ok(error instanceof TypeError, `a TypeError, not ${error}`)
  return error.message
}

export async function a_wrong_option_is_named_with_what_was_given_and_what_is_accepted() {
  for (const [name, values] of Object.entries(REFUSED)) {
    for (const [value, shown] of values) {
      const message = refusal({ [name]: value })
      const begin = `SSEClient: option '${name}': ${shown} was given; it must be `
      ok(message.startsWith(begin) && message.length > begin.length, `${message} begins with ${begin}`)
    }
  }
}

export async function a_wrong_option_of_backoff_is_named_too() {
  for (const [name, values] of Object.entries(REFUSED_BACKOFF)) {
    for (const [value, shown] of values) {
      const message = refusal({ backoff: { [name]: value } })
      const begin = `SSEClient: option 'backoff.${name}': ${shown} was given; it must be `
      ok(message.startsWith(begin) && message.length > begin.length, `${message} begins with ${begin}`)
    }
  }
}

export async function a_first_delay_beyond_the_longest_is_refused() {
  match(refusal({ backoff: { initial: 2000, max: 1000 } }), /'backoff.initial': 2000 was given; it must be at most backoff.max, which is 1000/)
}

export async function an_unknown_option_is_refused_and_the_known_ones_are_named() {
  for (const name of ['header', 'maxRetries', 'withCredentials', 'onmessage', 'toString', '__proto__', '']) {
    const message = refusal({ [name]: 1 })
    match(message, new RegExp(`there is no option '${name}'; accepted are method, headers, body, .* and the fields of RequestInit`))
  }
  for (const name of ['delay', 'toString', 'constructor', '__proto__']) {
    const told = new RegExp(`there is no option 'backoff.${name}'; accepted are initial, max, factor, jitter, stableAfter`)
    match(refusal({ backoff: { [name]: 1 } }), told)
    match(refusal({ backoff: Object.create({ [name]: 1 }) }), told)
  }
}

export async function what_a_later_version_brings_is_not_available_yet() {
  for (const value of [true, 'a name']) equal(refusal({ share: value }), "SSEClient: the option 'share' is not available yet")
}

export async function tokens_come_from_one_place_only() {
  const callback = () => 'token'
  const auth = new SSEAuth({ getToken: callback })
  for (const name of ['getToken', 'refreshToken']) {
    match(refusal({ auth, [name]: callback }), new RegExp(`option '${name}' was given beside 'auth'; give only one of them`))
  }
}

export async function an_auth_and_each_of_its_functions_is_accepted(bed) {
  const callback = () => 'token'
  const accepted = [
    { getToken: callback }, { refreshToken: callback }, { getToken: callback, refreshToken: callback }, { auth: new SSEAuth({ getToken: callback }) },
    { auth: new SSEAuth({ getToken: callback }), getToken: null, refreshToken: undefined },
  ]
  for (const options of accepted) {
    bed.client({ ...options, fetch: bed.server.fetch }).connect()
    const call = await bed.server.next()
    call.stream()
    for (const client of bed.clients) client.disconnect()
  }
}

export async function null_and_undefined_mean_the_default(bed) {
  for (const nothing of [null, undefined]) {
    const names = [...Object.keys(REFUSED), 'share', 'integrity', 'keepalive', 'priority', 'unheardOf']
    const options = Object.fromEntries(names.map((name) => [name, nothing]))
    const backoff = Object.fromEntries(Object.keys(REFUSED_BACKOFF).map((name) => [name, nothing]))
    bed.client({ ...options, backoff, fetch: bed.server.fetch }).connect()
    const { method, headers, init } = await bed.server.next()
    equal([method, [...headers], init.cache], ['GET', [['accept', 'text/event-stream']], 'no-store'])
    for (const client of bed.clients) client.disconnect()
  }
}

export async function options_are_an_object() {
  for (const options of [7, 'GET', true]) match(refusal(options), /options: .* was given; it must be an object/)
}

export async function the_limits_themselves_are_accepted(bed) {
  const accepted = [
    { maxReconnects: 0 }, { maxReconnects: Infinity }, { maxReconnects: 2 ** 32 - 1 }, { connectTimeout: 0 }, { connectTimeout: 1e12 },
    { maxEventBytes: 1 }, { maxEventBytes: 2 ** 30 }, { lastEventId: '' }, { lastEventId: 'ключ' }, { until: '' }, { debug: false },
    { backoff: {} }, { backoff: { initial: 0, max: 0, factor: 1, jitter: 0, stableAfter: 0 } }, { backoff: { jitter: 1 } },
    { backoff: { initial: 60_000 } }, { backoff: { max: 10 } }, { body: '' }, { body: {} }, { body: [] }, { headers: {} }, { method: 'M-SEARCH' },
    { idleTimeout: 0 }, { idleTimeout: 0.5 }, { history: 0 }, { history: 1_000_000 }, { closeWhenHidden: true }, { watchNetwork: false },
  ]
  for (const options of accepted) bed.client(options)
}

export async function a_get_has_no_body() {
  for (const method of ['GET', 'get', 'HEAD']) {
    match(refusal({ method, body: 'x' }), /option 'body': a body was given with the method (GET|HEAD); it is accepted with any method but GET and HEAD/)
  }
}

export async function the_url_is_a_string_or_a_url() {
  for (const url of [null, 7, {}, new Request('/x')]) match(refusal({}, url), /the URL: .* was given; it must be a string or a URL/)
  match(refusal({}, 'http://['), /the URL: 'http:\/\/\[' was given; it must be an absolute URL/)
  const error = thrown(() => new SSEClient())
  match(error.message, /the URL: undefined was given/)
}

export async function a_url_is_of_a_scheme_that_fetch_takes(bed) {
  for (const url of ['javascript:alert(1)', 'file:///etc/passwd', 'about:blank', 'ws://example.test/', 'ftp://example.test/', 'mailto:me@example.test']) {
    match(refusal({}, url), /^SSEClient: the URL: '.*' was given; it must be a URL of http:, https:, blob: or data:, and not of [a-z]+:$/)
  }
  for (const url of ['http://example.test/', 'https://example.test/', 'data:text/event-stream,data:x', 'blob:http://example.test/1', '//example.test/', '/', '']) bed.client({}, url)
}

export async function a_host_without_a_scheme_gets_a_proposal() {
  for (const [url, proposed] of [
    ['localhost:3000', 'http://localhost:3000'], ['localhost:3000/events?token=s3cret', 'http://localhost:3000/events'], ['api.example.test:80#x', 'http://api.example.test:80'],
  ]) {
    equal(refusal({}, url), `SSEClient: the URL: '${proposed.slice('http://'.length)}' was given; it must be an absolute URL, such as '${proposed}'`)
  }
}

export async function a_url_of_another_frame_is_one_too() {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const url = new frame.contentWindow.URL('https://example.test/stream')
  ok(!(url instanceof URL))
  equal(new SSEClient(url).url, 'https://example.test/stream')
  frame.remove()
}

export async function credentials_in_the_url_are_refused_without_being_repeated() {
  const message = refusal({}, 'https://me:s3cret@example.test/')
  match(message, /holds a user name or password/)
  ok(!message.includes('s3cret'), 'the password is not in the message')
}

export async function changing_the_options_afterwards_changes_nothing(bed) {
  const options = { method: 'PUT', credentials: 'include' }
  const client = bed.client(options)
  options.method = 'DELETE'
  options.credentials = 'omit'
  client.connect()
  const { method, init } = await bed.server.next()
  equal([method, init.credentials], ['PUT', 'include'])
}

const SECRET = 's3cret-t0ken'

/** Everything that can be read off an error, its causes included. */
function all(value, seen = new Set()) {
  if (typeof value !== 'object' || value === null || seen.has(value)) return String(value)
  seen.add(value)
  return [String(value), ...Reflect.ownKeys(value).map((key) => `${String(key)}=${all(value[key], seen)}`)].join(';')
}

export async function a_token_in_the_headers_is_in_no_debug_output(bed) {
  const said = []
  const debug = (entry) => said.push(entry)
  const Authorization = `Bearer ${SECRET}`
  const client = bed.client({ debug, headers: { Authorization }, body: { SECRET }, maxReconnects: 2 }, `/stream?token=${SECRET}`)
  const ear = new Ear(client, 'close')
  const { stream } = await bed.opened(client)
  stream.push('id: 1\ndata: x\n\n').break()
  ;(await bed.server.next()).respond(new Response('', { status: 503 }))
  ;(await bed.server.next()).fail()
  await ear.next()
  equal(said.map(({ kind }) => kind), [
    'state', 'request', 'state', 'open', 'error', 'state', 'retry', 'request', 'error', 'retry', 'request', 'error',
    'max-reconnects-reached', 'state', 'close',
  ])
  ok(said.every(({ at }) => typeof at === 'number'), 'every entry has its time')
  ok(!said.map((entry) => all(entry)).join().includes(SECRET), 'the token is in none of them')
}

export async function a_token_in_wrong_headers_is_in_no_error_message(bed) {
  const Authorization = `Bearer ${SECRET}`
  const wrong = [
    { Authorization: `${Authorization}\n.` }, { Authorization: `${Authorization}€` }, [['Authorization', Authorization, 'x']], { [Authorization]: 'x' },
    `Authorization: ${Authorization}`, [[Authorization]],
  ]
  for (const headers of wrong) {
    ok(!refusal({ headers }).includes(SECRET), 'it is in no TypeError')
    const error = await rejection(bed.client({ headers: () => headers }).connect())
    equal(error.code, 'callback')
    ok(!all(error).includes(SECRET), `it is in no SSEError: ${all(error)}`)
  }
}

export async function a_token_in_what_a_callback_throws_is_in_no_debug_output(bed) {
  const said = []
  const headers = async () => {
    throw new Error(`Bearer ${SECRET} has expired`)
  }
  const client = bed.client({ headers, maxReconnects: 0, debug: (entry) => said.push(entry) })
  const error = await rejection(client.connect())
  match(error.message, /has expired/)
  equal(said.find(({ kind }) => kind === 'error').error.code, 'callback')
  ok(!said.map((entry) => all(entry)).join().includes(SECRET), 'the token is in none of them')
}

export async function what_object_prototype_carries_is_no_option(bed) {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const { Object: Foreign } = frame.contentWindow
  for (const prototype of [Object.prototype, Foreign.prototype]) {
    // As old libraries add functions there; one of them is named like an option.
    for (const name of ['each', 'method']) bed.replace(prototype, name, { value: () => {}, enumerable: true, writable: true })
    const of = (fields) => Object.assign(new prototype.constructor(), fields)
    const auth = new SSEAuth(of({ getToken: () => 'token' }))
    bed.client(of({ auth, backoff: of({ initial: 1 }), fetch: bed.server.fetch })).connect()
    const { method, headers } = await bed.server.next()
    equal([method, headers.get('authorization')], ['GET', 'Bearer token'])
    for (const client of bed.clients) client.disconnect()
    match(refusal(of({ eech: 1 })), /there is no option 'eech'/)
  }
  frame.remove()
}

export async function options_may_be_inherited(bed) {
  const client = new SSEClient('/stream', Object.create({ method: 'PUT', fetch: bed.server.fetch }))
  client.connect()
  equal((await bed.server.next()).method, 'PUT')
  client.disconnect()
}

export async function debug_true_writes_to_the_console(bed) {
  const { debug } = console
  const written = []
  console.debug = (...all) => written.push(all)
  try {
    bed.client({ debug: true }).connect()
  } finally {
    console.debug = debug
  }
  equal(written.map(([who, { kind }]) => [who, kind]), [['SSEClient', 'state'], ['SSEClient', 'request']])
}

export async function debug_that_throws_is_reported_and_stops_nothing(bed) {
  const mistake = new Error('my mistake')
  const client = bed.client({
    debug: () => {
      throw mistake
    },
  })
  await bed.opened(client)
  equal(client.state, 'open')
  for (const _ of ['state', 'request', 'state', 'open']) ok((await bed.reports.next()) === mistake, 'it was reported')
  client.disconnect()
  for (const _ of ['state', 'close']) ok((await bed.reports.next()) === mistake, 'it was reported')
}
