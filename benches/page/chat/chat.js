// A chat as a page has it: one request, an event for each piece of the answer, the end of the stream.

import { full, quick } from '../checksum.js'
import { watchTasks } from './tasks.js'

/**
 * So many chats, one after the other. Each answer has `count` events; `url` leaves out from which on, and each chat has other ones.
 * `load` returns the client of a library.
 *
 * With `verified` every character of every event is in the checksum. With `watched` the tasks of the main thread are watched
 * meanwhile, which costs something itself.
 */
export async function chat({ library, url, count, chats = 1, from = 0, verified = false, watched = false }, load) {
  const checksum = verified ? full() : quick()
  const take = verified ? (data) => checksum.take('message', data, '') : checksum.take
  // By which the trace of the browser shows where the chats begin.
  performance.mark('chats')
  const tasks = watched ? watchTasks() : undefined
  const started = performance.now()
  const client = await load(library)
  for (let n = 0; n < chats; n += 1) {
    const address = `${url}&from=${from + n * count}`
    const read = await client.run({ url: address, types: ['message'], json: false, take, onText: take })
    if (typeof read === 'number' && read === 0) throw new Error(`${address} sent nothing`)
  }
  const ms = performance.now() - started
  return { ms, ...(await tasks?.end()), ...checksum.result() }
}
