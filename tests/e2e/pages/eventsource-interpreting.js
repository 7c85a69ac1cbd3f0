// § 9.2.6, interpreting an event stream, through the class.

import { answer, ending, holds, same, stream } from './eventsource.js'
import { messages } from './eventsource-parsing.js'

const says = (...data) => data.map((data) => ['message', data])

/** The messages with their last event ids. */
async function identified(bench, text) {
  const watched = bench.watch(bench.url(stream(text, 'data: last\n\n')))
  await watched.until(() => watched.messages.some(([, data]) => data === 'last'))
  return watched.messages.filter(([, data]) => data !== 'last').map(([, data, id]) => [data, id])
}

/** Throws unless this stream leads to another request at once, because of its last valid `retry`. */
async function retriesAtOnce(bench, text) {
  const watched = bench.watch(bench.url(ending(text), stream('data: x\n\n')))
  await watched.waitFor('message')
}

export const cases = {
  /** A blank line dispatches. */
  async a_blank_line_dispatches(bench) {
    same(await messages(bench, 'data: a\n\ndata: b\n\n'), says('a', 'b'))
  },

  /** Blank lines without anything before them do nothing. */
  async further_blank_lines_do_nothing(bench) {
    same(await messages(bench, '\n\n\ndata: a\n\n\n\ndata: b\n\n\n'), says('a', 'b'))
  },

  /** The field's name is what stands before the first colon, the value what stands behind. */
  async the_first_colon_counts(bench) {
    same(await messages(bench, 'data:a:b::c\n\n'), says('a:b::c'))
  },

  /** One space behind the colon, if there is one, is no part of the value, … */
  async one_leading_space_is_removed(bench) {
    same(await messages(bench, 'data:a\ndata: b\ndata:  c\n\n'), says('a\nb\n c'))
  },

  /** … and nothing else is. */
  async other_white_space_stays(bench) {
    same(await messages(bench, 'data:\ta\ndata: b \ndata:\u00a0c\n\n'), says('\ta\nb \n\u00a0c'))
  },

  /** A line without a colon is the name of a field without a value. */
  async a_line_without_a_colon_is_a_field(bench) {
    same(await messages(bench, 'data\n\nevent\ndata: x\n\n'), says('', 'x'))
  },

  /** Names are compared to the letter: case, spaces and what surrounds them matter. */
  async other_names_are_ignored(bench) {
    same(await messages(bench, 'Data: a\nDATA: b\n data: c\ndata : d\ndat: e\ndatas: f\n\ndata: x\nfoo: bar\nfoo\n\n'), says('x'))
  },

  /** `event` sets the type, the last one counting, wherever it stands. */
  async event_sets_the_type(bench) {
    same(await messages(bench, 'event: other\nevent: named\ndata: a\n\ndata: b\nevent: named\n\n'), [['named', 'a'], ['named', 'b']])
  },

  /** It holds for one event, … */
  async the_type_holds_for_one_event(bench) {
    same(await messages(bench, 'event: named\ndata: a\n\ndata: b\n\n'), [['named', 'a'], ['message', 'b']])
  },

  /** … even for one that is not dispatched as it has no data. */
  async the_type_is_forgotten_without_data(bench) {
    same(await messages(bench, 'event: named\n\ndata: b\n\n'), says('b'))
  },

  /** An empty type is that of events without one. */
  async an_empty_type_is_message(bench) {
    same(await messages(bench, 'event: named\nevent:\ndata: a\n\nevent\ndata: b\n\n'), says('a', 'b'))
  },

  /** Types are compared to the letter, and an event has but one. */
  async events_are_dispatched_under_their_own_type_alone(bench) {
    const types = ['Message', 'named event', 'é🦀', 'constructor', '*', 'event:named', 'open ']
    const text = types.map((type) => `event: ${type}\ndata: x\n\n`).join('')
    const watched = bench.watch(bench.url(stream(text, 'data: last\n\n')), undefined, ...types)
    await watched.until(() => watched.messages.some(([, data]) => data === 'last'))
    same(watched.messages.map(([type]) => type), [...types, 'message'])
  },

  /** A server's `open` and `error` are events like any others, and no word about the connection. */
  async a_server_may_use_any_type(bench) {
    const watched = bench.watch(bench.url(stream('event: error\ndata: mine\n\nevent: open\ndata: mine\n\nevent: close\ndata: mine\n\n', 'data: last\n\n')), undefined, 'close', 'state', 'retry')
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'error 1', 'open 1', 'close 1', 'message 1'])
    same(watched.messages.map(([type, data]) => [type, data]), [['error', 'mine'], ['open', 'mine'], ['close', 'mine'], ['message', 'last']])
  },

  /** `data` lines are joined by line feeds, the last of which is removed. */
  async data_lines_are_joined(bench) {
    same(await messages(bench, 'data: YHOO\ndata: +2\ndata: 10\n\n'), says('YHOO\n+2\n10'))
  },

  /** Only one line feed is removed from the end. */
  async empty_data_lines_count(bench) {
    same(await messages(bench, 'data:\ndata: x\ndata:\ndata:\n\n'), says('\nx\n\n'))
  },

  /** Without data nothing is dispatched. */
  async nothing_is_dispatched_without_data(bench) {
    same(await messages(bench, 'event: named\nid: 1\nretry: 5\n\n: comment\n\n'), [])
  },

  /** The data is always a string, also if it looks like JSON. */
  async data_is_text(bench) {
    same(await messages(bench, 'data: {"a":1}\n\ndata: [1]\n\ndata: 7\n\n'), says('{"a":1}', '[1]', '7'))
  },

  /** `id` is the last event id of its event, wherever it stands, and of those that follow. */
  async ids_hold_until_the_next_one(bench) {
    same(await identified(bench, 'data: a\n\nid: 1\ndata: b\n\ndata: c\n\ndata: d\nid: 2\n\n'), [['a', ''], ['b', '1'], ['c', '1'], ['d', '2']])
  },

  /** An empty id is one. */
  async an_empty_id_is_an_id(bench) {
    same(await identified(bench, 'id: 1\ndata: a\n\nid\ndata: b\n\nid: 2\ndata: c\n\nid:\ndata: d\n\n'), [['a', '1'], ['b', ''], ['c', '2'], ['d', '']])
  },

  /** An id with a NUL in it is ignored. */
  async an_id_with_a_nul_is_ignored(bench) {
    same(await identified(bench, 'id: 1\ndata: a\n\nid: 2\u0000\ndata: b\n\nid: \u0000\ndata: c\n\n'), [['a', '1'], ['b', '1'], ['c', '1']])
  },

  /** The id of an event without data holds for those that follow. */
  async an_id_without_data_holds(bench) {
    same(await identified(bench, 'id: 1\n\ndata: a\n\n'), [['a', '1']])
  },

  /** The last event id holds on after a reconnection. */
  async ids_hold_over_reconnections(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\nid: 1\ndata: a\n\n'), stream('data: b\n\n')))
    await watched.waitFor('message', 2)
    same(watched.messages, [['message', 'a', '1'], ['message', 'b', '1']])
  },

  /** `retry` sets the reconnection time when it is digits, … */
  async retry_sets_the_reconnection_time(bench) {
    await retriesAtOnce(bench, 'retry: 3600000\nretry:1\n\n')
  },

  /** … at once, without waiting for the end of an event … */
  async retry_counts_at_once(bench) {
    await retriesAtOnce(bench, 'data: x\nretry: 1\n')
  },

  /** … and for all streams to come. */
  async retry_holds_for_later_streams(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), ending('\n\n'), ending('\n\n'), ending('\n\n'), stream('data: x\n\n')))
    await watched.waitFor('message')
    same(watched.of('error').length, 4)
  },

  /** Otherwise it is ignored. */
  async retry_that_is_no_number_is_ignored(bench) {
    const bogus = ['', '3600000ms', '3600000.5', '+3600000', '-3600000', '0x36EE80', '3.6e6', '３６０００００']
    await retriesAtOnce(bench, `retry: 1\n${bogus.map((value) => `retry: ${value}\n`).join('')}retry\nretry:  3600000\n\n`)
  },

  /** At the end of the stream, an event without its blank line is discarded. */
  async the_end_discards_what_is_unfinished(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\ndata: a\n\ndata: unfin'), ending('data: ished\n'), stream('\ndata: b\n\n')))
    await watched.until(() => watched.messages.some(([, data]) => data === 'b'))
    same(watched.messages.map(([, data]) => data), ['a', 'b'])
  },

  /** The event is a `MessageEvent`, as the standard initialises it. */
  async events_are_message_events(bench) {
    const watched = bench.watch(bench.url(stream('event: named\nid: 1\ndata: a\n\n')), undefined, 'named')
    await watched.waitFor('named')
    const [{ event }] = watched.of('named')
    holds(Object.getPrototypeOf(event) === MessageEvent.prototype)
    same([event.type, event.data, event.lastEventId, event.origin], ['named', 'a', '1', new URL(watched.source.url).origin])
    same([event.bubbles, event.cancelable, event.composed, event.source, event.ports.length], [false, false, false, null, 0])
    holds(event.target === watched.source)
  },

  /** The origin is that of the final URL, after redirects. */
  async the_origin_is_that_after_redirects(bench) {
    if (!bench.hasOrigin) return
    const there = bench.elsewhere(ending('data: a\n\n'))
    const watched = bench.watch(bench.url(answer(302, { location: there })))
    await watched.waitFor('message')
    same(watched.log[1].event.origin, new URL(there).origin)
  },
}
