// A program for a server. It is compiled without the types of browsers.

import { SSEAuth, SSEClient, type SSEEvent } from 'sse-fetch'
import { init } from 'sse-fetch/slim'

interface Events {
  notification: { title: string }
}

export async function first(): Promise<SSEEvent | undefined> {
  await init()
  const client = new SSEClient<Events>('https://example.com/events', {
    auth: new SSEAuth({ getToken: () => 'token' }),
    headers: { 'X-Client': 'server' },
    signal: AbortSignal.timeout(1000),
  })
  client.on('open', ({ status, headers }) => [status, headers.get('content-type')])
  client.on('notification', ({ title }) => title.trim())
  for await (const event of client) return event
  return undefined
}
