// One attempt: its request, its response, and the details of its failure.

import { STEP_NONE } from '../generated/session.ts'
import { cancelResponse } from './abort.ts'
import type { BodyPrefix, BodyReader } from './body.ts'
import type { AttemptContext, FailureDetails } from './host.ts'
import { guarded } from './report.ts'

/** Details of a response, for messages. */
export type ResponseDetails = Pick<FailureDetails, 'contentType' | 'url' | 'headers'>

export class Attempt {
  /** The id of the attempt in the session. */
  readonly id: number
  /** The step that was taken last. */
  step: number = STEP_NONE
  /** False if the attempt was aborted. Then it holds only the details of its failure. */
  isLive = true
  /** The stream is being read and its events are delivered. False while the application pauses. */
  isReading = true
  /** The argument of the application's functions. */
  context: AttemptContext | undefined
  response: Response | undefined
  /** Reads the body of the response. */
  reader: BodyReader | undefined
  /** The beginning of an error response's body. */
  prefix: BodyPrefix | undefined
  #controller: AbortController | undefined

  /** Details of the response. */
  source: ResponseDetails = {}
  /** Details of the previous attempt's response. */
  readonly #previousSource: ResponseDetails | undefined
  /** Why the attempt failed: the exception, and the name of the application's function that threw it. */
  cause: unknown
  callback: string | undefined
  /** The beginning of the body that explains the failure. */
  body: string | undefined
  /** The error that is reported for the failure. */
  error: Error | undefined

  constructor(id: number, previousSource: ResponseDetails | undefined) {
    this.id = id
    this.#previousSource = previousSource
  }

  /** The signal that is aborted with the attempt. Throws if there is no `AbortController`. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    return this.#controller.signal
  }

  /** Notes why the attempt is about to fail. */
  failsWith(cause: unknown, callback: string | undefined): void {
    this.cause = cause
    this.callback = callback
  }

  /** Details of the failure. `status` is undefined if the failure is not about a response. */
  detailsOf(status: number | undefined): FailureDetails {
    const { source, cause, callback, body } = this
    // If this attempt failed with the status of the previous one (a 401, and there is no new token), that response is described.
    return { ...(status === undefined || source.headers ? source : this.#previousSource), cause, callback, body, status }
  }

  /** Aborts the request and the reading of the body. */
  abort(): void {
    const { reader, response, prefix } = this
    this.isLive = false
    if (reader) reader.stop()
    else if (response) cancelResponse(response)
    // If the time for the body of an error response is over, the part that was read explains the error.
    if (prefix) this.body = prefix.text()
    this.reader = this.response = this.prefix = this.context = undefined
    const controller = this.#controller
    // The attempt may stay in memory for long. Its signal must not, because the application may have added listeners to it.
    this.#controller = undefined
    guarded(() => controller?.abort())
  }
}
