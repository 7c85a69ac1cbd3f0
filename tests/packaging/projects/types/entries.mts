// Every entry. The test also compiles this file as CommonJS, under another name.

import { SSEAuth, SSEClient, SSEError, type SSEEvent } from 'sse-fetch'
import { EventSource } from 'sse-fetch/eventsource'
import { EventStreamContentType, fetchEventSource } from 'sse-fetch/fetch-event-source'
import { useSSE as useReact } from 'sse-fetch/react'
import { init, SSEClient as SlimClient } from 'sse-fetch/slim'
import { useSSE as useVue } from 'sse-fetch/vue'

type Note = { title: string }

const client = new SSEClient<{ notification: Note }>('https://example.com/events', {
  auth: new SSEAuth({ getToken: () => 'token' }),
})
client.on('notification', ({ title }, event: SSEEvent) => title.trim() + event.id)
client.on('error', ({ code, status }: SSEError) => [code, status])
// @ts-expect-error there is no such field
client.on('notification', ({ body }) => body)

const slim: SSEClient = new SlimClient('https://example.com/events')
const loaded: Promise<void> = init()

const source: EventTarget = new EventSource('https://example.com/events', { withCredentials: true })
const fetched: Promise<void> = fetchEventSource('https://example.com/events', {
  headers: { accept: EventStreamContentType },
  onmessage: ({ data }) => data.trim(),
})

const inReact: Note | undefined = useReact<Note>('https://example.com/events').data
const inVue: Note | undefined = useVue<Note>('https://example.com/events').data.value

export { fetched, inReact, inVue, loaded, slim, source }
