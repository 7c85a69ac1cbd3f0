// Where tokens come from. Clients that share a provider and are refused together cause one refresh, and all get its outcome;
// tabs that use the same name share refreshes through a Web Lock.

import type { Attempt, MaybePromise } from '../client/types.ts'
import { hasExpired } from './jwt.ts'
import { SharedRefresh } from './shared-refresh.ts'
import { holdingLock } from './web-lock.ts'

export interface TokenFunctions {
  getToken?: ((attempt: Attempt) => MaybePromise<string | null | undefined>) | undefined
  refreshToken?: ((attempt: Attempt) => MaybePromise<string | boolean>) | undefined
  /** What the tokens are for. Tabs that use the same name share refreshes. */
  name?: string | undefined
}

/** Either function may be missing: then there is no token until one was refreshed, or no refreshing. */
export class TokenProvider {
  #functions: TokenFunctions
  #refresh: SharedRefresh<unknown> | undefined
  /** The last token that a refresh returned. */
  #refreshed: string | null = null

  /** Counts the successful refreshes, to tell whether a token that was refused is from before the last of them. */
  generation = 0

  constructor(functions: TokenFunctions) {
    this.#functions = functions
  }

  get refreshes(): boolean {
    return this.#functions.refreshToken !== undefined
  }

  /** What the application returns, whatever that is. */
  async token(attempt: Attempt): Promise<unknown> {
    const { getToken } = this.#functions
    return getToken ? getToken(attempt) : this.#refreshed
  }

  /**
   * What the application returns when asked for a new token, whatever that is. `refused` is the token that was refused or has
   * expired, and the `generation` at the time it was asked for. Waits no longer than the attempt's signal allows.
   */
  async refresh(attempt: Attempt, refused: { token: string | undefined; generation: number }): Promise<unknown> {
    const { signal } = attempt
    signal.throwIfAborted()
    if (!this.#refresh || this.#refresh.isAbandoned) {
      // Another client has refreshed since.
      if (refused.generation < this.generation) return this.#newest()
      const { attempt: number, lastEventId } = attempt
      this.#refresh = new SharedRefresh((signal) => this.#run({ attempt: number, lastEventId, signal }, refused.token))
    }
    return this.#refresh.join(signal)
  }

  /** The answer for a client whose refresh another client has made. */
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
      // If this refresh was abandoned, another one may be under way. Otherwise the next one may begin before its outcome is known.
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
    attempt.signal.throwIfAborted()
    const { refreshToken } = this.#functions
    return refreshToken!(attempt)
  }

  /** Whether another tab has refreshed meanwhile: there is a token, and not the one that was refused. */
  async #isReplaced(attempt: Attempt, refused: string | undefined): Promise<boolean> {
    try {
      const token = await this.token(attempt)
      return isToken(token) && token !== refused && !hasExpired(token)
    } catch {
      // The same error is reported when the token is asked for in order to be sent.
      return false
    }
  }
}

/** Whether an answer is a token: a string that is not empty. */
export const isToken = (answer: unknown): answer is string => typeof answer === 'string' && answer !== ''
