// The imports of a server on an edge runtime: the class, and hooks that it renders.

import { SSEClient } from 'sse-fetch'
import { useSSE as useReact } from 'sse-fetch/react'
import { useSSE as useVue } from 'sse-fetch/vue'

export { SSEClient, useReact, useVue }
