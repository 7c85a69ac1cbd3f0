// Prints what each kind of client receives. Then all clients are closed, and the process ends by itself.

const url = `${process.env.SERVER}/api/script/greeting`

export async function hear({ SSEAuth, SSEClient, SSEError, EventSource, EventStreamContentType, fetchEventSource, slim }) {
  await slim.init()
  console.log('slim:', await first(slim.SSEClient))

  console.log('client:', await first(SSEClient, { auth: new SSEAuth({ getToken: () => 'token' }) }))

  const source = new EventSource(url)
  const { data } = await new Promise((resolve) => {
    source.onmessage = resolve
  })
  source.close()
  console.log('eventsource:', data)

  const controller = new AbortController()
  await fetchEventSource(url, {
    headers: { accept: EventStreamContentType },
    signal: controller.signal,
    onmessage(event) {
      console.log('fetch-event-source:', event.data)
      controller.abort()
    },
  })

  const refused = new SSEClient(`${process.env.SERVER}/no-stream`, { reconnect: 'never' })
  await refused.connect().catch((error) => console.log('refused:', error instanceof SSEError, error.status))
}

async function first(Client, options) {
  for await (const event of new Client(url, options)) return event.data
}
