// The types of `sse-fetch/eventsource`. This file is not run: it passes if it compiles.

import { SSEError } from 'sse-fetch'
import { EventSource, type EventSourceErrorEvent, type EventSourceOptions } from 'sse-fetch/eventsource'

type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

// Object and class can be used wherever the browser's own can.
const source = new EventSource('/events', { withCredentials: true })
const native: globalThis.EventSource = source
const nativeClass: typeof globalThis.EventSource = EventSource
const made: globalThis.EventSource = new nativeClass(new URL('https://example.test/'))

// Code for the browser's own class compiles.
function watch(any: globalThis.EventSource) {
  any.onmessage = ({ data, lastEventId, origin }) => `${data}${lastEventId}${origin}`
  any.addEventListener('notification', (event) => event.data)
  any.onerror = () => any.readyState === any.CLOSED
}
watch(source)
source.onopen = null
source.onmessage = function (event) {
  holds<Is<typeof event, MessageEvent>>()
  this.close()
}
source.addEventListener('notification', (event) => event.data)
source.addEventListener('notification', { handleEvent: () => {} }, { once: true })
source.removeEventListener('message', () => {})
const state: number = source.readyState
const closed: 2 = EventSource.CLOSED
const target: EventTarget = source
// @ts-expect-error read-only
source.readyState = 0
// @ts-expect-error read-only
source.withCredentials = false

// An error event has the error.
source.onerror = (event) => {
  holds<Is<typeof event, EventSourceErrorEvent>>()
  if (event.error instanceof SSEError) holds<Is<typeof event.error, SSEError>>()
  return source.readyState === EventSource.CLOSED && event.error?.status === 404
}
source.addEventListener('error', ({ error }) => error?.code === 'network')

// All options of the client, and one more.
const options: EventSourceOptions = {
  withCredentials: true,
  method: 'POST',
  body: { message: 'Hello' },
  headers: async ({ attempt }) => ({ 'X-Attempt': String(attempt) }),
  getToken: () => sessionStorage.getItem('token'),
  backoff: { factor: 2 },
  shouldRetry: ({ status }) => status === 503,
  signal: AbortSignal.timeout(1000),
}
new EventSource('/events', options)
new EventSource('/events', null)
// @ts-expect-error unknown option
new EventSource('/events', { retries: 3 })
// @ts-expect-error a URL is required
new EventSource()
// @ts-expect-error needs `new`
EventSource('/events')

// It can be extended.
class Notes extends EventSource {
  readonly count = 0
  override onmessage = (event: MessageEvent) => event.data
}
void [native, made, state, closed, target, new Notes('/events').count]
