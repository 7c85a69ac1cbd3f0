// Checks the options and fills in the defaults. Whatever is wrong is said at once, by a TypeError that names the option,
// what was given and what is accepted.

import { RECONNECT_RULES } from '../generated/session.ts'
import { describe, fieldsOf, hasNoJson, kindOf } from '../driver/kind.ts'
import { positionIn } from '../driver/request.ts'
import { located } from '../driver/url.ts'
import { Authority, authorityOf } from '../auth/auth.js'

/** What a later version brings. Refused, so that nobody relies on something that does nothing yet. */
const NOT_YET = ['share']

/** The fields of RequestInit that `Request` itself checks, each given what was given before it. */
const REQUEST_INIT = ['mode', 'credentials', 'cache', 'redirect', 'referrer', 'referrerPolicy', 'integrity', 'keepalive', 'priority', 'window']

/** Fields only some browsers and servers know, passed on unseen. */
const PLATFORM_INIT = [
  'duplex', 'attributionReporting', 'browsingTopics', 'privateToken', 'sharedStorageWritable', 'adAuctionHeaders', 'targetAddressSpace',
  'dispatcher', 'client', 'cf', 'next', 'proxy', 'tls', 'unix', 'verbose', 'decompress',
]

/** All fields that are passed on, in the order in which they are tried. */
const INIT = [...REQUEST_INIT, ...PLATFORM_INIT]

/** Options that may hold a token: their values are in no message. */
const SECRET = ['headers', 'body', 'getToken', 'refreshToken', 'auth']

/** An option of the EventSource entry: an error response is judged by its head alone, and its body is cancelled. */
export const HEADS_ONLY = Symbol('heads only')

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const isFunction = (value) => typeof value === 'function'
const isBoolean = (value) => typeof value === 'boolean'
const isTime = (value) => typeof value === 'number' && value >= 0 && value < Infinity

/** How each option is checked: what is accepted, in words and as a test. */
const OPTIONS = {
  __proto__: null,
  method: ['an HTTP method other than CONNECT, TRACE and TRACK', (v) => typeof v === 'string' && TOKEN.test(v) && !/^(connect|trace|track)$/i.test(v)],
  headers: ['headers that `new Headers()` takes, or a function that returns them', (v) => isFunction(v) || areHeaders(v)],
  body: ['a BodyInit, an object to send as JSON, or a function that returns one', (v) => isFunction(v) || isBody(v)],
  fetch: ['a function like `fetch`', isFunction],
  signal: ['an AbortSignal', (v) => typeof v.aborted === 'boolean' && isFunction(v.addEventListener) && isFunction(v.removeEventListener)],
  getToken: ['a function', isFunction],
  refreshToken: ['a function', isFunction],
  auth: ['an SSEAuth', (v) => authorityOf(v) !== undefined],
  parse: ["'auto', 'json', 'text' or a function", (v) => ['auto', 'json', 'text'].includes(v) || isFunction(v)],
  until: ['a string or a function', (v) => typeof v === 'string' || isFunction(v)],
  validate: ['a function', isFunction],
  reconnect: ["'always', 'on-error', 'unprocessed' or 'never'", (v) => RECONNECT_RULES.includes(v)],
  maxReconnects: ['a whole number from 0 up, or Infinity', (v) => v === Infinity || (Number.isInteger(v) && v >= 0 && v < 2 ** 32)],
  backoff: ['an object', (v) => typeof v === 'object' && !Array.isArray(v)],
  shouldRetry: ['a function', isFunction],
  connectTimeout: ['a finite number of milliseconds, 0 for none', isTime],
  idleTimeout: ['a finite number of milliseconds, 0 for none', isTime],
  lastEventId: ['a string without NUL, CR and LF', (v) => typeof v === 'string' && !/[\0\r\n]/.test(v)],
  maxEventBytes: ['a whole number of bytes from 1 to 1073741824', (v) => Number.isInteger(v) && v >= 1 && v <= 2 ** 30],
  history: ['a whole number of events from 0 to 1000000', (v) => Number.isInteger(v) && v >= 0 && v <= 1_000_000],
  emptyEvents: ['true or false', isBoolean],
  unfinished: ["'discard' or 'deliver'", (v) => v === 'discard' || v === 'deliver'],
  closeWhenHidden: ['true or false', isBoolean],
  watchNetwork: ['true or false', isBoolean],
  debug: ['true, false or a function', (v) => typeof v === 'boolean' || isFunction(v)],
}

const BACKOFF = {
  __proto__: null,
  initial: ['a finite number of milliseconds from 0 up', isTime],
  max: ['a finite number of milliseconds from 0 up', isTime],
  factor: ['a number from 1 up', (v) => typeof v === 'number' && v >= 1 && v < Infinity],
  jitter: ['a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1],
  stableAfter: ['a finite number of milliseconds from 0 up', isTime],
}

/** The options as the rest of the client reads them. */
export function check(url, options = {}) {
  if (typeof options !== 'object' || options === null) throw wrong('options', describe(options), 'an object')
  const given = withoutDefaults(options)
  for (const name of Object.keys(given)) checkName(name)
  checkEach(OPTIONS, given, '')
  const isUrlFunction = isFunction(url)
  const method = methodOf(given)
  const idempotent = method === 'GET' || method === 'HEAD'
  const authority = authorityIn(given)
  return {
    // If the URL is a function, these two are set for every request.
    ...(isUrlFunction ? { url: '', origin: '' } : located(url)),
    urlFunction: isUrlFunction ? url : undefined,
    method,
    idempotent,
    init: requestInit(given),
    headers: given.headers,
    body: given.body,
    fetch: given.fetch,
    signal: given.signal,
    authority,
    parse: given.parse ?? 'auto',
    until: given.until,
    validate: given.validate,
    shouldRetry: given.shouldRetry,
    reconnect: given.reconnect ?? reconnectRule(idempotent, given.maxReconnects),
    maxReconnects: given.maxReconnects ?? (idempotent ? Infinity : 5),
    ...backoffOf(given.backoff ?? {}),
    // A model that must be loaded first takes minutes to answer a prompt.
    connectTimeout: given.connectTimeout ?? (idempotent ? 30_000 : 300_000),
    idleTimeout: given.idleTimeout ?? 0,
    watchNetwork: given.watchNetwork ?? true,
    closeWhenHidden: given.closeWhenHidden ?? false,
    lastEventId: given.lastEventId ?? positionAmong(given.headers),
    history: given.history ?? 0,
    maxEventBytes: given.maxEventBytes ?? 16 * 2 ** 20,
    emptyEvents: given.emptyEvents ?? false,
    unfinished: given.unfinished ?? 'discard',
    debug: given.debug ?? false,
    readsErrorBodies: !options[HEADS_ONLY],
  }
}

/**
 * The default of `reconnect`. A request other than GET and HEAD may change something, so it must not be processed twice, unless the
 * application says how often it may be repeated. (0 says that it may not.)
 */
function reconnectRule(idempotent, maxReconnects) {
  if (idempotent) return 'always'
  return maxReconnects > 0 ? 'on-error' : 'unprocessed'
}

/** The given options without those that are `null` or `undefined`. `window` stays: `null` is its only value. */
function withoutDefaults(options) {
  const given = fieldsOf(options)
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || (given[name] === null && name !== 'window')) delete given[name]
  }
  return given
}

function checkName(name) {
  if (NOT_YET.includes(name)) throw new TypeError(`SSEClient: the option '${name}' is not available yet`)
  if (!(name in OPTIONS) && !INIT.includes(name)) {
    const own = Object.keys(OPTIONS).join(', ')
    throw new TypeError(`SSEClient: there is no option '${name}'; accepted are ${own}, and the fields of RequestInit`)
  }
}

/** What was given for names that are known. There are clients for every request: what none of them asks for costs nothing. */
function checkEach(checks, given, prefix) {
  for (const name of Object.keys(given)) {
    const value = given[name]
    const check = checks[name]
    if (check === undefined || check[1](value)) continue
    throw wrong(`option '${prefix}${name}'`, SECRET.includes(name) ? kindOf(value) : describe(value), check[0])
  }
}

function methodOf(given) {
  const method = (given.method ?? (given.body === undefined ? 'GET' : 'POST')).toUpperCase()
  if (given.body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError(`SSEClient: option 'body': a body was given with the method ${method}; it is accepted with any method but GET and HEAD`)
  }
  return method
}

/** Where the client's tokens come from: an authority shared with others, or one of its own. */
function authorityIn({ auth, getToken, refreshToken }) {
  if (auth === undefined) return getToken || refreshToken ? new Authority({ getToken, refreshToken }) : undefined
  const other = getToken ? 'getToken' : refreshToken ? 'refreshToken' : undefined
  if (other) throw new TypeError(`SSEClient: option '${other}' was given beside 'auth'; give only one of them, because auth has a ${other} of its own`)
  return authorityOf(auth)
}

function backoffOf(given) {
  const backoff = withoutDefaults(given)
  const unknown = Object.keys(backoff).find((name) => !(name in BACKOFF))
  if (unknown !== undefined) {
    throw new TypeError(`SSEClient: there is no option 'backoff.${unknown}'; accepted are ${Object.keys(BACKOFF).join(', ')}`)
  }
  checkEach(BACKOFF, backoff, 'backoff.')
  const max = backoff.max ?? Math.max(30_000, backoff.initial ?? 0)
  const initial = backoff.initial ?? Math.min(1000, max)
  if (initial > max) throw wrong("option 'backoff.initial'", describe(initial), `at most backoff.max, which is ${max}`)
  return { initial, max, factor: backoff.factor ?? 2, jitter: backoff.jitter ?? 0.5, stableAfter: backoff.stableAfter ?? 5000 }
}

/** `Request` is the judge of its own fields: each is tried with those before it, so that an error can be pinned to one. */
function requestInit(given) {
  const init = {}
  for (const name of INIT) {
    if (!(name in given)) continue
    init[name] = given[name]
    if (typeof Request === 'function' && REQUEST_INIT.includes(name)) {
      try {
        // Any URL will do for this check: the real one may not be known yet.
        new Request('http://localhost', init)
      } catch (error) {
        throw wrong(`option '${name}'`, describe(given[name]), `what RequestInit takes (${error.message})`)
      }
    }
  }
  return init
}

/** Without a global `Headers`, the check is left to the request, which fails with an error that says so. */
const haveHeaders = () => typeof Headers === 'function'

/** A `Last-Event-ID` among the headers is the default of the option `lastEventId`. */
const positionAmong = (headers) => (headers === undefined || isFunction(headers) || !haveHeaders() ? '' : positionIn(new Headers(headers)))

function areHeaders(value) {
  if (!haveHeaders()) return true
  try {
    return typeof value === 'object' && Boolean(new Headers(value))
  } catch {
    return false
  }
}

function isBody(value) {
  if (typeof value === 'string') return true
  if (typeof value !== 'object') return false
  if (hasNoJson(value)) return false
  const kind = Object.prototype.toString.call(value).slice('[object '.length, -1)
  if (kind !== 'Object' && kind !== 'Array') return true
  try {
    return typeof JSON.stringify(value) === 'string'
  } catch {
    return false
  }
}

const wrong = (what, given, accepted) => new TypeError(`SSEClient: ${what}: ${given} was given; it must be ${accepted}`)
