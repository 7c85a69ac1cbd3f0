// What a server on an edge runtime imports that only renders.

export { useSSE as useReact } from 'sse-fetch/react'
export { useSSE as useVue } from 'sse-fetch/vue'
