// The session of the user who is signed in: the tokens, and how to get new ones. All of it is in memory and ends with the page.

/** What `useSSE` needs of a user who is signed in. */
export interface Session {
  username: string
  getToken(): string
  /** A new token, or `false` when the server issues none. Throws while the server cannot be reached; then it is called again. */
  refreshToken(): Promise<string | false>
}

interface Tokens {
  accessToken: string
  refreshToken: string
}

/** Rejects with a sentence that can be shown. */
export async function signIn(username: string, password: string): Promise<Session> {
  const logIn = () => post('/api/login', { username, password })
  let tokens = await tokensOf(await logIn())
  return {
    username,
    getToken: () => tokens.accessToken,
    async refreshToken() {
      let response = await post('/api/refresh', { refreshToken: tokens.refreshToken })
      // The demo's server forgets its sessions when it is restarted.
      if (response.status === 401) response = await logIn()
      if (response.status === 401) return false
      tokens = await tokensOf(response)
      return tokens.accessToken
    },
  }
}

async function post(path: string, body: object): Promise<Response> {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  try {
    return await fetch(path, init)
  } catch (cause) {
    throw new Error('The server cannot be reached. Try again in a moment.', { cause })
  }
}

async function tokensOf(response: Response): Promise<Tokens> {
  if (response.ok) return response.json()
  const { error } = await response.json().catch(() => ({}))
  throw new Error(error ?? `The server answered ${response.status}.`)
}
