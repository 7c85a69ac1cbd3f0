// What a page does in a day: one client, connected and ended again and again.


/** Every way in which a connection ends, given an open one. */
const ENDS = [
  ({ client }) => client.disconnect(),
  ({ stream }) => stream.push('data: [DONE]\n\n'),
  ({ stream }) => stream.push(`data: ${'x'.repeat(2000)}`),
  ({ stream }) => stream.push('not bytes', 7),
  ({ client, stream }) => (stream.break(), client.once('retry', () => client.disconnect())),
  ({ client }) => (client.reconnect(), client.disconnect()),
  ({ client }) => client.once('message', () => client.disconnect()),
]

export async function connect_and_end(bed, times) {
  const client = bed.client({ until: '[DONE]', maxEventBytes: 1000, headers: async () => ({}), validate: async () => {} })
  client.on('message', () => {})
  client.on('error', () => {})
  for (let n = 0; n < times; n++) {
    const closed = new Promise((resolve) => client.once('close', resolve))
    const { stream } = await bed.opened(client)
    ENDS[n % ENDS.length]({ client, stream })
    stream.push('id: 1\ndata: {"a":1}\n\n')
    await closed
    bed.server.calls.length = 0
  }
}

/** Gives up attempts that wait for an answer of the application's, which never comes. */
export async function hang_and_end(bed, times) {
  const hangs = (reached) => () => {
    reached.resolve()
    return new Promise(() => {})
  }
  for (const name of ['headers', 'body', 'fetch', 'validate']) {
    const reached = {}
    const client = bed.client({ fetch: async () => eventStream(), [name]: hangs(reached) })
    for (let n = 0; n < times; n++) {
      const arrival = new Promise((resolve) => (reached.resolve = resolve))
      client.connect()
      await arrival
      client.disconnect()
    }
  }
}

const eventStream = () => new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } })
