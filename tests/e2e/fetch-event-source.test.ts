// `sse-fetch/fetch-event-source`: what it has that @microsoft/fetch-event-source has not, the examples of their README, and where
// there is no page.

import { loadLibraries, stream } from './fixture/fetch-event-source.ts'
import { expect, FaultServer, Flood, Reply, runInNode, test, testWithoutPage } from './fixture/index.ts'

test('an event larger than maxEventBytes ends the call', async ({ page, faults }) => {
  await loadLibraries(page)
  await faults.answer('/feed', stream('data: small\n\ndata: much larger than that\n\n'))
  for (const init of [{}, { method: 'POST', body: 'q' }]) {
    const seen = await page.run(async (init) => {
      const seen: unknown[] = []
      const outcome = await library('ours')
        .fetchEventSource(at('/feed'), {
          ...init,
          maxEventBytes: 20,
          fetch(input: RequestInfo, init: RequestInit) {
            seen.push('maxEventBytes' in init)
            return fetch(input, init)
          },
          onmessage: ({ data }: { data: string }) => seen.push(data),
          onerror: ({ name, code }: any) => void seen.push([name, code]),
        })
        .then(
          () => 'resolved',
          ({ code }: any) => code,
        )
      return [...seen, outcome]
    }, init)
    expect(seen).toEqual([false, 'small', ['SSEError', 'too-large'], 'too-large'])
  }
})

test('after an event that is too large, a number returned by onerror still means another request', async ({ page, faults }) => {
  await loadLibraries(page)
  await faults.answer('/feed', stream('data: much larger than that\n\n'), stream('data: small\n\n'))
  const seen = await page.run(async () => {
    const seen: unknown[] = []
    await library('ours').fetchEventSource(at('/feed'), {
      method: 'POST',
      maxEventBytes: 20,
      onmessage: ({ data }: { data: string }) => seen.push(data),
      onerror({ code }: any) {
        seen.push(code)
        return 1
      },
    })
    return seen
  })
  expect(seen).toEqual(['too-large', 'small'])
})

test('the default of maxEventBytes is 16 MiB', async ({ page, faults }) => {
  await loadLibraries(page)
  await faults.answer('/feed', Reply.eventStream().flood(new Flood('data: 0123456789abcdef\n')))
  const outcome = await page.run(() =>
    library('ours')
      .fetchEventSource(at('/feed'))
      .then(
        () => 'resolved',
        ({ code }: any) => code,
      ),
  )
  expect(outcome).toBe('too-large')
  await faults.waitOpen(0)
})

test('a wrong maxEventBytes rejects with what is right', async ({ page, faults: _ }) => {
  await loadLibraries(page)
  const refused = await page.run(() => {
    const wrong = [0, -1, 1.5, NaN, Infinity, '16', {}, 2 ** 31]
    return Promise.all(
      wrong.map((maxEventBytes) =>
        library('ours')
          .fetchEventSource(at('/feed'), { maxEventBytes })
          .catch(({ name, message }: Error) => ({ name, message })),
      ),
    )
  })
  expect(refused).toHaveLength(8)
  for (const { name, message } of refused) {
    expect(name, message).toBe('TypeError')
    expect(message).toContain('maxEventBytes')
    expect(message).toContain('bytes from 1 to 1073741824')
  }
})

test('a Last-Event-ID from a headers function is where the stream starts', async ({ page, faults }) => {
  await loadLibraries(page)
  const streams = ['retry: 1\ndata: a\n\n', 'id: 6\ndata: b\n\n', 'data: c\n\n', 'id\ndata: d\n\n', '']
  await faults.answer('/feed', Reply.unavailable(), ...streams.map(stream))
  await page.run(() => {
    let closed = 0
    return library('ours').fetchEventSource(at('/feed'), {
      headers: async () => ({ 'Last-Event-ID': '5' }),
      onclose() {
        if (++closed < 5) throw new Error()
      },
      onerror: () => 1,
    })
  })
  const ids = (await faults.exchangesTo('/feed')).map(({ lastEventId }) => lastEventId)
  expect(ids).toEqual(['5', '5', '5', '6', '6', undefined])
})

test('a headers function that throws is called again and no prompt is lost', async ({ page, faults }) => {
  await loadLibraries(page)
  await faults.answer('/feed', stream('data: a\n\n'))
  const seen = await page.run(async () => {
    const seen: unknown[] = []
    const failing = [
      () => {
        throw undefined
      },
      async () => {
        throw new Refused()
      },
    ]
    for (const fail of failing) {
      let calls = 0
      await library('ours').fetchEventSource(at('/feed'), {
        method: 'POST',
        body: 'q',
        headers: () => (calls++ === 0 ? fail() : {}),
        onmessage: ({ data }: { data: string }) => seen.push(data),
        onerror: (error: any) => void seen.push(error?.name ?? String(error)),
      })
    }
    return seen
  })
  expect(seen).toEqual(['undefined', 'a', 'Refused', 'a'])
  expect(await faults.exchangesTo('/feed')).toHaveLength(2)
})

test('a property of Object.prototype is not an option', async ({ page, faults }) => {
  await loadLibraries(page)
  await faults.answer('/feed', stream('data: a\n\n'))
  const seen = await page.run(async () => {
    const prototype = Object.prototype as any
    prototype.each = () => {}
    prototype.maxReconnects = 'x'
    try {
      const seen: string[] = []
      await library('ours').fetchEventSource(at('/feed'), {
        onmessage: ({ data }: { data: string }) => seen.push(data),
      })
      return seen
    } finally {
      delete prototype.each
      delete prototype.maxReconnects
    }
  })
  expect(seen).toEqual(['a'])
})

// In our words, with the same calls.
test('the examples of the README of @microsoft/fetch-event-source work', async ({ page, lab: _, faults }) => {
  // In place of EventSource.
  await faults.answer('/api/sse', stream('data: one\n\nevent: named\ndata: two\n\n'))
  const messages = await page.run(async () => {
    const { fetchEventSource } = await load('/pkg/fetch-event-source.js')
    const seen: string[] = []
    await fetchEventSource(at('/api/sse'), {
      onmessage(ev: { data: string }) {
        seen.push(ev.data)
      },
    })
    return seen
  })
  expect(messages).toEqual(['one', 'two'])

  // A POST that is aborted.
  await faults.answer('/api/chat', stream('data: one\n\n').hang())
  await page.run(async () => {
    const { fetchEventSource } = await load('/pkg/fetch-event-source.js')
    const ctrl = new AbortController()
    const over = fetchEventSource(at('/api/chat'), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ foo: 'bar' }),
      signal: ctrl.signal,
      onmessage: ({ data }: { data: string }) => tell({ data }),
    })
    await until(() => of('data').length === 1)
    ctrl.abort()
    await over
  })
  const request = await faults.requestTo('/api/chat', 0)
  await request.closedByClient()
  expect([request.method, request.json, request.header('content-type')]).toEqual(['POST', { foo: 'bar' }, 'application/json'])

  // Error handling.
  await faults.answer('/fatal-status', Reply.status(404))
  await faults.answer(
    '/all',
    // The server ends it, then it is overloaded, then a proxy answers, and then the server refuses for good.
    stream('retry: 5\n\nid: 1\ndata: a\n\n'),
    Reply.tooManyRequests(),
    Reply.unavailable(),
    Reply.webPage(),
    stream('data: b\n\nevent: FatalError\ndata: no more\n\ndata: c\n\n').hang(),
  )
  const seen = await page.run(async () => {
    const { EventStreamContentType, fetchEventSource } = await load('/pkg/fetch-event-source.js')
    class RetriableError extends Error {}
    class FatalError extends Error {}
    const seen: unknown[] = []
    const run = (url: string): Promise<void> =>
      fetchEventSource(url, {
        async onopen(response: Response) {
          seen.push(response.status)
          if (response.ok && response.headers.get('content-type') === EventStreamContentType) {
            return
          } else if (response.status >= 400 && response.status < 500 && response.status !== 429) {
            throw new FatalError()
          } else {
            throw new RetriableError()
          }
        },
        onmessage(msg: { event: string; data: string }) {
          if (msg.event === 'FatalError') {
            throw new FatalError(msg.data)
          }
          seen.push(msg.data)
        },
        onclose() {
          throw new RetriableError()
        },
        onerror(err: unknown) {
          if (err instanceof FatalError) {
            throw err
          } else {
            seen.push('again')
          }
        },
      })
    for (const path of ['/fatal-status', '/all']) {
      await run(at(path)).catch((error) => seen.push([error instanceof FatalError, error.message]))
    }
    return seen
  })
  const expected = [200, 'a', 'again', 429, 'again', 503, 'again', 200, 'again', 200, 'b', [true, 'no more']]
  expect(seen).toEqual([404, [true, ''], ...expected])
  await faults.waitOpen(0)
})

test('it works in a worker', async ({ page, lab: _, faults }) => {
  await faults.answer('/feed', stream('id: 1\ndata: a\n\n'), stream('data: b\n\n'))
  const seen = await page.run(() => {
    const code = `
      const { fetchEventSource } = await import('${location.origin}/pkg/fetch-event-source.js')
      const seen = []
      await fetchEventSource('${at('/feed')}', {
        onmessage: ({ data }) => seen.push(data),
        onclose() { if (seen.length === 1) throw new Error() },
        onerror: () => 1,
      })
      postMessage(seen)`
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' })
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
    })
  })
  expect(seen).toEqual(['a', 'b'])
  expect((await faults.requestTo('/feed', 1)).lastEventId).toBe('1')
})

testWithoutPage('it works in Node', async () => {
  const faults = await FaultServer.start()
  await faults.answer('/feed', stream('id: 1\ndata: a\n\n'), stream('data: b\n\n'), stream('data: c\n\n'))
  const printed = await runInNode(async (url) => {
    const { EventStreamContentType, fetchEventSource } = await load('sse-fetch/fetch-event-source')
    console.log(EventStreamContentType)
    let closed = 0
    await fetchEventSource(`${url}/feed`, {
      method: 'POST',
      body: 'q',
      onmessage: ({ id, event, data }: Record<string, string>) => console.log([id, event, data].join()),
      onclose() {
        if (++closed === 1) throw new Error('again')
      },
      onerror({ message }: Error) {
        console.log(message)
        return 1
      },
    })
    await fetchEventSource('/relative', {
      onerror(error: unknown) {
        throw error
      },
    }).catch(({ name }: Error) => console.log(name))
  }, faults.url)
  expect(printed).toBe('text/event-stream\n1,,a\nagain\n,,b\nTypeError\n')
  expect((await faults.requestTo('/feed', 1)).lastEventId).toBe('1')
})

testWithoutPage('the import alone does nothing', async () => {
  const printed = await runInNode(async () => {
    const touched: string[] = []
    const names = ['fetch', 'WebAssembly', 'window', 'document', 'navigator', 'location', 'setTimeout', 'AbortController']
    for (const name of names) {
      const value = (globalThis as any)[name]
      const get = () => {
        touched.push(name)
        return value
      }
      Object.defineProperty(globalThis, name, { configurable: true, get })
    }
    const { fetchEventSource } = await load('sse-fetch/fetch-event-source')
    console.log(touched.join(), typeof fetchEventSource)
  })
  expect(printed).toBe(' function\n')
})
