// The error every failure ends as.

const MESSAGES = {
  network: () => 'the connection failed or broke',
  status: ({ status }) =>
    status === 204 ? 'the server answered 204: it wants no further connection' : `the server answered with status ${status}`,
  'content-type': () => 'the response is no event stream: its content type is not text/event-stream',
  format: () => 'the response calls itself an event stream, and holds no event but something else',
  auth: ({ status }) =>
    status === 401 ? 'the server answered with status 401, and a new token did not help or was not to be had' : 'there is no token to be had',
  timeout: () => 'there was no response within connectTimeout',
  idle: () => 'the stream said nothing within idleTimeout',
  parse: () => 'the data of an event could not be parsed',
  'too-large': () => 'a line or an event of the stream is larger than maxEventBytes',
  incomplete: () => 'the stream ended before the mark of its end (`until`)',
  aborted: () => 'the client was disconnected before the stream was open',
  callback: () => 'a function given as an option failed',
}

export class SSEError extends Error {
  /** `secret` is what must appear in no text: the token that was sent. */
  constructor(code, { status, retryable = false, attempt = 0, body, cause, secret } = {}) {
    // What a function that handles tokens throws may quote one.
    const why = cause === undefined || code === 'auth' ? '' : `: ${without(secret, textOf(cause))}`
    super(`SSEClient: ${MESSAGES[code]({ status })}${why}`, cause === undefined ? undefined : { cause })
    this.name = 'SSEError'
    this.code = code
    this.retryable = retryable
    this.attempt = attempt
    if (status !== undefined) this.status = status
    if (body !== undefined) this.body = without(secret, body)
  }
}

const without = (secret, text) => (secret === undefined ? text : text.replaceAll(secret, '(token)'))

/** Anything can be thrown, even what has no text. */
function textOf(cause) {
  try {
    return String(cause?.message ?? cause)
  } catch {
    return 'no text'
  }
}
