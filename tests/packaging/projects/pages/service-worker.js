import './listen.js'
import { SSEClient } from './node_modules/sse-fetch/index.js'
import { EventSource } from './node_modules/sse-fetch/eventsource.js'
import { fetchEventSource } from './node_modules/sse-fetch/fetch-event-source.js'

onmessage = ({ source }) => {
  listen({ SSEClient, EventSource, fetchEventSource }, (name, text) => source.postMessage({ name, text }))
}
