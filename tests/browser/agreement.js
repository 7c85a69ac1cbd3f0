// What the class makes of a stream, for Rust to compare with the parser's own account.

import { Ear } from './bed/ear.js'

/** Everything that a stream in these chunks delivers, comments included. */
export async function everything_delivered(bed, chunks) {
  const { client, stream } = await bed.open({ reconnect: 'never', parse: 'text' })
  const items = []
  for (const type of ['*', 'comment']) {
    client.on(type, (_, { type: name, data, id, lastEventId }) => {
      items.push(type === '*' ? { event: { type: name, data, id, lastEventId } } : { comment: data })
    })
  }
  // Some types have listeners of their own, others are only heard by `*`: they take different ways.
  for (const type of ['message', 'ключ', '\uFFFD']) client.on(type, () => {})
  const ear = new Ear(client, 'close')
  stream.push(...chunks).end()
  await ear.next()
  return items
}
