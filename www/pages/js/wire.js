// Creates the clients of this page. Everything that they do is logged and drawn on the timeline.

export class Wire {
  #log
  #timeline
  /** The client of each lane, and what aborts it. */
  #connections = new Map()

  constructor(log, timeline) {
    this.#log = log
    this.#timeline = timeline
  }

  /**
   * Creates a client that is logged as `connection` and drawn in `lane`. Connections of one kind may have several lanes. The
   * previous client of the lane must be closed.
   */
  client(connection, url, options, lane = connection) {
    const control = new AbortController()
    const drawn = this.#timeline.lane(lane)
    const logged = this.#log.of(connection, lane)
    const client = new SSEFetch.SSEClient(url, {
      ...options,
      signal: control.signal,
      // Sees every request that is sent, also the second one of an attempt whose token was renewed.
      fetch: (...request) => send(request, client.retryCount, drawn, logged),
    })
    logClient(logged, client)
    drawClient(drawn, client)
    this.#connections.set(lane, { client, control })
    return client
  }

  reconnect() {
    for (const { client } of this.#active()) client.reconnect()
  }

  disconnect() {
    for (const { client } of this.#active()) client.disconnect()
  }

  abort() {
    for (const { control } of this.#active()) control.abort()
  }

  #active() {
    return [...this.#connections.values()].filter(({ client }) => client.state !== 'idle' && client.state !== 'closed')
  }
}

async function send([url, init], attempt, drawn, logged) {
  const lastEventId = new Headers(init.headers).get('Last-Event-ID')
  const nth = attempt > 0 ? `, attempt ${attempt}` : ''
  const from = lastEventId ? `, Last-Event-ID: ${lastEventId}` : ''
  logged.add('request', `${init.method} ${new URL(url).pathname}${nth}${from}`)
  const answered = drawn.request(attempt, lastEventId)
  const response = await fetch(url, init)
  answered(response.status)
  return response
}

/** Logs what a client does. Called once for each client. */
function logClient(log, client) {
  client.on('state', ({ state, previous }) => log.add('state', `${previous} → ${state}`))
  client.on('open', ({ status, attempt }) =>
    log.add('open', `${status}, event stream${attempt > 0 ? ` at attempt ${attempt}` : ''}`),
  )
  client.on('error', (error) => log.add('error', describe(error)))
  client.on('retry', ({ attempt, delay }) => log.add('retry', `attempt ${attempt} in ${(delay / 1000).toFixed(1)} s`))
  client.on('refresh', () => log.add('token', 'renewed, used from the next request on'))
  client.on('comment', (text) => log.comment(text))
  client.on('max-reconnects-reached', ({ attempts }) => log.add('gave-up', `after ${attempts} attempts in a row`))
  client.on('close', ({ reason }) => log.add('close', reason))
  client.on('*', (_data, event) => log.event(event))
}

function drawClient(lane, client) {
  lane.enter(client.state)
  client.on('state', ({ state }) => lane.enter(state))
  client.on('refresh', ({ attempt }) => lane.refresh(attempt))
  client.on('error', (error) => lane.error(error, describe(error)))
  client.on('retry', ({ attempt, delay }) => lane.retry(attempt, delay))
  client.on('comment', () => lane.markActivity())
  client.on('*', () => lane.markActivity())
}

/** A sentence that says what failed. If the server sent a message, the message comes first. */
export function describe(error) {
  const said = saidByServer(error.body)
  const code = error.status ? `${error.code} ${error.status}` : error.code
  return `${said ?? error.message.replace(/^SSEClient: /, '')} (${code})`
}

function saidByServer(body) {
  try {
    const { error } = JSON.parse(body)
    return typeof error === 'string' ? error : undefined
  } catch {
    return undefined // no body, or not the JSON this server sends
  }
}
