// The imports of a server on an edge runtime that only renders.

export { useSSE as useReact } from 'sse-fetch/react'
export { useSSE as useVue } from 'sse-fetch/vue'
