// `sse-fetch/fetch-event-source` beside @microsoft/fetch-event-source: what theirs does wrong and ours does not, and what remains
// different. Each case shows both. Numbers are those of issues and pull requests of Azure/fetch-event-source.

import {
  type Call,
  type Case,
  LIBRARIES,
  type Library,
  loadLibraries,
  noOptions,
  type Outcome,
  runCases,
  stream,
} from './fixture/fetch-event-source.ts'
import { expect, type FaultServer, type Page, Reply, test } from './fixture/index.ts'

/** A case, what of its outcome is compared, and how that is with ours and with theirs. */
interface Difference extends Case, Record<Library, unknown> {
  look(outcome: Outcome): unknown
}

/** The data of all messages. */
const data = ({ log }: Outcome) => log.filter(({ message }) => message).map(({ message }) => message.data)

/** What happened, in words. */
const story = ({ log }: Outcome) =>
  log.map((entry) => {
    const [kind, value] = Object.entries(entry)[0]!
    if (typeof value === 'string') return `${kind} ${value}`
    return typeof value === 'object' ? `${kind} ${value.data}` : kind
  })

const ids = ({ requests }: Outcome) => requests.map(({ id }) => id)
const authorization = ({ requests }: Outcome) => requests.map(({ authorization }) => authorization)
const accept = ({ requests }: Outcome) => requests.map(({ accept }) => accept)

/** Opens the stream a second time, and gives up at the second error. */
const twice = (it: Call) => ({
  onclose: it.refuseEnds(1),
  onerror(error: unknown) {
    if (it.times('error') === 2) throw error
    return 1
  },
})

const ENDED_BY_ERROR = ['message a', 'close', 'error Refused', 'error TypeError', 'rejected TypeError']
const CONTINUED = ['message a', 'close', 'error Refused', 'message b', 'close', 'resolved']

const FORMAT: Record<string, Difference> = {
  'comments are delivered (15)': {
    replies: [stream(': ping\n\ndata: a\n\n')],
    init: noOptions,
    look: data,
    ours: ['a'],
    theirs: ['', 'a'],
  },
  'blocks without data or a name are delivered': {
    replies: [stream('retry: 9\n\nid: 1\n\nevent: x\n\n\n')],
    init: noOptions,
    look: data,
    ours: [''],
    theirs: ['', '', '', ''],
  },
  'an empty first line is lost (50)': {
    replies: [stream('data:\ndata: a\n\ndata\ndata\n\n')],
    init: noOptions,
    look: data,
    ours: ['\na', '\n'],
    theirs: ['a', ''],
  },
  'a byte order mark within the data is lost': {
    replies: [stream('data: \u{feff}a\n\n')],
    init: noOptions,
    look: data,
    ours: ['\u{feff}a'],
    theirs: ['a'],
  },
  'a byte order mark within the stream is ignored': {
    replies: [stream('data: a\n\n\u{feff}data: b\n\n')],
    init: noOptions,
    look: data,
    ours: ['a'],
    theirs: ['a', 'b'],
  },
  'an id without a colon does not reset it': {
    replies: [stream('id: 1\ndata: a\n\nid\ndata: b\n\n'), stream('')],
    init: twice,
    look: ids,
    ours: [undefined, undefined],
    theirs: [undefined, '1'],
  },
  'the id of an unfinished event counts': {
    replies: [stream('id: 1\ndata: a\n\nid: 2\ndata: lo'), stream('')],
    init: twice,
    look: ids,
    ours: [undefined, '1'],
    theirs: [undefined, '2'],
  },
  'an id with a NUL': {
    replies: [stream('id: 1\u{0}2\ndata: a\n\n'), stream('data: b\n\n')],
    init: twice,
    look: story,
    ours: CONTINUED,
    theirs: ENDED_BY_ERROR,
  },
  'an id beyond Latin-1': {
    replies: [stream('id: 二\ndata: a\n\n'), stream('data: b\n\n')],
    init: twice,
    look: story,
    ours: CONTINUED,
    theirs: ENDED_BY_ERROR,
  },
  'an id beyond Latin-1 is sent as it was received': {
    replies: [stream('id: 二\ndata: a\n\n'), stream('data: b\n\n')],
    init: twice,
    look: ids,
    ours: [undefined, '二'],
    theirs: [undefined],
  },
}

const post = () => ({ method: 'POST', body: 'q' })
const breakingPost = (it: Call) => ({ method: 'POST', body: 'q', fetch: it.breaking })
const postRefusingTheEnd = (it: Call) => ({
  method: 'POST',
  body: 'q',
  onclose: it.refuseEnds(1),
})

/** A response that makes the call end with an error, and the answer to a second request. */
function refusedPost(reply: Reply): Difference {
  return {
    replies: [reply, stream('data: b\n\n')],
    init: post,
    look: story,
    ours: ['error Error', 'rejected Error'],
    theirs: ['error Error', 'message b', 'close', 'resolved'],
  }
}

/** A prompt that runs twice is paid for twice, and its answer starts from the beginning. */
const PROMPTS_THAT_RUN_TWICE: Record<string, Difference> = {
  'a POST whose stream broke runs twice': {
    replies: [stream('retry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: breakingPost,
    look: story,
    ours: ['message a', 'error TypeError', 'rejected TypeError'],
    theirs: ['message a', 'error TypeError', 'message b', 'close', 'resolved'],
  },
  'a POST whose events have ids runs twice when its stream breaks': {
    replies: [stream('id: 1\nretry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: breakingPost,
    look: story,
    ours: ['message a', 'error TypeError', 'rejected TypeError'],
    theirs: ['message a', 'error TypeError', 'message b', 'close', 'resolved'],
  },
  'a POST whose stream was complete runs twice': {
    replies: [stream('retry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: postRefusingTheEnd,
    look: story,
    ours: ['message a', 'close', 'error Refused', 'rejected Refused'],
    theirs: ['message a', 'close', 'error Refused', 'message b', 'close', 'resolved'],
  },
  'a POST whose events have ids runs twice when its stream is complete': {
    replies: [stream('id: 1\nretry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: postRefusingTheEnd,
    look: story,
    ours: ['message a', 'close', 'error Refused', 'rejected Refused'],
    theirs: ['message a', 'close', 'error Refused', 'message b', 'close', 'resolved'],
  },
  'a POST runs twice when onmessage throws': {
    replies: [stream('id: 1\nretry: 5\ndata: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({
      method: 'POST',
      body: 'q',
      onmessage({ id }: { id: string }) {
        if (id === '1') throw new it.Refused()
      },
    }),
    look: story,
    ours: ['message a', 'error Refused', 'rejected Refused'],
    theirs: ['message a', 'error Refused', 'message b', 'close', 'resolved'],
  },
  'a POST answered with a web page runs twice': refusedPost(Reply.webPage()),
  'a POST answered with 500 runs twice': refusedPost(Reply.status(500)),
  'a POST answered with 504 runs twice': refusedPost(Reply.status(504)),
  'a POST answered with 401 runs twice': refusedPost(Reply.unauthorized()),
  'a POST answered with 503 runs twice, though there is no Retry-After': refusedPost(Reply.status(503)),
  'a POST without a response runs twice': {
    replies: [stream('data: b\n\n')],
    init: (it) => ({
      method: 'POST',
      body: 'q',
      fetch: (...given: Parameters<typeof fetch>) => (it.times('error') ? fetch(...given) : Promise.reject(new it.Refused())),
    }),
    look: story,
    ours: ['error Refused', 'rejected Refused'],
    theirs: ['error Refused', 'message b', 'close', 'resolved'],
  },
}

const REQUESTS: Record<string, Difference> = {
  'headers are those of the first request (33)': {
    replies: [Reply.unauthorized(), stream('data: a\n\n')],
    init: () => {
      const headers = { authorization: 'old' }
      return {
        headers,
        onerror() {
          headers.authorization = 'new'
          return 1
        },
      }
    },
    look: authorization,
    ours: ['old', 'new'],
    theirs: ['old', 'old'],
  },
  'an Accept in capitals is doubled': {
    replies: [stream('')],
    init: () => ({ headers: { Accept: 'a/b' } }),
    look: accept,
    ours: ['a/b'],
    theirs: ['a/b, text/event-stream'],
  },
  'a Request is sent only once': {
    replies: [Reply.unavailable(), stream('data: a\n\n')],
    init: (it) => ({
      input: new Request(it.url, { method: 'POST', body: 'q' }),
      onerror(error: unknown) {
        if (it.times('error') === 2) throw error
        return 1
      },
    }),
    look: story,
    ours: ['error Error', 'message a', 'close', 'resolved'],
    theirs: ['error Error', 'error TypeError', 'rejected TypeError'],
  },
  'a Last-Event-ID in the headers comes back after the stream has reset its id': {
    replies: [stream('retry: 1\nid: 6\ndata: a\n\n'), stream('id:\ndata: b\n\n'), stream('data: c\n\n')],
    init: (it) => ({
      headers: { 'Last-Event-ID': '5' },
      onclose: it.refuseEnds(2),
    }),
    look: ids,
    ours: ['5', '6', undefined],
    theirs: ['5', '5, 6', '5'],
  },
  'a Last-Event-ID in the headers comes back when the stream has no other id than the empty one': {
    replies: [stream('retry: 1\nid:\ndata: a\n\n'), stream('data: b\n\n')],
    init: (it) => ({
      headers: { 'Last-Event-ID': '5' },
      onclose: it.refuseEnds(1),
    }),
    look: ids,
    ours: ['5', undefined],
    theirs: ['5', '5'],
  },
  'the headers of a Request are lost': {
    replies: [stream('')],
    init: (it) => ({ input: new Request(it.url, { headers: { authorization: 'x' } }) }),
    look: authorization,
    ours: ['x'],
    theirs: [undefined],
  },
  'headers in a Headers object are lost': {
    replies: [stream('')],
    init: () => ({ headers: new Headers({ authorization: 'x' }) }),
    look: authorization,
    ours: ['x'],
    theirs: [undefined],
  },
}

test('the format and the requests are those of the standard', async ({ engine, page, faults }) => {
  await loadLibraries(page)
  const differences = { ...FORMAT, ...PROMPTS_THAT_RUN_TWICE, ...REQUESTS }
  // WebKitGTK sends each character of a header value as UTF-8, also those that stand for one byte (Fetch, "byte string").
  if (engine === 'webkit') delete differences['an id beyond Latin-1 is sent as it was received']
  const outcomes = await runCases(page, faults, differences)
  for (const [name, difference] of Object.entries(differences)) {
    for (const library of LIBRARIES) {
      expect.soft(difference.look(outcomes.get(name)![library]), `${name}, ${library}`).toEqual(difference[library])
    }
  }
})

/** What a script of `expectEach` gets. */
interface Given {
  fetchEventSource(input: RequestInfo, init?: object): Promise<void>
  library: Library
  url: string
}

test('a call ends, is aborted and is hidden without requests or listeners that remain', async ({ page, faults }) => {
  await loadLibraries(page)

  /** Runs a script with each library. */
  async function expectEach(what: string, reply: Reply, script: (given: Given) => unknown, expected: Record<Library, unknown>) {
    for (const name of LIBRARIES) {
      await faults.answer('/it', reply)
      const seen = await page.run(
        ({ name, script }) => {
          told.length = 0
          return script({ fetchEventSource: library(name).fetchEventSource, library: name, url: at('/it') })
        },
        { name, script },
      )
      expect(seen, `${what}, ${name}`).toEqual(expected[name])
    }
  }

  await expectEach(
    'a signal that is aborted already (98)',
    stream(''),
    async ({ fetchEventSource, url }) => {
      const controller = new AbortController()
      controller.abort()
      let calls = 0
      await fetchEventSource(url, {
        signal: controller.signal,
        fetch: async () => {
          calls++
          return new Response('', { headers: { 'content-type': 'text/event-stream' } })
        },
      })
      return calls
    },
    { ours: 0, theirs: 1 },
  )

  await expectEach(
    'abort in onerror (24, 87)',
    Reply.webPage(),
    async ({ fetchEventSource, url }) => {
      const timers = watchTimers()
      const controller = new AbortController()
      await fetchEventSource(url, {
        signal: controller.signal,
        onerror: () => {
          controller.abort()
          return 54321
        },
      })
      await undefined
      return timers.isPending(54321)
    },
    { ours: false, theirs: true },
  )

  await expectEach(
    'the rest after abort (24)',
    stream('data: 1\n\ndata: 2\n\n').hang(),
    async ({ fetchEventSource, url }) => {
      const controller = new AbortController()
      const seen: string[] = []
      await fetchEventSource(url, {
        signal: controller.signal,
        onmessage({ data }: { data: string }) {
          seen.push(data)
          controller.abort()
        },
      })
      return seen
    },
    { ours: ['1'], theirs: ['1', '2'] },
  )

  await expectEach(
    'a listener is left on the signal',
    stream(''),
    async ({ fetchEventSource, url }) => {
      const { signal } = new AbortController()
      const left = leftovers(signal)
      await fetchEventSource(url, { signal })
      return left().listeners
    },
    { ours: 0, theirs: 1 },
  )

  await expectEach(
    'the signal of a Request',
    stream('data: 1\n\n').hang(),
    async ({ fetchEventSource, library, url }) => {
      const controller = new AbortController()
      const stop = new AbortController()
      let aborted: () => boolean
      const call = fetchEventSource(new Request(url, { signal: controller.signal }), {
        signal: library === 'theirs' ? stop.signal : undefined,
        fetch(input: RequestInfo, init: RequestInit) {
          aborted = () => init.signal!.aborted
          return fetch(input, init)
        },
        onmessage: () => tell({ message: library }),
      })
      await until(() => of('message').some(({ message }) => message === library))
      controller.abort()
      const seen = aborted!()
      stop.abort()
      await call
      return seen
    },
    { ours: true, theirs: false },
  )

  await expectRequestsLeftOpen(page, faults)

  await expectEach(
    'hidden and visible again (95)',
    stream('id: 1\ndata: a\n\n').hang(),
    async ({ fetchEventSource, library, url }) => {
      const controller = new AbortController()
      const errors: string[] = []
      const messages = () => of('message').filter(({ message }) => message === library).length
      const call = fetchEventSource(url, {
        signal: controller.signal,
        onmessage: () => tell({ message: library }),
        onerror: ({ name }: Error) => void errors.push(name),
      })
      await until(() => messages() >= 1)
      hide()
      show()
      await until(() => messages() >= 2)
      controller.abort()
      await call
      return errors
    },
    { ours: [], theirs: ['AbortError'] },
  )

  await expectEach(
    'a hidden page tries again (17)',
    Reply.webPage(),
    async ({ fetchEventSource, url }) => {
      const controller = new AbortController()
      let calls = 0
      watchTimers()
      const call = fetchEventSource(url, {
        signal: controller.signal,
        fetch(...given: Parameters<typeof fetch>) {
          calls++
          return fetch(...given)
        },
        onerror: () => {
          hide()
          return 37
        },
      })
      await until(() => of('fired').some(({ fired }) => fired === 37))
      // A request that the timer causes has been sent when this response arrives.
      await fetch('/api/status')
      const whileHidden = calls
      told.length = 0
      controller.abort()
      show()
      await call
      return whileHidden > 1
    },
    { ours: false, theirs: true },
  )

  for (const events of ['data: a\n\n', 'id: 1\ndata: a\n\n']) {
    await expectEach(
      `a POST is sent again (36, 51, 55): ${events}`,
      stream(events).hang(),
      async ({ fetchEventSource, library, url }) => {
        const controller = new AbortController()
        const signals: AbortSignal[] = []
        const call = fetchEventSource(url, {
          method: 'POST',
          signal: controller.signal,
          fetch(input: RequestInfo, init: RequestInit) {
            signals.push(init.signal!)
            return fetch(input, init)
          },
          onmessage: () => tell({ message: library }),
        })
        await until(() => of('message').some(({ message }) => message === library))
        hide()
        const isOpen = !signals[0]!.aborted
        show()
        controller.abort()
        await call
        return [signals.length, isOpen]
      },
      { ours: [1, true], theirs: [2, false] },
    )
  }

  await expectTwoStreamsOfOneAddress(page, faults)
})

/** A stream whose response was refused, or during which a callback threw, is cancelled before the next request (7). */
async function expectRequestsLeftOpen(page: Page, faults: FaultServer) {
  // The second attempt receives an event and aborts. The wait is long enough for the server to see the end of the first one.
  const refused = (count: () => number, abort: () => void) => ({
    onopen() {
      if (count() === 1) throw new Error()
    },
    onmessage: abort,
    onerror: () => 300,
  })
  const thrown = (count: () => number, abort: () => void) => ({
    onmessage() {
      if (count() === 1) throw new Error()
      abort()
    },
    onerror: () => 300,
  })
  for (const [way, callbacks] of Object.entries({ refused, thrown })) {
    for (const [name, expected] of [
      ['ours', 1],
      ['theirs', 2],
    ] as const) {
      const path = `/${way}/${name}`
      await faults.answer(path, stream('data: a\n\n').hang())
      await page.run(
        async ({ name, path, callbacks }) => {
          const controller = new AbortController()
          let count = 0
          await library(name).fetchEventSource(at(path), {
            // Firefox would have the second request wait for the first one, in case it can be answered from the cache.
            cache: 'no-store',
            signal: controller.signal,
            ...callbacks(
              () => ++count,
              () => controller.abort(),
            ),
          })
        },
        { name, path, callbacks },
      )
      expect(await faults.mostOpenOf(path), path).toBe(expected)
    }
  }
}

/** Neither waits for the other. (Theirs: in Firefox, the second waits for 20 s.) */
async function expectTwoStreamsOfOneAddress(page: Page, faults: FaultServer) {
  await faults.answer('/both', stream('data: a\n\n').hang())
  await page.run(async () => {
    const controller = new AbortController()
    let count = 0
    const onmessage = () => {
      if (++count === 2) controller.abort()
    }
    const one = () => library('ours').fetchEventSource(at('/both'), { signal: controller.signal, onmessage })
    await Promise.all([one(), one()])
  })
  expect(await faults.mostOpenOf('/both')).toBe(2)
}
