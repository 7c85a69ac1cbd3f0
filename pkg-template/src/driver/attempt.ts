// One attempt: its request, its response, and what is known of its failure.

import { STEP_NONE } from '../generated/session.ts'
import { discard } from './abort.ts'
import type { BodyPrefix, BodyReader } from './body.ts'
import type { AttemptContext, FailureDetails } from './host.ts'
import { guarded } from './report.ts'

/** What is known of a response, for messages. */
export type Source = Pick<FailureDetails, 'contentType' | 'url' | 'headers'>

export class Attempt {
  /** By which the session knows it. */
  readonly id: number
  /** The step that was taken last. */
  step: number = STEP_NONE
  /** False once the attempt was aborted, which releases everything but the facts about its failure. */
  isLive = true
  /** The stream is read and delivered, unless the application has paused. */
  isRead = true
  /** What the application's functions get to know. */
  context: AttemptContext | undefined
  response: Response | undefined
  /** Reads the body of the response. */
  reader: BodyReader | undefined
  /** The beginning of an error response's body. */
  prefix: BodyPrefix | undefined
  #controller: AbortController | undefined

  /** What is known of the response. */
  source: Source = {}
  /** The same of the response before it, which refused the token. */
  readonly #refused: Source | undefined
  /** Why it failed: the exception, and the name of the application's function that threw it. */
  cause: unknown
  callback: string | undefined
  /** The beginning of the body that explains the failure. */
  body: string | undefined
  /** The error made of all that. */
  error: Error | undefined

  constructor(id: number, refused: Source | undefined) {
    this.id = id
    this.#refused = refused
  }

  /** The signal that is aborted with the attempt. It throws where there is no `AbortController`. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Notes why the attempt is about to fail. */
  failsWith(cause: unknown, callback: string | undefined): void {
    this.cause = cause
    this.callback = callback
  }

  /** What is known of its failure. `status` is undefined if it has nothing to do with a response. */
  detailsOf(status: number | undefined): FailureDetails {
    const { source, cause, callback, body } = this
    // The response that refused the token is what the attempt failed with, if there is no new token.
    return { ...(status === undefined || source.headers ? source : this.#refused), cause, callback, body, status }
  }

  /** Aborts what is under way. */
  abort(): void {
    const { reader, response, prefix } = this
    this.isLive = false
    if (reader) reader.stop()
    else if (response) discard(response)
    // What was read before the time ran out explains the error too.
    if (prefix) this.body = prefix.text()
    this.reader = this.response = this.prefix = this.context = undefined
    const controller = this.#controller
    // The attempt may be kept for long, and the listeners of its signal are the application's.
    this.#controller = undefined
    guarded(() => controller?.abort())
  }
}
