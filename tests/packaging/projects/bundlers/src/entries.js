// All entries in one page.

import { SSEClient } from 'sse-fetch'
import { EventSource } from 'sse-fetch/eventsource'
import { fetchEventSource } from 'sse-fetch/fetch-event-source'
import { SSEClient as SlimClient } from 'sse-fetch/slim'
import { show } from './show.js'

export function start(server) {
  const url = `${server}/events`

  receive('client', new SSEClient(url))
  // Without init(): the class is shared, and has its wasm already.
  receive('slim', new SlimClient(url))

  const source = new EventSource(url)
  source.onopen = () => show('eventsource', 'open')
  source.addEventListener('notification', ({ data }) => show('eventsource', JSON.parse(data).title))

  fetchEventSource(url, {
    async onopen() {
      show('fetch-event-source', 'open')
    },
    onmessage({ event, data }) {
      if (event === 'notification') show('fetch-event-source', JSON.parse(data).title)
    },
  })
}

function receive(name, client) {
  client.on('open', () => show(name, 'open'))
  client.on('notification', ({ title }) => show(name, title))
  client.connect()
}
