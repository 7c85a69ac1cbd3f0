// What is ours beyond the standard: the options, and the reason of an error.

import { answer, ending, gate, holds, lost, same, silence, stream, thrown, unreachable } from './eventsource.js'

const MESSAGE = stream('data: x\n\n')

const QUICK = { backoff: { initial: 5 } }

const header = ({ headers }, name) => headers.find(([given]) => given === name)?.[1]

/** The delays before the first reconnects to an address that gives these answers; until as many are there as wanted. */
async function delays(bench, count, options, ...replies) {
  const seen = []
  await new Promise((resolve) => {
    const debug = ({ kind, delay }) => kind === 'retry' && seen.push(delay) === count && resolve()
    bench.watch(bench.url(...replies), { ...options, debug })
  })
  return seen
}

/** What is received until it is closed. */
async function untilClosed(watched) {
  await watched.until(() => watched.source.readyState === 2 && watched.of('error').length > 0)
  return watched
}

export const cases = {
  async headers_are_sent_and_the_function_is_called_every_time(bench) {
    const url = bench.url(ending('retry: 1\nid: 7\n\n'), MESSAGE)
    const watched = bench.watch(url, { headers: ({ attempt, lastEventId }) => ({ 'X-Attempt': `${attempt} ${lastEventId}` }) })
    await watched.waitFor('message')
    same((await bench.requests(url)).map((request) => header(request, 'x-attempt')), ['0', '1 7'])
  },

  async a_body_goes_with_post(bench) {
    const url = bench.url(MESSAGE)
    await bench.watch(url, { body: { q: 'ü' } }).waitFor('message')
    const [request] = await bench.requests(url)
    same([request.method, request.body, header(request, 'content-type')], ['POST', '{"q":"ü"}', 'application/json'])
  },

  /** Neither when it broke nor when it ended, with ids or without. */
  async a_post_is_not_sent_twice(bench) {
    const held = gate()
    const url = bench.url(lost('retry: 1\ndata: x\n\n', held.wait), MESSAGE)
    const watched = bench.watch(url, { method: 'POST' })
    await watched.waitFor('message')
    await bench.open(held.name)
    await untilClosed(watched)
    same(watched.story, ['open 1', 'message 1', 'error 2'])
    // Node takes what was cut off for complete.
    if (bench.hasOrigin) same(watched.of('error')[0].event.error.code, 'network')
    same((await bench.requests(url)).length, 1)
  },

  async a_post_whose_events_are_numbered_is_not_sent_twice(bench) {
    const held = gate()
    for (const reply of [lost('retry: 1\nid: 1\ndata: x\n\n', held.wait), ending('retry: 1\nid: 1\ndata: x\n\n', held.wait)]) {
      const url = bench.url(reply, MESSAGE)
      const watched = bench.watch(url, { method: 'POST' })
      await watched.waitFor('message')
      await bench.open(held.name)
      await untilClosed(watched)
      same([watched.story, (await bench.requests(url)).length], [['open 1', 'message 1', 'error 2'], 1])
    }
  },

  async a_post_that_got_no_answer_is_not_sent_twice(bench) {
    for (const reply of [unreachable, answer(504), answer(200, { 'content-type': 'text/html' })]) {
      const url = bench.url(reply, MESSAGE)
      const watched = await untilClosed(bench.watch(url, { method: 'POST', ...QUICK }))
      same([watched.story, (await bench.requests(url)).length], [['error 2'], 1])
    }
  },

  async a_post_is_sent_again_with_an_option(bench) {
    for (const options of [{ reconnect: 'on-error' }, { reconnect: 'always' }, { maxReconnects: 3 }, { shouldRetry: () => true }]) {
      const url = bench.url(stream('data: x\n\n'))
      const watched = bench.watch(url, { method: 'POST', idleTimeout: 30, ...QUICK, ...options })
      await watched.waitFor('open', 2)
      same(watched.of('error')[0].state, 0, JSON.stringify(options))
      watched.source.close()
    }
  },

  async tokens_are_sent_and_refreshed(bench) {
    const url = bench.url(answer(401), MESSAGE)
    const watched = bench.watch(url, { getToken: () => 'stale', refreshToken: async () => 'fresh' })
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'message 1'])
    same((await bench.requests(url)).map((request) => header(request, 'authorization')), ['Bearer stale', 'Bearer fresh'])
  },

  async an_error_has_the_reason(bench) {
    const refused = await untilClosed(bench.watch(bench.url(answer(404, { 'content-type': 'text/plain' }, 'no such thing'))))
    const { code, status, retryable } = refused.log[0].event.error
    same([code, status, retryable], ['status', 404, false])
    const other = await untilClosed(bench.watch(bench.url(answer(200, { 'content-type': 'text/html' }, 'x'))))
    same(other.log[0].event.error.code, 'content-type')
    const lost = bench.watch(bench.url(unreachable))
    await lost.waitFor('error')
    same([lost.log[0].state, lost.log[0].event.error.code], [0, 'network'])
  },

  /** The standard fails the connection by the response's head: waiting for the body would make an error late, or swallow it. */
  async a_refusal_does_not_wait_for_its_body(bench) {
    for (const [status, type] of [[404, 'text/plain'], [500, 'text/plain'], [200, 'text/html']]) {
      const url = bench.url({ ...answer(status, { 'content-type': type }, 'no such thing'), end: 'hang' })
      const refused = await untilClosed(bench.watch(url))
      same([refused.story, refused.log[0].event.error.status, 'body' in refused.log[0].event.error], [['error 2'], status, false])
      await bench.over(url)
    }
  },

  /** To the standard, it is a stream that has ended. */
  async an_error_inside_a_stream_is_reported_and_the_request_repeated(bench) {
    const url = bench.url(ending('{"error":"no such model"}'), MESSAGE)
    const watched = bench.watch(url, QUICK)
    await watched.waitFor('message')
    const { code, body } = watched.of('error')[0].event.error
    same([watched.story.at(-3), code, body], ['error 0', 'format', '{"error":"no such model"}'])
    for (const options of [{ method: 'POST' }, { body: '' }]) {
      const post = await untilClosed(bench.watch(bench.url(ending('{"error":"no such model"}')), options))
      same([post.story, post.of('error')[0].event.error.code], [['open 1', 'error 2'], 'format'])
    }
  },

  async an_end_is_an_error_without_a_reason(bench) {
    const ended = bench.watch(bench.url(ending('retry: 1\n\n'), answer(204)))
    await untilClosed(ended)
    same(ended.of('error').map(({ state, event }) => [state, 'error' in event, event.error === undefined]), [[0, true, true], [2, true, true]])
  },

  async until_ends_the_stream(bench) {
    const url = bench.url(stream('data: x\n\ndata: [DONE]\n\ndata: y\n\n'))
    const watched = await untilClosed(bench.watch(url, { until: '[DONE]' }))
    same([watched.story, watched.of('error')[0].event.error === undefined], [['open 1', 'message 1', 'error 2'], true])
    await bench.over(url)
  },

  async an_error_of_until_is_the_error_of_the_event(bench) {
    const reason = new RangeError('the server said no')
    for (const until of [() => reason, () => { throw reason }]) {
      const url = bench.url(stream('data: x\n\n'))
      const watched = await untilClosed(bench.watch(url, { until }))
      same([watched.story, watched.of('error')[0].event.error === reason], [['open 1', 'error 2'], true])
      await bench.over(url)
    }
  },

  async an_event_larger_than_max_event_bytes_closes(bench) {
    const url = bench.url(stream('data: small\n\ndata: much larger than that\n\n'))
    const watched = await untilClosed(bench.watch(url, { maxEventBytes: 20 }))
    same([watched.story, watched.of('error')[0].event.error.code], [['open 1', 'message 1', 'error 2'], 'too-large'])
    await bench.over(url)
  },

  async an_aborted_signal_closes_without_an_event(bench) {
    const control = new AbortController()
    const url = bench.url(MESSAGE)
    const watched = bench.watch(url, { signal: control.signal })
    await watched.waitFor('message')
    control.abort()
    same(watched.source.readyState, 2)
    await bench.over(url)
    const late = bench.watch(bench.url(MESSAGE), { signal: control.signal })
    same(late.source.readyState, 2)
    await bench.quiet()
    same([watched.story, late.story], [['open 1', 'message 1'], []])
  },

  async the_reconnection_time_is_3_seconds(bench) {
    same(await delays(bench, 1, {}, ending('\n\n')), [3000])
    same(await delays(bench, 1, { backoff: {} }, unreachable), [3000])
  },

  async the_reconnection_time_stays_the_same(bench) {
    same(await delays(bench, 5, QUICK, unreachable), [5, 5, 5, 5, 5])
    same(await delays(bench, 4, QUICK, ending('retry: 7\n\n'), unreachable), [7, 7, 7, 7])
  },

  async backoff_may_grow(bench) {
    same(await delays(bench, 4, { backoff: { initial: 5, factor: 2 } }, unreachable), [5, 10, 20, 40])
    same(await delays(bench, 2, { backoff: { max: 10 } }, unreachable), [10, 10])
  },

  async there_may_be_a_limit_of_attempts(bench) {
    const watched = await untilClosed(bench.watch(bench.url(unreachable), { ...QUICK, maxReconnects: 2 }))
    same([watched.story, watched.log[2].event.error.code], [['error 0', 'error 0', 'error 2'], 'network'])
  },

  async should_retry_overrules_the_standard(bench) {
    const url = bench.url(answer(503), answer(500), answer(404))
    const shouldRetry = ({ status }) => (status === 503 ? 5 : status === 500 ? true : undefined)
    const watched = await untilClosed(bench.watch(url, { ...QUICK, shouldRetry }))
    same(watched.log.map(({ state, event }) => [state, event.error.status]), [[0, 503], [0, 500], [2, 404]])
    const gaveUp = await untilClosed(bench.watch(bench.url(unreachable), { ...QUICK, shouldRetry: () => false }))
    same(gaveUp.story, ['error 2'])
  },

  async validate_replaces_what_is_accepted(bench) {
    const url = bench.url({ ...answer(200, { 'content-type': 'text/plain' }, 'data: x\n\n'), end: 'hang' })
    const watched = bench.watch(url, { validate: () => {} })
    await watched.waitFor('message')
    const refused = await untilClosed(bench.watch(bench.url(ending('data: x\n\n')), { validate: () => Promise.reject(new Error('no')) }))
    same([refused.story, refused.log[0].event.error.code], [['error 2'], 'callback'])
  },

  async reconnect_decides_whether_to_reconnect(bench) {
    const ended = await untilClosed(bench.watch(bench.url(ending('data: x\n\n')), { reconnect: 'never' }))
    same([ended.story, ended.log[2].event.error === undefined], [['open 1', 'message 1', 'error 2'], true])
  },

  async silence_may_have_a_limit(bench) {
    const watched = bench.watch(bench.url(stream('retry: 1\ndata: x\n\n')), { idleTimeout: 30 })
    await watched.waitFor('message', 2)
    same([watched.of('error')[0].state, watched.of('error')[0].event.error.code], [0, 'idle'])
  },

  async the_answer_may_have_a_limit(bench) {
    const watched = bench.watch(bench.url(silence, MESSAGE), { ...QUICK, connectTimeout: 50 })
    await watched.waitFor('error')
    same([watched.log[0].state, watched.log[0].event.error.code], [0, 'timeout'])
  },

  async the_first_request_may_have_a_last_event_id(bench) {
    const url = bench.url(MESSAGE)
    const watched = bench.watch(url, { lastEventId: '41' })
    await watched.waitFor('message')
    same([header((await bench.requests(url))[0], 'last-event-id'), watched.messages], ['41', [['message', 'x', '41']]])
  },

  async data_may_be_parsed(bench) {
    const watched = bench.watch(bench.url(stream('data: {"a":1}\n\ndata: {\n\ndata: 7\n\n')), { parse: 'json' })
    await watched.waitFor('message', 2)
    same(watched.story, ['open 1', 'message 1', 'error 1', 'message 1'])
    same([watched.messages.map(([, data]) => data), watched.of('error')[0].event.error.code], [[{ a: 1 }, 7], 'parse'])
  },

  async fetch_may_be_another(bench) {
    const requested = []
    const init = await new Promise((resolve) => {
      const fetch = (url, init) => {
        requested.push(url)
        resolve(init)
        return globalThis.fetch(url, init)
      }
      bench.watch(bench.url(MESSAGE), { fetch, withCredentials: true })
    })
    same([requested.length, init.method, init.cache, init.credentials], [1, 'GET', 'no-store', 'include'])
  },

  async an_option_overrides_what_the_standard_says(bench) {
    const init = await new Promise((resolve) => {
      const fetch = (url, init) => (resolve(init), globalThis.fetch(url, init))
      bench.watch(bench.url(MESSAGE), { fetch, withCredentials: true, credentials: 'omit', cache: 'reload', headers: { Accept: '*/*' } })
    })
    same([init.credentials, init.cache, init.headers.get('accept')], ['omit', 'reload', '*/*'])
  },

  wrong_options_are_type_errors_that_say_what_is_right(bench) {
    const wrong = [{ idleTimeout: -1 }, { backoff: 5 }, { backoff: { max: 'x' } }, { shouldRetry: true }, { retries: 3 }, { method: 'GET', body: 'x' }, { credentials: 'some' }]
    wrong.push({ maxEventBytes: 0 }, { maxEventBytes: '16' }, { backoff: [] })
    const fromJson = JSON.parse('{ "__proto__": { "reconnect": "never" } }')
    for (const options of [...wrong, fromJson]) {
      const error = thrown(() => bench.watch(bench.url(MESSAGE), options))
      holds(error instanceof TypeError && /must be|the options are|accepted/.test(error.message), `${JSON.stringify(options)}: ${error}`)
    }
  },

  /** Old scripts add properties to Object.prototype. The caller did not give them as options. */
  async a_property_of_every_object_is_no_option(bench) {
    const { prototype } = Object
    bench.finally(() => ['each', 'parse', 'max'].forEach((name) => delete prototype[name]))
    Object.assign(prototype, { each() {}, parse: 'json', max: 'x' })
    const watched = bench.watch(bench.url(MESSAGE), { backoff: {} })
    await watched.waitFor('message')
    same(watched.messages, [['message', 'x', '']])
  },

  async what_options_inherit_from_a_class_counts(bench) {
    class Options {}
    Object.assign(Options.prototype, { headers: { 'x-inherited': 'yes' }, withCredentials: true })
    class Backoff {}
    Backoff.prototype.initial = 4
    const url = bench.url(unreachable, MESSAGE)
    const delays = []
    const debug = ({ kind, delay }) => kind === 'retry' && delays.push(delay)
    const watched = bench.watch(url, Object.assign(new Options(), { backoff: new Backoff(), debug }))
    await watched.waitFor('message')
    same([watched.source.withCredentials, delays, header((await bench.requests(url))[0], 'x-inherited')], [true, [4], 'yes'])
  },

  async events_are_not_trusted(bench) {
    const watched = bench.watch(bench.url(MESSAGE))
    await watched.waitFor('message')
    same(watched.log.map(({ event }) => event.isTrusted), [false, false])
  },

  /** In the back/forward cache no stream is kept, and afterwards there is another one. */
  async a_page_that_goes_into_the_cache_lets_go(bench) {
    if (!bench.isPage) return
    const url = bench.url(stream('id: 1\ndata: x\n\n'))
    const watched = bench.watch(url)
    await watched.waitFor('message')
    dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))
    same(watched.story, ['open 1', 'message 1', 'error 0'])
    await bench.over(url)
    dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    await watched.waitFor('message', 2)
    same(watched.story, ['open 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },

  /** Offline nothing is requested, and the state is CONNECTING; online the request follows at once. */
  async offline_it_waits(bench) {
    if (!bench.isPage) return
    let online = true
    const own = Object.getOwnPropertyDescriptor(Navigator.prototype, 'onLine')
    Object.defineProperty(Navigator.prototype, 'onLine', { ...own, get: () => online })
    bench.finally(() => Object.defineProperty(Navigator.prototype, 'onLine', own))
    const held = gate()
    const url = bench.url(ending('retry: 1\ndata: 1\n\n', held.wait), MESSAGE)
    const watched = bench.watch(url)
    await watched.waitFor('message')
    online = false
    dispatchEvent(new Event('offline'))
    await bench.open(held.name)
    await watched.waitFor('error')
    same(watched.story, ['open 1', 'message 1', 'error 0'])
    same((await bench.requests(url)).length, 1)
    online = true
    dispatchEvent(new Event('online'))
    await watched.waitFor('message', 2)
    same(watched.story, ['open 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },
}
