// What `dist/sse-fetch.global.js` puts into the global `SSEFetch`.

export { EventSource } from './eventsource.js'
export { EventStreamContentType, fetchEventSource } from './fetch-event-source.js'
export { SSEAuth, SSEClient, SSEError } from './index.js'
