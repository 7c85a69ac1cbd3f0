// The types of the client. This file is not run: it passes if it compiles, and if the lines marked as errors do not.

import { SSEAuth, SSEClient, SSEError, type Attempt, type SSEEvent, type SSEState } from 'sse-fetch'

type Note = { title: string; body: string }
type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

// A map of events gives each listener the type of its data.
const typed = new SSEClient<{ notification: Note; message: string }>('/events')
typed.on('notification', (note, event) => {
  holds<Is<typeof note, Note>>()
  holds<Is<typeof event, SSEEvent>>()
})
typed.once('event:notification', (note) => holds<Is<typeof note, Note>>())
typed.on('*', (data) => holds<Is<typeof data, Note | string>>())
// @ts-expect-error the map has no such event
typed.on('notificaton', () => {})

// Lifecycle events have their own types, whatever the map.
typed.on('state', ({ state, previous }) => holds<Is<typeof state | typeof previous, SSEState>>())
typed.on('error', (error) => holds<Is<typeof error, SSEError>>())
typed.on('retry', ({ attempt, delay, error }) => holds<Is<typeof attempt | typeof delay, number>>() && error?.code)
typed.on('close', ({ reason, error }) => (reason === 'done' || !(error instanceof SSEError) ? error?.message : error.body))
typed.on('max-reconnects-reached', ({ attempts }) => attempts + 1)
// @ts-expect-error not a reason
typed.on('close', ({ reason }) => reason === 'finished')

// The map may be an interface, and such a client can be used wherever any client can.
interface Notifications {
  notification: Note
  progress: number
}
const byInterface = new SSEClient<Notifications>('/events')
byInterface.on('progress', (progress) => holds<Is<typeof progress, number>>())
// @ts-expect-error the map has no such event
byInterface.on('notificaton', () => {})
// @ts-expect-error not a map of events
new SSEClient<string>('/events')
const anyClient: SSEClient = byInterface
const asTyped: SSEClient<Notifications> = anyClient
const listenTo = (client: SSEClient) => client.on('anything', (data) => data.whatever)
listenTo(typed)

// Without a map, every name and any data is accepted.
const untyped = new SSEClient(new URL('https://example.test/'))
untyped.on('anything', (data) => data.whatever)
const unsubscribe: () => void = untyped.on('anything', () => {})
const connected: Promise<void> = untyped.connect()
untyped.off('anything', unsubscribe)

// Options, each in all its forms.
new SSEClient('/chat', {
  method: 'PUT',
  headers: async ({ attempt, error }: Attempt) => ({ Authorization: error?.status === 401 ? 'fresh' : `stale ${attempt}` }),
  body: { message: 'Hello' },
  credentials: 'include',
  signal: AbortSignal.timeout(1000),
  until: (event) => event.data === '[DONE]',
  parse: (text, event) => text.length + event.id.length,
  validate: async (response) => void response.ok,
  shouldRetry: (error, { attempt }) => (error.status === 401 && attempt === 0 ? 0 : undefined),
  backoff: { jitter: 0 },
  debug: (entry) => void entry,
  idleTimeout: 45_000,
  history: 10,
  closeWhenHidden: true,
  watchNetwork: false,
})
new SSEClient('/chat', { headers: [['a', 'b']], body: new FormData(), until: '[DONE]', reconnect: 'never', debug: true })
// @ts-expect-error unknown option
new SSEClient('/chat', { retries: 3 })
// @ts-expect-error not an accepted value
new SSEClient('/chat', { reconnect: 'sometimes' })

// Tokens, of one client or shared.
new SSEClient('/chat', { getToken: () => sessionStorage.getItem('token'), refreshToken: async ({ signal }) => !signal.aborted })
const auth = new SSEAuth({ name: 'api', getToken: async () => 'token', refreshToken: () => true })
new SSEClient('/chat', { auth })
// @ts-expect-error a number is not a token
new SSEClient('/chat', { getToken: () => 7 })
// @ts-expect-error only the class creates it
new SSEClient('/chat', { auth: {} })

// Iterating over events.
export async function readAll() {
  for await (const event of typed) holds<Is<typeof event, SSEEvent>>()
  const step = await typed[Symbol.asyncIterator]().next()
  if (step.done) holds<Is<typeof step.value, undefined>>()
  else holds<Is<typeof step.value, SSEEvent>>()
  for await (const { data } of typed.stream() as unknown as AsyncIterable<SSEEvent>) void data.length
}
const last: SSEEvent | undefined = typed.history.at(-1)
// @ts-expect-error the history is read-only
typed.history.push(last)
typed.pause()
typed.resume()
typed.on('refresh', ({ attempt }) => attempt + 1)

// A double for tests has fields in place of what it need not compute.
class Double extends SSEClient {
  override readonly url = 'https://example.test/'
  override readonly state = 'open'
  override readonly lastEventId = '7'
  override readonly history = []
}
const double: SSEClient = new Double('/events')
// @ts-expect-error read-only
double.url = ''

void [connected, asTyped]

// The URL may be a function, and an error has the headers of the response.
new SSEClient(async ({ lastEventId }) => new URL(`https://example.test/?after=${lastEventId}`), {
  shouldRetry: ({ headers }) => headers?.get('x-should-retry') !== 'false',
})
// @ts-expect-error the function must return a URL
new SSEClient(() => 7)
