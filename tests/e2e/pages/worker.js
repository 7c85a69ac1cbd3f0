// A module worker that passes on what its client reports.

import { SSEClient } from '/pkg/index.js'

const client = new SSEClient('events') // relative to the worker
client.on('notification', ({ title }, { id, origin }) => postMessage({ title, id, origin }))
client.on('state', ({ state }) => postMessage({ state }))
client.connect()

onmessage = () => client.disconnect()
