// The members of the global `SSEFetch`, which `dist/sse-fetch.global.js` defines.

export { EventSource } from './eventsource.js'
export { EventStreamContentType, fetchEventSource } from './fetch-event-source.js'
export { SSEAuth, SSEClient, SSEError } from './index.js'
