// Who is signed in: the access token, the refresh token, and how to come by new ones. All in memory, gone with the page.

/** The server said no to the name and password: asking again is of no use. */
export class SignInRefused extends Error {}

/** Renew a token that would expire on its way to the server, in ms. */
const MARGIN = 2000;

export class Account extends EventTarget {
  #log;
  #credentials = null;
  #access = null;
  #refreshToken = null;
  #renewal = null;
  username = null;
  expiresAt = 0;

  constructor(log) {
    super();
    this.#log = log;
  }

  get signedIn() {
    return this.#credentials !== null;
  }

  async signIn(username, password) {
    const credentials = { username, password };
    const response = await post('/api/login', credentials);
    if (!response.ok) throw new SignInRefused(await sentence(response));
    await this.#accept(response, credentials);
    this.#log.add('page', 'token', `signed in, the token is good for ${this.secondsLeft()} s`);
  }

  signOut() {
    this.#credentials = this.#access = this.#refreshToken = this.username = null;
    this.#changed();
  }

  /**
   * The access token for the next request. `refused` says that the server did not take the last one.
   * A refused token is forgotten at once: should the renewal fail half-way, the next call starts it anew.
   */
  async bearer(refused) {
    if (refused || Date.now() > this.expiresAt - MARGIN) this.#access = null;
    if (this.#access === null) {
      // Whoever asks meanwhile waits for the same answer: a refresh token is good for one use.
      this.#renewal ??= this.#renew().finally(() => { this.#renewal = null; });
      await this.#renewal;
    }
    return this.#access;
  }

  /** Whole seconds the access token is still good for. */
  secondsLeft() {
    return Math.max(0, Math.ceil((this.expiresAt - Date.now()) / 1000));
  }

  async #renew() {
    if (!this.signedIn) throw new SignInRefused('You are signed out.');
    const credentials = this.#credentials;

    const refreshed = await post('/api/refresh', { refreshToken: this.#refreshToken });
    if (!this.signedIn) throw new SignInRefused('You are signed out.');
    if (refreshed.ok) {
      await this.#accept(refreshed, credentials);
      this.#log.add('page', 'token', `refreshed, good for ${this.secondsLeft()} s`);
      return;
    }
    if (refreshed.status !== 401) throw new Error(await sentence(refreshed));

    // A restarted server has a new secret and knows none of its old tokens.
    this.#log.add('page', 'token', 'refresh refused, signing in again');
    try {
      await this.signIn(credentials.username, credentials.password);
    } catch (error) {
      if (error instanceof SignInRefused) this.signOut();
      throw error;
    }
  }

  async #accept(response, credentials) {
    const { accessToken, refreshToken, expiresIn } = await response.json();
    this.#credentials = credentials;
    this.#access = accessToken;
    this.#refreshToken = refreshToken;
    this.username = credentials.username;
    this.expiresAt = Date.now() + expiresIn * 1000;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

function post(path, body) {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function sentence(response) {
  const { error } = await response.json().catch(() => ({}));
  return error ?? `The server answered ${response.status}.`;
}
