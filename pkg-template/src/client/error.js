// The error every failure ends as.

import { shortened } from '../driver/kind.ts'

const MESSAGES = {
  network: ({ url }) => `the connection${url && ` to ${url}`} failed or broke`,
  status: ({ status, url }) =>
    status === 204 ? 'the server answered 204: it wants no further connection' : `the server answered with status ${status} (${url})`,
  'content-type': ({ status, url, type }) => `the response is no event stream: its content type is ${type} instead of text/event-stream (status ${status}, ${url})`,
  format: () => 'the response is text/event-stream, but holds no event, only other text',
  auth: ({ status }) =>
    status === 401 ? 'the server answered with status 401, and a new token did not help or was not to be had' : 'there is no token to be had',
  timeout: () => 'there was no response within connectTimeout',
  idle: () => 'the stream said nothing within idleTimeout',
  parse: () => 'the data of an event could not be parsed',
  'too-large': () => 'a line or an event of the stream is larger than maxEventBytes',
  incomplete: () => 'the stream ended before the mark of `until`',
  aborted: () => 'the client was disconnected before the stream was open',
  callback: ({ callback, status, type }) =>
    callback === 'validate' ? `validate refused the response (status ${status}, content type ${type})` : callback && `${callback}() failed`,
}

export class SSEError extends Error {
  /** Minifiers would give the class another name, under which Node logs errors. */
  static name = 'SSEError'

  /**
   * `callback` is the name of the function that threw. `url`, `contentType` and `headers` are those of the response, if there was
   * one. `secrets` are tokens, which are replaced in the message and the body.
   */
  constructor(code, { status, headers, url = '', contentType, retryable = false, attempt = 0, body, cause, callback, secrets = [] } = {}) {
    const hidden = (text) => without(secrets, text)
    const [address] = url.split(/[?#]/, 1)
    // Tokens are replaced before the text is shortened, because a token that is cut in half would not be found.
    const type = contentType ? shortened(hidden(contentType), 100) : 'missing'
    const what = MESSAGES[code]({ status, callback, type, url: shortened(hidden(address), 200) })
    // What a function that handles tokens throws may quote one.
    const why = cause === undefined || code === 'auth' ? undefined : hidden(reasonOf(cause, url.slice(address.length)))
    super(`SSEClient: ${[what, why].filter(Boolean).join(': ')}`, cause === undefined ? undefined : { cause })
    this.name = 'SSEError'
    this.code = code
    this.retryable = retryable
    this.attempt = attempt
    if (status !== undefined) this.status = status
    if (headers !== undefined) this.headers = headers
    if (body !== undefined) this.body = hidden(body)
  }
}

/** Replaces every secret, also where it is escaped as in URLs, forms, JSON and HTML. */
function without(secrets, text) {
  return secrets.reduce((rest, secret) => rest.replace(formsOf(secret), '(token)'), text)
}

function formsOf(secret) {
  const characters = Array.from(secret.trim(), (character) => (/\w/.test(character) ? character : formsOfCharacter(character)))
  return new RegExp(characters.join(''), 'gi')
}

/** A regular expression for a character that is neither a letter nor a digit, and for its escaped forms. */
function formsOfCharacter(character) {
  const code = character.charCodeAt(0)
  const unit = `u${hex(code, 4)}`
  const percent = Array.from(new TextEncoder().encode(character), (byte) => `%${hex(byte, 2)}`).join('')
  const forms = [`\\${unit}`, `\\\\\\${unit}`, `\\\\${unit}`, percent, `&#x${hex(code)};`, `&#${code};`]
  if (character === ' ') forms.push('\\+')
  return `(?:${forms.join('|')})`
}

const hex = (number, length = 0) => number.toString(16).padStart(length, '0')

/** The timeouts of Node's `fetch`, and the options of its dispatcher that change them. */
const NODE_TIMEOUTS = { UND_ERR_HEADERS_TIMEOUT: 'headersTimeout', UND_ERR_BODY_TIMEOUT: 'bodyTimeout' }

/** How many causes of causes are looked at. */
const DEPTH = 5

/**
 * The text of a thrown value and of its causes: Node's `fetch` has the system's reason in a cause. `query` is the query of the
 * URL, which is removed, because some runtimes quote it. The thrown value may be anything, even one without a text.
 */
function reasonOf(thrown, query) {
  const reasons = []
  try {
    for (let cause = thrown, depth = 0; cause !== undefined && cause !== null && depth < DEPTH; cause = cause.cause, depth++) {
      const text = textOf(cause)
      if (!reasons.some((reason) => reason.includes(text))) reasons.push(text)
      const timeout = NODE_TIMEOUTS[cause.code]
      if (timeout) reasons.push(`Node's fetch ends a response that is silent for 300 s: pass an undici Agent with another ${timeout} as the option dispatcher`)
    }
  } catch {
    reasons.push('a value without text')
  }
  const reason = reasons.join(': ').replace(/^SSEClient: /, '')
  return query.length > 1 ? reason.replaceAll(query, '') : reason
}

/** An error's message, with the system's error code. If several addresses were tried: the messages of all. */
function textOf(cause) {
  if (Array.isArray(cause.errors)) return cause.errors.map(textOf).join(', ')
  const text = String(cause.message ?? cause)
  return typeof cause.code !== 'string' || text.includes(cause.code) ? text : `${text} (${cause.code})`
}
