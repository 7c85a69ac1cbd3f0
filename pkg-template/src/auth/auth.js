// Tokens, and renewing them once for everybody. Clients that share an `Authority` and are refused together cause one
// refresh, the flight, and all get its outcome; tabs that use the same name share refreshes through a Web Lock.

import { during } from '../driver/abort.ts'
import { fieldsOf, kindOf } from '../driver/kind.ts'

/**
 * The authority of each `SSEAuth`. Not a private field, because `authorityOf` would have to be defined in the class, and minifiers
 * move such a function out of the class, where the field is a SyntaxError.
 */
const authorities = /* @__PURE__ */ new WeakMap()

/** What works behind an `SSEAuth`; undefined for anything else. */
export const authorityOf = (auth) => authorities.get(auth)

/** What applications share between clients. It has nothing to be called: clients ask the authority behind it. */
export class SSEAuth {
  /** Minifiers would give the class another name. */
  static name = 'SSEAuth'

  constructor(options) {
    authorities.set(this, new Authority(check(options)))
  }

  /** For the same reasons as that of `SSEClient`. */
  get [Symbol.toStringTag]() {
    return authorities.has(this) ? 'SSEAuth' : undefined
  }
}

/** Either function may be missing: then there is no token until one was refreshed, or no refreshing. */
export class Authority {
  #getToken
  #refreshToken
  #name
  #flight
  /** The last string a refresh gave. */
  #remembered = null

  /** Counts the successful refreshes, so that whoever was refused can tell whether it was with a token from before one. */
  generation = 0

  constructor({ getToken, refreshToken, name }) {
    this.#getToken = getToken
    this.#refreshToken = refreshToken
    this.#name = name
  }

  get refreshes() {
    return this.#refreshToken !== undefined
  }

  /** What the application answers, whatever that is. */
  async token(context) {
    const getToken = this.#getToken
    return getToken ? getToken(context) : this.#remembered
  }

  /**
   * What the application answers when asked for a new token, whatever that is. `refused` is the token that will not do
   * any more, and the generation it was asked for at. Waits no longer than the context's signal allows.
   */
  async refresh({ attempt, lastEventId, signal }, refused) {
    signal.throwIfAborted()
    if (!this.#flight || this.#flight.abandoned) {
      // Others have refreshed since.
      if (refused.generation < this.generation) return this.#newest()
      this.#launch(attempt, lastEventId, refused.token)
    }
    return this.#flight.join(signal)
  }

  #launch(attempt, lastEventId, refused) {
    this.#flight = new Flight((signal) => this.#fly({ attempt, lastEventId, signal }, refused))
  }

  /** What to say to those who come when the refresh they need is over. */
  #newest() {
    return this.#getToken ? true : (this.#remembered ?? true)
  }

  async #fly(context, refused) {
    const { signal } = context
    try {
      const answer = await this.#renewed(context, refused)
      if (!signal.aborted) this.#note(answer)
      return answer
    } finally {
      // Once abandoned, another one may be under way. Otherwise the next one begins before anybody hears of this.
      if (!signal.aborted) this.#flight = undefined
    }
  }

  #note(answer) {
    if (isToken(answer)) this.#remembered = answer
    else if (answer !== true) return
    this.generation++
  }

  #renewed(context, refused) {
    const renew = () => this.#renew(context, refused)
    return this.#name === undefined ? renew() : holding(`sse-fetch auth ${this.#name}`, context.signal, renew)
  }

  async #renew(context, refused) {
    if (this.#name !== undefined && (await this.#isReplaced(context, refused))) return true
    context.signal.throwIfAborted()
    const refreshToken = this.#refreshToken
    return refreshToken(context)
  }

  /** Another tab has refreshed meanwhile: there is a token, and not the one that was refused. */
  async #isReplaced(context, refused) {
    try {
      const token = await this.token(context)
      return isToken(token) && token !== refused && !hasExpired(token)
    } catch {
      // It will be told when the token is asked for in order to be sent.
      return false
    }
  }
}

const ignore = () => {}

const isToken = (answer) => typeof answer === 'string' && answer !== ''

/** One refresh, and those who wait for it. When the last of them has left, it is abandoned. */
class Flight {
  #control = new AbortController()
  #waiting = 0
  #outcome

  /** The work begins in a moment, so that whatever it calls finds the flight under way. */
  constructor(work) {
    const { signal } = this.#control
    this.#outcome = during(signal, Promise.resolve().then(() => work(signal)))
  }

  get abandoned() {
    return this.#control.signal.aborted
  }

  join(signal) {
    this.#waiting++
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason)
        if (--this.#waiting === 0) this.#control.abort(signal.reason)
      }
      const settled = (settle) => (outcome) => {
        signal.removeEventListener('abort', leave)
        settle(outcome)
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#outcome.then(settled(resolve), settled(reject))
    })
  }
}

/** How many milliseconds the lock is kept after the work: what it has stored is to be seen in the other tabs by then. */
const SEEN = 50

const linger = () => new Promise((resolve) => setTimeout(resolve, SEEN))

/** Does the work while holding the lock, which it may have to wait for. Where there are no locks it is done without. */
function holding(name, signal, work) {
  return new Promise((resolve, reject) => {
    let hasBegun = false
    const begin = () => {
      signal.throwIfAborted()
      hasBegun = true
      // The lock is not kept by work that was abandoned and never ends.
      const working = during(signal, work())
      resolve(working)
      return working.then(linger, ignore)
    }
    const failed = () => {
      // Once the work has begun, the lock may be lost, and the work is not done twice for that.
      if (hasBegun) return
      if (signal.aborted) reject(signal.reason)
      else resolve(work())
    }
    request(name, signal, begin).catch(failed)
  })
}

/** Rejects, and does not throw, where a page has no locks. */
const request = async (name, signal, begin) => navigator.locks.request(name, { signal }, begin)

/** Whether a token is a JWT that says itself that its time is over. `now` is in milliseconds. */
export function hasExpired(token, now = Date.now()) {
  return expiry(token) <= now / 1000
}

/** The `exp` of a JWT (RFC 7519, 4.1.4), in seconds; NaN for any other token. */
function expiry(token) {
  if (typeof token !== 'string') return NaN
  // The signature may be empty: that is a JWT nobody signed.
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1]
  if (payload === undefined) return NaN
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0))
    const { exp } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return Number.isFinite(exp) ? exp : NaN
  } catch {
    return NaN
  }
}

const isFunction = (value) => typeof value === 'function'

/** How each option is checked: what is accepted, in words and as a test. */
const OPTIONS = {
  __proto__: null,
  getToken: ['a function', isFunction],
  refreshToken: ['a function', isFunction],
  name: ['a string that is not empty', (value) => typeof value === 'string' && value !== ''],
}

/** The options of an `SSEAuth`. Options that are `null` or `undefined` count as missing. */
function check(options) {
  if (typeof options !== 'object' || options === null) throw wrong('options', options, "an object that has the function 'getToken'")
  const fields = fieldsOf(options)
  const given = { __proto__: null }
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    if (!(name in OPTIONS)) {
      throw new TypeError(`SSEAuth: there is no option '${name}'; accepted are ${Object.keys(OPTIONS).join(', ')}`)
    }
    const [accepted, isRight] = OPTIONS[name]
    if (!isRight(value)) throw wrong(`option '${name}'`, value, accepted)
    given[name] = value
  }
  if (!given.getToken) throw wrong("option 'getToken'", fields.getToken, 'a function')
  return given
}

const wrong = (what, given, accepted) => new TypeError(`SSEAuth: ${what}: ${kindOf(given)} was given; it must be ${accepted}`)
