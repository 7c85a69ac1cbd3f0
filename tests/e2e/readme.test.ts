// What the READMEs show runs unchanged, in a page with the elements that it mentions, and does what its text says.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { answerTo, CHAT, signIn } from './fixture/chat.ts'
import {
  DEMO,
  DemoServer,
  expect,
  FaultServer,
  type Page,
  packageFolder,
  Reply,
  runModule,
  test,
  testWithoutPage,
} from './fixture/index.ts'
import { SnippetPage } from './fixture/snippet-page.ts'
import { type Snippet, snippetsOf, textOf } from './fixture/snippets.ts'
import { expectRightTypes } from './fixture/type-check.ts'

const README = 'README.md'
const PACKAGE_README = 'pkg-template/README.md'

/** Where a snippet is. */
type Place = [document: string, heading: string, language: string]

/** The snippets that the tests below run. */
const PLACES = {
  first: [[README, 'sse-fetch', 'js']],
  scriptTag: [
    [README, 'A script tag', 'html'],
    [PACKAGE_README, 'A script tag', 'html'],
  ],
  chats: [
    [README, 'An AI chat: POST with a body, and a stop button', 'js'],
    [PACKAGE_README, 'A chat: POST with a body, and a stop button', 'js'],
  ],
  reconnection: [[README, 'Reconnection', 'js']],
  tokens: [
    [README, 'An expired token', 'js'],
    [PACKAGE_README, 'Tokens', 'js'],
  ],
  oneByOne: [[README, 'One by one', 'js']],
  /** A page and its server. */
  quickStart: [[PACKAGE_README, 'Quick start', 'js']],
  hooks: [
    [PACKAGE_README, 'React', 'jsx'],
    [PACKAGE_README, 'Vue', 'vue'],
  ],
  node: [[PACKAGE_README, 'Node', 'js']],
  /** Two of them. */
  dropIns: [[PACKAGE_README, 'Drop-ins', 'js']],
  typed: [[PACKAGE_README, 'Typed events', 'ts']],
  slim: [[PACKAGE_README, 'The slim entry', 'js']],
} satisfies Record<string, Place[]>

/**
 * The snippets of a document. Commands are run by `cargo xtask test` itself, or need a registry. Rust is compiled by the
 * documentation tests of the crate.
 */
function snippetsIn(document: string): Snippet[] {
  return snippetsOf(textOf(document)).filter(({ language }) => language !== 'sh' && !language.startsWith('rust'))
}

/** The snippets at these places. */
function snippets(name: keyof typeof PLACES): Snippet[] {
  return (PLACES[name] as Place[]).flatMap(([document, heading, language]) => {
    const found = snippetsIn(document).filter((snippet) => snippet.heading === heading && snippet.language === language)
    if (found.length === 0) throw new Error(`there is no ${language} under “${heading}” of ${document}`)
    return found
  })
}

/** The only snippet at a place. */
function snippet(name: keyof typeof PLACES): Snippet {
  const [found, ...more] = snippets(name)
  expect(more).toHaveLength(0)
  return found!
}

testWithoutPage('every snippet is run', () => {
  const known = Object.values(PLACES)
    .flat()
    .map((place) => place.join(': '))
  for (const document of [README, PACKAGE_README]) {
    for (const { heading, language } of snippetsIn(document)) {
      expect(known).toContain([document, heading, language].join(': '))
    }
  }
})

test('the first snippet logs what arrives', async ({ page }) => {
  await expectLog(page, snippet('first'))
})

test('the slim entry logs what arrives', async ({ page }) => {
  await expectLog(page, snippet('slim'))
})

async function expectLog(page: Page, snippet: Snippet): Promise<SnippetPage> {
  const shown = await SnippetPage.open(page, snippet)
  await shown.server.waitOpenStreams(1)
  const id = await shown.server.notify('Hello')
  await shown.waitForLog('')
  expect(await shown.logged()).toEqual([`${id} Hello`])
  await shown.expectNoFailure()
  return shown
}

test('the quick start shows what its server sends', async ({ page }) => {
  const [client, server, ...more] = snippets('quickStart')
  expect(more).toHaveLength(0)
  // The port is the only change: the one of the README may be in use.
  const port = new URL(await FaultServer.vacant()).port
  const withPort = (snippet: Snippet) => ({ ...snippet, code: snippet.code.replaceAll('3000', port) })

  const node = spawn('node', ['--input-type=module', '--eval', withPort(server!).code], { stdio: 'ignore' })
  try {
    // The server may take longer to start than the page; then the first attempt fails.
    const shown = await SnippetPage.open(page, withPort(client!))
    await page.waitUntil(() => document.querySelectorAll('#app p').length >= 2)
    const lines = await page.run(() => [...document.querySelectorAll('#app p')].map((line) => line.textContent))
    expect(lines.slice(0, 2)).toEqual(['Event 1', 'Event 2'])
    await shown.expectNoFailure()
  } finally {
    node.kill()
  }
})

test('the script tags fill their list', async ({ page }) => {
  for (const snippet of snippets('scriptTag')) {
    // The browsers of tests reach only this machine.
    const code = snippet.code.replace(scriptOf(snippet), `/pkg/${fileOf(snippet)}`)
    await expectList(await SnippetPage.open(page, { ...snippet, code }), '#notes')
  }
})

/** The URL that a script tag loads. */
function scriptOf({ code }: Snippet): string {
  return /<script src="([^"]*)"/.exec(code)![1]!
}

/** The file of the package that a script tag loads. */
function fileOf(snippet: Snippet): string {
  return /\/(dist\/.*)$/.exec(scriptOf(snippet))![1]!
}

testWithoutPage('the script tags load what this version publishes', () => {
  const manifest = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'))
  const [minor] = /^\d+\.\d+/.exec(manifest.version)!
  for (const snippet of snippets('scriptTag')) {
    const [url, file] = [scriptOf(snippet), fileOf(snippet)]
    expect(url).toMatch(/^https:\/\//)
    expect(url).toContain(`/sse-fetch@${minor}/`)
    expect(existsSync(join(packageFolder(), file)), file).toBe(true)
    expect(manifest.unpkg).toBe(`./${file}`)
  }
})

test('the hooks list what arrives', async ({ page }) => {
  for (const snippet of snippets('hooks')) {
    const shown = await SnippetPage.open(page, snippet)
    await page.waitUntil(() => document.querySelector('#app ul')?.getAttribute('aria-busy') === 'false')
    await expectList(shown, '#app')
    await page.run(() => unmount())
    await shown.server.waitOpenStreams(0)
  }
})

async function expectList(shown: SnippetPage, list: string): Promise<void> {
  await shown.server.waitOpenStreams(1)
  for (const title of ['one', 'two']) await shown.server.notify(title)
  const titles = (list: string) => [...document.querySelectorAll(`${list} li`)].map((item) => item.textContent)
  await shown.page.waitUntil((list) => document.querySelectorAll(`${list} li`).length === 2, list)
  expect(await shown.page.run(titles, list)).toEqual(['one', 'two'])
  await shown.expectNoFailure()
}

test('the drop-ins log what arrives and send their header', async ({ page }) => {
  const dropIns = snippets('dropIns')
  expect(dropIns).toHaveLength(2)
  for (const snippet of dropIns) {
    const shown = await expectLog(page, snippet)
    const [request] = await shown.server.requestsTo('/events')
    expect(request!.header('x-tenant')).toBe('acme')
  }
})

test('the chat types its answer', async ({ page }) => {
  for (const snippet of snippets('chats')) {
    const shown = await SnippetPage.open(page, snippet, signIn)
    await shown.server.hurry(true)
    await shown.waitForLog('done')
    const requests = await shown.server.requestsTo(CHAT)
    expect(requests.map(({ method }) => method)).toEqual(['POST'])
    const answer = await answerTo(requests[0]!.json.message)
    expect(await page.text('answer')).toBe(answer.join(''))
    expect(await shown.logged()).toEqual(['done '])
    await shown.expectNoFailure()
  }
})

test('the chat is stopped by its button', async ({ page }) => {
  for (const snippet of snippets('chats')) {
    const shown = await SnippetPage.open(page, snippet, signIn)
    await page.waitUntil(() => part('answer').textContent !== '')
    await page.click('stop')
    await shown.waitForLog('client')
    await shown.server.waitOpenStreams(0)
    await shown.expectNoFailure()
  }
})

/** In the page: also lists the notifications, which the snippet itself does not show. */
async function listNotifications(): Promise<void> {
  const { SSEClient } = await load('sse-fetch')
  const { connect } = SSEClient.prototype
  SSEClient.prototype.connect = function () {
    this.on('notification', ({ title }: { title: string }) => list('seen', title))
    return connect.call(this)
  }
}

test('the reconnection snippet shows each attempt and continues when its button is pressed', async ({ page }) => {
  const shown = await SnippetPage.open(page, snippet('reconnection'), listNotifications)
  await shown.server.waitOpenStreams(1)
  await page.waitUntil(() => document.title === 'open')
  const id = await shown.server.notify('the last one seen')
  await page.waitForText('seen', 'the last one seen')
  await shown.server.dropStreams()
  await shown.waitForLog('attempt 1 in ')
  await page.waitUntil(() => document.title === 'open')

  await shown.server.unavailable(100)
  await shown.server.dropStreams()
  await shown.waitForLog('gave up after 5 attempts')
  expect(await page.run(() => document.title)).toBe('closed')

  await shown.server.unavailable(0)
  await page.click('retry')
  await page.waitUntil(() => document.title === 'open')
  const requests = await shown.server.requestsTo('/events')
  expect(requests.at(-1)!.lastEventId).toBe(String(id))
  expect(await shown.server.mostOpenStreams()).toBe(1)
  await shown.expectNoFailure()
})

test('the expired token is replaced at once', async ({ page }) => {
  const tokens = await answerTo('Hello')
  for (const snippet of snippets('tokens')) {
    const shown = await SnippetPage.open(page, snippet, () => sessionStorage.setItem('token', 'of yesterday'))
    await shown.server.hurry(true)
    await page.waitUntil((count) => document.querySelectorAll('[data-testid=logged]').length >= count, tokens.length)
    await shown.server.waitOpenStreamsAt(CHAT, 0)
    expect(await shown.logged()).toEqual(tokens)

    const requests = await shown.server.requestsTo(CHAT)
    expect(requests, 'refused once, then answered').toHaveLength(2)
    expect(requests[0]!.header('authorization')).toBe('Bearer of yesterday')
    expect(await shown.server.requestsTo('/api/login')).toHaveLength(1)
    await shown.expectNoFailure()
  }
})

test('the loop takes events one by one and closes the stream when it is left', async ({ page }) => {
  const shown = await SnippetPage.open(page, snippet('oneByOne'))
  await shown.server.waitOpenStreams(1)
  for (const title of ['one', 'two']) await shown.server.notify(title)
  await shown.server.waitOpenStreams(0)
  await shown.waitForLog('')
  expect(await shown.logged()).toEqual(['notification one'])
  await shown.expectNoFailure()
})

testWithoutPage('the loop in Node prints what arrives', async () => {
  const server = await DemoServer.start(DEMO)
  const events = 'event: notification\ndata: {"title":"one"}\n\ndata: {"title":"two"}\n\n'
  // 204: the stream has ended for good.
  await server.script('events', Reply.eventStream().send(events), Reply.status(204))
  const code = snippet('node').code.replaceAll('http://localhost:3000', `${server.url}/api/script`)
  expect(await runModule(code)).toBe('notification one\nmessage two\n')
})

testWithoutPage('the typed snippet is right TypeScript', async () => {
  await expectRightTypes(snippet('typed'))
})
