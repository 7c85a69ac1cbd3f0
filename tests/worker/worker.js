// The same client, where there is no window and no document.

import { Ear } from '../browser/bed/ear.js'
import { turn } from '../browser/bed/bed.js'
import { equal, ok } from '../browser/bed/expect.js'
import { SSEAuth } from '../../pkg-template/src/client/client.js'

export async function this_is_a_worker() {
  equal([typeof window, typeof document, typeof WorkerGlobalScope], ['undefined', 'undefined', 'function'])
}

export async function a_relative_url_resolves_against_the_worker(bed) {
  const { origin } = location
  const client = bed.client({}, '/events')
  equal(client.url, `${origin}/events`)
  client.connect()
  equal((await bed.server.next()).url, `${origin}/events`)
}

export async function events_are_delivered(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'ключ')
  stream.push('data: {"a":1}\n\nevent: ключ\ndata: 🎈\n\n')
  equal(await ear.all(2), [{ a: 1 }, '🎈'])
}

export async function a_broken_stream_is_resumed(bed) {
  const { client, stream } = await bed.open()
  stream.push('id: 7\ndata: x\n\n').break()
  const second = await bed.server.next()
  equal(second.headers.get('last-event-id'), '7')
  const ear = new Ear(client, 'open')
  second.stream()
  equal((await ear.data()).attempt, 1)
}

export async function a_listener_that_throws_is_reported_to_the_worker(bed) {
  const { client, stream } = await bed.open()
  const mistake = new Error('my mistake')
  client.on('message', () => {
    throw mistake
  })
  stream.push('data: x\n\n')
  ok((await bed.reports.next()) === mistake, 'it was reported as it was thrown')
  equal(client.state, 'open')
}

export async function disconnect_cancels_the_request(bed) {
  const { client, call, stream } = await bed.open()
  client.disconnect()
  equal([call.signal.aborted, stream.cancelled, client.state], [true, true, 'closed'])
}

export async function the_life_of_a_page_is_no_matter_of_a_worker(bed) {
  const { client } = await bed.open({ closeWhenHidden: true })
  const ear = new Ear(client, 'state')
  for (const type of ['visibilitychange', 'pagehide', 'freeze']) self.dispatchEvent(new Event(type))
  await turn()
  equal([ear.heard, client.state], [[], 'open'])
}

export async function failures_while_offline_spend_no_attempt_where_workers_are_told_of_the_network(bed) {
  const isTold = 'ononline' in self
  const { client, stream } = await bed.open({ maxReconnects: 0 })
  const ear = new Ear(client, 'error', 'open')
  self.dispatchEvent(new Event('offline'))
  stream.break()
  equal((await ear.data()).code, 'network')
  await turn()
  equal(client.state, isTold ? 'reconnecting' : 'closed')
  if (!isTold) return
  self.dispatchEvent(new Event('online'))
  ;(await bed.server.next()).stream()
  equal((await ear.next()).type, 'open')
}

export async function a_refused_token_is_refreshed(bed) {
  const auth = new SSEAuth({ getToken: () => 'old', refreshToken: async () => 'new', name: 'worker' })
  const client = bed.client({ auth })
  const opened = client.connect()
  const first = await bed.server.next()
  first.respond(new Response('', { status: 401 }))
  const second = await bed.server.next()
  second.stream()
  await opened
  equal([first, second].map(({ headers }) => headers.get('authorization')), ['Bearer old', 'Bearer new'])
}

export async function a_stream_that_says_nothing_is_given_up(bed) {
  const { client } = await bed.open({ idleTimeout: 5 })
  equal((await new Ear(client, 'error').data()).code, 'idle')
}

export async function events_can_be_taken_one_by_one(bed) {
  const client = bed.client({ history: 1 })
  const seen = []
  const loop = (async () => {
    for await (const { data } of client) if (seen.push(data) === 2) break
  })()
  ;(await bed.server.next()).stream().push('data: a\n\ndata: b\n\ndata: c\n\n')
  await loop
  equal([seen, client.state, client.history.map(({ data }) => data)], [['a', 'b'], 'closed', ['b']])
}

export async function pause_and_resume_hold_the_stream(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message')
  client.pause()
  stream.push('data: a\n\n')
  await turn()
  equal([client.state, ear.heard], ['paused', []])
  client.resume()
  equal(await ear.data(), 'a')
}
