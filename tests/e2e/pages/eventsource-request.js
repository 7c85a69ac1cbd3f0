// § 9.2.2, the rest of the constructor's steps: what is requested, and what becomes of the response.

import { answer, ending, gate, holds, lost, same, silence, stream, unreachable } from './eventsource.js'

const header = ({ headers }, name) => headers.find(([given]) => given === name)?.[1]

/** The first request to an address, once it has been made. */
async function request(bench, url, init) {
  const watched = bench.watch(url, init)
  await watched.waitFor('message')
  return (await bench.requests(url))[0]
}

/** Cookies belong to the host, whatever the port: both origins get them, or none. */
function withCookie(bench) {
  document.cookie = 'crumb=1'
  bench.finally(() => (document.cookie = 'crumb=; max-age=0'))
}

const MESSAGE = stream('data: x\n\n')

/** The same for where a redirect leads to. It ends: Firefox keeps the connection of a redirected fetch that was aborted until the server speaks. */
const REDIRECTED = ending('retry: 3600000\ndata: x\n\n')

export const cases = {
  /** Steps 8 and 9: it is a GET without a body. */
  async it_is_a_get(bench) {
    const { method, body } = await request(bench, bench.url(MESSAGE))
    same([method, body], ['GET', ''])
  },

  /** Step 10: `Accept` may say `text/event-stream`. */
  async it_accepts_event_streams(bench) {
    same(header(await request(bench, bench.url(MESSAGE)), 'accept'), 'text/event-stream')
  },

  /** Step 11: the cache mode is "no-store", so caches on the way get a header, too (Fetch, HTTP-network-or-cache fetch). */
  async caches_get_no_cache(bench) {
    if (!bench.hasOrigin) return
    same(header(await request(bench, bench.url(MESSAGE)), 'cache-control'), 'no-cache')
  },

  /** Step 11, again: nothing is stored or taken from a store. */
  async it_is_never_cached(bench) {
    const storable = { ...answer(200, { 'content-type': 'text/event-stream', 'cache-control': 'max-age=3600' }, 'retry: 1\ndata: x\n\n'), end: 'proper' }
    const url = bench.url(storable)
    const watched = bench.watch(url)
    await watched.waitFor('message', 2)
    watched.source.close()
    holds((await bench.requests(url)).length >= 2)
  },

  /** Step 8: the mode is "cors", the destination empty. */
  async it_is_made_in_cors_mode(bench) {
    if (!bench.hasOrigin) return
    const made = await request(bench, bench.url(MESSAGE))
    same([header(made, 'sec-fetch-mode'), header(made, 'sec-fetch-dest')], ['cors', 'empty'])
  },

  /** Step 8: another origin gets the name of ours, and may allow it. */
  async another_origin_may_allow_ours(bench) {
    if (!bench.hasOrigin) return
    const made = await request(bench, bench.elsewhere(MESSAGE))
    same(header(made, 'origin'), location.origin)
  },

  /** Step 8: an origin that does not allow ours is a network error, and its response is not readable. */
  async another_origin_may_refuse_ours(bench) {
    if (!bench.hasOrigin) return
    const watched = bench.watch(bench.elsewhere({ ...MESSAGE, cors: false }))
    await watched.waitFor('error')
    // The browser decides whether another request makes sense.
    holds(watched.story.length === 1 && ['error 0', 'error 2'].includes(watched.story[0]), watched.story.join())
  },

  /** Step 6: without `withCredentials` the credentials mode is "same-origin": our own origin gets cookies, … */
  async our_own_origin_gets_cookies(bench) {
    if (!bench.isPage) return
    withCookie(bench)
    same(header(await request(bench, bench.url(MESSAGE)), 'cookie'), 'crumb=1')
  },

  /** … others get none, … */
  async other_origins_get_no_cookies(bench) {
    if (!bench.isPage) return
    withCookie(bench)
    same(header(await request(bench, bench.elsewhere(MESSAGE)), 'cookie'), undefined)
  },

  /** … and step 7: with it, they do as well. */
  async other_origins_get_cookies_with_credentials(bench) {
    if (!bench.isPage) return
    withCookie(bench)
    same(header(await request(bench, bench.elsewhere(MESSAGE), { withCredentials: true }), 'cookie'), 'crumb=1')
  },

  /** Step 7: with credentials, an origin that allows `*` does not allow ours (Fetch, CORS check). */
  async with_credentials_a_wildcard_does_not_do(bench) {
    if (!bench.hasOrigin) return
    const wildcard = { ...MESSAGE, headers: { 'access-control-allow-origin': '*' } }
    const without = bench.watch(bench.elsewhere(wildcard))
    await without.waitFor('message')
    const watched = bench.watch(bench.elsewhere(wildcard), { withCredentials: true })
    await watched.waitFor('error')
    same(watched.of('message').length, 0)
  },

  /** Step 15: redirects are followed, of whatever status (Fetch). */
  async redirects_are_followed(bench) {
    for (const status of [301, 302, 303, 307, 308]) {
      const watched = bench.watch(bench.url(answer(status, { location: bench.url(REDIRECTED) })))
      await watched.waitFor('error')
      same(watched.story, ['open 1', 'message 1', 'error 0'], status)
    }
  },

  /** Redirects lead to other origins, too, if those allow ours. */
  async redirects_lead_to_other_origins(bench) {
    if (!bench.hasOrigin) return
    const watched = bench.watch(bench.url(answer(307, { location: bench.elsewhere(REDIRECTED) })))
    await watched.waitFor('error')
    same(watched.story, ['open 1', 'message 1', 'error 0'])
  },

  /** Step 15.2: a network error before there was an answer means: reestablish. */
  async a_network_error_is_tried_again(bench) {
    const watched = bench.watchQuick(bench.url(unreachable, MESSAGE))
    await watched.waitFor('message')
    same(watched.story, ['error 0', 'open 1', 'message 1'])
  },

  /** Step 15.3: any status but 200 means: fail. */
  async a_status_other_than_200_is_fatal(bench) {
    const statuses = [201, 202, 203, 204, 205, 206, 207, 226, 400, 401, 403, 404, 408, 410, 418, 425, 429, 500, 501, 502, 503, 504, 599]
    for (const status of statuses) {
      const watched = bench.watch(bench.url(answer(status, { 'content-type': 'text/event-stream' }, ...(status === 204 || status === 205 ? [] : ['data: x\n\n']))))
      await watched.waitFor('error')
      same(watched.story, ['error 2'], status)
    }
  },

  /** The same when there was a stream before: with 204, a server ends the stream for good. */
  async a_status_other_than_200_is_fatal_later_on_too(bench) {
    for (const status of [204, 404, 503]) {
      const watched = bench.watch(bench.url(ending('retry: 1\n\n'), answer(status)))
      await watched.waitFor('error', 2)
      same(watched.story, ['open 1', 'error 0', 'error 2'], status)
    }
  },

  /** Step 15.3: any type but `text/event-stream` means: fail. */
  async another_content_type_is_fatal(bench) {
    const types = ['text/plain', 'text/html; charset=utf-8', 'application/json', 'text/event-streams', 'text/x-event-stream', 'event-stream', 'text/event-stream bogus', '']
    for (const type of types) {
      const watched = bench.watch(bench.url(answer(200, { 'content-type': type }, 'data: x\n\n')))
      await watched.waitFor('error')
      same(watched.story, ['error 2'], type)
    }
  },

  /** Step 15.3: parameters and letter case are no part of what a type is (MIME Sniffing, essence). */
  async parameters_of_the_content_type_do_not_matter(bench) {
    const types = ['text/event-stream;charset=utf-8', 'text/event-stream; charset=UTF-8; boundary="x"', 'TEXT/Event-Stream', 'text/event-stream;', 'text/event-stream ; a=b']
    for (const type of types) {
      const watched = bench.watch(bench.url({ ...answer(200, { 'content-type': type }, 'data: x\n\n'), end: 'hang' }))
      await watched.waitFor('message')
      same(watched.story, ['open 1', 'message 1'], type)
      watched.source.close()
    }
  },

  /** Step 15.4: otherwise it is announced, and the body interpreted as it comes. */
  async a_stream_is_announced_and_read_as_it_comes(bench) {
    const watched = bench.watch(bench.url(MESSAGE))
    await watched.waitFor('message')
    same(watched.story, ['open 1', 'message 1'])
  },

  /** Step 14: after the body, whether it ended … */
  async the_end_of_the_stream_is_tried_again(bench) {
    const watched = bench.watch(bench.url(ending('retry: 1\ndata: x\n\n'), MESSAGE))
    await watched.waitFor('message', 2)
    same(watched.story, ['open 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },

  /** … or broke off, the connection is reestablished. */
  async a_stream_that_breaks_off_is_tried_again(bench) {
    const held = gate()
    const watched = bench.watch(bench.url(lost('retry: 1\ndata: x\n\n', held.wait), MESSAGE))
    await watched.waitFor('message')
    await bench.open(held.name)
    await watched.waitFor('message', 2)
    same(watched.story, ['open 1', 'message 1', 'error 0', 'open 1', 'message 1'])
  },

  /** Step 15.1: `close()` sets CLOSED before it aborts the fetch, so there is no event. */
  async close_is_no_error(bench) {
    const first = bench.watch(bench.url(silence))
    const second = bench.watch(bench.url(MESSAGE))
    await second.waitFor('message')
    first.source.close()
    second.source.close()
    await bench.quiet()
    same([first.story, second.story], [[], ['open 1', 'message 1']])
  },
}
