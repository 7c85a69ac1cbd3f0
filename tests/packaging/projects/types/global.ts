// A classic script of a page that loads the package by `<script>`.

/// <reference types="sse-fetch/dist/sse-fetch.global.js" />

const client: SSEFetch.SSEClient = new SSEFetch.SSEClient('/events', { history: 10 })
client.on('error', (error: SSEFetch.SSEError) => error.code)
const source: EventTarget = new SSEFetch.EventSource('/events')
const fetched: Promise<void> = SSEFetch.fetchEventSource('/events', { headers: { accept: SSEFetch.EventStreamContentType } })
// @ts-expect-error the global has no such class
new SSEFetch.Client('/events')
