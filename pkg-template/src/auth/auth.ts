// `SSEAuth`: tokens that an application shares among clients.

import type { Attempt, MaybePromise, Optional } from '../client/types.ts'
import { fieldsOf, kindOf } from '../driver/kind.ts'
import { TokenProvider } from './token-provider.ts'

/**
 * The provider of each `SSEAuth`. It is not a private field, because `providerOf` would have to be defined in the class. Minifiers
 * move such a function out of the class, where the private field is a SyntaxError.
 */
const providers = /* @__PURE__ */ new WeakMap<SSEAuth, TokenProvider>()

/**
 * The provider of an `SSEAuth`; undefined for any other value.
 * @internal
 */
export const providerOf = (auth: any): TokenProvider | undefined => providers.get(auth)

/**
 * Tokens that several clients share, as their option `auth`. If the server answers several of them with 401, one refresh serves
 * all. With the option `name`, tabs of the origin share refreshes too.
 */
export class SSEAuth {
  /**
   * Minifiers would give the class another name.
   * @internal
   */
  static name = 'SSEAuth'

  /** Makes the type nominal: `tsc` accepts no other object as the option `auth`. */
  declare private readonly brand: undefined

  /**
   * @throws TypeError for a wrong option. The message names the option, the kind of the given value, and what is accepted. It does
   *   not contain the value, which may be a token.
   */
  constructor(options: SSEAuthOptions) {
    providers.set(this, new TokenProvider(check(options)))
  }

  // For the same reasons as in `SSEClient`.
  get [Symbol.toStringTag](): string {
    return (providers.has(this) ? 'SSEAuth' : undefined) as string
  }
}

/** The options of an `SSEAuth`. An option that is `null` or `undefined` has its default. */
export interface SSEAuthOptions extends Optional<AuthOptions> {
  /**
   * Called before every attempt, and again if there is a new token that it did not return yet. After a refresh it must return the
   * new token. If it returns `null` or `undefined`, the request has no token.
   *
   * If it throws or rejects, the attempt fails with an {@link SSEError} of code `'auth'`, and another attempt follows. If it
   * returns anything else, the client closes with code `'callback'`. Required.
   */
  getToken: (ctx: Attempt) => MaybePromise<string | null | undefined>
}

interface AuthOptions {
  /**
   * Called once for all clients that got a 401, or whose token is a JWT that has expired. It returns:
   * - a string: the new token.
   * - `true`: there is a new token, and `getToken` returns it.
   * - `false`: there is no new token. The clients close with an {@link SSEError} of code `'auth'`.
   *
   * If it throws or rejects, the attempts fail with code `'auth'`, and other attempts follow. If it returns anything else, the
   * clients close with code `'callback'`. Default: none, and a 401 closes the client with code `'status'`.
   *
   * `ctx` is about the attempt of the client that was first. A client waits for `connectTimeout` ms at most. When no client waits any
   * more, `ctx.signal` is aborted, and the result of this call is ignored.
   */
  refreshToken?: (ctx: Attempt) => MaybePromise<string | boolean>
  /**
   * What the tokens are for, e.g. `'api'`. Tabs of the origin that use the same name refresh the token one after another. A tab
   * that had to wait calls `getToken` again, which must return the token that the other tab has stored. This needs Web Locks, which
   * only secure contexts have. Without them, each tab refreshes for itself. Default: none, and each tab refreshes for itself.
   */
  name?: string
}

const isFunction = (value: unknown) => typeof value === 'function'

/** What each option accepts, in words and as a test. */
const OPTIONS: Record<string, [accepted: string, isRight: (value: unknown) => boolean]> = {
  __proto__: null!,
  getToken: ['a function', isFunction],
  refreshToken: ['a function', isFunction],
  name: ['a string that is not empty', (value) => typeof value === 'string' && value !== ''],
}

/** Returns the options that were given and are not `null` or `undefined`. Throws a TypeError if one is wrong. */
function check(options: SSEAuthOptions): SSEAuthOptions {
  if (typeof options !== 'object' || options === null)
    throw wrong('options', options, "an object that has the function 'getToken'")
  const fields: any = fieldsOf(options)
  const given: any = { __proto__: null }
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue
    if (!(name in OPTIONS)) {
      throw new TypeError(`SSEAuth: there is no option '${name}'; the options are ${Object.keys(OPTIONS).join(', ')}`)
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
