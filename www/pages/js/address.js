// What the address of the page may set, in milliseconds.

const parameters = new URLSearchParams(location.search)

/** The time between two tokens. `?tokenDelay=200` makes the answers slower, so that there is time to break the connection. */
export const tokenDelay = Number(parameters.get('tokenDelay')) || undefined

/**
 * A connection without a byte for this time is treated as dead. When the server has nothing else to send, it sends a comment
 * every 15 s, so three comments are missing by then. `?idleTimeout=500` shortens the time.
 */
export const idleTimeout = Number(parameters.get('idleTimeout')) || 45_000
