// `sse-fetch/eventsource` beside the text of the standard: one case for each normative sentence of § 9.2, by paragraph, in
// pages/eventsource-*.js. A failure names the cases.
//
// The same cases run against the engines' own class, which is how the cases themselves are checked; DEVIATIONS lists where an
// engine does otherwise.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { EngineName } from '../webdriver/engines.ts'
import {
  expect,
  type FaultServer,
  fromRoot,
  type Page,
  packageFolder,
  Reply,
  runInNode,
  test,
  testWithoutPage,
} from './fixture/index.ts'
import { startPlanServer } from './fixture/plan-server.ts'

// Lists of cases: NAME is pages/eventsource-NAME.js.

/** § 9.2.2: the interface, and the steps of its constructor. */
const INTERFACE = ['interface', 'request']

/** § 9.2.3, § 9.2.4 and § 9.2.9. */
const PROCESSING = ['processing', 'last-event-id', 'garbage']

/** § 9.2.5 and § 9.2.6. */
const EVENT_STREAMS = ['parsing', 'interpreting']

/** What the standard does not have. */
const OPTIONS = ['options']

const ALL = [...INTERFACE, ...PROCESSING, ...EVENT_STREAMS, ...OPTIONS]

/** Cases that an engine's own class fails, and what it does. */
const DEVIATIONS: Record<EngineName, Record<string, string>> = {
  chromium: {
    another_content_type_is_fatal: 'accepts `text/event-stream bogus`',
    another_encoding_cannot_be_chosen: 'fails if the content type names another charset than UTF-8',
  },
  firefox: {
    another_content_type_is_fatal: 'accepts `text/event-stream bogus`',
    nothing_else_ends_a_line: 'drops NUL from data',
    an_id_with_a_nul_is_ignored: 'drops events that have such an id',
    an_id_without_data_holds: 'forgets the id of an event without data',
  },
  webkit: {
    another_content_type_is_fatal: 'accepts `text/event-stream bogus`',
    every_failed_attempt_is_an_error: 'stops without an error when a redirect leads to a blocked port',
    it_outlives_reconnections: 'stops without an error when a redirect leads to a blocked port',
    an_id_without_data_counts: 'forgets the id of an event without data',
    a_byte_order_mark_may_come_in_pieces: 'recognizes a byte order mark only if it comes in one piece',
  },
}

/** Cases that our class fails in an engine, and why. */
const LIMITS: Record<EngineName, Record<string, string>> = {
  chromium: {},
  firefox: {},
  webkit: {
    it_is_sent_as_utf_8: 'WebKitGTK sends each character of a header value as UTF-8, also those that stand for one byte',
  },
}

/** Cases in which an engine's own class makes the suite wait, because its reconnection time cannot be set. */
const SLOW = ['a_network_error_is_tried_again', 'retry_that_is_no_number_is_ignored']

// The globals of the page below.
declare global {
  var classes: Record<'ours' | 'native', unknown>
  function run(EventSource: unknown, list: string, setting: Setting): Promise<Outcome>
  var worker: Worker
}

interface Setting {
  list: string
  /** Whether the class takes options. */
  ours: boolean
  /** The origin of the page and another one. */
  servers: string[]
  /** The cases that are left out. */
  except: string[]
}

interface Outcome {
  count: number
  /** The reasons by the names of the cases. */
  failures: Record<string, string>
}

interface Servers {
  here: FaultServer
  elsewhere: FaultServer
}

/**
 * Starts the servers. Page and scripts are of the origin whose replies the cases choose: from another origin, WebKit would hide what
 * a listener throws.
 */
async function startServers(): Promise<Servers> {
  const [here, elsewhere] = await Promise.all([startPlanServer(), startPlanServer()])
  const imports = `
    import { EventSource } from '/pkg/eventsource.js'
    import { run } from '/eventsource.js'`
  const page = `<!doctype html><meta charset=utf-8><title>EventSource</title><link rel=icon href=data:,><body>
    <script type=module>${imports}
    Object.assign(globalThis, { classes: { ours: EventSource, native: globalThis.EventSource }, run })
    </script>`
  const worker = `${imports}
    onmessage = async ({ data }) => postMessage(await run(EventSource, data.list, data))`
  const scripts: [string, string][] = [['/cases-worker.js', worker]]
  for (const [folder, path] of [
    [fromRoot('tests/e2e/pages'), ''],
    [packageFolder(), '/pkg'],
  ] as const) {
    const files = readdirSync(folder).filter((file) => file.endsWith('.js'))
    scripts.push(...files.map((file): [string, string] => [`${path}/${file}`, readFileSync(join(folder, file), 'utf8')]))
  }
  await Promise.all([
    here.answer('/page', Reply.status(200).body('text/html', page)),
    ...scripts.map(([path, text]) => here.answer(path, Reply.status(200).body('text/javascript', text))),
  ])
  return { here, elsewhere }
}

async function open(page: Page): Promise<Servers> {
  const servers = await startServers()
  await page.open(`${servers.here.url}/page`)
  return servers
}

function setting({ here, elsewhere }: Servers, list: string, except: string[] = []): Setting {
  return { list, ours: true, servers: [here.url, elsewhere.url], except }
}

function expectNoFailures(list: string, { count, failures }: Outcome): void {
  expect(count, `the cases of ${list}`).toBeGreaterThan(0)
  expect.soft(failures, list).toEqual({})
}

/** Runs lists with our class in the page. */
async function expectConforming(page: Page, lists: string[]): Promise<void> {
  const servers = await open(page)
  const except = Object.keys(LIMITS[page.engine])
  for (const list of lists) {
    expectNoFailures(list, await page.run((setting) => run(classes.ours, setting.list, setting), setting(servers, list, except)))
  }
}

test('the interface', ({ page }) => expectConforming(page, INTERFACE))
test('the processing model', ({ page }) => expectConforming(page, PROCESSING))
test('event streams', ({ page }) => expectConforming(page, EVENT_STREAMS))
test('options', ({ page }) => expectConforming(page, OPTIONS))

// The interface is exposed in workers, too.
test('all of it in a worker', async ({ page }) => {
  const servers = await open(page)
  await page.run(() => {
    globalThis.worker = new Worker('/cases-worker.js', { type: 'module' })
  })
  const except = Object.keys(LIMITS[page.engine])
  for (const list of ALL) {
    const outcome = await page.run(
      (setting) => {
        worker.postMessage(setting)
        return new Promise<Outcome>((resolve) => {
          worker.onmessage = ({ data }) => resolve(data)
        })
      },
      setting(servers, list, except),
    )
    expectNoFailures(list, outcome)
  }
})

// The cases are right: they hold for the class of the engine, except where it does not do what the standard says.
test("the engine's own class", async ({ page, engine }) => {
  const servers = await open(page)
  const except = [...Object.keys(DEVIATIONS[engine]), ...SLOW]
  // Firefox waits at least 500 ms before it reconnects, which the cases of PROCESSING do all the time.
  const lists = engine === 'firefox' ? [...INTERFACE, ...EVENT_STREAMS] : [...INTERFACE, ...PROCESSING, ...EVENT_STREAMS]
  for (const list of lists) {
    const native = { ...setting(servers, list, except), ours: false }
    expectNoFailures(list, await page.run((setting) => run(classes.native, setting.list, setting), native))
  }
})

testWithoutPage('all of it in Node', async () => {
  const servers = await startServers()
  const printed = await runInNode(
    async ({ cases, settings }) => {
      const { EventSource } = await load('sse-fetch/eventsource')
      const { run } = await load(cases)
      const outcomes: unknown[] = []
      for (const setting of settings) outcomes.push(await run(EventSource, setting.list, setting))
      console.log(JSON.stringify(outcomes))
    },
    { cases: fromRoot('tests/e2e/pages/eventsource.js'), settings: ALL.map((list) => setting(servers, list)) },
  )
  const outcomes: Outcome[] = JSON.parse(printed)
  for (const [n, list] of ALL.entries()) expectNoFailures(list, outcomes[n]!)
})
