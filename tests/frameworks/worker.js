// A worker that is sent a URL, and sends back what comes from there, by way of Vue's `useSSE` outside of components.

import { watch } from 'vue'
import { useSSE } from 'sse-fetch/vue'

addEventListener('message', ({ data: url }) => {
  const { data } = useSSE(url)
  watch(data, (data) => postMessage(data))
})
