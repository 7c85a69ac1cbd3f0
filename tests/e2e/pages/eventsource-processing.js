// § 9.2.3, the processing model: announcing, reestablishing and failing a connection.

import { answer, ending, gate, holds, same, silence, stream, unreachable } from './eventsource.js'

const MESSAGE = stream('data: x\n\n')

/** The attributes of an event that the standard just "fires". */
function isPlain(event, type) {
  holds(Object.getPrototypeOf(event) === Event.prototype, `a ${event.constructor.name}`)
  same([event.type, event.bubbles, event.cancelable, event.composed], [type, false, false, false])
}

/** A source that is closed before the head of this answer dispatches nothing. */
async function closedMeanwhile(bench, reply) {
  const held = gate()
  const url = bench.url({ ...reply, head: held.name })
  const watched = bench.watch(url)
  await bench.quiet()
  watched.source.close()
  await bench.open(held.name)
  await bench.over(url)
  await bench.quiet()
  same(watched.story, [])
}

export const cases = {
  /** Announcing sets OPEN and fires `open`, … */
  async an_open_connection_is_announced(bench) {
    const watched = bench.watch(bench.url(MESSAGE))
    await watched.waitFor('open')
    const [{ event, state }] = watched.log
    same(state, 1)
    isPlain(event, 'open')
    holds(event.target === watched.source)
  },

  /** … once for each stream and before its events. */
  async each_stream_is_announced_before_its_events(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\ndata: 1\n\ndata: 2\n\n'), stream('data: 3\n\n')))
    await watched.waitFor('message', 3)
    same(watched.story, ['open 1', 'message 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },

  /** Nothing is announced to those who have closed it. */
  async what_was_closed_meanwhile_is_not_announced(bench) {
    await closedMeanwhile(bench, MESSAGE)
  },

  /** Reestablishing sets CONNECTING and fires `error`. */
  async a_lost_connection_is_an_error_while_connecting(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), MESSAGE))
    await watched.waitFor('error')
    const [{ event, state }] = watched.of('error')
    same(state, 0)
    isPlain(event, 'error')
  },

  /** Every failed attempt is an error event. */
  async every_failed_attempt_is_an_error(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), unreachable, unreachable, MESSAGE))
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'error 0', 'error 0', 'error 0', 'open 1', 'message 1'])
  },

  /** After `close()`, the end of the stream causes no event, … */
  async what_was_closed_is_not_reestablished(bench) {
    const held = gate()
    const url = bench.url(ending('retry: 1\ndata: x\n\n', held.wait), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('message')
    watched.source.close()
    await bench.open(held.name)
    await bench.quiet()
    same(watched.story, ['open 1', 'message 1'])
    same((await bench.requests(url)).length, 1)
  },

  /** … nor is there another request when it is closed in the listener of the error … */
  async close_in_the_listener_of_the_error_is_the_end(bench) {
    const url = bench.url(ending('retry: 1\n\n'), MESSAGE)
    const watched = bench.watch(url)
    watched.source.onerror = () => watched.source.close()
    await watched.waitFor('error')
    await bench.quiet()
    same(watched.story, ['open 1', 'error 0'])
    same([(await bench.requests(url)).length, watched.source.readyState], [1, 2])
  },

  /** … or while the reconnection time passes. */
  async close_while_waiting_is_the_end(bench) {
    const url = bench.url(ending('retry: 20\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('error')
    watched.source.close()
    await bench.quiet(30)
    same(watched.story, ['open 1', 'error 0'])
    same((await bench.requests(url)).length, 1)
  },

  /** The next request waits for the reconnection time: after `retry` with an hour there is none. */
  async the_reconnection_time_is_waited_for(bench) {
    const url = bench.url(ending('retry: 3600000\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('error')
    await bench.quiet()
    same([(await bench.requests(url)).length, watched.source.readyState], [1, 0])
  },

  /** The request is made again as it was. */
  async the_same_request_is_made_again(bench) {
    const url = bench.url(ending('retry: 1\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('message')
    const [first, second] = await bench.requests(url)
    same(second, first)
  },

  /** Failing sets CLOSED and fires `error`. */
  async a_failed_connection_is_an_error_when_closed(bench) {
    const watched = bench.watch(bench.url(answer(410)))
    await watched.waitFor('error')
    const [{ event, state }] = watched.log
    same(state, 2)
    isPlain(event, 'error')
  },

  /** What has failed is not tried again. */
  async a_failed_connection_is_not_tried_again(bench) {
    for (const refusal of [answer(503), answer(204), answer(200, { 'content-type': 'text/plain' }, 'x')]) {
      const url = bench.url(ending('retry: 1\n\n'), refusal, MESSAGE)
      const watched = bench.watch(url)
      await watched.waitFor('error', 2)
      await bench.quiet()
      same(watched.story, ['open 1', 'error 0', 'error 2'])
      same((await bench.requests(url)).length, 2)
    }
  },

  /** Nothing has failed for those who have closed it. */
  async what_was_closed_meanwhile_does_not_fail(bench) {
    await closedMeanwhile(bench, answer(404))
  },

  /** Dispatching checks the state first (§ 9.2.6, step 8): after `close()` in a listener, events that have arrived are dropped. */
  async close_in_a_listener_keeps_back_the_rest(bench) {
    const watched = bench.watch(bench.url(stream('data: 1\n\ndata: 2\n\ndata: 3\n\n')))
    watched.source.onmessage = () => watched.source.close()
    await watched.waitFor('message')
    await bench.quiet()
    same(watched.story, ['open 1', 'message 1'])
  },

  /** The same in the listener of `open`. */
  async close_in_the_listener_of_open_keeps_back_everything(bench) {
    const watched = bench.watch(bench.url(MESSAGE))
    watched.source.onopen = () => watched.source.close()
    await watched.waitFor('open')
    await bench.quiet()
    same(watched.story, ['open 1'])
  },

  /** An event that is being dispatched still reaches its other listeners (DOM, inner invoke). */
  async close_in_a_listener_does_not_skip_other_listeners(bench) {
    const { source } = bench.watch(bench.url(MESSAGE))
    const received = []
    source.addEventListener('message', () => {
      received.push(source.readyState)
      source.close()
    })
    await new Promise((resolve) => source.addEventListener('message', resolve))
    received.push(source.readyState)
    same(received, [1, 2])
  },

  /** A listener that throws is reported, and stops neither the others nor the stream (DOM, inner invoke). */
  async a_listener_that_throws_is_reported(bench) {
    if (!bench.hasOrigin) return
    const reported = []
    const note = (event) => {
      event.preventDefault()
      reported.push(event.message.replace(/^Uncaught /, ''))
    }
    addEventListener('error', note)
    bench.finally(() => removeEventListener('error', note))
    const source = new bench.EventSource(bench.url(stream('data: 1\n\ndata: 2\n\n')))
    bench.finally(() => source.close())
    const received = []
    source.onmessage = () => {
      throw new RangeError('mine')
    }
    await new Promise((resolve) => source.addEventListener('message', ({ data }) => received.push(data) === 2 && resolve()))
    same([received, reported], [['1', '2'], ['RangeError: mine', 'RangeError: mine']])
  },

  /** A server that does not answer is waited for. */
  async a_silent_server_is_waited_for(bench) {
    const watched = bench.watch(bench.url(silence))
    await bench.quiet()
    same([watched.story, watched.source.readyState], [[], 0])
  },
}
