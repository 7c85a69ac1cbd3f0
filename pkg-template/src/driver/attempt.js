// One attempt: its request, its response, and what is known of its failure.

import { discard } from './abort.js'
import { guarded } from './report.js'

export class Attempt {
  /** By which the session knows it. */
  id
  /** The step that was taken last. */
  step
  /** False once the attempt was aborted, which releases everything but the facts about its failure. */
  isLive = true
  /** The stream is read and delivered, unless the application has paused. */
  isRead = true
  /** What the application's functions get to know. */
  context
  response
  /** Reads the body of the response. */
  reader
  /** The beginning of an error response's body. */
  prefix
  #controller

  /** What is known of the response, for messages: its URL, content type and headers. */
  source = {}
  /** The same of the response before it, which refused the token. */
  refused
  /** Why it failed: the exception, and the name of the application's function that threw it. */
  cause
  callback
  /** The beginning of the body that explains the failure. */
  body
  /** The error made of all that. */
  error

  constructor(id, refused) {
    this.id = id
    this.refused = refused
  }

  /** The signal that is aborted with the attempt. It throws where there is no `AbortController`. */
  get signal() {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Notes why the attempt is about to fail. */
  failsWith(cause, callback) {
    this.cause = cause
    this.callback = callback
  }

  /** What is known of its failure. `status` is undefined if it has nothing to do with a response. */
  detailsOf(status) {
    const { source, refused, cause, callback, body } = this
    // The response that refused the token is what the attempt failed with, if there is no new token.
    return { ...(status === undefined || source.headers ? source : refused), cause, callback, body, status }
  }

  /** Aborts what is under way. */
  abort() {
    const { reader, response, prefix } = this
    this.isLive = false
    if (reader) reader.stop()
    else if (response) discard(response)
    // What was read before the time ran out explains the error too.
    if (prefix) this.body = prefix.text()
    this.reader = this.response = this.prefix = this.context = undefined
    guarded(() => this.#controller?.abort())
  }
}
