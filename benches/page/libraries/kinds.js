// The kinds of runs.

/** From bytes in memory, through a `fetch` of the benchmark's. */
const IN_MEMORY = ['parse', 'json']

/** From a server. */
export const NETWORK = ['network', 'network-json', 'network-all']

/** In a page that loads nothing else. */
export const CHATS = ['first-chat', 'later-chat']

export const ALL = [...IN_MEMORY, ...NETWORK]
