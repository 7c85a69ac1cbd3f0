// CommonJS with the syntax of TypeScript.

import fetching = require('sse-fetch/fetch-event-source')
import sse = require('sse-fetch')

const client: sse.SSEClient = new sse.SSEClient('https://example.com/events')
const type: 'text/event-stream' = fetching.EventStreamContentType

export = { client, type }
