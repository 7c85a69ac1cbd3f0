// A shared worker: one client, whose words go to the tab that connected last.

import { SSEClient } from '/pkg/index.js'

onconnect = ({ ports: [port] }) => {
  const client = new SSEClient('/events')
  client.on('notification', ({ title }, { id, origin }) => port.postMessage({ title, id, origin }))
  client.on('state', ({ state }) => port.postMessage({ state }))
  client.connect()
}
