// Where tokens come from. If the server refuses the tokens of several clients that share a provider, they cause one refresh, and
// all get its outcome. Tabs that use the same name share refreshes through a Web Lock.

import type { Attempt, MaybePromise } from '../client/types.ts'
import { throwIfAborted } from '../driver/abort.ts'
import { hasExpired } from './jwt.ts'
import { SharedRefresh } from './shared-refresh.ts'
import { holdingLock } from './web-lock.ts'

export interface TokenFunctions {
  getToken?: ((attempt: Attempt) => MaybePromise<string | null | undefined>) | undefined
  refreshToken?: ((attempt: Attempt) => MaybePromise<string | boolean>) | undefined
  /** What the tokens are for. Tabs that use the same name share refreshes. */
  name?: string | undefined
}

/**
 * Either function may be missing. Without `getToken`, tokens come only from refreshes. Without `refreshToken`, nothing is
 * refreshed.
 */
export class TokenProvider {
  #functions: TokenFunctions
  #refresh: SharedRefresh<unknown> | undefined
  /** The last token that a refresh returned. */
  #refreshed: string | null = null

  /** The number of successful refreshes. It tells whether a refused token is older than the last refresh. */
  generation = 0

  constructor(functions: TokenFunctions) {
    this.#functions = functions
  }

  get refreshes(): boolean {
    return this.#functions.refreshToken !== undefined
  }

  /** Returns what the application returns, unchecked. */
  async token(attempt: Attempt): Promise<unknown> {
    const { getToken } = this.#functions
    return getToken ? getToken(attempt) : this.#refreshed
  }

  /**
   * Refreshes the token, and returns what the application returns, unchecked. `refused` is the token that was refused or has
   * expired, and the `generation` when it was requested. Rejects when the attempt's signal is aborted.
   */
  async refresh(attempt: Attempt, refused: { token: string | undefined; generation: number }): Promise<unknown> {
    const { signal } = attempt
    throwIfAborted(signal)
    if (!this.#refresh || this.#refresh.isAbandoned) {
      // Another client has refreshed the token since then.
      if (refused.generation < this.generation) return this.#newest()
      const { attempt: number, lastEventId } = attempt
      this.#refresh = new SharedRefresh((signal) => this.#run({ attempt: number, lastEventId, signal }, refused.token))
    }
    return this.#refresh.join(signal)
  }

  /** What `refresh` returns if another client has refreshed the token. */
  #newest(): string | true {
    return this.#functions.getToken ? true : (this.#refreshed ?? true)
  }

  async #run(attempt: Attempt, refused: string | undefined): Promise<unknown> {
    const { signal } = attempt
    try {
      const answer = await this.#renewed(attempt, refused)
      if (!signal.aborted) this.#note(answer)
      return answer
    } finally {
      // If this refresh was abandoned, `#refresh` may be another one. If not, the next refresh must not join this one, which is
      // over.
      if (!signal.aborted) this.#refresh = undefined
    }
  }

  #note(answer: unknown): void {
    if (isToken(answer)) this.#refreshed = answer
    else if (answer !== true) return
    this.generation++
  }

  #renewed(attempt: Attempt, refused: string | undefined): Promise<unknown> {
    const { name } = this.#functions
    const renew = () => this.#renew(attempt, refused)
    return name === undefined ? renew() : holdingLock(`sse-fetch auth ${name}`, attempt.signal, renew)
  }

  async #renew(attempt: Attempt, refused: string | undefined): Promise<unknown> {
    if (this.#functions.name !== undefined && (await this.#isReplaced(attempt, refused))) return true
    throwIfAborted(attempt.signal)
    const { refreshToken } = this.#functions
    return refreshToken!(attempt)
  }

  /** Whether another tab has refreshed the token in the meantime: there is a token, and it is not the refused one. */
  async #isReplaced(attempt: Attempt, refused: string | undefined): Promise<boolean> {
    try {
      const token = await this.token(attempt)
      return isToken(token) && token !== refused && !hasExpired(token)
    } catch {
      // `getToken` is called again for the request. If it still throws, that error is reported.
      return false
    }
  }
}

/** Whether a value is a token: a string that is not empty. */
export const isToken = (answer: unknown): answer is string => typeof answer === 'string' && answer !== ''
