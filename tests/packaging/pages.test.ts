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

test('a policy that forbids wasm is named in the error', async ({ page, server }) => {
  const report = await reportOf(page, server, 'no-wasm')
  for (const entry of ENTRIES) {
    const { kind, cause, message } = report[entry]
    // `init()` rejects, and a client closes with an error. `fetchEventSource` throws the cause of that error.
    const isCause = ['slim', 'fetch-event-source'].includes(entry)
    expect([kind, cause], entry).toStrictEqual(isCause ? ['Error', 'CompileError'] : ['SSEError', 'Error'])
    expect(message, entry).toMatch(/^SSEClient: .*Content-Security-Policy.*script-src must allow 'wasm-unsafe-eval'/s)
  }
})
