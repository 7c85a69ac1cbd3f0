// Who is signed in: the tokens, and how to come by new ones. All in memory, gone with the page.

/** What `useSSE` needs to know of somebody who is signed in. */
export interface Session {
  username: string
  getToken(): string
  /** A new token, or `false` when there is none to be had. A server that is away throws, and is asked again. */
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
      // The demo's server knows none of its old sessions once it is restarted.
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
