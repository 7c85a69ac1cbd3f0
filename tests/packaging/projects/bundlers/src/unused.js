// Imports every entry, and uses none.

import { SSEAuth, SSEClient, SSEError } from 'sse-fetch'
import { EventSource } from 'sse-fetch/eventsource'
import { fetchEventSource } from 'sse-fetch/fetch-event-source'
import { init } from 'sse-fetch/slim'

document.title = 'nothing'
