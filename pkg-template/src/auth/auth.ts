// `SSEAuth`: what applications share between clients.

import type { Attempt, MaybePromise, Optional } from '../client/types.ts'
import { fieldsOf, kindOf } from '../driver/kind.ts'
import { TokenProvider } from './token-provider.ts'

/**
 * The provider of each `SSEAuth`. Not a private field, because `providerOf` would have to be defined in the class, and minifiers
 * move such a function out of the class, where the field is a SyntaxError.
 */
const providers = /* @__PURE__ */ new WeakMap<SSEAuth, TokenProvider>()

/**
 * The provider behind an `SSEAuth`; undefined for anything else.
 * @internal
 */
export const providerOf = (auth: any): TokenProvider | undefined => providers.get(auth)

/**
 * Tokens shared by several clients, as their option `auth`: clients that are refused with 401 together cause one refresh
 * that serves them all, and tabs of this origin that use the same name share refreshes as well.
 */
export class SSEAuth {
  /**
   * Minifiers would give the class another name.
   * @internal
   */
  static name = 'SSEAuth'

  /** So that no other object can be given as the option `auth`. */
  declare private readonly brand: undefined

  /** @throws TypeError for a wrong option, naming it, what was given and what is accepted; never quoting its value */
  constructor(options: SSEAuthOptions) {
    providers.set(this, new TokenProvider(check(options)))
  }

  // For the same reasons as that of `SSEClient`.
  get [Symbol.toStringTag](): string {
    return (providers.has(this) ? 'SSEAuth' : undefined) as string
  }
}

/** `null` and `undefined` mean the default. */
export interface SSEAuthOptions extends Optional<AuthOptions> {
  /**
   * Asked for the token before every attempt, and again after a refresh; from then on it has to answer the new one.
   * `null` and `undefined`: the request goes without an `Authorization` header.
   *
   * What it throws is an {@link SSEError} of code `'auth'`, and another attempt is made. Any other answer:
   * `'callback'`, fatal.
   */
  getToken: (ctx: Attempt) => MaybePromise<string | null | undefined>
}

interface AuthOptions {
  /**
   * Asked once for all clients that were refused with 401, or whose token is a JWT that has expired. Answers the new
   * token, `true` to have `getToken` asked again, or `false` to give up: an {@link SSEError} of code `'auth'`, fatal.
   * Default: none, and a 401 is fatal.
   *
   * What it throws is of code `'auth'` too, and another attempt is made; anything else that it answers is `'callback'`,
   * fatal. `ctx` is about the first client that asked. Its signal is aborted when no client waits any more, each of them
   * waiting for `connectTimeout` ms at most: then the refresh is over, whatever it still answers.
   */
  refreshToken?: (ctx: Attempt) => MaybePromise<string | boolean>
  /**
   * Names what the tokens are for, e.g. `'api'`, so that only one tab refreshes them at a time; the tabs that waited ask
   * `getToken` again, which has to answer what the other tab has stored. Needs Web Locks: where there are none (such as
   * in pages that are no secure context), and by default, each tab refreshes for itself.
   */
  name?: string
}

const isFunction = (value: unknown) => typeof value === 'function'

/** How each option is checked: what is accepted, in words and as a test. */
const OPTIONS: Record<string, [accepted: string, isRight: (value: unknown) => boolean]> = {
  __proto__: null!,
  getToken: ['a function', isFunction],
  refreshToken: ['a function', isFunction],
  name: ['a string that is not empty', (value) => typeof value === 'string' && value !== ''],
}

/** The options of an `SSEAuth`. Options that are `null` or `undefined` count as missing. */
function check(options: SSEAuthOptions): SSEAuthOptions {
  if (typeof options !== 'object' || options === null)
    throw wrong('options', options, "an object that has the function 'getToken'")
  const fields: any = fieldsOf(options)
  const given: any = { __proto__: null }
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    if (!(name in OPTIONS)) {
      throw new TypeError(`SSEAuth: there is no option '${name}'; accepted are ${Object.keys(OPTIONS).join(', ')}`)
    }
    const [accepted, isRight] = OPTIONS[name]!
    if (!isRight(value)) throw wrong(`option '${name}'`, value, accepted)
    given[name] = value
  }
  if (!given.getToken) throw wrong("option 'getToken'", fields.getToken, 'a function')
  return given
}

const wrong = (what: string, given: unknown, accepted: string) =>
  new TypeError(`SSEAuth: ${what}: ${kindOf(given)} was given; it must be ${accepted}`)
