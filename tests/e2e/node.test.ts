// The package in Node, imported by its name. Each program is a function that runs in a process of its own.

import { DemoServer, expect, FaultServer, Gate, LAB, lostAfter, Reply, runInNode, testWithoutPage } from './fixture/index.ts'

testWithoutPage('Node receives events, and the process ends by itself', async () => {
  const server = await DemoServer.start(LAB)
  const events = 'data: [1]\n\nevent: größe\nid: é\ndata: 二 🦀\n\n'
  await server.script('numbers', Reply.eventStream().send(events).hang())
  const printed = await runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    const client = new SSEClient(`${server}/api/script/numbers`, { body: { q: 'ü' }, lastEventId: 'ö' })
    client.on('message', (data: unknown) => console.log(JSON.stringify(data)))
    client.on('größe', (data: unknown, { id, origin }: any) => {
      console.log(data, id, origin === server)
      client.disconnect()
    })
    await client.connect()
  }, server.url)
  expect(printed).toBe('[1]\n二 🦀 é true\n')
  const [request] = await server.requestsTo('/api/script/numbers')
  expect(request!.method).toBe('POST')
  expect(request!.json).toEqual({ q: 'ü' })
  expect(request!.headerBytes('last-event-id')).toEqual(Buffer.from('ö'))
  await server.waitOpenStreams(0)
})

testWithoutPage('Node resumes after a lost connection', async () => {
  const server = await DemoServer.start(LAB)
  const gate = new Gate()
  const lost = lostAfter('id: 1\ndata: a\n\nid: 2\ndata: lo', gate)
  const rest = Reply.eventStream().send('id: 2\ndata: b\n\ndata: [DONE]\n\n').hang()
  await server.script('cut', lost, Reply.status(503), rest)
  await server.script('seen', Reply.status(204))
  const running = runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    const at = (name: string) => `${server}/api/script/${name}`
    const client = new SSEClient(at('cut'), { backoff: { initial: 5 }, until: '[DONE]' })
    client.on('*', (data: unknown, { id }: any) => console.log(id, data))
    client.once('message', () => fetch(at('seen')))
    client.on('error', ({ code, status }: any) => console.log(code, status))
    client.on('close', ({ reason }: any) => console.log(reason))
    client.connect()
  }, server.url)
  await server.waitForRequestsTo('/api/script/seen', 1)
  await gate.open()
  expect(await running).toBe('1 a\nnetwork undefined\nstatus 503\n2 b\ndone\n')
  const requests = await server.requestsTo('/api/script/cut')
  expect(requests.map(({ lastEventId }) => lastEventId)).toEqual([undefined, '1', '1'])
})

// Control characters: Node's `fetch` refuses a header that has one, so such an ID is no position.
testWithoutPage('an ID that Node cannot send ends nothing in any entry', async () => {
  const faults = await FaultServer.start()
  const entries = ['client', 'eventsource', 'fetch-event-source']
  const ids = ['a\u{1}b', '\u{7f}', '\u{1b}[0m']
  for (const entry of entries) {
    for (const [place, id] of ids.entries()) {
      const first = Reply.eventStream().send(`retry: 1\nid: ${id}\ndata: first\n\n`)
      await faults.answer(`/${entry}/${place}`, first, Reply.eventStream().send('data: second\n\n').hang())
    }
  }
  const printed = await runInNode(
    async ({ server, ids }) => {
      const { SSEClient } = await load('sse-fetch')
      const { EventSource } = await load('sse-fetch/eventsource')
      const { fetchEventSource } = await load('sse-fetch/fetch-event-source')
      // Each begins after the ID, too, and calls back with the data of events. It returns what stops it.
      type Start = (url: string, lastEventId: string, callback: (data: string) => void) => () => void
      const starts: Record<string, Start> = {
        client(url, lastEventId, callback) {
          const client = new SSEClient(url, { lastEventId })
          client.on('*', callback)
          client.connect()
          return () => client.disconnect()
        },
        eventsource(url, lastEventId, callback) {
          const source = new EventSource(url, { lastEventId })
          source.onmessage = ({ data }: any) => callback(data)
          return () => source.close()
        },
        'fetch-event-source'(url, lastEventId, callback) {
          const control = new AbortController()
          fetchEventSource(url, {
            headers: { 'Last-Event-ID': lastEventId },
            signal: control.signal,
            onmessage: ({ data }: any) => callback(data),
            onclose() {
              throw new Error('again')
            },
          })
          return () => control.abort()
        },
      }
      for (const [entry, start] of Object.entries(starts)) {
        for (const [place, id] of ids.entries()) {
          const seen: string[] = []
          await new Promise<void>((resolve) => {
            const stop = start(`${server}/${entry}/${place}`, id, (data) => {
              if (seen.push(data) < 2) return
              stop()
              resolve()
            })
          })
          console.log(entry, seen.join())
        }
      }
    },
    { server: faults.url, ids },
  )
  expect(printed).toBe(entries.map((entry) => `${entry} first,second\n`.repeat(ids.length)).join(''))
  for (const entry of entries) {
    for (const place of ids.keys()) {
      const requests = await faults.exchangesTo(`/${entry}/${place}`)
      expect(
        requests.map(({ lastEventId }) => lastEventId),
        `${entry} ${place}`,
      ).toEqual([undefined, undefined])
    }
  }
})

testWithoutPage('the error of a refused connection names the reason of the system', async () => {
  const vacant = await FaultServer.vacant()
  const { host, port } = new URL(vacant)
  const printed = await runInNode(
    async ({ urls }) => {
      const { SSEClient } = await load('sse-fetch')
      for (const url of urls) {
        const error = await new SSEClient(url, { maxReconnects: 0 }).connect().catch((error: unknown) => error)
        console.log(error.code, error.message)
      }
    },
    { urls: [`${vacant}/a?token=s3cret`, `http://localhost:${port}/`, 'http://no-such-host.invalid/'] },
  )
  const lines = printed.split('\n')
  const reason = `fetch failed: connect ECONNREFUSED ${host}`
  expect(lines[0]).toBe(`network SSEClient: the connection to ${vacant}/a failed or broke: ${reason}`)
  expect(lines[1]).toContain('connect ECONNREFUSED')
  expect(lines[1]).toContain(host)
  // Without a network the name may not even be looked up.
  expect(lines[2]).toMatch(/ENOTFOUND no-such-host\.invalid|EAI_AGAIN/)
})

testWithoutPage('the error of a response that is no event stream names its type and URL', async () => {
  const server = await DemoServer.start(LAB)
  await server.script('moved', Reply.status(302).header('location', '/api/script/page?token=s3cret'))
  const page = Reply.eventStream().header('content-type', 'text/html; charset=utf-8').header('x-should-retry', 'false')
  await server.script('page', page.send('<h1>Log in</h1>'))
  const printed = await runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    const error = await new SSEClient(`${server}/api/script/moved`).connect().catch((error: unknown) => error)
    console.log(error.message)
    console.log(error.headers.get('x-should-retry'), error.headers instanceof Headers, error.body)
  }, server.url)
  const message =
    'SSEClient: the response is not an event stream: its content type is text/html; charset=utf-8 instead of ' +
    `text/event-stream (status 200, ${server.url}/api/script/page)`
  expect(printed).toBe(`${message}\nfalse true <h1>Log in</h1>\n`)
})

testWithoutPage('the error of a body that Node ends names the option that changes it', async () => {
  const server = await DemoServer.start(LAB)
  await server.script('silent', Reply.eventStream().send('data: x\n\n').hang())
  const printed = await runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    // Node brings its own undici, which cannot be imported by a name.
    await fetch(server)
    const { constructor: Agent } = (globalThis as any)[Symbol.for('undici.globalDispatcher.1')]
    const dispatcher = new Agent({ bodyTimeout: 10 })
    const client = new SSEClient(`${server}/api/script/silent`, { dispatcher, maxReconnects: 0 })
    const { error } = await new Promise<any>((resolve) => {
      client.on('close', resolve)
      client.connect()
    })
    console.log(error.code, error.message)
  }, server.url)
  expect(printed).toMatch(/^network SSEClient: /)
  for (const part of ['terminated', 'UND_ERR_BODY_TIMEOUT', 'silent for 300 s', 'bodyTimeout', 'option dispatcher']) {
    expect(printed).toContain(part)
  }
})

testWithoutPage('a stub of a document prints nothing and keeps no listener', async () => {
  const server = await DemoServer.start(LAB)
  await server.script('stream', Reply.eventStream().hang())
  const printed = await runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    const failing = () => {
      throw new TypeError('a stub')
    }
    const kept = new Set()
    const working = {
      addEventListener: (type: string) => kept.add(type),
      removeEventListener: (type: string) => kept.delete(type),
    }
    const withVisibility = {
      ...working,
      get visibilityState() {
        return failing()
      },
    }
    const stubs = [
      null,
      {},
      'a page',
      { addEventListener() {} },
      { addEventListener: failing, removeEventListener: failing },
      working,
      withVisibility,
      { ...working, visibilityState: 'hidden' },
    ]
    console.error = console.log
    process.on('warning', (warning) => console.log(warning))
    const connects = async () => {
      const client = new SSEClient(`${server}/api/script/stream`, { closeWhenHidden: true })
      await client.connect()
      client.disconnect()
    }
    for (const name of ['document', 'window', 'navigator', 'location']) {
      for (const stub of stubs) {
        Object.defineProperty(globalThis, name, { value: stub, configurable: true })
        await connects()
      }
      Object.defineProperty(globalThis, name, { get: failing, configurable: true })
      await connects()
      delete (globalThis as any)[name]
    }
    // A library that makes the global object a window, without anything else.
    const listening = { ononline: null, addEventListener: failing, removeEventListener: failing }
    Object.assign(globalThis, { document: working, window: globalThis, ...listening })
    await connects()
    console.log(kept.size)
  }, server.url)
  expect(printed).toBe('0\n')
})

testWithoutPage('twenty clients on one signal cause no warning', async () => {
  const server = await DemoServer.start(LAB)
  await server.script('stream', Reply.eventStream().hang())
  const printed = await runInNode(async (server) => {
    const { SSEClient } = await load('sse-fetch')
    const { getEventListeners } = await load('node:events')
    process.on('warning', ({ name }) => console.log(name))
    const control = new AbortController()
    const reasons: string[] = []
    const clients: any[] = Array.from(
      { length: 20 },
      () => new SSEClient(`${server}/api/script/stream`, { signal: control.signal }),
    )
    for (const client of clients) client.on('close', ({ reason }: any) => reasons.push(reason))
    await Promise.all(clients.map((client) => client.connect()))
    console.log(getEventListeners(control.signal, 'abort').length)
    control.abort()
    console.log(getEventListeners(control.signal, 'abort').length, reasons.length, new Set(reasons))
  }, server.url)
  expect(printed).toBe("1\n0 20 Set(1) { 'aborted' }\n")
})

testWithoutPage('twenty streams of fetchEventSource on one signal cause no warning', async () => {
  const server = await DemoServer.start(LAB)
  await server.script('stream', Reply.eventStream().hang())
  const printed = await runInNode(async (server) => {
    const { fetchEventSource } = await load('sse-fetch/fetch-event-source')
    const { getEventListeners } = await load('node:events')
    process.on('warning', ({ name }) => console.log(name))
    const control = new AbortController()
    const streams: Promise<void>[] = []
    const open = () =>
      new Promise((onopen) => {
        streams.push(fetchEventSource(`${server}/api/script/stream`, { signal: control.signal, onopen }))
      })
    await Promise.all(Array.from({ length: 20 }, open))
    console.log(getEventListeners(control.signal, 'abort').length)
    control.abort()
    await Promise.all(streams)
    console.log(getEventListeners(control.signal, 'abort').length)
  }, server.url)
  expect(printed).toBe('1\n0\n')
})

testWithoutPage('a body that always has data lets timers fire', async () => {
  const printed = await runInNode(async () => {
    const { SSEClient } = await load('sse-fetch')
    const chunk = new TextEncoder().encode('data: x\n\n')
    let hasFired = false
    const pull = (controller: ReadableStreamDefaultController) => {
      if (hasFired) controller.close()
      else controller.enqueue(chunk)
    }
    const headers = { 'content-type': 'text/event-stream' }
    const fetch = async () => new Response(new ReadableStream({ pull }), { headers })
    const client = new SSEClient('http://localhost/', { fetch, reconnect: 'never' })
    setTimeout(() => {
      hasFired = true
    }, 50)
    client.on('close', ({ reason }: any) => console.log(reason))
    client.connect()
  })
  expect(printed).toBe('server\n')
})

// Of 25 to 30 MB each time: engines make a slice of a text by pointing into it.
testWithoutPage('a text that is kept does not keep the chunk in which it arrived', async () => {
  const printed = await runInNode(async () => {
    const { default: v8 } = await load('node:v8')
    const { default: vm } = await load('node:vm')
    const { SSEClient } = await load('sse-fetch')
    v8.setFlagsFromString('--expose-gc')
    const gc = vm.runInNewContext('gc')
    const heap = async () => {
      for (let n = 0; n < 3; n++) {
        await new Promise(setImmediate)
        gc()
      }
      return process.memoryUsage().heapUsed
    }
    const stream = async (text: string, chunks: number, options: object, listen: (client: any) => void) => {
      const bytes = new TextEncoder().encode(text)
      let left = chunks
      const pull = (controller: ReadableStreamDefaultController) => {
        if (left-- > 0) controller.enqueue(bytes.slice())
        else controller.close()
      }
      const body = new ReadableStream({ pull }, { highWaterMark: 0 })
      const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
      const client = new SSEClient('http://localhost/', { reconnect: 'never', fetch, ...options })
      listen(client)
      await new Promise((resolve) => {
        client.on('close', resolve)
        client.connect()
      })
    }
    const entries = Array.from(
      { length: 1000 },
      (_, n) => `id: entry-number-${n}\ndata: log line number ${n} ${'y'.repeat(200)}\n\n`,
    )
    const log = entries.join('')
    const sparse = `data: ${'kept for the history '.repeat(3)}\n\n: ${'c'.repeat(60_000)}\n\n`
    // Made when they are used, so that the case before does not pay for them.
    const longId = () => `id: ${'i'.repeat(1_000_000)}\n\n${'data: event\n\n'.repeat(500)}`
    const longData = () => `id: the-position-after-it\ndata: ${'x'.repeat(8_000_000)}\n\n`
    const cases: Record<string, (kept: unknown[]) => Promise<void>> = {
      data: (kept) =>
        stream(log, 100, {}, (client) => {
          client.on('message', (data: string, { id }: any) => id.endsWith('-7') && kept.push(data))
        }),
      events: (kept) =>
        stream(log, 100, {}, (client) => {
          client.on('*', (_: unknown, event: any) => event.id.endsWith('-7') && kept.push(event))
        }),
      history: (kept) => stream(sparse, 500, { history: 500 }, (client) => kept.push(client)),
      ids: (kept) => stream(longId(), 1, { history: 500 }, (client) => kept.push(client)),
      position: (kept) =>
        stream(longData(), 1, {}, (client) => {
          client.on('message', () => {})
          kept.push(client)
        }),
    }
    const before = await heap()
    for (const [name, run] of Object.entries(cases)) {
      const kept: unknown[] = []
      await run(kept)
      const size = (await heap()) - before
      console.log(name, kept.length, size < 4 * 2 ** 20 ? 'little' : `${size} bytes`)
    }
  })
  expect(printed).toBe('data 100 little\nevents 100 little\nhistory 1 little\nids 1 little\nposition 1 little\n')
})

testWithoutPage('importing alone keeps nothing running and touches nothing', async () => {
  // Prints which globals were read, as during rendering on a server, and which were added.
  const printed = await runInNode(async () => {
    const touched: string[] = []
    const watched = ['fetch', 'WebAssembly', 'window', 'document', 'navigator', 'location', 'self']
    for (const name of [...watched, 'setTimeout', 'setInterval', 'AbortController']) {
      const value = (globalThis as any)[name]
      const get = () => {
        touched.push(name)
        return value
      }
      Object.defineProperty(globalThis, name, { configurable: true, get })
    }
    const before = new Set(Reflect.ownKeys(globalThis))
    const { SSEClient, SSEError } = await load('sse-fetch')
    const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key))
    console.log(touched.join(), added.join(), typeof SSEClient, typeof SSEError)
  })
  expect(printed).toBe('  function function\n')
})

testWithoutPage('a client in Node that the application has dropped is collected while it waits for a response', async () => {
  const printed = await runInNode(async () => {
    const { SSEClient } = await load('sse-fetch')
    const { setFlagsFromString } = await load('node:v8')
    const { runInNewContext } = await load('node:vm')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // The connection of a client holds its function `fetch`.
    const functions = Array.from({ length: 20 }, () => {
      const fetch = () => new Promise(() => {})
      new SSEClient('http://127.0.0.1/', { connectTimeout: 0, fetch }).connect()
      return new WeakRef(fetch)
    })
    for (let n = 0; n < 10; n++) {
      await new Promise((resolve) => setImmediate(resolve))
      collect()
    }
    console.log(functions.filter((fetch) => fetch.deref()).length)
  })
  // Engines may keep the last one.
  expect(Number(printed)).toBeLessThan(5)
})

testWithoutPage('a client in Node does not keep the text of a large event while its stream is idle', async () => {
  const printed = await runInNode(async () => {
    const { SSEClient } = await load('sse-fetch')
    const { setFlagsFromString } = await load('node:v8')
    const { runInNewContext } = await load('node:vm')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed
    }
    const clients: unknown[] = []
    const receive = async () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(`data: ${'x'.repeat(2 << 20)}\n\n`)),
      })
      const response = new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
      const client = new SSEClient('http://127.0.0.1/', { fetch: async () => response })
      const received = new Promise<void>((resolve) => client.on('message', () => resolve()))
      await client.connect()
      await received
      clients.push(client)
    }
    await receive()
    const before = used()
    for (let n = 0; n < 10; n++) await receive()
    await new Promise((resolve) => setImmediate(resolve))
    console.log(used() - before)
    process.exit()
  })
  // Of 20 MiB that were received.
  expect(Number(printed)).toBeLessThan(4 << 20)
})
