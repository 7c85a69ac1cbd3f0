// What the address of the page may set, in milliseconds.

const parameters = new URLSearchParams(location.search);

/** `?tokenDelay=200` slows the answers down, to have time to break the connection. */
export const tokenDelay = Number(parameters.get('tokenDelay')) || undefined;

/**
 * Without a byte for so long a connection counts as dead. The server sends a comment every 15 s when it has nothing else
 * to send, so three of them are missing by then. `?idleTimeout=500` is more impatient.
 */
export const idleTimeout = Number(parameters.get('idleTimeout')) || 45_000;
