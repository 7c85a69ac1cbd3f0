// Checks the options and fills in the defaults. For a wrong option, the constructor throws a TypeError that names the option, the
// given value, and what is accepted.

import { providerOf } from '../auth/auth.ts'
import { TokenProvider } from '../auth/token-provider.ts'
import { describe, fieldsOf, hasNoJson, kindOf } from '../driver/kind.ts'
import { positionIn } from '../driver/request.ts'
import { resolveUrl } from '../driver/url.ts'
import { DEFAULT_INITIAL, DEFAULT_MAX, RECONNECT_RULES } from '../generated/session.ts'
import type { SSEBackoff, SSEClientOptions } from './options.ts'
import type { URLSource } from './types.ts'

/** An option of the entry eventsource: the body of an error response is not read but cancelled. */
export const HEADS_ONLY = Symbol('heads only')

/**
 * An option of the entry fetch-event-source: the type of an event is what the stream contains, `''` if it contains none. Only
 * listeners for `'*'` get such events.
 */
export const TYPE_AS_WRITTEN = Symbol('type as written')

/** The options of the entries, beside those of applications. */
export interface InternalOptions extends SSEClientOptions {
  [HEADS_ONLY]?: true
  [TYPE_AS_WRITTEN]?: true
}

type Values<Options> = { [Name in keyof Options]-?: NonNullable<Options[Name]> }

/** Options that have a default value. */
type WithDefault = 'parse' | 'lastEventId' | 'history' | 'maxEventBytes' | 'emptyEvents' | 'unfinished' | 'debug'

/** Options that may be missing: they have no default, or the session has it. */
type WithoutDefault = Exclude<keyof SSEClientOptions, WithDefault | 'method' | 'backoff'>

/** The options as the rest of the client reads them. */
export interface Settings
  extends Values<Pick<SSEClientOptions, WithDefault>>,
    Partial<Values<Pick<SSEClientOptions, WithoutDefault>>>,
    Partial<Values<SSEBackoff>> {
  /** If the URL is a function, `url` and `origin` are set for every request. */
  url: string
  origin: string
  urlFunction: Extract<URLSource, (attempt: never) => unknown> | undefined
  method: string
  isGetOrHead: boolean
  /** The fields of RequestInit that are passed to `fetch`. */
  init: RequestInit
  tokenProvider: TokenProvider | undefined
  readsErrorBodies: boolean
  typeAsWritten: boolean
}

/** Options of a later version. They are refused, because they have no effect yet. */
const NOT_YET = ['share']

/** The fields of RequestInit that `Request` itself checks. What it accepts for one may depend on those before it. */
const REQUEST_INIT = [
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
  'priority',
  'window',
]

/** Fields that only some browsers and servers know. They are not checked. */
const PLATFORM_INIT = [
  'duplex',
  'attributionReporting',
  'browsingTopics',
  'privateToken',
  'sharedStorageWritable',
  'adAuctionHeaders',
  'targetAddressSpace',
  'dispatcher',
  'client',
  'cf',
  'next',
  'proxy',
  'tls',
  'unix',
  'verbose',
  'decompress',
]

/** All fields of RequestInit that are passed to `fetch`, in the order in which they are checked. */
const INIT = [...REQUEST_INIT, ...PLATFORM_INIT]

/** Options that may contain a token. Messages do not show their values. */
const SECRET = ['headers', 'body', 'getToken', 'refreshToken', 'auth']

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const isFunction = (value: unknown) => typeof value === 'function'
const isBoolean = (value: unknown) => typeof value === 'boolean'
const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value < Infinity

/** Defaults, but for those that depend on other options. The options of the session have theirs in src/session/config.rs. */
const DEFAULTS: Values<Pick<SSEClientOptions, WithDefault>> = {
  parse: 'auto',
  lastEventId: '',
  history: 0,
  maxEventBytes: 16 * 2 ** 20,
  emptyEvents: false,
  unfinished: 'discard',
  debug: false,
}

/** What is accepted, in words and as a test. */
type Rule = [accepted: string, isRight: (value: any) => boolean]

/** A row for each option, and no prototype. */
type Rules<Name extends string> = Record<Name | '__proto__', Rule>

const OPTIONS: Rules<Exclude<keyof SSEClientOptions, keyof RequestInit> | 'method' | 'headers' | 'body' | 'signal'> = {
  __proto__: null!,
  method: [
    'an HTTP method other than CONNECT, TRACE and TRACK',
    (v) => typeof v === 'string' && TOKEN.test(v) && !/^(connect|trace|track)$/i.test(v),
  ],
  headers: ['headers that `new Headers()` takes, or a function that returns them', (v) => isFunction(v) || areHeaders(v)],
  body: ['a BodyInit, an object to send as JSON, or a function that returns one', (v) => isFunction(v) || isBody(v)],
  fetch: ['a function like `fetch`', isFunction],
  signal: [
    'an AbortSignal',
    (v) => typeof v.aborted === 'boolean' && isFunction(v.addEventListener) && isFunction(v.removeEventListener),
  ],
  getToken: ['a function', isFunction],
  refreshToken: ['a function', isFunction],
  auth: ['an SSEAuth', (v) => providerOf(v) !== undefined],
  parse: ["'auto', 'json', 'text' or a function", (v) => ['auto', 'json', 'text'].includes(v) || isFunction(v)],
  until: ['a string or a function', (v) => typeof v === 'string' || isFunction(v)],
  validate: ['a function', isFunction],
  reconnect: ["'always', 'on-error', 'unprocessed' or 'never'", (v) => RECONNECT_RULES.includes(v)],
  maxReconnects: [
    'a whole number from 0 up, or Infinity',
    (v) => v === Infinity || (Number.isInteger(v) && v >= 0 && v < 2 ** 32),
  ],
  backoff: ['an object', (v) => typeof v === 'object' && !Array.isArray(v)],
  shouldRetry: ['a function', isFunction],
  connectTimeout: ['a finite number of milliseconds, or 0 for no limit', isTime],
  idleTimeout: ['a finite number of milliseconds, or 0 for no limit', isTime],
  lastEventId: ['a string without NUL, CR and LF', (v) => typeof v === 'string' && !/[\0\r\n]/.test(v)],
  maxEventBytes: ['a whole number of bytes from 1 to 1073741824', (v) => Number.isInteger(v) && v >= 1 && v <= 2 ** 30],
  history: ['a whole number of events from 0 to 1000000', (v) => Number.isInteger(v) && v >= 0 && v <= 1_000_000],
  emptyEvents: ['true or false', isBoolean],
  unfinished: ["'discard' or 'deliver'", (v) => v === 'discard' || v === 'deliver'],
  closeWhenHidden: ['true or false', isBoolean],
  watchNetwork: ['true or false', isBoolean],
  debug: ['true, false or a function', (v) => typeof v === 'boolean' || isFunction(v)],
}

const BACKOFF: Rules<keyof SSEBackoff> = {
  __proto__: null!,
  initial: ['a finite number of milliseconds from 0 up', isTime],
  max: ['a finite number of milliseconds from 0 up', isTime],
  factor: ['a number from 1 up', (v) => typeof v === 'number' && v >= 1 && v < Infinity],
  jitter: ['a number from 0 to 1', (v) => typeof v === 'number' && v >= 0 && v <= 1],
  stableAfter: ['a finite number of milliseconds from 0 up', isTime],
}

/** Returns the settings of a client. Throws a TypeError for a wrong URL or option. */
export function settingsOf(url: URLSource, options: InternalOptions = {}): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', describe(options), 'an object')
  const given = withoutDefaults(options)
  for (const name of Object.keys(given)) checkName(name)
  checkEach(OPTIONS, given, '')
  const isUrlFunction = typeof url === 'function'
  const method = methodOf(given)
  const isGetOrHead = method === 'GET' || method === 'HEAD'
  const tokenProvider = tokenProviderOf(given)
  return {
    ...DEFAULTS,
    ...given,
    ...(isUrlFunction ? { url: '', origin: '' } : resolveUrl(url)),
    urlFunction: isUrlFunction ? url : undefined,
    isGetOrHead,
    init: requestInit(given),
    tokenProvider,
    readsErrorBodies: !options[HEADS_ONLY],
    typeAsWritten: options[TYPE_AS_WRITTEN] === true,
    method,
    reconnect: given.reconnect ?? reconnectRule(isGetOrHead, given.maxReconnects),
    ...(given.backoff && backoffOf(given.backoff)),
    lastEventId: given.lastEventId ?? positionAmong(given.headers),
  }
}

/**
 * The default of `reconnect`, or undefined for the default of the session. An application that sets `maxReconnects` accepts that a
 * request is processed twice, unless it sets 0.
 */
function reconnectRule(isGetOrHead: boolean, maxReconnects: number | undefined): Settings['reconnect'] {
  return !isGetOrHead && maxReconnects !== undefined && maxReconnects > 0 ? 'on-error' : undefined
}

/** The given options without those that are `null` or `undefined`. `window` may be `null`, which is its only value. */
function withoutDefaults(options: object): any {
  const given: any = fieldsOf(options)
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || (given[name] === null && name !== 'window')) delete given[name]
  }
  return given
}

function checkName(name: string): void {
  if (NOT_YET.includes(name)) throw new TypeError(`SSEClient: the option '${name}' is not available yet`)
  if (!(name in OPTIONS) && !INIT.includes(name)) {
    const own = Object.keys(OPTIONS).join(', ')
    throw new TypeError(`SSEClient: there is no option '${name}'; the options are ${own}, and the fields of RequestInit`)
  }
}

/** Checks the given options by a table. Options that are not given cost nothing, because many clients make only one request. */
function checkEach(rules: Record<string, Rule>, given: any, prefix: string): void {
  for (const name of Object.keys(given)) {
    const value = given[name]
    const rule = rules[name]
    if (rule === undefined || rule[1](value)) continue
    throw wrong(`option '${prefix}${name}'`, SECRET.includes(name) ? kindOf(value) : describe(value), rule[0])
  }
}

function methodOf(given: any): string {
  const method: string = (given.method ?? (given.body === undefined ? 'GET' : 'POST')).toUpperCase()
  if (given.body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError(
      `SSEClient: option 'body': a body was given with the method ${method}; it is accepted with any method but GET and HEAD`,
    )
  }
  return method
}

/** The provider of the client's tokens: one that it shares with other clients, or its own. */
function tokenProviderOf({ auth, getToken, refreshToken }: any): TokenProvider | undefined {
  if (auth === undefined) return getToken || refreshToken ? new TokenProvider({ getToken, refreshToken }) : undefined
  const other = getToken ? 'getToken' : refreshToken ? 'refreshToken' : undefined
  if (other)
    throw new TypeError(
      `SSEClient: option '${other}' was given beside 'auth'; give only one of them, because auth has a ${other} of its own`,
    )
  return providerOf(auth)
}

function backoffOf(given: object): Partial<Values<SSEBackoff>> {
  const backoff = withoutDefaults(given)
  const unknown = Object.keys(backoff).find((name) => !(name in BACKOFF))
  if (unknown !== undefined) {
    throw new TypeError(`SSEClient: there is no option 'backoff.${unknown}'; its options are ${Object.keys(BACKOFF).join(', ')}`)
  }
  checkEach(BACKOFF, backoff, 'backoff.')
  const max = backoff.max ?? Math.max(DEFAULT_MAX, backoff.initial ?? 0)
  const initial = backoff.initial ?? Math.min(DEFAULT_INITIAL, max)
  if (initial > max) throw wrong("option 'backoff.initial'", describe(initial), `at most backoff.max, which is ${max}`)
  return { ...backoff, initial, max }
}

/** `Request` checks its own fields. Each is tried together with those before it, so an error is about the last one. */
function requestInit(given: any): RequestInit {
  const init: any = {}
  for (const name of INIT) {
    if (!(name in given)) continue
    init[name] = given[name]
    if (typeof Request === 'function' && REQUEST_INIT.includes(name)) {
      try {
        // The URL does not matter for this check. The real one may not be known yet.
        new Request('http://localhost', init)
      } catch (error: any) {
        throw wrong(`option '${name}'`, describe(given[name]), `what RequestInit takes (${error.message})`)
      }
    }
  }
  return init
}

/** If there is no global `Headers`, the headers are not checked here, and the request fails with an error that says so. */
const haveHeaders = () => typeof Headers === 'function'

/** A `Last-Event-ID` among the headers is the default of the option `lastEventId`. */
const positionAmong = (headers: any): string =>
  headers === undefined || isFunction(headers) || !haveHeaders() ? '' : positionIn(new Headers(headers))

function areHeaders(value: any): boolean {
  if (!haveHeaders()) return true
  try {
    return typeof value === 'object' && Boolean(new Headers(value))
  } catch {
    return false
  }
}

function isBody(value: any): boolean {
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

const wrong = (what: string, given: string, accepted: string) =>
  new TypeError(`SSEClient: ${what}: ${given} was given; it must be ${accepted}`)
