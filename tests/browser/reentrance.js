// Every method may be called from inside every listener and every callback, on the same client.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { Server } from './bed/server.js'
import { equal, ok, rejection } from './bed/expect.js'

const ignore = () => {}

/** Every public method and property, as a listener may use it. */
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

/** Where a client is reached: how it listens, or which options call back, and how the server answers until then. */
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
  'error too large': { type: 'error', answers: [(call) => call.stream().push('data: more than twenty bytes\n\n')], options: () => ({ maxEventBytes: 20 }) },
  retry: { type: 'retry', answers: [fail] },
  refresh: { type: 'refresh', answers: [answer(401)], options: () => tokens },
  'error auth': { type: 'error', answers: [answer(401), answer(401)], options: () => tokens },
  'max-reconnects-reached': { type: 'max-reconnects-reached', answers: [fail], options: () => ({ maxReconnects: 0 }) },
  'close fatal': { type: 'close', answers: [answer(404)] },
  'close no-content': { type: 'close', answers: [(call) => call.respond(new Response(null, { status: 204 }))] },
  'close done': { type: 'close', answers: [events], options: () => ({ until: 'c' }) },
  'close server': { type: 'close', answers: [(call) => call.stream().end()], options: () => ({ reconnect: 'never' }) },
  headers: { options: (use) => ({ headers: () => void use() }) },
  'headers of a later attempt': { options: (use) => ({ headers: ({ attempt }) => void (attempt === 1 && use()) }), answers: [fail] },
  body: { options: (use) => ({ body: () => void use() }) },
  fetch: { options: (use, server) => ({ fetch: (...given) => (use(), server.fetch(...given)) }) },
  getToken: { options: (use) => ({ getToken: () => void use() }) },
  'getToken of a later attempt': { options: (use) => ({ getToken: ({ attempt }) => void (attempt === 1 && use()) }), answers: [fail] },
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
      { options: (use) => ({ debug: (entry) => void (entry.kind === kind && use()) }), answers: kind === 'close' ? [answer(404)] : [fail] },
    ]),
  ),
}

/** One client that is used so, at its first arrival in that place; and that must work like any other afterwards. */
async function reenter(bed, clock, place, use) {
  const { type, only = () => true, options = () => ({}), answers = [], also, before = ignore } = place
  const server = new Server()
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
  const client = bed.clientOf(server, options(once, server))
  if (type) client.on(type, (data) => only(data) && once())
  if (also) client.on(also, () => {})
  attend(server, answers)
  before(client)
  client.connect()
  const error = await soon(clock, arrival)
  if (error) throw error
  await turn()
  ok(STATES.includes(client.state), `${client.state} is a state`)
  await works(client, server, clock)
}

/** Lets time pass until the promise is settled: attempts wait for one another. */
async function soon(clock, promise) {
  let isSettled = false
  const settle = () => (isSettled = true)
  promise.then(settle, settle)
  while (!isSettled) {
    clock.pass(100)
    await turn()
  }
  return promise
}

/** Answers every request: the first ones as given, the others with a stream. */
async function attend(server, answers) {
  for (const call of answers) call(await server.next())
  for (;;) (await server.next()).stream()
}

async function works(client, server, clock) {
  client.off()
  client.resume()
  client.disconnect()
  equal([client.state, server.open], ['closed', 0])
  const ear = new Ear(client, 'message')
  await soon(clock, client.connect())
  equal(client.state, 'open')
  server.calls.at(-1).streaming.push('data: 7\n\n')
  equal(String(await ear.data()), '7')
  client.disconnect()
  equal([client.state, server.open], ['closed', 0])
}

async function everywhere(bed, name) {
  const clock = new Clock(bed)
  for (const [where, place] of Object.entries(PLACES)) {
    bed.stage = `${name} in ${where}`
    try {
      await reenter(bed, clock, place, USES[name])
    } catch (error) {
      throw new Error(`${bed.stage}: ${error.stack}`)
    }
  }
}

export async function connect_may_be_called_anywhere(bed) {
  await everywhere(bed, 'connect')
}

export async function disconnect_may_be_called_anywhere(bed) {
  await everywhere(bed, 'disconnect')
  await everywhere(bed, 'close')
  await everywhere(bed, 'dispose')
}

export async function reconnect_may_be_called_anywhere(bed) {
  await everywhere(bed, 'reconnect')
}

export async function disconnect_and_connect_may_be_called_anywhere(bed) {
  await everywhere(bed, 'disconnect and connect')
}

export async function reconnect_and_disconnect_may_be_called_anywhere(bed) {
  await everywhere(bed, 'reconnect and disconnect')
}

export async function listeners_may_be_added_and_removed_anywhere(bed) {
  for (const name of ['on', 'on a new type', 'on comment', 'once', 'off', 'off all']) await everywhere(bed, name)
}

export async function emit_may_be_called_anywhere(bed) {
  await everywhere(bed, 'emit')
  await everywhere(bed, 'emit a lifecycle event')
}

export async function everything_may_be_read_anywhere(bed) {
  for (const name of ['properties', 'stats', 'history']) await everywhere(bed, name)
}

export async function pause_and_resume_may_be_called_anywhere(bed) {
  for (const name of ['pause', 'resume', 'pause and resume', 'pause and reconnect']) await everywhere(bed, name)
}

export async function events_may_be_taken_one_by_one_from_anywhere(bed) {
  for (const name of ['stream', 'stream and cancel', 'iterate', 'iterate and leave']) await everywhere(bed, name)
}

/** All that is delivered of this text when the first of it makes the listener call `use`. */
async function afterUse(bed, { type, text, use }) {
  const { client, stream } = await bed.open()
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

export async function after_disconnect_nothing_more_is_delivered(bed) {
  const first = { comment: [': c', 'c'], message: ['data: a', 'a'], note: ['event: note', 'b'], '*': ['data: a', 'a'] }
  for (const [type, [from, expected]] of Object.entries(first)) {
    const { client, heard } = await afterUse(bed, { type, text: MUCH.slice(MUCH.indexOf(from)), use: (it) => it.disconnect() })
    equal([heard, client.state], [[expected], 'closed'], type)
  }
}

export async function after_disconnect_in_a_listener_the_later_listeners_hear_nothing(bed) {
  const { client, stream } = await bed.open()
  const heard = []
  client.on('*', () => client.disconnect())
  client.on('message', () => heard.push('message'))
  client.on('*', () => heard.push('*'))
  client.on('close', () => heard.push('close'))
  stream.push('data: a\n\ndata: b\n\n')
  await turn()
  equal(heard, ['close'])
}

export async function after_disconnect_in_a_parser_nothing_is_delivered(bed) {
  for (const outcome of ['returns', 'throws']) {
    const heard = []
    const parse = (text) => {
      client.disconnect()
      if (outcome === 'throws') throw new Error('no')
      return text
    }
    const { client, stream } = await bed.open({ parse })
    for (const type of ['message', 'error']) client.on(type, () => heard.push(type))
    stream.push('data: a\n\ndata: b\n\n')
    await turn()
    equal([heard, client.state], [[], 'closed'], outcome)
  }
}

export async function after_disconnect_in_a_listener_of_open_nothing_is_delivered(bed) {
  for (const type of ['open', 'state']) {
    const client = bed.client()
    const ear = new Ear(client, 'message', 'close')
    client.on(type, ({ state }) => (type === 'open' || state === 'open') && client.disconnect())
    const opened = client.connect()
    const stream = (await bed.server.next()).stream().push('data: a\n\n')
    await opened
    await turn()
    equal([ear.heard, stream.cancelled], [[['close', { reason: 'client' }]], true], type)
  }
}

export async function after_disconnect_in_a_listener_of_state_open_is_not_told(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'open', 'close')
  client.on('state', ({ state }) => state === 'open' && client.disconnect())
  client.connect()
  ;(await bed.server.next()).stream()
  equal((await ear.next()).type, 'close')
}

export async function reconnect_in_a_listener_drops_the_rest_and_goes_on_after_that_event(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.once('message', () => client.reconnect())
  stream.push('id: 1\ndata: a\n\nid: 2\ndata: b\n\n', 'id: 3\ndata: c\n\n')
  const second = await bed.server.next()
  equal([second.headers.get('last-event-id'), stream.cancelled], ['1', true])
  second.stream().push('id: 2\ndata: b again\n\n')
  // The listener that reconnected was registered after the ear, which had heard the event by then.
  equal(await ear.all(2), ['a', 'b again'])
}

export async function disconnect_and_connect_in_a_listener_begin_a_new_stream(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'close')
  client.once('message', () => {
    client.disconnect()
    client.connect()
  })
  stream.push('data: a\n\ndata: b\n\ndata: unfin')
  ;(await bed.server.next()).stream().push('data: of the second\n\n')
  equal(await ear.all(3), ['a', { reason: 'client' }, 'of the second'])
}

export async function connect_in_a_listener_of_close_connects_again(bed) {
  const client = bed.client({ reconnect: 'never' })
  const ear = new Ear(client, 'state', 'close')
  let again
  client.once('close', () => (again = client.connect()))
  const { stream } = await bed.opened(client)
  stream.end()
  ;(await bed.server.next()).stream()
  await ear.until('close')
  await again
  await turn()
  equal(ear.heard.filter(([type]) => type === 'state').map(([, { state }]) => state), ['connecting', 'open', 'closed', 'connecting', 'open'])
}

export async function connect_in_a_listener_of_a_fatal_error_connects_again(bed) {
  for (const type of ['error', 'state', 'close', 'max-reconnects-reached']) {
    const fatal = type === 'max-reconnects-reached' ? fail : answer(404)
    const controller = new AbortController()
    const client = bed.client({ maxReconnects: 0, signal: controller.signal })
    let again
    client.on(type, (data) => {
      if (!again && (type !== 'state' || data.state === 'closed')) again = client.connect()
    })
    const first = client.connect()
    fatal(await bed.server.next())
    ;(await bed.server.next()).stream()
    const error = await rejection(first)
    equal(error.code, type === 'max-reconnects-reached' ? 'network' : 'status', 'the first promise belongs to the first connection')
    await again
    equal(client.state, 'open', type)
    controller.abort()
    equal(client.state, 'closed', 'the signal ends a client that was connected again')
  }
}

export async function every_promise_is_settled_by_the_end_of_its_own_connection(bed) {
  const client = bed.client()
  const promises = []
  client.once('error', () => {
    promises.push(client.connect())
    client.disconnect('second')
    promises.push(client.connect())
  })
  promises.push(client.connect())
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  ;(await bed.server.next()).stream()
  const [first, second, third] = promises
  equal([(await rejection(first)).code, (await rejection(second)).cause], ['aborted', 'second'])
  await third
  equal(client.state, 'open')
}

export async function reconnect_in_a_listener_of_the_last_error_keeps_the_promise(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'close')
  client.once('error', () => {
    client.connect()
    client.reconnect()
  })
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  ;(await bed.server.next()).stream()
  await opened
  equal([client.state, ear.heard], ['open', []])
}

export async function an_emitter_within_an_emitter_keeps_the_order(bed) {
  const client = bed.client()
  const calls = []
  client.on('a', (data) => {
    calls.push(`a1 ${data}`)
    if (data < 2) client.emit('a', data + 1)
  })
  client.on('a', (data) => calls.push(`a2 ${data}`))
  client.emit('a', 0)
  equal(calls, ['a1 0', 'a1 1', 'a1 2', 'a2 2', 'a2 1', 'a2 0'])
}

export async function a_client_may_be_made_and_used_in_a_listener_of_another(bed) {
  const { client, stream } = await bed.open()
  const server = new Server()
  const heard = new Promise((resolve) => {
    client.on('message', (data) => {
      const inner = bed.clientOf(server)
      inner.on('message', (text) => resolve([data, text]))
      inner.connect()
    })
  })
  stream.push('data: outer\n\n')
  ;(await server.next()).stream().push('data: inner\n\n')
  equal(await heard, ['outer', 'inner'])
}
