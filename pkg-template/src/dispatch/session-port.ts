// What this folder needs of the driver and of the connection.

/** The driver of the connection's session. Inputs are the `INPUT` constants of generated/session.ts. */
export interface SessionPort {
  /** Reports to the session what happened to the stream. */
  handle(input: number, detail?: number): void
  /** Reports to the session what happened to the current attempt. */
  handleCurrent(input: number, detail?: number): void
}

/** The connection, which gets these reports. */
export interface ReceiverHost {
  /** The data of an event could not be parsed. */
  parseFailed(cause: unknown): void
  /** The function `until` has returned or thrown this error, which ends the connection. */
  stoppedBy(error: Error): void
  /** Logs an entry for the option `debug`; undefined if that is not set. */
  debug?: ((kind: string, payload: object) => void) | undefined
}
