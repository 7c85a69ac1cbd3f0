// Every entry, required by its name.

const { SSEAuth, SSEClient, SSEError } = require('sse-fetch')
const { EventSource } = require('sse-fetch/eventsource')
const { EventStreamContentType, fetchEventSource } = require('sse-fetch/fetch-event-source')
const { useSSE: useReact } = require('sse-fetch/react')
const slim = require('sse-fetch/slim')
const { useSSE: useVue } = require('sse-fetch/vue')

async function main() {
  const { hear } = await import('./hear.mjs')
  const { render } = await import('./render.mjs')
  await hear({ SSEAuth, SSEClient, SSEError, EventSource, EventStreamContentType, fetchEventSource, slim })
  await render({ useReact, useVue })
}

main()
