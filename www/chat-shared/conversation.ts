// What a conversation consists of, and how it is put into words.

import { type SSECloseReason, SSEError, type SSEState } from 'sse-fetch'
import { idleTimeout, tokenDelay } from '../pages/js/address.js'

export { countDown } from '../pages/js/count-down.js'

/** One event of an answer. */
export interface Token {
  token: string
}

export interface Exchange {
  question: string
  answer: string
  phase: Phase
  error?: Error
  retry?: Retry
}

/** The next attempt of a connection, at `at` (in ms, as `Date.now()` counts). */
export interface Retry {
  attempt: number
  at: number
}

/**
 * The phase of an answer. `waiting`: the connection is lost, or is back but has brought nothing yet. `cut`: closed before the answer
 * was complete. `failed`: closed before the answer began.
 */
export type Phase = 'typing' | 'waiting' | 'done' | 'stopped' | 'cut' | 'failed'

/** `lostAt` is the answer as it was when the connection was lost. */
export function phaseOf(state: SSEState, closeReason: SSECloseReason | undefined, answer: string, lostAt?: string): Phase {
  if (state === 'reconnecting') return 'waiting'
  if (state !== 'closed') return answer === lostAt ? 'waiting' : 'typing'
  switch (closeReason) {
    case 'done':
    // All of the answer had arrived before the connection was lost.
    case 'no-content':
      return 'done'
    case 'client':
    case 'aborted':
      return 'stopped'
    default:
      return answer ? 'cut' : 'failed'
  }
}

export const isBusy = (phase?: Phase) => phase === 'typing' || phase === 'waiting'

/** The error to show with an answer: none if the answer was stopped or is complete, even if there was an error before. */
export function errorOf(phase: Phase, error: Error | undefined): Error | undefined {
  return phase === 'stopped' || phase === 'done' ? undefined : error
}

/** What is read aloud when an answer enters a phase. */
export const NOTES: Partial<Record<Phase, string>> = {
  waiting: 'Connection lost, continues where it broke off',
  done: 'Complete',
  stopped: 'Stopped',
}

/** What a connection is waiting for, in words. `seconds`: the time until the next attempt. */
export function waitText(retry: Retry | undefined, seconds: number): string {
  if (!retry) return 'Waiting for the rest'
  return `Trying again ${seconds > 0 ? `in ${seconds} s` : 'now'} (attempt ${retry.attempt})`
}

export const SUGGESTIONS = ['How does a stream resume?', 'What are server-sent events?', 'Why Rust and wasm?', 'Write me a poem']

/** The body that asks for an answer. */
export const promptOf = (message: string) => ({ message, tokenDelay })

/** How both chats connect. */
export const OPTIONS = {
  immediate: false,
  until: '[DONE]',
  // A POST is not repeated by itself, because most servers would answer twice. This one resumes the answer after `Last-Event-ID`.
  reconnect: 'on-error',
  idleTimeout,
} as const

/** What went wrong, in the server's words if it sent some. */
export function describe(error: Error | undefined): string {
  if (!error) return 'The server ended the answer before it was complete.'
  const message = error.message.replace('SSEClient: ', '')
  try {
    return JSON.parse((error instanceof SSEError && error.body) || '').error ?? message
  } catch {
    return message
  }
}

/** Asks the demo's server to close its port for 5 s. */
export function closePort(): void {
  const headers = { 'Content-Type': 'application/json' }
  fetch('/api/faults/outage', { method: 'POST', headers, body: '{"ms":5000}' }).catch(() => {
    // The port is closed already.
  })
}

/** On a touch screen the focus would push up a keyboard over the conversation. */
export const hasKeyboard = !matchMedia('(pointer: coarse)').matches

/** Takes the focus over from a button that goes away when it is pressed. */
export function focusConversation(): void {
  document.querySelector<HTMLElement>(hasKeyboard ? '#question' : '.messages')?.focus()
}
