// The slim entry: the wasm is a file of its own, which `init` loads.

import { DemoServer, expect, LAB, type Page, Reply, runInNode, test, testWithoutPage } from './fixture/index.ts'

/** A stream whose first event is `hello`. */
const STREAM = '/api/script/greeting'
const WASM = '/pkg/sse-fetch.wasm'

// The globals of pages/slim.js.
declare global {
  var slim: {
    WASM: string
    /** A copy of the slim entry whose `init` was not called yet. */
    fresh(): Promise<any>
    /** The data of the first event that a client of this copy receives. */
    received(copy: any, url: string): Promise<string>
    /** Notes the name of every function of `WebAssembly` that creates an instance, from now on. */
    instantiations(): string[]
    /** The error that a promise is rejected with. */
    failure(promise: unknown): Promise<{ name: string; message: string }>
  }
}

async function setUp(page: Page, lab: DemoServer): Promise<void> {
  // Clients of one test follow one another; the last answer of a script is repeated.
  await lab.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
  await page.run(async () => {
    globalThis.slim = await load('/slim.js')
  })
}

test('the wasm beside the script is compiled while it is received', async ({ page, lab }) => {
  await setUp(page, lab)
  const seen = await page.run(async (url) => {
    const noted = slim.instantiations()
    const copy = await slim.fresh()
    const before = noted.length
    const loaded = await copy.init()
    return { before, loaded: loaded === undefined, noted, received: await slim.received(copy, url) }
  }, STREAM)
  expect(seen).toEqual({ before: 0, loaded: true, noted: ['instantiateStreaming'], received: 'hello' })
  expect(await lab.requestsTo(WASM)).toHaveLength(1)
  await lab.waitOpenStreams(0)
})

test('the wasm comes from what init is called with', async ({ page, lab }) => {
  await setUp(page, lab)
  const seen = await page.run(async (url) => {
    const { WASM } = slim
    const bytes = await (await fetch(WASM)).arrayBuffer()
    const here = new URL(WASM, location.href)
    const sources = {
      'an address': WASM,
      'an absolute address': here.href,
      'a URL': here,
      'a Request': new Request(WASM),
      'a Response': await fetch(WASM),
      'an ArrayBuffer': bytes,
      'a Uint8Array': new Uint8Array(bytes),
      'a part of a larger buffer': new Uint8Array([7, ...new Uint8Array(bytes), 7]).subarray(1, -1),
      'a Module': await WebAssembly.compile(bytes),
      'a promise of an address': Promise.resolve(WASM),
      'a promise of a Response': fetch(WASM),
      'a promise of an ArrayBuffer': fetch(WASM).then((response) => response.arrayBuffer()),
      'a promise of a Module': WebAssembly.compileStreaming(fetch(WASM)),
    }
    const seen: Record<string, string> = {}
    for (const [name, source] of Object.entries(sources)) {
      const copy = await slim.fresh()
      await copy.init(source)
      seen[name] = await slim.received(copy, url)
    }
    return seen
  }, STREAM)
  expect(Object.keys(seen)).toHaveLength(13)
  for (const [source, data] of Object.entries(seen)) expect(data, source).toBe('hello')
})

test('wasm of another content type is accepted, too', async ({ page, lab }) => {
  await setUp(page, lab)
  const seen = await page.run(async (url) => {
    const bytes = await (await fetch(slim.WASM)).arrayBuffer()
    const noted = slim.instantiations()
    const received: string[] = []
    for (const type of ['application/octet-stream', 'text/html', undefined]) {
      const copy = await slim.fresh()
      await copy.init(new Response(bytes, type ? { headers: { 'content-type': type } } : {}))
      received.push(await slim.received(copy, url))
    }
    return { received, noted }
  }, STREAM)
  expect(seen).toEqual({ received: Array(3).fill('hello'), noted: Array(3).fill('instantiate') })
})

test('calls of init at the same time load the wasm once', async ({ page, lab }) => {
  await setUp(page, lab)
  const seen = await page.run(async (url) => {
    const noted = slim.instantiations()
    const copy = await slim.fresh()
    await Promise.all([copy.init(), copy.init(), copy.init(slim.WASM)])
    const first = await slim.received(copy, url)
    // Once the wasm is there, the argument is ignored.
    await Promise.all([copy.init(), copy.init(7)])
    return { noted, received: [first, await slim.received(copy, url)] }
  }, STREAM)
  expect(seen).toEqual({ noted: ['instantiateStreaming'], received: ['hello', 'hello'] })
  expect(await lab.requestsTo(WASM)).toHaveLength(1)
})

test('a source of a wrong kind is a TypeError that names what is accepted', async ({ page, lab }) => {
  await setUp(page, lab)
  const failures = await page.run(async () => {
    const { init } = await slim.fresh()
    const wrong = [null, 7, 1n, true, Symbol('s'), {}, [], () => {}, new Blob([]), Promise.resolve(7)]
    const failures: { name: string; message: string }[] = []
    for (const source of wrong) failures.push(await slim.failure(init(source)))
    return failures
  })
  expect(failures).toHaveLength(10)
  for (const { name, message } of failures) {
    expect(name, message).toBe('TypeError')
    expect(message).toMatch(/^SSEClient: init: /)
    expect(message).toMatch(/it must be a URL, a Request, a Response, bytes or a WebAssembly\.Module$/)
  }
})

test('a failed init rejects with the reason and can be called again', async ({ page, lab }) => {
  await setUp(page, lab)
  await lab.script('missing', Reply.status(404))
  const { seen, one } = await page.run(async (url) => {
    // Only the header of a wasm: it is valid, but not ours.
    const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const failing = {
      'a wrong source': () => 7,
      'a status': () => '/api/script/missing',
      'no server': () => 'http://127.0.0.1:1/',
      'not a URL': () => 'http://',
      'a rejection': () => Promise.reject(new RangeError('no')),
      'a response that was read': async () => {
        const response = await fetch(slim.WASM)
        await response.arrayBuffer()
        return response
      },
      'not wasm': () => new Uint8Array([1, 2, 3]),
      'another wasm, as bytes': () => empty,
      'another wasm, as a module': () => new WebAssembly.Module(empty),
      'another wasm, streamed': () => new Response(empty, { headers: { 'content-type': 'application/wasm' } }),
    }
    const one = await slim.fresh()
    const seen: Record<string, { name: string; message: string; received: string }> = {}
    for (const [name, source] of Object.entries(failing)) {
      const copy = await slim.fresh()
      const failure = await slim.failure(copy.init(source()))
      await slim.failure(one.init(source()))
      await copy.init()
      seen[name] = { ...failure, received: await slim.received(copy, url) }
    }
    await one.init()
    return { seen, one: await slim.received(one, url) }
  }, STREAM)
  expect(one).toBe('hello')
  expect(Object.keys(seen)).toHaveLength(10)
  for (const [source, { received }] of Object.entries(seen)) expect(received, source).toBe('hello')
  expect(seen).toMatchObject({
    'a wrong source': { name: 'TypeError' },
    'a status': { name: 'Error', message: `SSEClient: init: ${lab.url}/api/script/missing answered with status 404` },
    'no server': { name: 'TypeError' },
    'not a URL': { name: 'TypeError' },
    'a rejection': { name: 'RangeError' },
    'not wasm': { name: 'CompileError' },
  })
})

const NOT_LOADED = 'SSEClient: the wasm is not loaded: await init() before you create a client'

test('a client before init throws an error that says what to do', async ({ page, lab }) => {
  await setUp(page, lab)
  const seen = await page.run(async (url) => {
    const copy = await slim.fresh()
    const create = async () => new copy.SSEClient(url)
    const before = await slim.failure(create())
    const loading = copy.init()
    const meanwhile = await slim.failure(create())
    await loading
    return { before, meanwhile, received: await slim.received(copy, url) }
  }, STREAM)
  const error = { name: 'Error', message: NOT_LOADED }
  expect(seen).toEqual({ before: error, meanwhile: error, received: 'hello' })
})

test('a worker loads the wasm, too', async ({ page, lab }) => {
  await setUp(page, lab)
  const received = await page.run((url) => {
    const code = `
      const { fresh, received } = await import('${location.origin}/slim.js')
      const slim = await fresh()
      await slim.init()
      postMessage(await received(slim, '${location.origin}${url}'))`
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' })
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
    })
  }, STREAM)
  expect(received).toBe('hello')
  expect(await lab.requestsTo(WASM)).toHaveLength(1)
})

async function greetingServer(): Promise<DemoServer> {
  const server = await DemoServer.start(LAB)
  await server.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
  return server
}

testWithoutPage('in Node the wasm is read from the package', async () => {
  const server = await greetingServer()
  const printed = await runInNode(async (url) => {
    const { SSEClient, init } = await load('sse-fetch/slim')
    try {
      new SSEClient('http://localhost/')
    } catch (error) {
      console.log((error as Error).message)
    }
    console.log(await init())
    const client = new SSEClient(url)
    client.on('message', (data: string) => {
      console.log(data)
      client.disconnect()
    })
    await client.connect()
  }, server.url + STREAM)
  await server.waitOpenStreams(0)
  expect(printed).toBe(`${NOT_LOADED}\nundefined\nhello\n`)
})

testWithoutPage('in Node the wasm comes from bytes and modules, too', async () => {
  const server = await greetingServer()
  // Each in a process of its own, because a process loads the wasm once.
  const printed = ['bytes', 'array', 'module', 'promise', 'url'].map((source) =>
    runInNode(
      async ({ url, source }) => {
        const { readFile } = await load('node:fs/promises')
        const { SSEClient, init } = await load('sse-fetch/slim')
        const file = new URL(resolve('sse-fetch/sse-fetch.wasm'))
        const bytes = await readFile(file)
        const sources: Record<string, () => unknown> = {
          bytes: () => bytes,
          array: () => new Uint8Array(bytes),
          module: () => new WebAssembly.Module(bytes),
          promise: () => readFile(file),
          url: () => file,
        }
        await init(sources[source]!())
        const client = new SSEClient(url)
        client.on('message', (data: string) => {
          console.log(source, data)
          client.disconnect()
        })
        await client.connect()
      },
      { url: server.url + STREAM, source },
    ),
  )
  expect(await Promise.all(printed)).toEqual([
    'bytes hello\n',
    'array hello\n',
    'module hello\n',
    'promise hello\n',
    'url hello\n',
  ])
  await server.waitOpenStreams(0)
})
