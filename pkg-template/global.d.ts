// The types of the global `SSEFetch`. This file is `dist/sse-fetch.global.d.ts` in the package.

export * from '../index.js'
export * from '../eventsource.js'
export * from '../fetch-event-source.js'
export as namespace SSEFetch
