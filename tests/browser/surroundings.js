// What frameworks, test set-ups and odd platforms do to a client.

import { Ear } from './bed/ear.js'
import { turn } from './bed/bed.js'
import { equal, match, ok, rejection } from './bed/expect.js'
import { replace } from './bed/replace.js'
import { Server } from './bed/server.js'
import { Tab } from './bed/tab.js'

/** Puts something else in the place of a global function for as long as `during` takes. */
async function replaced(owner, name, value, during) {
  const putBack = replace(owner, name, { value })
  try {
    return await during()
  } finally {
    putBack()
  }
}

const failing = () => {
  throw new Error('replaced by something that throws')
}

/** The client still connects, delivers and closes. */
async function is_unharmed(bed, client) {
  const ear = new Ear(client, 'message', 'close')
  client.disconnect()
  const { stream } = await bed.opened(client)
  stream.push('data: as ever\n\n')
  equal(await ear.until('message'), 'as ever')
  client.disconnect()
  equal((await ear.until('close')).reason, 'client')
}

export async function vue_does_not_make_a_proxy_of_the_client(bed) {
  // Vue wraps what it takes for a plain object, by this very test; a proxy would have no private fields.
  equal(Object.prototype.toString.call(bed.client()), '[object SSEClient]')
}

export async function a_report_that_throws_wedges_nothing(bed) {
  const client = bed.client()
  const off = client.on('state', failing)
  await replaced(globalThis, 'reportError', failing, () => bed.opened(client))
  off()
  await is_unharmed(bed, client)
}

export async function a_clock_that_throws_wedges_nothing(bed) {
  const client = bed.client()
  await replaced(performance, 'now', failing, async () => {
    client.connect()
    client.disconnect()
  })
  await is_unharmed(bed, client)
}

export async function a_computers_clock_that_throws_keeps_no_paused_request_alive(bed) {
  const { client, call, stream } = await bed.open()
  client.pause()
  stream.push('data: nobody takes it\n\n')
  await turn()
  await replaced(Date, 'now', failing, async () => client.disconnect())
  equal([client.state, call.signal.aborted, stream.response.body.locked], ['closed', true, false])
  await is_unharmed(bed, client)
}

export async function a_computers_clock_that_throws_wedges_nothing(bed) {
  const client = bed.client({ idleTimeout: 60_000 })
  await replaced(Date, 'now', failing, async () => {
    const { stream } = await bed.opened(client)
    const ear = new Ear(client, 'message')
    stream.push('data: 1\n\n')
    equal(await ear.data(), '1')
    client.pause()
    client.resume()
    stream.push('data: 2\n\n')
    equal(await ear.data(), '2')
    equal(client.stats().events, 2)
    client.disconnect()
  })
  await is_unharmed(bed, client)
}

export async function an_abort_signal_that_throws_wedges_nothing(bed) {
  const client = bed.client({ shouldRetry: () => false })
  const ear = new Ear(client, 'close')
  await replaced(AbortSignal, 'abort', failing, async () => {
    client.connect()
    ;(await bed.server.next()).fail()
    equal((await ear.data()).reason, 'fatal')
  })
  equal((await bed.reports.next()).message, 'replaced by something that throws')
  await is_unharmed(bed, client)
}

export async function timers_that_throw_wedge_nothing(bed) {
  const client = bed.client()
  await replaced(globalThis, 'setTimeout', failing, async () => {
    client.connect()
    client.disconnect()
  })
  await replaced(globalThis, 'clearTimeout', failing, async () => {
    client.connect()
    client.disconnect()
  })
  await is_unharmed(bed, client)
}

export async function a_signal_of_ones_own_making_wedges_nothing(bed) {
  const signal = { aborted: false, addEventListener() {}, removeEventListener: failing }
  const client = bed.client({ signal })
  await bed.opened(client)
  client.disconnect()
  equal((await bed.reports.next()).message, 'replaced by something that throws')
  equal(client.state, 'closed')
  await bed.opened(client)
  client.disconnect()
  await bed.reports.next()
}

export async function debug_output_holds_nothing_a_response_said(bed) {
  const entries = []
  const client = bed.client({ debug: (entry) => entries.push(entry), headers: { Authorization: 'Bearer SECRET' } })
  const opened = client.connect()
  const stream = (await bed.server.next()).stream({ status: 403 })
  stream.push('Bearer SECRET is not allowed').end()
  equal((await rejection(opened)).body, 'Bearer (token) is not allowed')
  ok(entries.some(({ error }) => error?.status === 403), 'the failure is in the output')
  ok(!JSON.stringify(entries).includes('SECRET'), 'the token is not')
}

export async function a_generator_given_as_a_body_is_sent_once(bed) {
  async function* body() {
    yield new Uint8Array([1])
  }
  const client = bed.client({ method: 'POST', body: body(), reconnect: 'on-error' })
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response(null, { status: 503 }))
  const error = await rejection(opened)
  equal([error.code, /give a function/.test(error.message)], ['callback', true])
  equal(bed.server.calls.length, 1)
}

export async function a_map_is_no_body(bed) {
  const client = bed.client({ body: () => new Map([['a', 1]]) })
  equal((await rejection(client.connect())).code, 'callback')
  equal(bed.server.calls.length, 0)
}

export async function a_reader_that_answers_nonsense_is_a_callback_error(bed) {
  const client = bed.client({ reconnect: 'never' })
  const ear = new Ear(client, 'close')
  client.connect()
  const reader = { read: async () => undefined, cancel: async () => {}, releaseLock() {} }
  const headers = new Headers({ 'content-type': 'text/event-stream' })
  ;(await bed.server.next()).respond({ status: 200, headers, body: { getReader: () => reader } })
  const { reason, error } = await ear.data()
  equal([reason, error.code], ['fatal', 'callback'])
}

export async function a_prompt_whose_answer_validate_refuses_is_not_sent_again(bed) {
  const client = bed.client({ body: 'prompt', validate: () => Promise.reject(new Error('no')) })
  const opened = client.connect()
  ;(await bed.server.next()).stream().end()
  equal((await rejection(opened)).code, 'callback')
  equal(bed.server.calls.length, 1)
}

export async function a_content_type_sent_twice_is_taken(bed) {
  const client = bed.client()
  const opened = client.connect()
  ;(await bed.server.next()).stream({ headers: { 'content-type': 'text/html, text/event-stream;charset=utf-8' } })
  await opened
  equal(client.state, 'open')
}

export async function a_body_that_is_always_ready_lets_timers_fire(bed) {
  const chunk = new TextEncoder().encode('data: x\n\n')
  for (const type of [undefined, bed.server.bytes ? 'bytes' : undefined]) {
    let hasFired = false
    setTimeout(() => (hasFired = true), 50)
    // It ends when the timer has fired, and not before.
    const pull = (controller) => (hasFired ? controller.close() : controller.enqueue(chunk.slice()))
    const client = bed.client({ reconnect: 'never', fetch: async () => new Response(new ReadableStream({ type, pull }), { headers: { 'content-type': 'text/event-stream' } }) })
    const ear = new Ear(client, 'close')
    client.connect()
    equal((await ear.data()).reason, 'server')
  }
}

export async function a_slow_listener_and_a_body_that_is_always_ready_let_timers_fire(bed) {
  const chunk = new TextEncoder().encode('data: x\n\n')
  let hasFired = false
  let heard = 0
  setTimeout(() => (hasFired = true), 50)
  const pull = (controller) => (hasFired ? controller.close() : controller.enqueue(chunk))
  const client = bed.client({ reconnect: 'never', fetch: async () => new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } }) })
  client.on('message', () => {
    heard++
    for (const end = performance.now() + 10; performance.now() < end; ) continue
  })
  const ear = new Ear(client, 'close')
  client.connect()
  await ear.data()
  ok(heard < 100, `${heard} events of 10 ms before a timer of 50 ms`)
}

export async function a_client_may_be_closed_while_a_body_that_is_always_ready_waits_for_a_timer(bed) {
  let cancelled
  const pull = (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n'))
  const cancel = () => (cancelled = true)
  const client = bed.client({ fetch: async () => new Response(new ReadableStream({ pull, cancel }), { headers: { 'content-type': 'text/event-stream' } }) })
  await client.connect()
  setTimeout(() => client.disconnect())
  await new Ear(client, 'close').data()
  ok(cancelled, 'the body is cancelled')
}

export async function a_client_with_headers_says_when_it_connects_that_there_are_none_here(bed) {
  bed.replace(globalThis, 'Headers', { value: undefined })
  const { message } = await rejection(bed.client({ headers: { 'X-Room': '7' } }).connect())
  match(message, /there is no global Headers here/)
}

/** What stands for parts of a page in test set-ups: it throws, lacks something, or says nonsense. */
const STUBS = {
  navigator: [null, {}, { onLine: 'yes' }, { onLine: true }, Object.create(null, { onLine: { get: failing }, userAgent: { get: failing } })],
  addEventListener: [undefined, null, failing],
  removeEventListener: [undefined, failing],
}

export async function a_stub_of_a_part_of_the_page_is_no_error(bed) {
  for (const [name, stubs] of Object.entries(STUBS)) {
    for (const [index, stub] of stubs.entries()) {
      bed.stage = `${name} ${index}`
      await replaced(globalThis, name, stub, () => is_unharmed(bed, bed.client()))
      equal(bed.reports.rest, [])
    }
  }
  const putBack = replace(globalThis, 'navigator', { get: failing })
  await is_unharmed(bed, bed.client()).finally(putBack)
}

export async function a_page_that_takes_only_some_listeners_keeps_none_of_them(bed) {
  for (const owner of [globalThis, document]) {
    for (const stub of [undefined, failing]) {
      const tab = new Tab(bed)
      await replaced(owner, 'addEventListener', stub, () => is_unharmed(bed, bed.client()))
      equal(tab.listeners, [])
    }
  }
}

export async function clients_that_share_a_signal_listen_to_it_once(bed) {
  const control = new AbortController()
  const { signal } = control
  const listeners = []
  const [add, remove] = [signal.addEventListener, signal.removeEventListener]
  signal.addEventListener = (type, listener) => (listeners.push(listener), add.call(signal, type, listener))
  signal.removeEventListener = (type, listener) => (listeners.splice(listeners.indexOf(listener), 1), remove.call(signal, type, listener))
  const clients = Array.from({ length: 20 }, () => bed.clientOf(new Server(), { signal }))
  for (const client of clients) client.connect()
  equal(listeners.length, 1)
  for (const client of clients.slice(0, 10)) client.disconnect()
  equal(listeners.length, 1)
  for (const client of clients.slice(10)) client.disconnect()
  equal(listeners.length, 0)
  // And again, with a listener that ends another client.
  const reasons = []
  for (const client of clients) client.on('close', ({ reason }) => (reasons.push(reason), clients[7].disconnect()))
  for (const client of clients) client.connect()
  control.abort()
  equal([listeners.length, reasons.length, reasons.filter((reason) => reason === 'aborted').length], [0, 20, 19])
}

export async function a_subclass_may_have_a_state_of_its_own(bed) {
  const base = bed.client().constructor
  class Store extends base {
    get state() {
      return 'open'
    }
  }
  const client = new Store('/stream', { fetch: bed.server.fetch })
  bed.clients.push(client)
  await bed.opened(client)
  equal(client.readyState, 1)
}
