// Connects each given kind of client to the same stream, and reports what they receive. A classic script, so that pages and workers
// of every kind can load it.

globalThis.listen = ({ SSEClient, EventSource, fetchEventSource }, tell) => {
  const url = '/api/script/greeting'

  const client = new SSEClient(url)
  client.on('message', (data) => tell('client', data))
  client.connect()

  const source = new EventSource(url)
  source.onmessage = ({ data }) => tell('eventsource', data)

  fetchEventSource(url, { onmessage: ({ data }) => tell('fetch-event-source', data) })
}
