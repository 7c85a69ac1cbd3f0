// What clients do in a dedicated worker, where there is no window and no document. Each function returns what the test expects.

import { EventRecorder } from '../fixture/event-recorder.ts'
import { type Fixture, turn } from '../fixture/fixture.ts'
import { SSEAuth } from '../fixture/sources.ts'

export async function globals() {
  return [typeof window, typeof document, typeof (globalThis as any).WorkerGlobalScope]
}

export async function relativeUrl(fixture: Fixture) {
  const client = fixture.client({}, '/events')
  client.connect()
  return [client.url, (await fixture.server.next()).url]
}

export async function events(fixture: Fixture) {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message', 'ключ')
  stream.push('data: {"a":1}\n\nevent: ключ\ndata: 🎈\n\n')
  return recorder.take(2)
}

export async function resumption(fixture: Fixture) {
  const { client, stream } = await fixture.open()
  stream.push('id: 7\ndata: x\n\n').break()
  const second = await fixture.server.next()
  const recorder = new EventRecorder(client, 'open')
  second.stream()
  return [second.headers.get('last-event-id'), (await recorder.nextData()).attempt]
}

export async function throwingListener(fixture: Fixture) {
  const { client, stream } = await fixture.open()
  const mistake = new Error('my mistake')
  client.on('message', () => {
    throw mistake
  })
  stream.push('data: x\n\n')
  return [(await fixture.reports.next()) === mistake, client.state]
}

export async function disconnect(fixture: Fixture) {
  const { client, call, stream } = await fixture.open()
  client.disconnect()
  return [call.signal.aborted, stream.cancelled, client.state]
}

export async function pageEvents(fixture: Fixture) {
  const { client } = await fixture.open({ closeWhenHidden: true })
  const recorder = new EventRecorder(client, 'state')
  for (const type of ['visibilitychange', 'pagehide', 'freeze']) self.dispatchEvent(new Event(type))
  await turn()
  return [[...recorder.recorded], client.state]
}

/** Whether this engine has network events in workers, and what the client does when the network goes and returns. */
export async function networkEvents(fixture: Fixture) {
  const hasNetworkEvents = 'ononline' in self
  const { client, stream } = await fixture.open({ maxReconnects: 0 })
  const recorder = new EventRecorder(client, 'error', 'open')
  self.dispatchEvent(new Event('offline'))
  stream.break()
  const seen = [(await recorder.nextData()).code]
  await turn()
  seen.push(client.state)
  if (hasNetworkEvents) {
    self.dispatchEvent(new Event('online'))
    ;(await fixture.server.next()).stream()
    seen.push((await recorder.next()).type)
  }
  return { hasNetworkEvents, seen }
}

export async function refresh(fixture: Fixture) {
  const auth = new SSEAuth({ getToken: () => 'old', refreshToken: async () => 'new', name: 'worker' })
  const client = fixture.client({ auth })
  const opened = client.connect()
  const first = await fixture.server.next()
  first.respond(new Response('', { status: 401 }))
  const second = await fixture.server.next()
  second.stream()
  await opened
  return [first, second].map(({ headers }) => headers.get('authorization'))
}

export async function silence(fixture: Fixture) {
  const { client } = await fixture.open({ idleTimeout: 5 })
  return (await new EventRecorder(client, 'error').nextData()).code
}

export async function loop(fixture: Fixture) {
  const client = fixture.client({ history: 1 })
  const seen: string[] = []
  const looping = (async () => {
    for await (const { data } of client) if (seen.push(data) === 2) break
  })()
  ;(await fixture.server.next()).stream().push('data: a\n\ndata: b\n\ndata: c\n\n')
  await looping
  return [seen, client.state, client.history.map(({ data }) => data)]
}

export async function pause(fixture: Fixture) {
  const { client, stream } = await fixture.open()
  const recorder = new EventRecorder(client, 'message')
  client.pause()
  stream.push('data: a\n\n')
  await turn()
  const paused = [client.state, [...recorder.recorded]]
  client.resume()
  return [...paused, await recorder.nextData()]
}
