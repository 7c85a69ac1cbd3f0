// The account of the user who is signed in: the access token, the refresh token, and how to get new ones. All of it is in
// memory and ends with the page.

/** The server refused the name and password, so trying again is useless. */
export class SignInRefused extends Error {}

export class Account extends EventTarget {
  #log
  #credentials = null
  #access = null
  #refreshToken = null
  username = null
  expiresAt = 0

  /** Shared by the clients of this page: those that need a new token at the same time cause one refresh. */
  auth = new SSEFetch.SSEAuth({ getToken: () => this.#access, refreshToken: () => this.#renew() })

  constructor(log) {
    super()
    this.#log = log
  }

  get signedIn() {
    return this.#credentials !== null
  }

  async signIn(username, password) {
    const credentials = { username, password }
    const response = await post('/api/login', credentials)
    if (!response.ok) throw new SignInRefused(await sentence(response))
    await this.#accept(response, credentials)
    this.#log.add('page', 'token', `signed in, the token is valid for ${this.secondsLeft()} s`)
  }

  signOut() {
    this.#credentials = this.#access = this.#refreshToken = this.username = null
    this.#changed()
  }

  /** The whole seconds for which the access token is still valid. */
  secondsLeft() {
    return Math.max(0, Math.ceil((this.expiresAt - Date.now()) / 1000))
  }

  /** A new token; `false` when the server issues none: then the client gives up. Throws while the server cannot be reached. */
  async #renew() {
    if (!this.signedIn) return false
    const credentials = this.#credentials

    const refreshed = await post('/api/refresh', { refreshToken: this.#refreshToken })
    if (!this.signedIn) return false
    if (refreshed.ok) {
      await this.#accept(refreshed, credentials)
      this.#log.add('page', 'token', `refreshed, valid for ${this.secondsLeft()} s`)
      return this.#access
    }
    if (refreshed.status !== 401) throw new Error(await sentence(refreshed))

    // A restarted server has a new secret and rejects its old tokens.
    this.#log.add('page', 'token', 'refresh refused, signing in again')
    return this.#signInAgain(credentials)
  }

  async #signInAgain({ username, password }) {
    try {
      await this.signIn(username, password)
      return this.#access
    } catch (error) {
      if (!(error instanceof SignInRefused)) throw error
      this.signOut()
      return false
    }
  }

  async #accept(response, credentials) {
    const { accessToken, refreshToken, expiresIn } = await response.json()
    this.#credentials = credentials
    this.#access = accessToken
    this.#refreshToken = refreshToken
    this.username = credentials.username
    this.expiresAt = Date.now() + expiresIn * 1000
    this.#changed()
  }

  #changed() {
    this.dispatchEvent(new Event('change'))
  }
}

function post(path, body) {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function sentence(response) {
  const { error } = await response.json().catch(() => ({}))
  return error ?? `The server answered ${response.status}.`
}
