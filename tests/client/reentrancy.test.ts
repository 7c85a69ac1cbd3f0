// Every method may be called inside every listener and every callback of the same client.

import { EventRecorder, expect, rejection, SimulatedClock, SimulatedServer, test, turn } from './fixture/index.ts'

const ignore = () => {}

/** Every public method and property, as a listener may use them. */
const USES = {
  connect: (client) => client.connect(),
  disconnect: (client) => client.disconnect(),
  close: (client) => client.close('reason'),
  reconnect: (client) => client.reconnect(),
  'disconnect and connect': (client) => (client.disconnect(), client.connect()),
  'reconnect and disconnect': (client) => (client.reconnect(), client.disconnect()),
  on: (client) => client.on('message', () => {}),
  'on a new type': (client) => client.on('new', () => {}),
  'on comment': (client) => client.on('comment', () => {}),
  once: (client) => client.once('*', () => {}),
  off: (client) => client.off('message', () => {}),
  'off all': (client) => client.off(),
  emit: (client) => client.emit('message', 1),
  'emit a lifecycle event': (client) => client.emit('close', {}),
  properties: ({ url, state, readyState, lastEventId, retryCount }) => [url, state, readyState, lastEventId, retryCount],
  stats: (client) => client.stats(),
  history: (client) => client.history,
  pause: (client) => client.pause(),
  resume: (client) => client.resume(),
  'pause and resume': (client) => (client.pause(), client.resume()),
  'pause and reconnect': (client) => (client.pause(), client.reconnect()),
  stream: (client) => client.stream(),
  'stream and cancel': (client) => client.stream().cancel().catch(ignore),
  iterate: (client) => client[Symbol.asyncIterator]().next().catch(ignore),
  'iterate and leave': (client) => client[Symbol.asyncIterator]().return(),
  dispose: (client) => client[Symbol.dispose ?? Symbol.for('Symbol.dispose')](),
}

const STATES = ['idle', 'connecting', 'open', 'reconnecting', 'paused', 'closed']
const events = (call) => call.stream().push('id: 1\ndata: a\n\n: comment\nevent: note\ndata: b\n\ndata: c\n\n').break()
const fail = (call) => call.fail()
const answer = (status) => (call) => call.respond(new Response('', { status }))
const tokens = { getToken: () => 'old', refreshToken: () => 'new' }

/** The places where a client calls the application: its listeners or options, and how the server answers until then. */
const PLACES = {
  message: { type: 'message', answers: [events] },
  '*': { type: '*', answers: [events] },
  note: { type: 'note', answers: [events] },
  comment: { type: 'comment', answers: [events] },
  'state connecting': { type: 'state', only: ({ state }) => state === 'connecting' },
  'state open': { type: 'state', only: ({ state }) => state === 'open' },
  'state reconnecting': { type: 'state', only: ({ state }) => state === 'reconnecting', answers: [fail] },
  'state paused': { type: 'state', only: ({ state }) => state === 'paused', before: (client) => client.pause() },
  'state closed': { type: 'state', only: ({ state }) => state === 'closed', answers: [answer(404)] },
  open: { type: 'open' },
  'error retryable': { type: 'error', answers: [fail] },
  'error fatal': { type: 'error', answers: [answer(404)] },
  'error parse': { type: 'error', answers: [events], options: () => ({ parse: 'json' }), also: 'message' },
  'error too large': {
    type: 'error',
    answers: [(call) => call.stream().push('data: more than twenty bytes\n\n')],
    options: () => ({ maxEventBytes: 20 }),
  },
  retry: { type: 'retry', answers: [fail] },
  refresh: { type: 'refresh', answers: [answer(401)], options: () => tokens },
  'error auth': { type: 'error', answers: [answer(401), answer(401)], options: () => tokens },
  'max-reconnects-reached': { type: 'max-reconnects-reached', answers: [fail], options: () => ({ maxReconnects: 0 }) },
  'close fatal': { type: 'close', answers: [answer(404)] },
  'close no-content': { type: 'close', answers: [(call) => call.respond(new Response(null, { status: 204 }))] },
  'close done': { type: 'close', answers: [events], options: () => ({ until: 'c' }) },
  'close server': { type: 'close', answers: [(call) => call.stream().end()], options: () => ({ reconnect: 'never' }) },
  headers: { options: (use) => ({ headers: () => void use() }) },
  'headers of a later attempt': {
    options: (use) => ({ headers: ({ attempt }) => void (attempt === 1 && use()) }),
    answers: [fail],
  },
  body: { options: (use) => ({ body: () => void use() }) },
  fetch: { options: (use, server) => ({ fetch: (...given) => (use(), server.fetch(...given)) }) },
  getToken: { options: (use) => ({ getToken: () => void use() }) },
  'getToken of a later attempt': {
    options: (use) => ({ getToken: ({ attempt }) => void (attempt === 1 && use()) }),
    answers: [fail],
  },
  refreshToken: { options: (use) => ({ ...tokens, refreshToken: () => (use(), 'new') }), answers: [answer(401)] },
  'refreshToken that gives up': { options: (use) => ({ ...tokens, refreshToken: () => (use(), false) }), answers: [answer(401)] },
  validate: { options: (use) => ({ validate: () => void use() }) },
  shouldRetry: { options: (use) => ({ shouldRetry: () => void use() }), answers: [fail] },
  parse: { options: (use) => ({ parse: (text) => (use(), text) }), answers: [events], also: 'message' },
  'parse that throws': {
    options: (use) => {
      const parse = (text) => {
        if (text !== 'a') return text
        use()
        throw new Error('no')
      }
      return { parse }
    },
    answers: [events],
    also: 'message',
  },
  until: { options: (use) => ({ until: () => void use() }), answers: [events] },
  'until that is true': { options: (use) => ({ until: ({ data }) => data === 'c' && (use(), true) }), answers: [events] },
  ...Object.fromEntries(
    ['state', 'request', 'open', 'error', 'retry', 'close'].map((kind) => [
      `debug of ${kind}`,
      {
        options: (use) => ({ debug: (entry) => void (entry.kind === kind && use()) }),
        answers: kind === 'close' ? [answer(404)] : [fail],
      },
    ]),
  ),
}

/** A client that is used in this way when it first reaches that place. Afterwards it must work like any other. */
async function reenter(fixture, clock, place, use) {
  const { type, only = () => true, options = () => ({}), answers = [], also, before = ignore } = place
  const server = new SimulatedServer()
  let reached
  const arrival = new Promise((resolve) => (reached = resolve))
  const once = () => {
    const first = reached
    reached = undefined
    if (!first) return
    try {
      use(client)
      first()
    } catch (error) {
      first(error)
    }
  }
  const client = fixture.clientOf(server, options(once, server))
  if (type) client.on(type, (data) => only(data) && once())
  if (also) client.on(also, () => {})
  attend(server, answers)
  before(client)
  client.connect()
  const error = await soon(clock, arrival)
  if (error) throw error
  await turn()
  expect(STATES.includes(client.state), `${client.state} is a state`).toBeTruthy()
  await works(client, server, clock)
}

/** Advances the clock until the promise is settled, because attempts wait for one another. */
async function soon(clock, promise) {
  let isSettled = false
  const settle = () => (isSettled = true)
  promise.then(settle, settle)
  while (!isSettled) {
    clock.advance(100)
    await turn()
  }
  return promise
}

/** Answers every request: the first ones with the given responses, the others with a stream. */
async function attend(server, answers) {
  for (const call of answers) call(await server.next())
  for (;;) (await server.next()).stream()
}

async function works(client, server, clock) {
  client.off()
  client.resume()
  client.disconnect()
  expect([client.state, server.open]).toStrictEqual(['closed', 0])
  const recorder = new EventRecorder(client, 'message')
  await soon(clock, client.connect())
  expect(client.state).toBe('open')
  server.calls.at(-1).streaming.push('data: 7\n\n')
  expect(String(await recorder.nextData())).toBe('7')
  client.disconnect()
  expect([client.state, server.open]).toStrictEqual(['closed', 0])
}

async function everywhere(fixture, name) {
  const clock = new SimulatedClock(fixture)
  for (const [where, place] of Object.entries(PLACES)) {
    fixture.stage = `${name} in ${where}`
    try {
      await reenter(fixture, clock, place, USES[name])
    } catch (error: any) {
      throw new Error(`${fixture.stage}: ${error.stack}`)
    }
  }
}

test('connect may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'connect')
})

test('disconnect may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'disconnect')
  await everywhere(fixture, 'close')
  await everywhere(fixture, 'dispose')
})

test('reconnect may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'reconnect')
})

test('disconnect and connect may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'disconnect and connect')
})

test('reconnect and disconnect may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'reconnect and disconnect')
})

test('listeners may be added and removed anywhere', async ({ fixture }) => {
  for (const name of ['on', 'on a new type', 'on comment', 'once', 'off', 'off all']) await everywhere(fixture, name)
})

test('emit may be called anywhere', async ({ fixture }) => {
  await everywhere(fixture, 'emit')
  await everywhere(fixture, 'emit a lifecycle event')
})

test('every property may be read anywhere', async ({ fixture }) => {
  for (const name of ['properties', 'stats', 'history']) await everywhere(fixture, name)
})

test('pause and resume may be called anywhere', async ({ fixture }) => {
  for (const name of ['pause', 'resume', 'pause and resume', 'pause and reconnect']) await everywhere(fixture, name)
})

test('a loop may start anywhere', async ({ fixture }) => {
  for (const name of ['stream', 'stream and cancel', 'iterate', 'iterate and leave']) await everywhere(fixture, name)
})

/** Everything that is delivered of this text if the listener calls `use` at the first event. */
async function afterUse(fixture, { type, text, use }) {
  const { client, stream } = await fixture.open()
  const heard = []
  const hear = (data) => void heard.push(data)
  const act = (data) => {
    heard.push(data)
    if (heard.length === 1) use(client)
  }
  client.on(type, act)
  for (const other of ['message', 'note', '*', 'comment', 'event:open']) client.on(other, hear)
  client.on('error', () => heard.push('error'))
  stream.push(text, 'data: another chunk\n\n')
  await turn()
  await turn()
  return { client, heard }
}

const MUCH = `: c\ndata: a\n\nevent: note\ndata: b\n\n${'data: x\n\n'.repeat(3000)}`

test('after disconnect, nothing more is delivered', async ({ fixture }) => {
  const first = { comment: [': c', 'c'], message: ['data: a', 'a'], note: ['event: note', 'b'], '*': ['data: a', 'a'] }
  for (const [type, [from, expected]] of Object.entries(first)) {
    const { client, heard } = await afterUse(fixture, {
      type,
      text: MUCH.slice(MUCH.indexOf(from)),
      use: (it) => it.disconnect(),
    })
    expect([heard, client.state], type).toStrictEqual([[expected], 'closed'])
  }
})

test('after disconnect in a listener, later listeners are not called', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const heard = []
  client.on('*', () => client.disconnect())
  client.on('message', () => heard.push('message'))
  client.on('*', () => heard.push('*'))
  client.on('close', () => heard.push('close'))
  stream.push('data: a\n\ndata: b\n\n')
  await turn()
  expect(heard).toStrictEqual(['close'])
})

test('after disconnect in a parse function, nothing is delivered', async ({ fixture }) => {
  for (const outcome of ['returns', 'throws']) {
    const heard = []
    const parse = (text) => {
      client.disconnect()
      if (outcome === 'throws') throw new Error('no')
      return text
    }
    const { client, stream } = await fixture.open({ parse })
    for (const type of ['message', 'error']) client.on(type, () => heard.push(type))
    stream.push('data: a\n\ndata: b\n\n')
    await turn()
    expect([heard, client.state], outcome).toStrictEqual([[], 'closed'])
  }
})

test('after disconnect in a listener of open, nothing is delivered', async ({ fixture }) => {
  for (const type of ['open', 'state']) {
    const client = fixture.client()
    const recorder = new EventRecorder(client, 'message', 'close')
    client.on(type, ({ state }) => (type === 'open' || state === 'open') && client.disconnect())
    const opened = client.connect()
    const stream = (await fixture.server.next()).stream().push('data: a\n\n')
    await opened
    await turn()
    expect([recorder.recorded, stream.cancelled], type).toStrictEqual([[['close', { reason: 'client' }]], true])
  }
})

test('after disconnect in a listener of state, there is no open event', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'open', 'close')
  client.on('state', ({ state }) => state === 'open' && client.disconnect())
  client.connect()
  ;(await fixture.server.next()).stream()
  expect((await recorder.next()).type).toBe('close')
})

test('reconnect in a listener drops the rest and continues after that event', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.once('message', () => client.reconnect())
  stream.push('id: 1\ndata: a\n\nid: 2\ndata: b\n\n', 'id: 3\ndata: c\n\n')
  const second = await fixture.server.next()
  expect([second.headers.get('last-event-id'), stream.cancelled]).toStrictEqual(['1', true])
  second.stream().push('id: 2\ndata: b again\n\n')
  // The recorder was registered before the listener that reconnects, so it got that event.
  expect(await recorder.take(2)).toStrictEqual(['a', 'b again'])
})

test('disconnect and connect in a listener start a new stream', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'close')
  client.once('message', () => {
    client.disconnect()
    client.connect()
  })
  stream.push('data: a\n\ndata: b\n\ndata: unfin')
  ;(await fixture.server.next()).stream().push('data: of the second\n\n')
  expect(await recorder.take(3)).toStrictEqual(['a', { reason: 'client' }, 'of the second'])
})

test('connect in a listener of close connects again', async ({ fixture }) => {
  const client = fixture.client({ reconnect: 'never' })
  const recorder = new EventRecorder(client, 'state', 'close')
  let again
  client.once('close', () => (again = client.connect()))
  const { stream } = await fixture.connect(client)
  stream.end()
  ;(await fixture.server.next()).stream()
  await recorder.until('close')
  await again
  await turn()
  expect(recorder.states).toStrictEqual(['connecting', 'open', 'closed', 'connecting', 'open'])
})

test('connect in a listener of a fatal error connects again', async ({ fixture }) => {
  for (const type of ['error', 'state', 'close', 'max-reconnects-reached']) {
    const fatal = type === 'max-reconnects-reached' ? fail : answer(404)
    const controller = new AbortController()
    const client = fixture.client({ maxReconnects: 0, signal: controller.signal })
    let again
    client.on(type, (data) => {
      if (!again && (type !== 'state' || data.state === 'closed')) again = client.connect()
    })
    const first = client.connect()
    fatal(await fixture.server.next())
    ;(await fixture.server.next()).stream()
    const error = await rejection(first)
    expect(error.code, 'the first promise belongs to the first connection').toStrictEqual(
      type === 'max-reconnects-reached' ? 'network' : 'status',
    )
    await again
    expect(client.state, type).toBe('open')
    controller.abort()
    expect(client.state, 'the signal ends a client that was connected again').toBe('closed')
  }
})

test('every promise is settled by its own connection', async ({ fixture }) => {
  const client = fixture.client()
  const promises = []
  client.once('error', () => {
    promises.push(client.connect())
    client.disconnect('second')
    promises.push(client.connect())
  })
  promises.push(client.connect())
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  ;(await fixture.server.next()).stream()
  const [first, second, third] = promises
  expect([(await rejection(first)).code, (await rejection(second)).cause]).toStrictEqual(['aborted', 'second'])
  await third
  expect(client.state).toBe('open')
})

test('reconnect in a listener of the last error keeps the promise pending', async ({ fixture }) => {
  const client = fixture.client()
  const recorder = new EventRecorder(client, 'close')
  client.once('error', () => {
    client.connect()
    client.reconnect()
  })
  const opened = client.connect()
  ;(await fixture.server.next()).respond(new Response('', { status: 404 }))
  ;(await fixture.server.next()).stream()
  await opened
  expect([client.state, recorder.recorded]).toStrictEqual(['open', []])
})

test('an emit inside a listener keeps the order', async ({ fixture }) => {
  const client = fixture.client()
  const calls = []
  client.on('a', (data) => {
    calls.push(`a1 ${data}`)
    if (data < 2) client.emit('a', data + 1)
  })
  client.on('a', (data) => calls.push(`a2 ${data}`))
  client.emit('a', 0)
  expect(calls).toStrictEqual(['a1 0', 'a1 1', 'a1 2', 'a2 2', 'a2 1', 'a2 0'])
})

test('a client may be created and used in a listener of another client', async ({ fixture }) => {
  const { client, stream } = await fixture.open()
  const server = new SimulatedServer()
  const heard = new Promise((resolve) => {
    client.on('message', (data) => {
      const inner = fixture.clientOf(server)
      inner.on('message', (text) => resolve([data, text]))
      inner.connect()
    })
  })
  stream.push('data: outer\n\n')
  ;(await server.next()).stream().push('data: inner\n\n')
  expect(await heard).toStrictEqual(['outer', 'inner'])
})
