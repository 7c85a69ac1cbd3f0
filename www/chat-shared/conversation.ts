// What a conversation consists of, and how it is put into words.

import { SSEError, type SSEState } from 'sse-fetch'

/** One event of an answer. */
export interface Token {
  token: string
}

export interface Exchange {
  question: string
  answer: string
  phase: Phase
  error?: Error
}

/** Where an answer stands. `waiting`: the connection is away. */
export type Phase = 'typing' | 'waiting' | 'done' | 'stopped' | 'failed'

export function phaseOf(state: SSEState, error: Error | undefined, stopped: boolean): Phase {
  if (state === 'reconnecting') return 'waiting'
  if (state !== 'closed') return 'typing'
  if (stopped) return 'stopped'
  return error ? 'failed' : 'done'
}

export const NOTES: Partial<Record<Phase, string>> = {
  waiting: 'Connection lost, goes on where it broke off',
  stopped: 'Stopped',
}

export const SUGGESTIONS = [
  'How does a stream resume?',
  'What are server-sent events?',
  'Why Rust and wasm?',
  'Write me a poem',
]

/** Milliseconds between two tokens: `?tokenDelay=200` in the page's address makes time to pull the plug. */
const tokenDelay = Number(new URLSearchParams(location.search).get('tokenDelay')) || undefined

/** The body that asks for an answer. */
export const promptOf = (message: string) => ({ message, tokenDelay })

/** What went wrong, in the server's words if it sent some. */
export function describe(error: Error): string {
  const message = error.message.replace('SSEClient: ', '')
  try {
    return JSON.parse((error instanceof SSEError && error.body) || '').error ?? message
  } catch {
    return message
  }
}

/** Has the demo's server close its port for 5 s. */
export function pullThePlug(): void {
  const headers = { 'Content-Type': 'application/json' }
  fetch('/api/faults/outage', { method: 'POST', headers, body: '{"ms":5000}' }).catch(() => {
    // It is pulled already.
  })
}

/** On a touch screen the focus would push up a keyboard over the conversation. */
export const hasKeyboard = !matchMedia('(pointer: coarse)').matches
