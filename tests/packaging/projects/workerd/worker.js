import { SSEClient } from 'sse-fetch'
import { EventSource } from 'sse-fetch/eventsource'
import { fetchEventSource } from 'sse-fetch/fetch-event-source'
import * as slim from 'sse-fetch/slim'
// The entry that a bundler chooses if it does not know the runtime: its class compiles the wasm.
import * as compiling from './node_modules/sse-fetch/node/index.js'

const hear = {
  '/client': (url) => first(new SSEClient(url)),
  async '/slim'(url) {
    await slim.init()
    return first(new slim.SSEClient(url))
  },
  '/eventsource': (url) =>
    new Promise((resolve) => {
      const source = new EventSource(url)
      source.onmessage = ({ data }) => {
        source.close()
        resolve(data)
      }
    }),
  '/fetch-event-source': (url) =>
    new Promise((resolve) => {
      const controller = new AbortController()
      const onmessage = ({ data }) => {
        controller.abort()
        resolve(data)
      }
      fetchEventSource(url, { signal: controller.signal, onmessage })
    }),
  '/compiling': (url) => first(new compiling.SSEClient(url)),
}

async function first(client) {
  for await (const { data } of client) return data
}

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url)
    return new Response(await hear[pathname](searchParams.get('url')))
  },
}
