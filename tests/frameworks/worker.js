// A worker that receives a URL and sends back the events from there. It uses Vue's `useSSE` outside of components.

import { watch } from 'vue'
import { useSSE } from 'sse-fetch/vue'

addEventListener('message', ({ data: url }) => {
  const { data } = useSSE(url)
  watch(data, (data) => postMessage(data))
})
