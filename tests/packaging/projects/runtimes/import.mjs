// Every entry, imported by its name.

import { SSEAuth, SSEClient, SSEError } from 'sse-fetch'
import { EventSource } from 'sse-fetch/eventsource'
import { EventStreamContentType, fetchEventSource } from 'sse-fetch/fetch-event-source'
import { useSSE as useReact } from 'sse-fetch/react'
import * as slim from 'sse-fetch/slim'
import { useSSE as useVue } from 'sse-fetch/vue'
import { hear } from './hear.mjs'
import { render } from './render.mjs'

await hear({ SSEAuth, SSEClient, SSEError, EventSource, EventStreamContentType, fetchEventSource, slim })
await render({ useReact, useVue })
