// Code for the types of @microsoft/fetch-event-source compiles with these types, unchanged, and the reverse.

import type * as theirs from '@microsoft/fetch-event-source'
import { EventStreamContentType, fetchEventSource, type EventSourceMessage, type FetchEventSourceInit } from 'sse-fetch/fetch-event-source'

type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

holds<Is<EventSourceMessage, theirs.EventSourceMessage>>()
holds<Is<FetchEventSourceInit, theirs.FetchEventSourceInit>>()
holds<Is<typeof EventStreamContentType, typeof theirs.EventStreamContentType>>()
const inPlaceOfTheirs: typeof theirs.fetchEventSource = fetchEventSource
holds<Is<Parameters<typeof fetchEventSource>[1], theirs.FetchEventSourceInit | undefined>>()

class FatalError extends Error {}

// Every option, as an application uses it.
const controller = new AbortController()
const call: Promise<void> = fetchEventSource('/api/sse', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ foo: 'bar' }),
  signal: controller.signal,
  openWhenHidden: true,
  fetch: window.fetch,
  credentials: 'include',
  async onopen(response) {
    holds<Is<typeof response, Response>>()
    if (response.ok && response.headers.get('content-type') === EventStreamContentType) return
    throw new FatalError()
  },
  onmessage(message) {
    holds<Is<typeof message, EventSourceMessage>>()
    holds<Is<typeof message.retry, number | undefined>>()
    if (message.event === 'FatalError') throw new FatalError(message.data)
  },
  onclose() {
    throw new Error()
  },
  onerror(error) {
    if (error instanceof FatalError) throw error
    return error.status === 503 ? 5000 : undefined
  },
})

// An `init` that is built in steps, and changed while it is in use.
const init: FetchEventSourceInit = { headers: {} }
init.headers!.Authorization = 'Bearer new'
init.onerror = () => null
init.onerror = () => {}
inPlaceOfTheirs(new Request('/api/sse'), init)

// Additional options of this package: a URL object, no `init`, a function for headers, the largest event.
fetchEventSource(new URL('https://example.test/'))
fetchEventSource('/api/sse', { headers: () => ({ Authorization: 'x' }), onmessage: ({ data }) => data.length })
fetchEventSource('/api/sse', { headers: async () => ({ Authorization: 'x' }) })
fetchEventSource('/api/sse', { maxEventBytes: 1024 })

// @ts-expect-error headers are a plain object of strings
fetchEventSource('/api/sse', { headers: { Authorization: 7 } })
// @ts-expect-error a time is a number
fetchEventSource('/api/sse', { onerror: () => '500' })
// @ts-expect-error a size is a number
fetchEventSource('/api/sse', { maxEventBytes: '1024' })
// @ts-expect-error there is no such option
fetchEventSource('/api/sse', { retry: false })
call.then(() => {})
