// The kinds of runs.

/** From bytes in memory, through a `fetch` of the benchmark's. */
const IN_MEMORY = ['parse', 'json']

/** From a server. */
export const NETWORK = ['network', 'network-json']

export const ALL = [...IN_MEMORY, ...NETWORK]
