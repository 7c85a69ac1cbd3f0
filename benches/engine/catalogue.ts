// The libraries and workloads that the page of the benchmarks offers.

/** The library that the benchmarks are about. */
export const OURS = 'sse-fetch'
/** The library it is compared with, row by row: the fastest parser in JavaScript. */
export const PARSER = 'eventsource-parser'
/** Reads the same stream and throws the bytes away. */
export const BASELINE = 'baseline'

/** Whether thresholds of rows from memory are about this library. */
export const isMeasure = (name: string): boolean => [OURS, PARSER, BASELINE].includes(name)

/**
 * From bytes in memory to the listener, which gets text (`parse`) or parsed JSON (`json`); or the same from a server, also with a
 * listener to all types (`network-all`); or chats in a page that loads only one client: the first one, and a later one.
 */
export type Kind = 'parse' | 'json' | 'network' | 'network-json' | 'network-all' | 'first-chat' | 'later-chat'

/** What `list()` of the page returns. */
export interface Catalogue {
  libraries: Library[]
  workloads: Workload[]
}

export interface Library {
  name: string
  version: string
  /** The kinds of rows it can take part in. */
  kinds: string[]
  /** The workloads it takes no part in, with the reason. */
  skips: Record<string, string>
  /** The workloads it is known to get wrong, with the reason. */
  flaws: Record<string, string>
}

interface Workload {
  name: string
  title: string
  /** The ways the stream is cut into chunks; `json`: this one is measured as JSON too. */
  chunkings: { name: string; json: boolean }[]
}

/** One stream, cut in one way. */
export interface Subject {
  kind: Kind
  /** The name of the workload; over the network that of the way it is sent. */
  workload: string
  title: string
  /** Empty over the network. */
  chunking: string
  /** How the stream is cut or sent, for a sentence. */
  label: string
  /** How many times slower the browser makes the CPU, in a row of chats. */
  throttling?: number
}

/** What tables and plots call it: `chat 64k`. */
export const nameOf = ({ workload, chunking }: Subject): string => `${workload} ${chunking}`.trim()

export const isNetwork = ({ kind }: Subject): boolean => kind.startsWith('network')

export const isChat = ({ kind }: Subject): boolean => kind.endsWith('-chat')

/** The address of an answer of so many events, each of which the server writes by itself, a millisecond after the last one. */
export const answerStream = (count: number): string => `${chatStream(count, 1)}&interval=1`

/** The address of so many events of the chat at the demo server. */
export const chatStream = (count: number, perWrite = 0): string =>
  `/api/load?payload=chat&bytes=200&count=${count}${perWrite > 0 ? `&per_write=${perWrite}` : ''}`
