// § 9.2.3, the processing model: announcing, reestablishing and failing a connection.

import { answer, ending, gate, holds, same, silence, stream, unreachable } from './eventsource.js'

const MESSAGE = stream('data: x\n\n')

/** The attributes of an event that the standard just "fires". */
function isPlain(event, type) {
  holds(Object.getPrototypeOf(event) === Event.prototype, `a ${event.constructor.name}`)
  same([event.type, event.bubbles, event.cancelable, event.composed], [type, false, false, false])
}

/** Who closes it before the head of this answer comes hears nothing of it. */
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
    await watched.heard('open')
    const [{ event, state }] = watched.told
    same(state, 1)
    isPlain(event, 'open')
    holds(event.target === watched.source)
  },

  /** … once for each stream and before its events. */
  async each_stream_is_announced_before_its_events(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\ndata: 1\n\ndata: 2\n\n'), stream('data: 3\n\n')))
    await watched.heard('message', 3)
    same(watched.story, ['open 1', 'message 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },

  /** Nothing is announced to those who have closed it. */
  async what_was_closed_meanwhile_is_not_announced(bench) {
    await closedMeanwhile(bench, MESSAGE)
  },

  /** Reestablishing sets CONNECTING and fires `error`. */
  async a_lost_connection_is_an_error_while_connecting(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), MESSAGE))
    await watched.heard('error')
    const [{ event, state }] = watched.of('error')
    same(state, 0)
    isPlain(event, 'error')
  },

  /** Every attempt that fails is told. */
  async every_failed_attempt_is_an_error(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\n\n'), unreachable, unreachable, MESSAGE))
    await watched.heard('message')
    same(watched.story, ['open 1', 'error 0', 'error 0', 'error 0', 'open 1', 'message 1'])
  },

  /** Nothing is told to those who have closed it when the stream ends, … */
  async what_was_closed_is_not_reestablished(bench) {
    const held = gate()
    const url = bench.url(ending('retry: 1\ndata: x\n\n', held.wait), MESSAGE)
    const watched = bench.watch(url)
    await watched.heard('message')
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
    await watched.heard('error')
    await bench.quiet()
    same(watched.story, ['open 1', 'error 0'])
    same([(await bench.requests(url)).length, watched.source.readyState], [1, 2])
  },

  /** … or while the reconnection time passes. */
  async close_while_waiting_is_the_end(bench) {
    const url = bench.url(ending('retry: 20\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.heard('error')
    watched.source.close()
    await bench.quiet(30)
    same(watched.story, ['open 1', 'error 0'])
    same((await bench.requests(url)).length, 1)
  },

  /** The reconnection time is waited for before the next request: a stream that asks for an hour is left alone. */
  async the_reconnection_time_is_waited_for(bench) {
    const url = bench.url(ending('retry: 3600000\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.heard('error')
    await bench.quiet()
    same([(await bench.requests(url)).length, watched.source.readyState], [1, 0])
  },

  /** The request is made again as it was. */
  async the_same_request_is_made_again(bench) {
    const url = bench.url(ending('retry: 1\n\n'), MESSAGE)
    const watched = bench.watch(url)
    await watched.heard('message')
    const [first, second] = await bench.requests(url)
    same(second, first)
  },

  /** Failing sets CLOSED and fires `error`. */
  async a_failed_connection_is_an_error_when_closed(bench) {
    const watched = bench.watch(bench.url(answer(410)))
    await watched.heard('error')
    const [{ event, state }] = watched.told
    same(state, 2)
    isPlain(event, 'error')
  },

  /** What has failed is not tried again. */
  async a_failed_connection_is_not_tried_again(bench) {
    for (const refusal of [answer(503), answer(204), answer(200, { 'content-type': 'text/plain' }, 'x')]) {
      const url = bench.url(ending('retry: 1\n\n'), refusal, MESSAGE)
      const watched = bench.watch(url)
      await watched.heard('error', 2)
      await bench.quiet()
      same(watched.story, ['open 1', 'error 0', 'error 2'])
      same((await bench.requests(url)).length, 2)
    }
  },

  /** Nothing has failed for those who have closed it. */
  async what_was_closed_meanwhile_does_not_fail(bench) {
    await closedMeanwhile(bench, answer(404))
  },

  /** Dispatching asks for the state first (§ 9.2.6, step 8): `close()` in a listener keeps back what has arrived already. */
  async close_in_a_listener_keeps_back_the_rest(bench) {
    const watched = bench.watch(bench.url(stream('data: 1\n\ndata: 2\n\ndata: 3\n\n')))
    watched.source.onmessage = () => watched.source.close()
    await watched.heard('message')
    await bench.quiet()
    same(watched.story, ['open 1', 'message 1'])
  },

  /** The same in the listener of `open`. */
  async close_in_the_listener_of_open_keeps_back_everything(bench) {
    const watched = bench.watch(bench.url(MESSAGE))
    watched.source.onopen = () => watched.source.close()
    await watched.heard('open')
    await bench.quiet()
    same(watched.story, ['open 1'])
  },

  /** An event that is being dispatched goes on to its other listeners (DOM, inner invoke). */
  async close_in_a_listener_takes_the_event_from_nobody(bench) {
    const { source } = bench.watch(bench.url(MESSAGE))
    const heard = []
    source.addEventListener('message', () => {
      heard.push(source.readyState)
      source.close()
    })
    await new Promise((resolve) => source.addEventListener('message', resolve))
    heard.push(source.readyState)
    same(heard, [1, 2])
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
    const heard = []
    source.onmessage = () => {
      throw new RangeError('mine')
    }
    await new Promise((resolve) => source.addEventListener('message', ({ data }) => heard.push(data) === 2 && resolve()))
    same([heard, reported], [['1', '2'], ['RangeError: mine', 'RangeError: mine']])
  },

  /** A server that says nothing is waited for. */
  async a_silent_server_is_waited_for(bench) {
    const watched = bench.watch(bench.url(silence))
    await bench.quiet()
    same([watched.story, watched.source.readyState], [[], 0])
  },
}
