// What the modules of this folder need of the others.

/** The session of the connection, with its driver. Inputs are numbers of generated/session.ts. */
export interface SessionPort {
  /** Something has happened to the stream. */
  handle(input: number, detail?: number): void
  /** Something has happened that ends the request under way. */
  handleCurrent(input: number, detail?: number): void
}

/** What is reported to the connection. */
export interface ReceiverHost {
  /** The data of an event could not be parsed. */
  parseFailed(cause: unknown): void
  /** The function `until` has returned or thrown this error, which ends the connection. */
  stoppedBy(error: Error): void
  /** Makes an entry for the option `debug`, if that is set. */
  debug?: ((kind: string, payload: object) => void) | undefined
}
