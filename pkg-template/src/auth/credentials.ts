// The token of one connection. It is requested before each attempt, refreshed when the server refuses it, and removed from errors.

import type { Attempt } from '../client/types.ts'
import { throwIfAborted } from '../driver/abort.ts'
import { kindOf } from '../driver/kind.ts'
import { REFRESH_ASK_AGAIN, REFRESH_GAVE_UP, REFRESH_TOKEN } from '../generated/session.ts'
import { hasExpired } from './jwt.ts'
import { isToken, type TokenProvider } from './token-provider.ts'

/** How many of the latest tokens are removed from the text of errors. */
const SECRETS = 4

export class Credentials {
  #provider: TokenProvider | undefined
  /** The token of the current attempt, and the provider's count of refreshes when the token was requested. */
  #token: string | undefined
  #generation = 0

  /** The latest tokens, with that of the current attempt. No error may contain them. */
  secrets: readonly string[] = []

  /** If there is no provider, `token` and `refresh` must not be called. */
  constructor(provider: TokenProvider | undefined) {
    this.#provider = provider
  }

  /** Gets a token. Resolves to whether it has expired, or to an error if the application returned something else. */
  async token(attempt: Attempt): Promise<boolean | TypeError> {
    const provider = this.#provider!
    this.#token = undefined
    this.#generation = provider.generation
    const token = await provider.token(attempt)
    throwIfAborted(attempt.signal)
    if (token === undefined || token === null) return false
    if (!isToken(token)) return wrongAnswer('getToken', token, 'a token (a string that is not empty), or null for none')
    this.#use(token)
    return hasExpired(token)
  }

  /** Refreshes the token. Resolves to one of the `REFRESH` constants, or to an error if the application returned something else. */
  async refresh(attempt: Attempt): Promise<number | TypeError> {
    const provider = this.#provider!
    const answer = await provider.refresh(attempt, { generation: this.#generation, token: this.#token })
    throwIfAborted(attempt.signal)
    if (typeof answer === 'boolean') return answer ? REFRESH_ASK_AGAIN : REFRESH_GAVE_UP
    if (!isToken(answer)) {
      const accepted = 'a token (a string that is not empty), true to call getToken again, or false to give up'
      return wrongAnswer('refreshToken', answer, accepted)
    }
    this.#use(answer)
    this.#generation = provider.generation
    return REFRESH_TOKEN
  }

  /** The value of the header `Authorization`. */
  get authorization(): string | undefined {
    return this.#token === undefined ? undefined : `Bearer ${this.#token}`
  }

  /** Must be called when a request is sent, with the value of its `Authorization` header or null. */
  sent(authorization: string | null): void {
    if (authorization !== null) this.#keepSecret(authorization.replace(/^\S+\s+/, ''))
  }

  forget(): void {
    this.#token = undefined
    this.secrets = []
  }

  #use(token: string): void {
    this.#token = token
    this.#keepSecret(token)
  }

  /** After a refresh the old token stays secret too, because a server may quote it. */
  #keepSecret(secret: string): void {
    if (secret.trim() !== '') this.secrets = [secret, ...this.secrets.filter((other) => other !== secret)].slice(0, SECRETS)
  }
}

const wrongAnswer = (name: string, answer: unknown, accepted: string) =>
  new TypeError(`SSEClient: ${name} returned ${answer === '' ? 'an empty string' : kindOf(answer)}; it must return ${accepted}`)
