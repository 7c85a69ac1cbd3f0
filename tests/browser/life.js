// A connection from its first request to its end: promises, states, failures, attempts.

import { Clock } from './bed/clock.js'
import { Ear } from './bed/ear.js'
import { SWIFT, turn } from './bed/bed.js'
import { Server } from './bed/server.js'
import { equal, match, ok, rejection } from './bed/expect.js'

const STREAM = { headers: { 'content-type': 'text/event-stream' } }

/** Everything that is told of a connection. */
const LIFECYCLE = ['state', 'open', 'error', 'retry', 'max-reconnects-reached', 'close']

export async function nothing_is_requested_before_connect(bed) {
  const client = bed.client()
  await turn()
  equal([client.state, client.readyState, client.retryCount, client.lastEventId, bed.server.calls.length], ['idle', 2, 0, '', 0])
}

export async function connect_resolves_at_the_first_open(bed) {
  const client = bed.client()
  let opened = false
  const promise = client.connect().then(() => (opened = true))
  const call = await bed.server.next()
  await turn()
  equal([opened, client.state, client.readyState], [false, 'connecting', 0])
  call.stream()
  await promise
  equal([client.state, client.readyState], ['open', 1])
}

export async function connect_waits_through_failed_attempts(bed) {
  const client = bed.client()
  const opened = client.connect()
  ;(await bed.server.next()).fail()
  ;(await bed.server.next()).respond(new Response('', { status: 503 }))
  ;(await bed.server.next()).stream()
  await opened
  equal([client.state, client.retryCount, client.stats().attempts], ['open', 2, 3])
}

export async function connect_twice_makes_one_connection(bed) {
  const client = bed.client()
  const both = [client.connect(), client.connect()]
  ;(await bed.server.next()).stream()
  await Promise.all(both)
  await client.connect()
  equal(bed.server.calls.length, 1)
}

export async function connect_rejects_with_the_fatal_error(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'error', 'close')
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  const error = await rejection(opened)
  ok(error instanceof Error && error.name === 'SSEError', 'it is an SSEError')
  equal([error.code, error.status, error.retryable, error.attempt], ['status', 404, false, 0])
  ok((await ear.data()) === error && (await ear.data()).error === error, 'error and close carry the same error')
}

export async function connect_rejects_when_disconnected_before_it_is_open(bed) {
  const reason = new Error('navigated away')
  const client = bed.client()
  const opened = client.connect()
  client.disconnect(reason)
  const error = await rejection(opened)
  equal([error.code, error.retryable], ['aborted', false])
  ok(error.cause === reason, 'the cause is the reason given')
}

export async function connect_unawaited_never_raises_unhandledrejection(bed) {
  const client = bed.client()
  client.connect()
  client.reconnect()
  client.disconnect()
  client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  await new Ear(client, 'close').next()
  const sentinel = new Error('what the page is told of')
  Promise.reject(sentinel)
  ok((await bed.reports.next()) === sentinel, 'nothing was reported before')
}

export async function reconnect_unawaited_never_raises_unhandledrejection(bed) {
  const { client } = await bed.open()
  client.reconnect()
  client.disconnect()
  const sentinel = new Error('what the page is told of')
  Promise.reject(sentinel)
  ok((await bed.reports.next()) === sentinel, 'nothing was reported before')
}

export async function every_change_of_state_is_told_with_the_one_before(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'state')
  const { stream } = await bed.opened(client)
  stream.break()
  ;(await bed.server.next()).stream()
  await ear.all(4)
  client.disconnect()
  client.connect()
  client.disconnect()
  equal(ear.heard.map(([, { state, previous }]) => `${previous} → ${state}`), [
    'idle → connecting', 'connecting → open', 'open → reconnecting', 'reconnecting → open', 'open → closed',
    'closed → connecting', 'connecting → closed',
  ])
}

export async function a_life_is_told_in_order(bed) {
  const client = bed.client({ maxReconnects: 1 })
  const ear = new Ear(client, ...LIFECYCLE)
  const { stream } = await bed.opened(client)
  stream.break()
  ;(await bed.server.next()).respond(new Response('busy', { status: 503 }))
  await ear.until('close')
  equal(ear.heard.map(([type]) => type), [
    'state', 'state', 'open', 'error', 'state', 'retry', 'error', 'max-reconnects-reached', 'state', 'close',
  ])
  const told = Object.fromEntries(ear.heard)
  equal([told['max-reconnects-reached'], told.close.reason], [{ attempts: 1 }, 'max-reconnects'])
  ok(told.close.error === told.error, 'it closes with the last error')
  equal([told.error.code, told.error.status, told.error.attempt, told.error.body], ['status', 503, 1, 'busy'])
}

export async function open_tells_of_the_response(bed) {
  const client = bed.client({}, '/stream?room=1')
  const ear = new Ear(client, 'open')
  client.connect()
  ;(await bed.server.next()).stream({ headers: { 'x-room': '1' } })
  const { status, url, headers, attempt } = await ear.data()
  equal([status, url, headers.get('x-room'), attempt], [200, client.url, '1', 0])
}

export async function retry_tells_when_the_next_attempt_is_made(bed) {
  const client = bed.client({ backoff: { initial: 3, max: 20, factor: 4, jitter: 0 } })
  const ear = new Ear(client, 'error', 'retry')
  client.connect()
  for (const expected of [3, 12, 20, 20]) {
    ;(await bed.server.next()).fail()
    const error = await ear.data()
    const retry = await ear.data()
    equal([retry.delay, retry.attempt, client.retryCount], [expected, error.attempt + 1, retry.attempt])
    ok(retry.error === error, 'the error is the one that was told')
  }
}

export async function the_stream_sets_the_reconnection_time(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'retry')
  stream.push('retry: 17\n\n').end()
  const { delay, attempt, error } = await ear.data()
  equal([delay, attempt, error], [17, 1, undefined])
}

export async function a_stream_that_ended_is_asked_for_again_after_its_last_event(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'open')
  stream.push('id: 1\ndata: a\n\n').end()
  const second = await bed.server.next()
  equal(second.headers.get('last-event-id'), '1')
  second.stream().push('id: 2\ndata: b\n\n')
  equal(await ear.data(), 'a')
  equal((await ear.data()).attempt, 1)
  equal(await ear.data(), 'b')
  equal(client.lastEventId, '2')
}

export async function a_stream_that_breaks_is_asked_for_again(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'error')
  const cause = new TypeError('network error')
  stream.break(cause)
  const error = await ear.data()
  equal([error.code, error.retryable, error.attempt], ['network', true, 0])
  ok(error.cause === cause, 'the cause is what the body failed with')
  await bed.server.next()
}

export async function a_stream_that_breaks_without_a_reason_did_not_end(bed) {
  const { client, stream } = await bed.open({ method: 'POST' })
  const ear = new Ear(client, 'close')
  stream.abort(undefined)
  const { reason, error } = await ear.data()
  equal([reason, error.code], ['fatal', 'network'])
}

export async function the_attempt_count_falls_to_zero_once_the_stream_is_stable(bed) {
  const client = bed.client({ backoff: { ...SWIFT, stableAfter: 0 }, maxReconnects: 1 })
  client.connect()
  const ear = new Ear(client, 'retry')
  for (let n = 0; n < 5; n++) {
    const call = await bed.server.next()
    call.stream().end()
    equal((await ear.data()).attempt, 1)
  }
}

export async function a_server_that_accepts_and_drops_is_given_up(bed) {
  const client = bed.client({ maxReconnects: 2 })
  client.connect()
  const ear = new Ear(client, 'max-reconnects-reached', 'close')
  for (let n = 0; n < 3; n++) (await bed.server.next()).stream().end()
  equal(await ear.all(2), [{ attempts: 2 }, { reason: 'max-reconnects' }])
  equal(bed.server.calls.length, 3)
}

export async function no_reconnects_at_all_can_be_asked_for(bed) {
  const client = bed.client({ maxReconnects: 0 })
  const ear = new Ear(client, 'max-reconnects-reached', 'close')
  const opened = client.connect()
  ;(await bed.server.next()).fail()
  equal(await ear.data(), { attempts: 0 })
  equal((await ear.data()).reason, 'max-reconnects')
  equal((await rejection(opened)).code, 'network')
}

export async function no_content_closes(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'error', 'close')
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response(null, { status: 204 }))
  const { code, status } = await rejection(opened)
  equal([code, status], ['status', 204])
  equal([ear.heard, client.state], [[['close', { reason: 'no-content' }]], 'closed'])
}

export async function an_error_response_is_explained_by_its_body(bed) {
  const client = bed.client()
  const opened = client.connect()
  const stream = (await bed.server.next()).stream({ status: 404 })
  stream.push('{"error":', '"нет"}').end()
  const error = await rejection(opened)
  equal([error.body, error.status], ['{"error":"нет"}', 404])
  match(error.message, /status 404/)
}

export async function of_a_huge_error_body_the_beginning_is_kept(bed) {
  const client = bed.client()
  const opened = client.connect()
  const stream = (await bed.server.next()).stream({ status: 400 })
  stream.push('x'.repeat(60_000), 'y'.repeat(60_000), 'z')
  const { body } = await rejection(opened)
  equal([body.length, body.slice(59_999, 60_001), stream.cancelled], [65_536, 'xy', true])
}

export async function an_error_body_that_never_ends_is_not_waited_for(bed) {
  const client = bed.client()
  const opened = client.connect()
  const stream = (await bed.server.next()).stream({ status: 400 })
  stream.push('the beginning')
  const error = await rejection(opened)
  equal([error.status, error.code, error.body, stream.cancelled], [400, 'status', 'the beginning', true])
}

export async function an_error_body_that_breaks_hides_no_error(bed) {
  const client = bed.client()
  const opened = client.connect()
  ;(await bed.server.next()).stream({ status: 400 }).push('the beginning').break()
  const error = await rejection(opened)
  equal([error.status, error.code, error.body], [400, 'status', 'the beginning'])
}

export async function an_error_response_may_have_no_body(bed) {
  const client = bed.client()
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response(null, { status: 403 }))
  const error = await rejection(opened)
  equal([error.status, error.body ?? ''], [403, ''])
}

export async function another_content_type_is_no_event_stream(bed) {
  for (const type of ['text/html', 'text/event-streams', 'text/event-stream, text/html', 'text/plain; x=text/event-stream', '']) {
    const client = bed.client()
    const opened = client.connect()
    ;(await bed.server.next()).stream({ headers: { 'content-type': type } }).push('<html>').end()
    const error = await rejection(opened)
    equal([error.code, error.status, error.retryable, error.body], ['content-type', 200, false, '<html>'], type)
  }
}

export async function the_content_type_may_have_parameters_and_any_case(bed) {
  for (const type of ['text/event-stream; charset=utf-8', 'Text/Event-Stream', ' text/event-stream ;x', 'text/event-stream;', 'text/html, text/event-stream']) {
    const client = bed.client()
    const opened = client.connect()
    ;(await bed.server.next()).stream({ headers: { 'content-type': type } })
    await opened
    client.disconnect()
  }
}

export async function validate_may_accept_what_the_rules_refuse(bed) {
  const seen = []
  const client = bed.client({ validate: (response) => void seen.push(response.status) })
  const ear = new Ear(client, 'message')
  const opened = client.connect()
  ;(await bed.server.next()).stream({ status: 201, headers: { 'content-type': 'application/octet-stream' } }).push('data: x\n\n')
  await opened
  equal([seen, await ear.data()], [[201], 'x'])
}

export async function validate_may_take_its_time(bed) {
  let accept
  const client = bed.client({ validate: () => new Promise((resolve) => (accept = resolve)) })
  const opened = client.connect()
  ;(await bed.server.next()).stream()
  await turn()
  equal(client.state, 'connecting')
  accept()
  await opened
}

export async function validate_that_throws_or_rejects_refuses(bed) {
  const cause = new Error('not for me')
  const refusals = [
    () => {
      throw cause
    },
    () => Promise.reject(cause),
  ]
  for (const validate of refusals) {
    const client = bed.client({ validate })
    const opened = client.connect()
    ;(await bed.server.next()).stream().push('why').end()
    const error = await rejection(opened)
    equal([error.code, error.status, error.retryable, error.body], ['callback', 200, false, 'why'])
    ok(error.cause === cause, 'the cause is what was thrown')
  }
}

export async function validate_may_read_the_body_it_refuses(bed) {
  const validate = async (response) => {
    throw new Error((await response.json()).message)
  }
  const client = bed.client({ validate })
  const opened = client.connect()
  ;(await bed.server.next()).respond(Response.json({ message: 'not for you' }, { status: 403 }))
  const error = await rejection(opened)
  equal([error.code, error.cause.message, error.body], ['callback', 'not for you', undefined])
}

export async function validate_is_not_asked_about_passing_trouble(bed) {
  const client = bed.client({ validate: () => ok(false, 'it was asked') })
  client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 503 }))
  await bed.server.next()
}

export async function passing_trouble_is_tried_again(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'error')
  client.connect()
  for (const status of [408, 425, 429, 500, 502, 503, 504, 599]) {
    ;(await bed.server.next()).respond(new Response('', { status }))
    const error = await ear.data()
    equal([error.code, error.status, error.retryable], ['status', status, true])
  }
  ;(await bed.server.next()).stream()
}

export async function other_statuses_are_fatal(bed) {
  for (const status of [201, 205, 301, 400, 401, 403, 404, 410, 418]) {
    const client = bed.client()
    const opened = client.connect()
    ;(await bed.server.next()).respond(new Response(status === 205 ? null : '', { ...STREAM, status }))
    const error = await rejection(opened)
    equal([error.code, error.status, error.retryable], ['status', status, false])
  }
}

export async function retry_after_in_seconds_is_honoured(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'retry')
  client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 503, headers: { 'retry-after': '120' } }))
  equal((await ear.data()).delay, 120_000)
}

export async function retry_after_as_a_date_is_honoured(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'retry')
  client.connect()
  const date = new Date(Date.now() + 3_600_000).toUTCString()
  ;(await bed.server.next()).respond(new Response('', { status: 503, headers: { 'retry-after': date } }))
  const { delay } = await ear.data()
  ok(delay > 3_000_000 && delay <= 3_600_000, `about an hour, not ${delay} ms`)
}

export async function retry_after_that_makes_no_sense_is_ignored(bed) {
  const client = bed.client()
  const ear = new Ear(client, 'retry')
  client.connect()
  for (const value of ['soon', '', '1e9', new Date(0).toUTCString()]) {
    ;(await bed.server.next()).respond(new Response('', { status: 503, headers: { 'retry-after': value } }))
    equal((await ear.data()).delay, 1, value)
  }
}

export async function should_retry_overrules_what_is_retried(bed) {
  const verdicts = [true, 7, 0, undefined]
  const asked = []
  const client = bed.client({
    shouldRetry: (error, context) => {
      asked.push([error.status, context.attempt, context.error === error, context.signal.aborted])
      return verdicts.shift()
    },
  })
  const ear = new Ear(client, 'retry', 'close')
  client.connect()
  for (const delay of [1, 7, 0]) {
    ;(await bed.server.next()).respond(new Response('', { status: 404 }))
    equal((await ear.data()).delay, delay)
  }
  ;(await bed.server.next()).respond(new Response('', { status: 404 }))
  equal((await ear.data()).reason, 'fatal')
  equal(asked, [[404, 0, true, true], [404, 1, true, true], [404, 2, true, true], [404, 3, true, true]])
}

export async function should_retry_may_give_up_what_would_be_retried(bed) {
  const client = bed.client({ shouldRetry: () => false })
  const opened = client.connect()
  ;(await bed.server.next()).fail()
  equal((await rejection(opened)).code, 'network')
}

export async function should_retry_that_fails_is_reported_and_the_rules_decide(bed) {
  const mistake = new Error('my mistake')
  const verdicts = [
    () => {
      throw mistake
    },
    () => -1,
    () => NaN,
    () => 'soon',
    () => '5',
    () => ({}),
    async () => true,
  ]
  const client = bed.client({ shouldRetry: () => verdicts.shift()() })
  client.connect()
  for (let n = verdicts.length; n > 0; n--) {
    ;(await bed.server.next()).fail()
    const report = await bed.reports.next()
    ok(report === mistake || /shouldRetry returned .*; accepted are/.test(report.message), `it was reported: ${report}`)
  }
  ;(await bed.server.next()).stream()
}

export async function a_token_is_refreshed_and_tried_at_once(bed) {
  let token = 'old'
  const client = bed.client({
    headers: async ({ error }) => {
      if (error?.status === 401) token = 'new'
      return { Authorization: `Bearer ${token}` }
    },
    shouldRetry: ({ status }) => (status === 401 ? 0 : undefined),
  })
  const opened = client.connect()
  const first = await bed.server.next()
  first.respond(new Response('', { status: 401 }))
  const second = await bed.server.next()
  second.stream()
  await opened
  equal([first, second].map(({ headers }) => headers.get('authorization')), ['Bearer old', 'Bearer new'])
}

export async function reconnect_never_means_never(bed) {
  const client = bed.client({ reconnect: 'never', shouldRetry: () => ok(false, 'it was asked') })
  const ear = new Ear(client, 'close')
  const { stream } = await bed.opened(client)
  stream.end()
  equal(await ear.data(), { reason: 'server' })
  client.connect()
  ;(await bed.server.next()).fail()
  equal((await ear.data()).reason, 'fatal')
  client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 429 }))
  equal((await ear.data()).reason, 'fatal')
  await turn()
  equal(bed.server.calls.length, 3)
}

export async function reconnect_never_spends_no_second_request_on_a_refused_token(bed) {
  const asked = []
  const client = bed.client({ reconnect: 'never', getToken: () => 'old', refreshToken: () => void asked.push('refresh') })
  const opened = client.connect()
  ;(await bed.server.next()).respond(new Response('', { status: 401 }))
  const { code, status } = await rejection(opened)
  equal([code, status, asked, bed.server.calls.length], ['status', 401, [], 1])
}

const PROMPT = { body: { prompt: 'x' } }

/** Most servers number their events, and few resume a POST. */
export async function a_prompt_is_not_sent_twice_behind_the_users_back(bed) {
  for (const text of ['data: x\n\n', 'id: 1\ndata: x\n\n', 'id:  \ndata: x\n\n']) {
    const calls = bed.server.calls.length
    const { client, stream } = await bed.open(PROMPT)
    const ear = new Ear(client, 'close')
    stream.push(text).break()
    const { reason, error } = await ear.data()
    await turn()
    equal([reason, error.code, error.retryable, bed.server.calls.length - calls], ['fatal', 'network', true, 1], text)
  }
}

export async function a_prompt_without_an_answer_is_not_sent_twice(bed) {
  const losses = {
    reset: (call) => call.fail(),
    'gateway timeout': (call) => call.respond(new Response('', { status: 504, headers: { 'retry-after': '0' } })),
    'service unavailable': (call) => call.respond(new Response('', { status: 503 })),
    'request timeout': (call) => call.respond(new Response('', { status: 408 })),
  }
  for (const [name, lose] of Object.entries(losses)) {
    const calls = bed.server.calls.length
    const opened = bed.client(PROMPT).connect()
    lose(await bed.server.next())
    const error = await rejection(opened)
    await turn()
    equal([error.retryable, bed.server.calls.length - calls], [true, 1], name)
  }
}

export async function a_prompt_that_the_server_did_not_process_is_sent_again(bed) {
  const refusals = [
    { status: 425 },
    { status: 429 },
    { status: 503, headers: { 'retry-after': '0' } },
  ]
  const client = bed.client(PROMPT)
  const opened = client.connect()
  for (const refusal of refusals) (await bed.server.next()).respond(new Response('', refusal))
  const last = await bed.server.next()
  last.stream()
  await opened
  equal([last.method, last.body, client.stats().attempts], ['POST', '{"prompt":"x"}', 4])
}

export async function a_prompt_that_the_server_keeps_refusing_is_given_up(bed) {
  const client = bed.client(PROMPT)
  const ear = new Ear(client, 'close')
  client.connect()
  for (let n = 0; n < 6; n++) (await bed.server.next()).respond(new Response('', { status: 429 }))
  const { reason, error } = await ear.data()
  equal([reason, error.status], ['max-reconnects', 429])
}

export async function a_post_is_sent_again_where_its_application_says_so(bed) {
  const sayings = [
    { maxReconnects: 3 },
    { reconnect: 'on-error' },
    { reconnect: 'always' },
    { shouldRetry: () => true },
    { shouldRetry: () => 1 },
  ]
  for (const saying of sayings) {
    for (const id of ['', '1']) {
      const { client, stream } = await bed.open({ ...PROMPT, ...saying })
      const ear = new Ear(client, 'retry')
      stream.push(`${id && `id: ${id}\n`}data: a\n\n`).break()
      equal((await ear.data()).attempt, 1)
      ;(await bed.server.next()).respond(new Response('', { status: 504 }))
      const third = await bed.server.next()
      equal([third.method, third.body, third.headers.get('last-event-id') ?? ''], ['POST', '{"prompt":"x"}', id])
      client.disconnect()
    }
  }
}

export async function a_subscription_by_post_is_asked_for_again_after_a_clean_end(bed) {
  const { stream } = await bed.open({ ...PROMPT, reconnect: 'always' })
  stream.push('data: a\n\n').end()
  equal((await bed.server.next()).method, 'POST')
}

export async function a_post_that_failed_is_sent_again_by_reconnect(bed) {
  const { client, stream } = await bed.open(PROMPT)
  const ear = new Ear(client, 'close')
  stream.break()
  ok((await ear.data()).error.retryable, 'it may help')
  const opened = client.reconnect()
  ;(await bed.server.next()).stream()
  await opened
}

/** Models take minutes to load. */
export async function a_prompt_may_wait_for_minutes_until_its_answer_begins(bed) {
  const clock = new Clock(bed)
  for (const [options, timeout, told] of [[PROMPT, 300_000, ['error', 'close']], [{}, 30_000, ['error', 'retry']]]) {
    const client = bed.client(options)
    const ear = new Ear(client, 'error', 'retry', 'close')
    client.connect()
    const { signal } = await bed.server.next()
    clock.pass(timeout - 1)
    equal([client.state, signal.aborted], ['connecting', false])
    clock.pass(1)
    const [error] = await ear.all(2)
    equal([error.code, error.retryable, ear.heard.map(([type]) => type)], ['timeout', true, told])
    client.disconnect()
  }
}

/** Servers that answer a POST with 201: NestJS by default. */
export async function a_stream_in_answer_to_a_post_may_be_called_created(bed) {
  for (const status of [201, 202, 206]) {
    const client = bed.client(PROMPT)
    const ear = new Ear(client, 'message')
    const opened = client.connect()
    ;(await bed.server.next()).stream({ status }).push('data: x\n\n')
    await opened
    equal(await ear.data(), 'x')
    client.disconnect()
  }
  const opened = bed.client(PROMPT).connect()
  ;(await bed.server.next()).respond(Response.json({ id: 7 }, { status: 201 }))
  equal((await rejection(opened)).code, 'content-type')
}

/** Some proxies turn an answer that broke into a clean end. */
export async function a_loop_over_an_answer_that_was_cut_off_throws(bed) {
  for (const options of [PROMPT, { reconnect: 'never' }]) {
    const { client, stream } = await bed.open({ ...options, until: '[DONE]' })
    const ear = new Ear(client, 'error', 'close')
    const seen = []
    const loop = (async () => {
      for await (const { data } of client) seen.push(data)
    })()
    stream.push('data: half an\n\n').end()
    const error = await rejection(loop)
    equal([seen, error.code, error.retryable], [['half an'], 'incomplete', true])
    ok((await ear.data()) === error && (await ear.data()).error === error, 'error and close carry the same error')
  }
}

export async function a_loop_over_a_whole_answer_ends(bed) {
  const { client, stream } = await bed.open({ ...PROMPT, until: '[DONE]' })
  const ear = new Ear(client, 'error', 'close')
  const loop = (async () => {
    for await (const { data } of client) equal(data, 'whole')
  })()
  stream.push('data: whole\n\n', 'data: [DONE]\n\n').end()
  await loop
  equal(ear.heard, [['close', { reason: 'done' }]])
}

export async function an_answer_that_was_cut_off_is_asked_for_again_where_failures_are(bed) {
  for (const saying of [{ reconnect: 'on-error' }, { shouldRetry: ({ code }) => code === 'incomplete' }]) {
    const { client, stream } = await bed.open({ ...PROMPT, until: '[DONE]', ...saying })
    const ear = new Ear(client, 'error', 'retry')
    stream.end()
    const error = await ear.data()
    equal([error.code, (await ear.data()).error === error], ['incomplete', true])
    await bed.server.next()
    client.disconnect()
  }
}

export async function a_stream_that_always_comes_back_is_incomplete_when_it_does_no_more(bed) {
  const { client, stream } = await bed.open({ until: '[DONE]', maxReconnects: 1 })
  const ear = new Ear(client, 'error', 'retry', 'close')
  stream.end()
  equal((await ear.data()).error, undefined)
  ;(await bed.server.next()).stream().end()
  const error = await ear.data()
  const close = await ear.data()
  equal([error.code, close.reason, close.error === error], ['incomplete', 'max-reconnects', true])
}

export async function a_finished_answer_is_not_asked_for_again(bed) {
  const { client, stream } = await bed.open({ body: { prompt: 'x' } })
  const ear = new Ear(client, 'close')
  stream.push('id: 1\ndata: a\n\n').end()
  equal(await ear.data(), { reason: 'server' })
  await turn()
  equal(bed.server.calls.length, 1)
}

export async function a_get_goes_on_where_it_was_after_a_close(bed) {
  const { client, stream } = await bed.open({ lastEventId: '3' })
  const ear = new Ear(client, 'message')
  stream.push('id: 4\ndata: x\n\n')
  await ear.next()
  client.disconnect()
  equal(client.lastEventId, '4')
  client.connect()
  equal((await bed.server.next()).headers.get('last-event-id'), '4')
}

export async function a_post_starts_anew_after_a_close(bed) {
  const { client, stream } = await bed.open({ lastEventId: '3', body: {} })
  const ear = new Ear(client, 'message')
  stream.push('id: 4\ndata: x\n\n')
  await ear.next()
  client.disconnect()
  client.connect()
  equal((await bed.server.next()).headers.get('last-event-id'), '3')
}

export async function disconnect_is_final_until_connect(bed) {
  const { client, stream } = await bed.open()
  const ear = new Ear(client, 'message', 'error', 'retry', 'open', 'close')
  client.disconnect()
  stream.push('data: x\n\n')
  await turn()
  equal([ear.heard, client.state, client.readyState, stream.cancelled], [[['close', { reason: 'client' }]], 'closed', 2, true])
}

export async function disconnect_works_in_every_state(bed) {
  const expected = [['close', { reason: 'client' }]]
  const check = (client) => {
    const ear = new Ear(client, 'error', 'close')
    client.disconnect()
    equal([client.state, ear.heard, bed.server.open], ['closed', expected, 0])
    client.disconnect()
    equal(ear.heard, expected, 'a second time changes nothing')
  }
  check(bed.client()) // idle
  const connecting = bed.client()
  connecting.connect()
  await bed.server.next()
  check(connecting)
  check((await bed.open()).client)
  const waiting = bed.client({ backoff: { initial: 30_000 } })
  waiting.connect()
  const retry = new Ear(waiting, 'retry')
  ;(await bed.server.next()).fail()
  await retry.next()
  equal(waiting.state, 'reconnecting')
  check(waiting)
  const refused = bed.client()
  refused.connect()
  ;(await bed.server.next()).stream({ status: 404 })
  await turn()
  check(refused)
  const validating = bed.client({ validate: () => new Promise(() => {}) })
  validating.connect()
  ;(await bed.server.next()).stream()
  await turn()
  check(validating)
}

export async function close_is_another_name_for_disconnect(bed) {
  const client = bed.client()
  const opened = client.connect()
  client.close('enough')
  equal([(await rejection(opened)).cause, client.state], ['enough', 'closed'])
}

export async function a_using_block_disconnects_at_its_end(bed) {
  const { client } = await bed.open()
  client[Symbol.dispose ?? Symbol.for('Symbol.dispose')]()
  equal(client.state, 'closed')
}

export async function reconnect_asks_anew_from_every_state(bed) {
  const again = async (client) => {
    const opened = client.reconnect()
    const call = await bed.server.next()
    equal(client.retryCount, 0)
    equal(bed.server.open, 1)
    call.stream()
    await opened
    equal(client.state, 'open')
    client.disconnect()
  }
  await again(bed.client())
  const connecting = bed.client()
  const first = connecting.connect()
  await bed.server.next()
  await again(connecting)
  await first
  await again((await bed.open()).client)
  const waiting = bed.client({ backoff: { initial: 30_000 } })
  waiting.connect()
  const retry = new Ear(waiting, 'retry')
  ;(await bed.server.next()).fail()
  await retry.next()
  await again(waiting)
  await again(waiting)
}

export async function reconnect_keeps_the_last_event_id(bed) {
  for (const options of [{}, { body: {} }]) {
    const { client, stream } = await bed.open(options)
    const ear = new Ear(client, 'message')
    stream.push('id: 4\ndata: x\n\n')
    await ear.next()
    const states = new Ear(client, 'state', 'retry', 'error', 'close')
    client.reconnect()
    equal((await bed.server.next()).headers.get('last-event-id'), '4')
    equal(states.heard, [['state', { state: 'reconnecting', previous: 'open' }]])
    client.disconnect()
  }
}

export async function reconnect_starts_with_a_fresh_attempt_count(bed) {
  const client = bed.client({ maxReconnects: 1 })
  const ear = new Ear(client, 'retry')
  client.connect()
  for (let n = 0; n < 3; n++) {
    ;(await bed.server.next()).fail()
    equal((await ear.data()).attempt, 1)
    client.reconnect()
  }
  ;(await bed.server.next()).stream()
}

export async function a_signal_that_is_aborted_already_connects_nothing(bed) {
  const reason = new Error('never mind')
  const client = bed.client({ signal: AbortSignal.abort(reason) })
  const ear = new Ear(client, 'close')
  for (const method of ['connect', 'reconnect', 'connect']) {
    const error = await rejection(client[method]())
    equal([error.code, error.cause === reason], ['aborted', true], method)
  }
  equal([ear.heard, bed.server.calls.length, client.state], [[['close', { reason: 'aborted' }]], 0, 'closed'])
}

export async function a_signal_ends_the_client_at_every_stage(bed) {
  const stages = {
    asking: { headers: () => new Promise(() => {}), reach: () => turn() },
    requesting: { reach: () => bed.server.next() },
    validating: { validate: () => new Promise(() => {}), reach: async () => (await bed.server.next()).stream() && turn() },
    refusing: { reach: async () => (await bed.server.next()).stream({ status: 404 }) && turn() },
    waiting: { backoff: { initial: 30_000 }, reach: async () => (await bed.server.next()).fail() ?? turn() },
    open: { reach: async () => (await bed.server.next()).stream() && turn() },
  }
  for (const [stage, { reach, ...options }] of Object.entries(stages)) {
    const controller = new AbortController()
    const client = bed.client({ ...options, signal: controller.signal })
    const ear = new Ear(client, 'close')
    const opened = client.connect()
    await reach()
    const was = client.state
    controller.abort(stage)
    equal([client.state, ear.heard, bed.server.open], ['closed', [['close', { reason: 'aborted' }]], 0], stage)
    if (was === 'open') await opened
    else equal([(await rejection(opened)).code, (await rejection(opened)).cause], ['aborted', stage])
  }
}

export async function a_signal_that_aborts_later_ends_no_client_that_is_closed(bed) {
  const controller = new AbortController()
  const { client } = await bed.open({ signal: controller.signal })
  const ear = new Ear(client, 'close')
  client.disconnect()
  controller.abort()
  equal(ear.heard, [['close', { reason: 'client' }]])
}

export async function a_signal_still_ends_the_client_after_it_was_connected_again(bed) {
  const controller = new AbortController()
  const { client } = await bed.open({ signal: controller.signal })
  client.disconnect()
  await bed.opened(client)
  controller.abort()
  equal(client.state, 'closed')
}

export async function an_attempt_that_takes_too_long_is_given_up(bed) {
  const never = () => new Promise(() => {})
  const hanging = [
    { headers: never },
    { body: never },
    { fetch: never },
    { validate: never, fetch: async () => new Response(new ReadableStream(), STREAM) },
    {},
  ]
  for (const options of hanging) {
    const client = bed.client({ connectTimeout: 1, ...options })
    const ear = new Ear(client, 'error', 'retry')
    client.connect()
    const error = await ear.data()
    equal([error.code, error.retryable, error.attempt], ['timeout', true, 0])
    equal((await ear.data()).attempt, 1)
    client.disconnect()
  }
}

export async function a_request_that_takes_too_long_is_aborted_before_the_next(bed) {
  const client = bed.client({ connectTimeout: 20 })
  client.connect()
  const first = await bed.server.next()
  const second = await bed.server.next()
  equal(first.signal.aborted, true)
  second.stream()
  await new Ear(client, 'open').next()
}

export async function the_timeout_does_not_count_once_the_stream_is_open(bed) {
  const { client, stream } = await bed.open({ connectTimeout: 1 })
  const ear = new Ear(client, 'error', 'message')
  await new Promise((resolve) => setTimeout(resolve, 5))
  stream.push('data: x\n\n')
  equal(await ear.data(), 'x')
}

export async function a_late_answer_to_an_attempt_given_up_is_let_go_of(bed) {
  const server = new Server({ heedless: true })
  const client = bed.clientOf(server)
  client.connect()
  const first = await server.next()
  client.reconnect()
  const second = await server.next()
  const late = first.stream().push('data: of the first\n\n')
  const ear = new Ear(client, 'message', 'error')
  second.stream().push('data: of the second\n\n')
  equal([await ear.data(), client.state, late.cancelled, late.response.body.locked], ['of the second', 'open', true, false])
}

export async function a_late_failure_of_an_attempt_given_up_changes_nothing(bed) {
  const server = new Server({ heedless: true })
  const client = bed.clientOf(server)
  client.connect()
  const first = await server.next()
  client.reconnect()
  const second = await server.next()
  const ear = new Ear(client, 'message', 'error')
  first.fail()
  second.stream().push('data: of the second\n\n')
  equal(await ear.data(), 'of the second')
}

export async function a_late_verdict_about_an_attempt_given_up_changes_nothing(bed) {
  const judged = []
  const client = bed.client({ validate: () => new Promise((resolve, reject) => judged.push({ resolve, reject })) })
  const opened = client.connect()
  const first = (await bed.server.next()).stream()
  await turn()
  client.reconnect()
  ;(await bed.server.next()).stream()
  await turn()
  judged[0].reject(new Error('too late'))
  await turn()
  equal([client.state, first.cancelled], ['connecting', true])
  judged[1].resolve()
  await opened
}

export async function the_body_of_an_ended_attempt_is_released_and_cancelled(bed) {
  const ends = {
    disconnect: ({ client }) => client.disconnect(),
    reconnect: ({ client }) => client.reconnect(),
    'too large': ({ stream }) => stream.push(`data: ${'x'.repeat(200)}`),
    until: ({ stream }) => stream.push('data: [DONE]\n\n'),
  }
  for (const [name, end] of Object.entries(ends)) {
    const server = new Server({ heedless: true })
    const client = bed.clientOf(server, { maxEventBytes: 100, until: '[DONE]' })
    const opened = client.connect()
    const call = await server.next()
    const stream = call.stream()
    await opened
    equal(stream.response.body.locked, true)
    end({ client, stream })
    await turn()
    equal([stream.cancelled, stream.response.body.locked, call.signal.aborted], [true, false, true], name)
    client.disconnect()
  }
}

export async function fetch_that_throws_is_a_network_failure(bed) {
  const cause = new Error('thrown at once')
  const client = bed.client({
    fetch: () => {
      throw cause
    },
  })
  const ear = new Ear(client, 'error')
  client.connect()
  const error = await ear.data()
  ok(error.cause === cause && error.code === 'network', 'it is the cause')
}

export async function fetch_may_reject_with_anything(bed) {
  for (const cause of [undefined, null, 'text', 7, Object.create(null), Symbol('s'), { message: Symbol('s') }]) {
    const error = await rejection(bed.client({ fetch: () => Promise.reject(cause), maxReconnects: 0 }).connect())
    equal(error.code, 'network')
    ok(error.cause === cause, 'it is the cause')
  }
}

export async function fetch_that_returns_no_response_is_a_callback_error(bed) {
  for (const [nonsense, named] of [[undefined, 'undefined'], [null, 'null'], [7, 'a number'], ['text', 'a string'], [{}, 'an object'], [[], 'an array'], [{ status: 200 }, 'an object']]) {
    const error = await rejection(bed.client({ fetch: () => nonsense }).connect())
    equal([error.code, error.retryable], ['callback', false])
    match(error.message, new RegExp(`fetch returned ${named} instead of a Response`))
  }
}

export async function fetch_may_return_what_only_resembles_a_response(bed) {
  const body = new Response('data: x\n\n').body
  const client = bed.client({ fetch: () => ({ status: 200, headers: new Headers(STREAM.headers), body }), reconnect: 'never' })
  const ear = new Ear(client, 'open', 'message', 'close')
  client.connect()
  equal((await ear.data()).url, client.url)
  equal(await ear.all(2), ['x', { reason: 'server' }])
}

export async function a_response_whose_properties_throw_is_taken_for_what_can_be_had(bed) {
  const mistake = new Error('my mistake')
  const response = {
    status: 200,
    headers: new Headers(STREAM.headers),
    body: new Response('data: x\n\n').body,
    get url() {
      throw mistake
    },
  }
  const client = bed.client({ fetch: () => response, reconnect: 'never' })
  const ear = new Ear(client, 'open', 'message', 'close')
  client.connect()
  equal((await ear.data()).url, client.url)
  equal(await ear.all(2), ['x', { reason: 'server' }])
  ok((await bed.reports.next()) === mistake, 'it was reported')
}

export async function a_body_that_cannot_be_read_is_a_callback_error(bed) {
  const locked = new Response('data: x\n\n', STREAM)
  locked.body.getReader()
  const used = new Response('data: x\n\n', STREAM)
  await used.text()
  const resembling = (body) => ({ status: 200, headers: new Headers(STREAM.headers), body })
  for (const response of [locked, used, resembling('text'), resembling({}), resembling({ getReader: () => ({}) }), resembling({ getReader: () => 7 })]) {
    const client = bed.client({ fetch: () => response })
    const ear = new Ear(client, 'close')
    client.connect()
    const { reason, error } = await ear.data()
    equal([reason, error?.code], ['fatal', 'callback'])
  }
}

export async function a_response_without_a_body_is_a_stream_that_ended(bed) {
  const client = bed.client({ reconnect: 'on-error' })
  const ear = new Ear(client, 'open', 'close')
  client.connect()
  ;(await bed.server.next()).respond(new Response(null, STREAM))
  equal((await ear.data()).status, 200)
  equal(await ear.data(), { reason: 'server' })
}

export async function without_a_global_fetch_the_error_says_what_to_do(bed) {
  const client = bed.client({ fetch: undefined })
  const { fetch } = globalThis
  globalThis.fetch = undefined
  try {
    const error = await rejection(client.connect())
    equal(error.code, 'callback')
    match(error.message, /no global fetch here.*given as the option `fetch`/)
  } finally {
    globalThis.fetch = fetch
  }
}

export async function two_clients_do_not_disturb_each_other(bed) {
  const [a, b] = [new Server(), new Server()]
  const clients = [bed.clientOf(a), bed.clientOf(b)]
  const ears = clients.map((client) => new Ear(client, 'message'))
  clients.forEach((client) => client.connect())
  const [first, second] = [(await a.next()).stream(), (await b.next()).stream()]
  first.push('data: a')
  second.push('data: b\n\n')
  equal(await ears[1].data(), 'b')
  clients[1].disconnect()
  first.push('a\n\n')
  equal(await ears[0].data(), 'aa')
}
