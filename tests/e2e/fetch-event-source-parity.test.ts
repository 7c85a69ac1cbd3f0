// `sse-fetch/fetch-event-source` beside @microsoft/fetch-event-source: where both do the same.

import { type Call, type Case, LIBRARIES, loadLibraries, noOptions, runCases, stream } from './fixture/fetch-event-source.ts'
import { expect, Reply, test } from './fixture/index.ts'

/** Refuses every response but a good stream, as most applications do. */
const careful = (it: Call) => ({
  onopen(response: Response) {
    if (!response.ok) throw new it.Refused()
  },
  onerror: () => 1,
})

/** Opens the stream a second time after the server has ended it. */
const twice = (it: Call) => ({ onclose: it.refuseEnds(1), onerror: () => 1 })

/** Opens the stream a second and a third time after the server has ended it. */
const threeTimes = (it: Call) => ({ onclose: it.refuseEnds(2), onerror: () => 1 })

const retrying = () => ({ onerror: () => 1 })

const STREAMS: Record<string, Case> = {
  'names ids and several lines': {
    replies: [stream('event: note\nid: 1\ndata: one\ndata: two\n\ndata:no space\n\nid:\nevent:x\ndata: {"a": "ä🦀"}\n\n')],
    init: noOptions,
  },
  'an unfinished event is not dispatched': { replies: [stream('data: a\n\ndata: never finished\n')], init: noOptions },
  'carriage returns': { replies: [stream('data: a\r\rdata: b\r\n\r\ndata: c\n\n')], init: noOptions },
  'byte by byte': {
    replies: [stream('id: 7\r\ndata: ä\r\ndata: 🦀\r\n\r\ndata: b\r\n\r\n').inPieces([1])],
    init: noOptions,
  },
  'events that are named message, and others': {
    replies: [stream('event: message\ndata: a\n\ndata: b\n\nevent: message\nid: 1\ndata: c\n\n')],
    init: noOptions,
  },
  'events called like the callbacks': {
    replies: [stream('event: close\ndata: a\n\nevent: error\ndata: b\n\n')],
    init: noOptions,
  },
  'an empty stream': { replies: [stream('')], init: noOptions },
  'the end of a stream as LangServe names it': {
    replies: [stream('event: data\ndata: {}\n\nevent: end\n\n')],
    init: noOptions,
  },
  'a ping as Dify sends it': { replies: [stream('event: ping\n\ndata: a\n\nid: 7\nevent: ping\n\n')], init: noOptions },
  'an error where a stream should be': { replies: [stream('{"error":"no such model"}')], init: noOptions },
  'an id in the headers to start from, which the stream resets': {
    replies: [stream('retry: 1\nid: 6\ndata: a\n\n'), stream('id:\ndata: b\n\n'), stream('data: c\n\n')],
    init: (it) => ({
      headers: { 'last-event-id': '5' },
      onclose: it.refuseEnds(2),
    }),
  },
  'an id in the headers, sent until the stream has another one': {
    replies: [Reply.webPage(), stream('retry: 1\ndata: a\n\n'), stream('id: 6\ndata: b\n\n'), stream('')],
    init: (it) => ({
      headers: { 'last-event-id': '5' },
      onclose: it.refuseEnds(2),
      onerror: () => 1,
    }),
  },
  'an id that is reset': {
    replies: [stream('id: 1\ndata: a\n\nid:\ndata: b\n\n'), stream('data: c\n\n')],
    init: twice,
  },
  'an id of the stream before the last one': {
    replies: [stream('id: 1\ndata: a\n\n'), stream('data: b\n\n'), stream('data: c\n\n')],
    init: threeTimes,
  },
}

const CALLBACKS: Record<string, Case> = {
  'the default onopen refuses a web page': { replies: [Reply.webPage(), stream('data: a\n\n')], init: retrying },
  'the default onopen refuses no content': { replies: [Reply.noContent(), stream('data: a\n\n')], init: retrying },
  'the default onopen does not look at the status': {
    replies: [Reply.status(500).body('text/event-stream; charset=utf-8', 'data: a\n\n')],
    init: noOptions,
  },
  'an onopen of the application takes any type': {
    replies: [Reply.status(200).body('text/plain', 'data: a\n\n')],
    init: () => ({ onopen() {} }),
  },
  'onopen sees every status': {
    replies: [Reply.unavailable(), Reply.tooManyRequests().retryAfter(3600), Reply.unauthorized(), stream('data: a\n\n')],
    init: careful,
  },
  'a promise of onopen that is rejected': {
    replies: [Reply.webPage(), stream('data: a\n\n')],
    init: (it) => ({
      onopen: async (response: Response) => {
        if (await response.text()) throw new it.Refused()
      },
      onerror() {
        throw new RangeError()
      },
    }),
  },
  'onmessage throws': {
    replies: [stream('id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n'), stream('data: d\n\n')],
    init: (it) => ({
      onmessage({ data }: { data: string }) {
        if (data === 'b') throw new it.Refused()
      },
      onerror: () => 1,
    }),
  },
  'onmessage throws and onerror throws the same': {
    replies: [stream('data: a\n\ndata: b\n\n')],
    init: (it) => ({
      onmessage() {
        throw new it.Refused()
      },
      onerror: it.rethrow,
    }),
  },
  'onclose throws': { replies: [stream('id: 1\ndata: a\n\n'), stream('data: b\n\n')], init: twice },
  'onclose throws and onerror throws another error': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onclose() {
        throw new it.Refused()
      },
      onerror() {
        throw new RangeError()
      },
    }),
  },
  'no onerror': {
    replies: [stream('id: 1\nretry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({ fetch: it.breaking }),
  },
  'onerror returns null': {
    replies: [stream('retry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({ fetch: it.breaking, onerror: () => null }),
  },
  'onerror returns zero': { replies: [Reply.webPage(), stream('data: b\n\n')], init: () => ({ onerror: () => 0 }) },
  'no connection': { replies: [Reply.closeAtOnce(), stream('data: a\n\n')], init: retrying },
  'no connection and onerror throws the error': {
    replies: [Reply.closeAtOnce()],
    init: (it) => ({ onerror: it.rethrow }),
  },
}

/** `onerror` gets the very value, and the promise is rejected with it. */
const THROWN_VALUES: Record<string, Case> = {
  'onopen throws values that are not errors': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onopen() {
        const count = it.times('open')
        if (count <= it.odd.length) throw it.odd[count - 1]
      },
      onerror: () => 1,
    }),
  },
  'onopen rejects with values that are not errors': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onopen() {
        const count = it.times('open')
        return count <= it.odd.length ? Promise.reject(it.odd[count - 1]) : undefined
      },
      onerror: () => 1,
    }),
  },
  'onmessage throws values that are not errors': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onmessage() {
        const count = it.times('message')
        if (count <= it.odd.length) throw it.odd[count - 1]
      },
      onerror: () => 1,
    }),
  },
  'onclose throws values that are not errors': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onclose() {
        const count = it.times('close')
        if (count <= it.odd.length) throw it.odd[count - 1]
      },
      onerror: () => 1,
    }),
  },
  'fetch rejects with values that are not errors': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      fetch(...given: Parameters<typeof fetch>) {
        const count = it.times('error')
        return count < it.odd.length ? Promise.reject(it.odd[count]) : fetch(...given)
      },
      onerror: () => 1,
    }),
  },
  'onopen throws undefined, and onerror does too': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onopen() {
        throw undefined
      },
      onerror: it.rethrow,
    }),
  },
  'onmessage throws null, and onerror does too': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onmessage() {
        throw null
      },
      onerror: it.rethrow,
    }),
  },
  'onclose throws false, and onerror does too': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      onclose() {
        throw false
      },
      onerror: it.rethrow,
    }),
  },
  'fetch rejects with undefined, and onerror throws it': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      fetch: () => Promise.reject(undefined),
      onerror: it.rethrow,
    }),
  },
}

const REQUESTS: Record<string, Case> = {
  'a POST': { replies: [stream('data: a\n\n')], init: jsonPost },
  'a POST that was refused': { replies: [Reply.unavailable(), stream('data: a\n\n')], init: jsonPost },
  'a POST that broke and onerror returns a time': {
    replies: [stream('data: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({ method: 'POST', body: 'q', fetch: it.breaking, onerror: () => 1 }),
  },
  'a form': {
    replies: [stream('data: a\n\n')],
    init: () => ({ method: 'put', body: new URLSearchParams({ q: 'ü' }) }),
  },
  'an Accept header of the application': {
    replies: [stream('data: a\n\n')],
    init: () => ({ headers: { accept: 'text/event-stream, */*' } }),
  },
  'an address as a URL': { replies: [stream('data: a\n\n')], init: (it) => ({ input: new URL(it.url) }) },
  'an address as a Request': {
    replies: [stream('data: a\n\n')],
    init: (it) => ({
      input: new Request(it.url, { method: 'POST', body: 'q' }),
      headers: { authorization: 'x' },
    }),
  },
  'a fetch of the application': {
    replies: [stream('id: 1\ndata: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({
      headers: { Authorization: 'x' },
      credentials: 'omit',
      fetch(input: string, { headers, credentials, signal, cache: _, ...rest }: RequestInit) {
        const path = input.replace(/.*\//, '')
        it.note({ fetch: { path, headers: { ...headers }, credentials, signal: signal!.aborted, rest: Object.keys(rest) } })
        return fetch(input, { headers, credentials, signal })
      },
      onclose: it.refuseEnds(1),
      onerror: () => 1,
    }),
  },
  'a response made by hand': {
    replies: [stream('')],
    init: () => ({
      input: '/not an address at all',
      fetch: async () => ({
        headers: new Headers({ 'content-type': 'text/event-stream' }),
        body: new Response('data: a\n\n').body,
      }),
    }),
  },
  'a fetch that returns undefined': {
    replies: [stream('')],
    init: (it) => ({
      fetch: () => undefined,
      onerror: it.rethrow,
    }),
  },
  'a header that cannot be sent': {
    replies: [stream('')],
    init: (it) => ({
      headers: { 'a b': 'c' },
      onerror: it.rethrow,
    }),
  },
  'an invalid address': {
    replies: [stream('')],
    init: (it) => ({
      input: 'http://',
      onerror: it.rethrow,
    }),
  },
}

function jsonPost() {
  return {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: 'Bearer x' },
    body: JSON.stringify({ q: 'ü' }),
    onerror: () => 1,
  }
}

const post = () => ({ method: 'POST', body: 'q' })

/** A POST is sent again if the server says that it has not processed it. */
const UNPROCESSED_REQUESTS: Record<string, Case> = {
  'a POST answered with 425': { replies: [Reply.status(425), stream('data: a\n\n')], init: post },
  'a POST answered with 429': { replies: [Reply.tooManyRequests(), stream('data: a\n\n')], init: post },
  'a POST answered with 503 and Retry-After': {
    replies: [Reply.unavailable().retryAfter(1), stream('data: a\n\n')],
    init: post,
  },
  'a POST answered with 401, and onerror returns a time': {
    replies: [Reply.unauthorized(), stream('data: a\n\n')],
    init: () => ({ method: 'POST', body: 'q', onerror: () => 1 }),
  },
}

const ENDINGS: Record<string, Case> = {
  'an error whose body never ends': {
    replies: [Reply.status(404).send('no').hang()],
    init: (it) => ({ onerror: it.rethrow }),
  },
  'aborted at once': {
    replies: [stream('data: a\n\n').hang()],
    init: (it) => {
      queueMicrotask(it.abort)
      return { signal: it.signal, fetch: () => new Promise(() => {}) }
    },
  },
  'aborted in onopen': {
    replies: [stream('data: a\n\n').hang()],
    init: (it) => ({ signal: it.signal, onopen: it.abort }),
  },
  'aborted in onmessage': {
    replies: [stream('data: a\n\n').hang()],
    init: (it) => ({ signal: it.signal, onmessage: it.abort }),
  },
  'aborted in onmessage which throws': {
    replies: [stream('data: a\n\n').hang()],
    init: (it) => ({
      signal: it.signal,
      onmessage() {
        it.abort()
        throw new it.Refused()
      },
    }),
  },
  'aborted in onclose': { replies: [stream('')], init: (it) => ({ signal: it.signal, onclose: it.abort }) },
  'aborted in onclose which throws': {
    replies: [stream('')],
    init: (it) => ({
      signal: it.signal,
      onclose() {
        it.abort()
        throw new it.Refused()
      },
    }),
  },
  'aborted in onerror which throws': {
    replies: [Reply.webPage()],
    init: (it) => ({
      signal: it.signal,
      onerror(error: unknown) {
        it.abort()
        throw error
      },
    }),
  },
  'onmessage is undefined': { replies: [stream('data: a\n\n')], init: () => ({ onmessage: undefined }) },
}

test('callbacks, requests and promises are those of the other library', async ({ page, faults }) => {
  await loadLibraries(page)
  const cases = {
    ...STREAMS,
    ...CALLBACKS,
    ...THROWN_VALUES,
    ...REQUESTS,
    ...UNPROCESSED_REQUESTS,
    ...ENDINGS,
  }
  const outcomes = await runCases(page, faults, cases)
  for (const [name, { ours, theirs }] of outcomes) {
    expect.soft(ours, name).toEqual(theirs)
    // That they agree is not enough: both might have done nothing.
    const end = Object.keys(ours.log.at(-1) ?? {})
    expect.soft(['resolved', 'rejected'], `the last entry of ${name}`).toContain(end[0])
  }
})

test('retries wait as long as onerror, the stream or the default says, and abort ends the wait', async ({ page, faults }) => {
  await loadLibraries(page)
  await page.run(() => {
    globalThis.timers = watchTimers()
  })
  const noRetry = stream('data: a\n\n')
  const retry = stream('retry: 7000\n\nid: 1\n: retry: 1\ndata: a\n\n')
  const cases: [Reply, 'onclose' | 'onmessage', () => unknown, delay: number][] = [
    [noRetry, 'onclose', () => undefined, 1000],
    [noRetry, 'onclose', () => null, 1000],
    [retry, 'onclose', () => undefined, 7000],
    [retry, 'onmessage', () => undefined, 7000],
    [retry, 'onclose', () => 4321, 4321],
    [retry, 'onmessage', () => 4321, 4321],
    [Reply.closeAtOnce(), 'onclose', () => 4321, 4321],
  ]
  for (const [reply, thrower, onerror, delay] of cases) {
    for (const name of LIBRARIES) {
      await faults.answer('/wait', reply)
      const isPending = await page.run(
        async ({ name, thrower, onerror, delay }) => {
          told.length = 0
          const controller = new AbortController()
          const call = library(name).fetchEventSource(at('/wait'), {
            signal: controller.signal,
            [thrower]() {
              throw new Error()
            },
            onerror,
          })
          await until(() => of('timer').some(({ timer }) => timer === delay))
          controller.abort()
          await call
          return timers.isPending(delay)
        },
        { name, thrower, onerror, delay },
      )
      expect(isPending, `${name}: ${thrower}, ${onerror}, ${delay}`).toBe(false)
    }
  }
})

declare global {
  var timers: ReturnType<typeof watchTimers>
}
