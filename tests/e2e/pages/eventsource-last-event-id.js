// § 9.2.4, the header `Last-Event-ID`, and its part of § 9.2.3.

import { ending, gate, lost, same, stream, unreachable } from './eventsource.js'

const MESSAGE = stream('data: last\n\n')

/** The ids sent with the requests to an address that gives these answers, as soon as the last one has spoken. */
async function ids(bench, ...replies) {
  const url = bench.url(...replies, MESSAGE)
  const watched = bench.watch(url)
  await watched.until(() => watched.messages.some(([, data]) => data === 'last'))
  const requests = await bench.requests(url)
  return requests.map(({ headers }) => headers.find(([name]) => name === 'last-event-id')?.[1] ?? null)
}

export const cases = {
  /** The string is empty at first, and then there is no header. */
  async it_is_not_sent_at_first(bench) {
    same(await ids(bench), [null])
  },

  /** It is not sent as long as no event has an id. */
  async it_is_not_sent_without_an_id(bench) {
    same(await ids(bench, ending('retry: 1\ndata: x\n\n')), [null, null])
  },

  /** It is the id of the last event. */
  async it_is_the_last_id(bench) {
    same(await ids(bench, ending('retry: 1\nid: 1\ndata: x\n\nid: 2\ndata: x\n\n')), [null, '2'])
  },

  /** Events without an id do not change it. */
  async it_outlives_events_without_an_id(bench) {
    same(await ids(bench, ending('retry: 1\nid: 1\ndata: x\n\ndata: x\n\n')), [null, '1'])
  },

  /** It is kept through reconnections, also failed ones. */
  async it_outlives_reconnections(bench) {
    const seen = await ids(bench, ending('retry: 1\nid: 7\ndata: x\n\n'), unreachable, ending(': nothing new\n\n'))
    same([seen[0], new Set(seen.slice(1)).size, seen.at(-1)], [null, 1, '7'])
  },

  /** An empty id resets it. */
  async an_empty_id_resets_it(bench) {
    same(await ids(bench, ending('retry: 1\nid: 1\ndata: x\n\nid\ndata: x\n\n')), [null, null])
  },

  /** An event without data sets it (§ 9.2.6, dispatch, steps 1 and 2). */
  async an_id_without_data_counts(bench) {
    same(await ids(bench, ending('retry: 1\nid: 3\n\n')), [null, '3'])
  },

  /** The id of an unfinished event does not count. */
  async an_id_of_an_unfinished_event_does_not_count(bench) {
    same(await ids(bench, ending('retry: 1\nid: 3\ndata: x\n\nid: 4\ndata: unfin')), [null, '3'])
  },

  /** Nor does that of an event that was cut off. */
  async an_id_of_an_event_that_was_cut_off_does_not_count(bench) {
    const held = gate()
    const url = bench.url(lost('retry: 1\nid: 3\ndata: x\n\nid: 4\ndata: unfin', held.wait), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('message')
    await bench.open(held.name)
    await watched.waitFor('message', 2)
    same((await bench.requests(url)).at(-1).headers.find(([name]) => name === 'last-event-id'), ['last-event-id', '3'])
  },

  /** It is sent as the bytes of its UTF-8. */
  async it_is_sent_as_utf_8(bench) {
    same(await ids(bench, ending('retry: 1\nid: naïve 事件 🦀\ndata: x\n\n')), [null, 'naïve 事件 🦀'])
  },
}
