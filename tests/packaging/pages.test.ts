// Pages and workers without a bundler: the files of the installed package, unchanged.

import { test as base, DemoServer, expect, type Page, Reply } from './fixture/index.ts'

/** What the modules of `entries.html` are called there. */
declare global {
  var slim: any
  var entry: any
  var entries: any
  var SSEFetch: any
}

/** `server` serves the pages, with the package installed, and sends each client a greeting. */
const test = base.extend<{ server: DemoServer }>({
  server: async ({ projects }, use) => {
    const server = await DemoServer.start({ pages: (await projects.shared('pages')).path })
    await server.script('greeting', Reply.eventStream().send('data: hello\n\n').hang())
    await use(server)
  },
})

/** Every kind of client receives its event, and the browser's console has no warning. */
async function expectGreetings(page: Page): Promise<void> {
  for (const client of ['client', 'eventsource', 'fetch-event-source']) await page.waitForText(client, 'hello')
  expect(await page.complaints()).toStrictEqual([])
}

test('a plain script defines one global with every client', async ({ page, server }) => {
  await page.open(`${server.url}/global.html`)
  await expectGreetings(page)
  expect(await page.run(() => Object.keys(SSEFetch).sort())).toStrictEqual([
    'EventSource',
    'EventStreamContentType',
    'SSEAuth',
    'SSEClient',
    'SSEError',
    'fetchEventSource',
  ])
})

test('modules are imported from where they are installed', async ({ page, server }) => {
  await page.open(`${server.url}/module.html`)
  await expectGreetings(page)
})

test('an import map gives the entries their names', async ({ page, server }) => {
  await page.open(`${server.url}/import-map.html`)
  await expectGreetings(page)
})

test('the slim entry finds its wasm beside it', async ({ page, server }) => {
  await page.open(`${server.url}/slim.html`)
  await page.waitForText('client', 'hello')
  expect(await server.requestsTo('/node_modules/sse-fetch/sse-fetch.wasm')).toHaveLength(1)
})

async function openEntries(page: Page, server: DemoServer): Promise<void> {
  await page.open(`${server.url}/entries.html`)
  await page.waitUntil(() => document.title === 'Loaded')
}

test('a wasm of another version is refused', async ({ page, server }) => {
  await openEntries(page, server)
  const result = await page.run(async () => {
    const bytes = new Uint8Array(await (await fetch('/node_modules/sse-fetch/sse-fetch.wasm')).arrayBuffer())
    const version = new TextDecoder('latin1').decode(bytes).indexOf('sse_fetch_') + 'sse_fetch_'.length
    const other = bytes.slice()
    other[version] = other[version] === 0x39 ? 0x38 : 0x39
    const refused = await slim.init(other).then(
      () => 'it links',
      ({ name }: Error) => name,
    )
    await slim.init(bytes)
    return [refused, new slim.SSEClient('/').state]
  })
  expect(result).toStrictEqual(['TypeError', 'idle'])
})

// Development servers answer with their start page where there is no file.
test('an HTML page instead of the wasm is an error that says what to set', async ({ page, server }) => {
  await openEntries(page, server)
  const message = await page.run(() => slim.init('/slim.html').then(() => 'loaded', String))
  expect(message).toContain(`TypeError: SSEClient: init: ${server.url}/slim.html is an HTML page and not the wasm: `)
  expect(message).toContain('give init() the address')
  expect(message).toContain("optimizeDeps: { exclude: ['sse-fetch'] }")
})

test('several entries share one class and one wasm', async ({ page, server }) => {
  // The one that is used first provides the wasm for all.
  for (const isSlimFirst of [false, true]) {
    await openEntries(page, server)
    const seen = await page.run(async (isSlimFirst) => {
      let instances = 0
      WebAssembly.Instance = class extends WebAssembly.Instance {
        constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
          super(module, imports)
          instances++
        }
      }
      for (const name of ['instantiate', 'instantiateStreaming'] as const) {
        const original = WebAssembly[name] as any
        ;(WebAssembly as any)[name] = (...given: unknown[]) => {
          instances++
          return original.apply(WebAssembly, given)
        }
      }
      if (isSlimFirst) await slim.init()
      for (let n = 0; n < 2; n++) {
        for (const { SSEClient } of [entry, slim]) new SSEClient('/')
        new entries.EventSource('/api/script/greeting').close()
        await slim.init()
      }
      return { same: ['SSEClient', 'SSEAuth', 'SSEError'].map((name) => entry[name] === slim[name]), instances }
    }, isSlimFirst)
    expect(seen, `slim first: ${isSlimFirst}`).toStrictEqual({ same: [true, true, true], instances: 1 })
  }
})

for (const kind of ['dedicated', 'shared', 'service']) {
  test(`a ${kind} worker imports the package, as a module and as a classic script`, async ({ page, server }) => {
    for (const name of [kind, `classic-${kind}`]) {
      // A browser would stay on a page if only the fragment differs.
      await page.open('about:blank')
      await page.open(`${server.url}/workers.html#${name}`)
      await expectGreetings(page)
    }
  })
}

/** What the page of a policy reports for each entry. It is in a frame, because the policy forbids what tests do in a page. */
async function reportOf(page: Page, server: DemoServer, policy: string): Promise<any> {
  await page.open(`${server.url}/entries.html`)
  return page.run((address) => {
    const report = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
    const frame = document.createElement('iframe')
    frame.src = address
    document.body.append(frame)
    return report
  }, `csp/${policy}.html`)
}

const ENTRIES = ['slim', 'client', 'global', 'eventsource', 'fetch-event-source']

test('a policy that allows wasm is enough', async ({ page, server }) => {
  for (const policy of ['wasm', 'nonces']) {
    const expected = Object.fromEntries(ENTRIES.map((entry) => [entry, 'hello']))
    expect(await reportOf(page, server, policy), policy).toStrictEqual(expected)
    expect(await page.complaints(), policy).toStrictEqual([])
  }
})

// As in `script-src 'self'`: browsers write to the console that they did not compile the wasm.
test('under a policy that forbids wasm, every entry but slim receives events', async ({ page, server }) => {
  const { slim, ...report } = await reportOf(page, server, 'no-wasm')
  expect(report).toStrictEqual(Object.fromEntries(ENTRIES.slice(1).map((entry) => [entry, 'hello'])))
  const { kind, cause, message } = slim
  expect([kind, cause]).toStrictEqual(['Error', 'CompileError'])
  expect(message).toMatch(/^SSEClient: .*Content-Security-Policy.*script-src must allow 'wasm-unsafe-eval'/s)
})

/** How often a page has loaded a build without WebAssembly. */
async function fallbacks(server: DemoServer): Promise<number> {
  const files = ['without-wasm.js', 'dist/sse-fetch.without-wasm.js']
  const requests = await Promise.all(files.map((file) => server.requestsTo(`/node_modules/sse-fetch/${file}`)))
  return requests.flat().length
}

/** Which of the engines in `old-engines.js` load it. */
const OLD_ENGINES = { 'chromium-113': false, 'safari-16.3': true, 'safari-15.0': true, none: true }

for (const kind of ['global', 'module']) {
  for (const [engine, loadsFallback] of Object.entries(OLD_ENGINES)) {
    test(`a page receives events without what an old engine lacks: ${kind}, ${engine}`, async ({ page, server }) => {
      await page.open(`${server.url}/old-${kind}.html#${engine}`)
      await expectGreetings(page)
      expect((await fallbacks(server)) > 0).toBe(loadsFallback)
    })
  }
}

// Sanitised HTML of a user may contain such an element. The server has no file at the address of its image.
test('an element with the name currentScript does not choose which script is loaded', async ({ page, server }) => {
  await page.open(`${server.url}/old-clobbered.html#none`)
  for (const client of ['client', 'eventsource', 'fetch-event-source']) await page.waitForText(client, 'hello')
  expect(await server.requestsTo('/user/sse-fetch.without-wasm.js')).toHaveLength(0)
  expect(await fallbacks(server)).toBe(1)
})

test('a worker without WebAssembly receives events', async ({ page, server }) => {
  await page.open(`${server.url}/old-worker.html#none`)
  await expectGreetings(page)
  expect(await fallbacks(server)).toBe(1)
})

/** Makes an engine without WebAssembly of the page, and makes the build without WebAssembly unreachable for entries loaded later. */
async function loadNoBuild(page: Page): Promise<void> {
  await page.run(async () => {
    WebAssembly.instantiate = async () => {
      throw new WebAssembly.CompileError('this engine is old')
    }
    const addresses = new Map<string, string>()
    const folder = new URL('node_modules/sse-fetch/', location.href)
    /** The address of a module of the package whose imports are those of this page. */
    const rewritten = async (file: string) => {
      const code = await (await fetch(new URL(file, folder))).text()
      // With the address of a script that is no longer there.
      const absolute = code
        .replace('./without-wasm.js', './gone.js')
        .replace(/"\.\/([^"]*)"/g, (_, name) => `"${addresses.get(name) ?? folder + name}"`)
      const address = URL.createObjectURL(new Blob([absolute], { type: 'text/javascript' }))
      addresses.set(file, address)
      // Vitest would change `import()`.
      return new Function('url', 'return import(url)')(address)
    }
    globalThis.entry = await rewritten('index.js')
    globalThis.entries = await rewritten('fetch-event-source.js')
  })
}

test('if the build without WebAssembly cannot be loaded either, the error says why there is no WebAssembly', async ({
  page,
  server,
}) => {
  await openEntries(page, server)
  await loadNoBuild(page)
  const error = await page.run(async () => {
    const client = new entry.SSEClient('/api/script/greeting')
    const {
      name,
      code: errorCode,
      message,
      cause,
    } = await client.connect().then(
      () => 'connected',
      (error: unknown) => error,
    )
    return [name, errorCode, message, cause?.cause?.name, client.state]
  })
  const message = expect.stringMatching(
    /this engine is old; and the build without it, without-wasm\.js, could not be loaded either: TypeError/,
  )
  expect(error).toStrictEqual(['SSEError', 'wasm', message, 'CompileError', 'closed'])
})

test('if neither build can be loaded, fetchEventSource rejects with the error of that', async ({ page, server }) => {
  await openEntries(page, server)
  await loadNoBuild(page)
  const seen = await page.run(async () => {
    let asked = 0
    const onerror = () => {
      // An endless loop ends here.
      if (++asked === 3) throw new Error('asked three times')
      return 1
    }
    const { name, code } = await entries.fetchEventSource('/api/script/greeting', { onerror }).then(
      () => 'resolved',
      (error: unknown) => error,
    )
    return [asked, name, code]
  })
  expect(seen).toStrictEqual([0, 'SSEError', 'wasm'])
})
