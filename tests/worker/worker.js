// The same client, where there is no window and no document.

import { Ear } from '../browser/bed/ear.js'
import { equal, ok } from '../browser/bed/expect.js'

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
