// The guides in docs/: every “before” and every “after” runs, and they show the same. What a guide warns of does happen with the
// “before”.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { answerTo, CHAT, signIn } from './fixture/chat.ts'
import { EVENT_SOURCE, FETCH_EVENT_SOURCE, isMarked, type Section, snippetsIn, type Way, waysIn } from './fixture/guides.ts'
import { expect, fromRoot, Gate, type Page, Reply, runModule, test, testWithoutPage } from './fixture/index.ts'
import { newFolder, SnippetPage } from './fixture/snippet-page.ts'
import { type Snippet, snippetsOf, textOf } from './fixture/snippets.ts'
import { expectRightTypes } from './fixture/type-check.ts'

const LOOP = 'docs/moving-from-a-fetch-loop.md'
const TROUBLESHOOTING = 'docs/troubleshooting.md'
const GUIDES = [EVENT_SOURCE, FETCH_EVENT_SOURCE, LOOP]

/** The sections that the tests below run. */
const SECTIONS = {
  oneLine: [
    [EVENT_SOURCE, 'One line'],
    [FETCH_EVENT_SOURCE, 'One line'],
  ],
  named: [
    [EVENT_SOURCE, 'Named events'],
    [FETCH_EVENT_SOURCE, 'Named events'],
    [LOOP, 'Named events'],
  ],
  states: [[EVENT_SOURCE, 'Open, lost, over']],
  token: [[EVENT_SOURCE, 'A token']],
  chats: [
    [EVENT_SOURCE, 'An AI chat'],
    [FETCH_EVENT_SOURCE, 'A chat with a stop button'],
    [LOOP, 'A chat with a stop button'],
  ],
  errors: [
    [EVENT_SOURCE, 'An error inside the stream'],
    [FETCH_EVENT_SOURCE, 'An error inside the stream'],
    [LOOP, 'An error inside the stream'],
  ],
  mark: [[EVENT_SOURCE, 'The end of a stream']],
  end: [[FETCH_EVENT_SOURCE, 'The end of a stream']],
  refused: [[FETCH_EVENT_SOURCE, 'Refused, or only busy']],
  givingUp: [
    [EVENT_SOURCE, 'The delay between attempts, and giving up'],
    [FETCH_EVENT_SOURCE, 'The delay between attempts, and giving up'],
  ],
  lastVisit: [
    [EVENT_SOURCE, 'Going on where the last visit ended'],
    [FETCH_EVENT_SOURCE, 'Going on where the last visit ended'],
  ],
  hidden: [
    [EVENT_SOURCE, 'Hidden tabs'],
    [FETCH_EVENT_SOURCE, 'Hidden tabs'],
  ],
  typed: [
    [EVENT_SOURCE, 'Typed events'],
    [FETCH_EVENT_SOURCE, 'Typed events'],
    [LOOP, 'Typed events'],
  ],
  freshToken: [[FETCH_EVENT_SOURCE, 'A fresh token for every attempt']],
  loop: [[LOOP, 'The loop']],
  again: [[LOOP, 'Trying again']],
  expired: [[LOOP, 'An expired token']],
  dead: [[LOOP, 'A connection that is dead and looks open']],
  oneByOne: [[LOOP, 'One by one']],
  lists: [
    [EVENT_SOURCE, 'A React component'],
    [EVENT_SOURCE, 'A Vue component'],
  ],
  chatsInReact: [
    [FETCH_EVENT_SOURCE, 'A chat in React'],
    [LOOP, 'A chat in React'],
  ],
  chatInVue: [[FETCH_EVENT_SOURCE, 'A chat in Vue']],
  /** What a server does about CORS. */
  cors: [[TROUBLESHOOTING, 'Another origin: CORS and preflights']],
  /** A chat that notices what a proxy hides, and a proxy that hides nothing. */
  hidingProxy: [[TROUBLESHOOTING, 'The proxy hides that the server is gone']],
  /** What to do about `retry-after-ms` and `x-should-retry`. */
  hints: [[TROUBLESHOOTING, 'Retry hints in headers']],
  /** An environment of Jest, which the tests of the package run. */
  jest: [[TROUBLESHOOTING, 'Jest, Vitest']],
} satisfies Record<string, Section[]>

const EVENTS = '/api/script/events'

function ways(name: keyof typeof SECTIONS): Way[] {
  return waysIn(...(SECTIONS[name] as Section[]))
}

/** The JavaScript blocks of a section. */
function scriptsIn(name: keyof typeof SECTIONS): Snippet[] {
  return (SECTIONS[name] as Section[]).flatMap(snippetsIn).filter(({ language }) => language === 'js')
}

testWithoutPage('a block has the heading, the text and the language before it', () => {
  const snippets = snippetsOf('# A\n```js\none\n# two\n```\ntext\n## B\nBefore\nthat\n\n```\nthree\n```\n')
  expect(snippets).toEqual([
    { heading: 'A', text: '', language: 'js', code: 'one\n# two\n' },
    { heading: 'B', text: 'Before\nthat\n', language: '', code: 'three\n' },
  ])
})

testWithoutPage('every block is run', () => {
  const known = Object.values(SECTIONS).flat()
  const includes = (sections: string[][], document: string, heading: string) =>
    sections.some((section) => section[0] === document && section[1] === heading)
  for (const document of [...GUIDES, TROUBLESHOOTING]) {
    for (const snippet of snippetsOf(textOf(document))) {
      const here = `${document}: ${snippet.heading}`
      // Configuration of other programs, and what they print, cannot be run here.
      if (!['js', 'jsx', 'ts', 'vue', 'html'].includes(snippet.language)) {
        expect(document, here).toBe(TROUBLESHOOTING)
        continue
      }
      expect(includes(known, document, snippet.heading), `a test knows ${here}`).toBe(true)
      const compares = document !== TROUBLESHOOTING && !includes(SECTIONS.oneLine, document, snippet.heading)
      if (compares) expect(isMarked(snippet, 'Before'), `before or after? ${here}`).toBe(!isMarked(snippet, 'After'))
    }
  }
})

// A proxy may hide that the server is gone, and a response that was cut off may end like a complete one.
testWithoutPage('every chat has a limit for silence and a mark for the end', () => {
  const documents = [...GUIDES, TROUBLESHOOTING, 'README.md', 'pkg-template/README.md']
  const chats = documents
    .flatMap((document) => snippetsOf(textOf(document)))
    .filter(({ code }) => code.includes('sse-fetch') && code.includes(CHAT))
  expect(chats).not.toHaveLength(0)
  for (const { code } of chats) {
    expect(code).toContain('until:')
    expect(code).toContain('idleTimeout:')
  }
})

testWithoutPage('links lead to a guide and to a heading in it', () => {
  const documents = [...GUIDES, TROUBLESHOOTING, 'pkg-template/README.md']
  for (const document of documents) {
    for (const [, link] of textOf(document).matchAll(/\]\(([^)]*)\)/g)) {
      const [file = '', heading] = link!.split('#')
      const target = file ? `docs/${file.split('/').at(-1)}` : document
      const where = `${document} links to ${link}`
      expect(documents, where).toContain(target)
      if (heading) expect(anchorsOf(target), where).toContain(heading)
    }
  }
})

/** What links to headings have after the `#`. */
function anchorsOf(document: string): string[] {
  const headings = [...textOf(document).matchAll(/^#+(.*)$/gm)]
  return headings.map(([, heading]) =>
    heading!
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{Alphabetic}\p{Number} -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test('named events', async ({ page }) => {
  for (const way of ways('named')) {
    const shown = await way.open(page)
    await shown.server.waitOpenStreams(1)
    await shown.server.push('system', { title: 'not this one' })
    const id = await shown.server.notify('Hello')
    await shown.waitForLog('')
    expect(await shown.logged(), `${way}`).toEqual([`${id} Hello`])
    await shown.expectNoFailure()
  }
})

test('open, lost, over', async ({ page }) => {
  for (const way of ways('states')) {
    const gate = new Gate()
    const first = Reply.eventStream().send('retry: 10\ndata: a\n\n').wait(gate).reset()
    const shown = await way.scripted(page, [first, Reply.status(404)])
    await page.waitForText('status', 'live')
    await page.record('status')
    await gate.open()
    await page.waitForText('status', 'over')
    expect(await page.recorded('status'), `${way}`).toEqual(['live', 'reconnecting', 'over'])
    await shown.expectNoFailure()
  }
})

test('a token is sent', async ({ page }) => {
  for (const way of ways('token')) {
    const shown = await way.open(page, () => sessionStorage.setItem('token', 'T'))
    await shown.server.waitOpenStreams(1)
    await shown.server.notify('Hello')
    await shown.waitForLog('Hello')
    const [request] = await shown.server.requestsTo('/events')
    const sent = [request!.query, request!.header('authorization')]
    expect(sent, `${way}`).toEqual(way.name === 'after' ? ['', 'Bearer T'] : ['token=T', undefined])
    await shown.expectNoFailure()
  }
})

test('a chat types its answer', async ({ page }) => {
  const answer = (await answerTo('Hello')).join('')
  for (const way of ways('chats')) {
    const shown = await way.open(page, signIn)
    await shown.server.hurry(true)
    await page.waitForText('answer', answer)
    await shown.server.waitOpenStreams(0)
    expect(await shown.server.requestsTo(CHAT), `${way}`).toHaveLength(1)
    await expectOver(shown, way)
  }
})

test('a chat is stopped by its button', async ({ page }) => {
  for (const way of ways('chats')) {
    const shown = await way.open(page, signIn)
    await page.waitUntil(() => part('answer').textContent !== '')
    await page.click('stop')
    await shown.server.waitOpenStreams(0)
    expect(await shown.server.requestsTo(CHAT), `${way}`).toHaveLength(1)
    await expectOver(shown, way)
  }
})

/** The chats log “over”, except those of the guide whose “before” cannot know it. */
async function expectOver(shown: SnippetPage, way: Way): Promise<void> {
  if (way.snippet.heading !== SECTIONS.chats[0]![1]) {
    await shown.waitForLog('over')
    expect(await shown.logged(), `${way}`).toEqual(['over'])
  }
  await shown.expectNoFailure()
}

/** Presses the button of the component. */
const press = () => document.querySelector<HTMLElement>('#app button')!.click()

test('an error of the server ends the answer as failed', async ({ page }) => {
  const object = 'data: {"error":{"message":"quota exceeded"}}\n\n'
  const event = 'event: error\ndata: quota exceeded\n\n'
  const mark = 'data: [DONE]\n\n'
  const failed = 'failed: quota exceeded'
  const ends = [
    [object, failed],
    [event, failed],
    [object + mark, failed],
    [mark, 'done'],
  ] as const
  for (const way of ways('errors')) {
    for (const [end, outcome] of ends) {
      const shown = await way.scripted(page, [Reply.eventStream().send('data: {"token":"Hel"}\n\n').send(end)])
      if (way.snippet.language === 'js') {
        await shown.waitForLog('')
        expect(await shown.logged(), `${way}`).toEqual([outcome])
        expect(await page.text('answer'), `${way}`).toBe('Hel')
      } else {
        await page.waitUntil(() => document.querySelector('#app button'))
        await page.run(press)
        await page.waitUntil(
          (alert) =>
            document.querySelector('#app p')!.textContent === 'Hel' &&
            document.querySelector('#app button')!.textContent === 'Ask' &&
            (document.querySelector('#app [role=alert]')?.textContent ?? '') === alert,
          outcome === failed ? failed : '',
        )
      }
      expect(await shown.server.requestsTo(EVENTS), `${way}`).toHaveLength(1)
      await shown.expectNoFailure()
    }
  }
})

test('an answer cut off behind a proxy does not look complete', async ({ page }) => {
  const [chat] = scriptsIn('hidingProxy')
  const cases = [
    ['data: {"token":"Hello"}\n\ndata: [DONE]\n\n', 'Hello', 'done '],
    ['data: {"token":"Hel"}\n\n', 'Hel', 'fatal incomplete'],
  ] as const
  for (const [body, answer, outcome] of cases) {
    const shown = await SnippetPage.scripted(page, chat!, [Reply.eventStream().send(body)])
    await shown.waitForLog('')
    expect([await shown.logged(), await page.text('answer')]).toEqual([[outcome], answer])
    expect(await shown.server.requestsTo(EVENTS)).toHaveLength(1)
    await shown.expectNoFailure()
  }
})

test("the server's hints about retrying are followed", async ({ page }) => {
  const [snippet] = scriptsIn('hints')
  const busy = (header: string, value: string) => Reply.status(503).header(header, value)
  const answers = [busy('retry-after-ms', '7'), busy('x-should-retry', 'false')]
  const shown = await SnippetPage.scripted(page, snippet!, answers)
  await shown.waitForLog('fatal')
  expect(await shown.logged()).toEqual(['again in 7 ms', 'fatal 503'])
  await shown.expectNoFailure()
})

test('a stream ends at its mark', async ({ page }) => {
  for (const way of ways('mark')) {
    const answer = Reply.eventStream().send('retry: 10\ndata: a\n\ndata: b\n\ndata: [DONE]\n\n')
    const shown = await way.scripted(page, [answer])
    await shown.waitForLog('done')
    expect(await shown.logged(), `${way}`).toEqual(['a', 'b', 'done'])
    expect(await shown.server.requestsTo(EVENTS), `${way}`).toHaveLength(1)
    await shown.expectNoFailure()
  }
})

test('a stream ends with its response', async ({ page }) => {
  for (const way of ways('end')) {
    const shown = await way.scripted(page, [Reply.eventStream().send('data: a\n\ndata: b\n\n')])
    await shown.waitForLog('over')
    expect(await shown.logged(), `${way}`).toEqual(['a', 'b', 'over'])
    expect(await shown.server.requestsTo(EVENTS), `${way}`).toHaveLength(1)
    await shown.expectNoFailure()
  }
})

test('refused, or only busy', async ({ page }) => {
  const stream = (data: string) => Reply.eventStream().send(`retry: 10\ndata: ${data}\n\n`)
  for (const way of ways('refused')) {
    const shown = await way.scripted(page, [stream('a'), Reply.status(503), stream('b'), Reply.status(403)])
    await shown.waitForLog('refused')
    expect(await shown.logged(), `${way}`).toEqual(['a', 'b', 'refused: 403'])
    await shown.expectNoFailure()
  }
})

test('the delay between attempts, and giving up', async ({ page }) => {
  for (const way of ways('givingUp')) {
    const shown = await way.scripted(page, [Reply.status(503)])
    await shown.waitForLog('gave up')
    expect(await shown.server.requestsTo(EVENTS), `${way}`).toHaveLength(4)
    await shown.expectNoFailure()
  }
})

test('continuing where the last visit ended', async ({ page }) => {
  const events = 'id: 7\nevent: notification\ndata: {"title":"Hello"}\n\n'
  for (const way of ways('lastVisit')) {
    const shown = await way.scripted(page, [Reply.eventStream().send(events).hang()], () => localStorage.setItem('last', '6'))
    await shown.waitForLog('Hello')
    expect(await page.run(() => localStorage.getItem('last')), `${way}`).toBe('7')
    const [request] = await shown.server.requestsTo(EVENTS)
    if (way.name === 'after' || way.snippet.code.includes('fetchEventSource')) {
      expect(request!.lastEventId, `${way}`).toBe('6')
    } else {
      expect(request!.query, `${way}`).toBe('lastEventId=6')
    }
    await shown.expectNoFailure()
  }
})

/** Makes `show()` and `hide()` in the page, which change its visibility as the browser would. */
function addVisibility(): void {
  const become = (state: string) => () => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: state })
    Object.defineProperty(document, 'hidden', { configurable: true, value: state === 'hidden' })
    document.dispatchEvent(new Event('visibilitychange'))
  }
  Object.assign(globalThis, { show: become('visible'), hide: become('hidden') })
}

test('hidden tabs', async ({ page }) => {
  const answers = [1, 2].map((id) =>
    Reply.eventStream().send(`id: ${id}\nevent: notification\ndata: {"title":"number ${id}"}\n\n`).hang(),
  )
  for (const way of ways('hidden')) {
    const shown = await way.scripted(page, answers, addVisibility)
    await shown.waitForLog('number 1')
    await page.run(() => hide())
    await shown.server.waitOpenStreams(0)
    await page.run(() => show())
    await shown.waitForLog('number 2')
    expect(await shown.logged(), `${way}`).toEqual(['number 1', 'number 2'])
    const [, second] = await shown.server.requestsTo(EVENTS)
    expect(second!.lastEventId ?? second!.parameter('lastEventId'), `${way}`).toBe('1')
    await shown.expectNoFailure()
  }
})

test('typed events', async ({ page }) => {
  for (const way of ways('typed')) {
    const shown = await way.open(page)
    await shown.server.waitOpenStreams(1)
    await shown.server.notify('Hello')
    await shown.waitForLog('')
    expect(await shown.logged(), `${way}`).toEqual(['Hello'])
    await shown.expectNoFailure()
  }
})

testWithoutPage('the typed blocks are right TypeScript', async () => {
  await Promise.all(ways('typed').map(({ snippet }) => expectRightTypes(snippet)))
})

test('a fresh token for every attempt', async ({ page }) => {
  for (const way of ways('freshToken')) {
    const shown = await way.open(page, () => sessionStorage.setItem('token', 'old'))
    await shown.server.waitOpenStreams(1)
    await shown.server.notify('one')
    await shown.waitForLog('one')
    await page.run(() => sessionStorage.setItem('token', 'new'))
    await shown.server.dropStreams()
    await shown.server.notify('two')
    await shown.waitForLog('two')

    const requests = await shown.server.requestsTo('/events')
    const tokens = requests.map((request) => request.header('authorization'))
    expect(tokens, `${way}`).toEqual(['Bearer old', 'Bearer new'])
    expect(await shown.logged(), `${way}`).toEqual(['one', 'two'])
    await shown.expectNoFailure()
  }
})

test('the loop reads what comes in whole pieces', async ({ page }) => {
  for (const way of ways('loop')) {
    const shown = await way.scripted(page, [Reply.eventStream().send('data: one\n\ndata: two\n\n').hang()])
    await shown.waitForLog('two')
    expect(await shown.logged(), `${way}`).toEqual(['one', 'two'])
    await shown.expectNoFailure()
  }
})

test('the loop loses what comes in two pieces', async ({ page }) => {
  for (const way of ways('loop')) {
    const gates = [new Gate(), new Gate()] as const
    const bytes = Buffer.from('o\n\ndata: three\n\ndata: café\n\ndata: five\n\n')
    const middle = bytes.indexOf('é') + 1
    const answer = Reply.eventStream()
      .send('data: one\n\ndata: tw')
      .wait(gates[0])
      .send(bytes.subarray(0, middle))
      .wait(gates[1])
      .send(bytes.subarray(middle))
      .hang()
    const shown = await way.scripted(page, [answer])
    // Each piece is seen before the next one is sent.
    await shown.waitForLog('one')
    await gates[0].open()
    await shown.waitForLog('three')
    await gates[1].open()
    await shown.waitForLog('five')
    const right = ['one', 'two', 'three', 'café', 'five']
    const wrong = ['one', 'tw', 'three', 'caf\u{fffd}', 'five']
    expect(await shown.logged(), `${way}`).toEqual(way.name === 'before' ? wrong : right)
    await shown.expectNoFailure()
  }
})

test('the loop ends with a broken connection', async ({ page }) => {
  for (const way of ways('loop')) {
    const gate = new Gate()
    const first = Reply.eventStream().send('retry: 10\n\nid: 1\n\ndata: one\n\n').wait(gate).reset()
    const shown = await way.scripted(page, [first, Reply.eventStream().send('id: 2\ndata: two\n\n').hang()])
    await shown.waitForLog('one')
    await gate.open()
    if (way.name === 'before') {
      await page.waitUntil(() => part('failure'))
      expect(await shown.server.requestsTo(EVENTS), `${way}`).toHaveLength(1)
    } else {
      await shown.waitForLog('two')
      await shown.expectNoFailure()
    }
  }
})

test('trying again', async ({ page }) => {
  for (const way of ways('again')) {
    const shown = await way.open(page)
    await shown.server.waitOpenStreams(1)
    await shown.server.notify('one')
    await shown.waitForLog('one')
    await shown.server.unavailable(1)
    await shown.server.dropStreams()
    await shown.server.notify('two')
    await shown.waitForLog('two')
    expect(await shown.logged(), `${way}`).toEqual(['one', 'two'])
    await shown.expectNoFailure()
  }
})

test('an expired token', async ({ page }) => {
  const answer = (await answerTo('Hello')).join('')
  for (const way of ways('expired')) {
    const shown = await way.open(page, () => sessionStorage.setItem('token', 'of yesterday'))
    await shown.server.hurry(true)
    await page.waitForText('answer', answer)
    expect(await shown.server.requestsTo(CHAT), `${way}: refused once, then answered`).toHaveLength(2)
    expect(await shown.server.requestsTo('/api/login'), `${way}`).toHaveLength(1)
    await shown.expectNoFailure()
  }
})

test('a connection that is dead and looks open', async ({ page }) => {
  for (const way of ways('dead')) {
    const answers = ['one', 'two'].map((data) => Reply.eventStream().send(`data: ${data}\n\n`).hang())
    const shown = await way.scripted(page, answers)
    await shown.waitForLog('two')
    expect((await shown.logged()).slice(0, 2), `${way}`).toEqual(['one', 'two'])
    await shown.expectNoFailure()
  }
})

test('one by one', async ({ page }) => {
  for (const way of ways('oneByOne')) {
    const shown = await way.open(page)
    await shown.server.waitOpenStreams(1)
    await shown.server.push('system', { title: 'first' })
    for (const title of ['one', 'two']) await shown.server.notify(title)
    await shown.server.waitOpenStreams(0)
    await shown.waitForLog('notification')
    expect(await shown.logged(), `${way}`).toEqual(['system first', 'notification one'])
    await shown.expectNoFailure()
  }
})

test('components list what arrives', async ({ page }) => {
  for (const way of ways('lists')) {
    const shown = await way.open(page)
    await page.waitUntil(() => document.querySelector('#app ul'))
    await shown.server.waitOpenStreams(1)
    // A stream that React's strict mode has closed may still be there.
    await shown.server.notify('one')
    await page.waitUntil(() => document.querySelector('#app')!.textContent === 'one')
    await shown.server.notify('two')
    await page.waitUntil(() => document.querySelectorAll('#app li').length === 2)
    const titles = await page.run(() => [...document.querySelectorAll('#app li')].map((item) => item.textContent))
    expect(titles, `${way}`).toEqual(['one', 'two'])
    await page.run(() => unmount())
    await shown.server.waitOpenStreams(0)
    await shown.expectNoFailure()
  }
})

test('a chat in React', ({ page }) => expectTypedAnswers(page, 'chatsInReact'))

test('a chat in Vue', ({ page }) => expectTypedAnswers(page, 'chatInVue'))

async function expectTypedAnswers(page: Page, name: keyof typeof SECTIONS): Promise<void> {
  const answer = (await answerTo('Hello')).join('')
  const waitForButton = (text: string) =>
    page.waitUntil((text) => document.querySelector('#app button')?.textContent === text, text)
  for (const way of ways(name)) {
    const shown = await way.open(page, signIn)
    await waitForButton('Ask')
    await shown.server.hurry(true)
    await page.run(press)
    await page.waitUntil((answer) => document.querySelector('#app p')?.textContent === answer, answer)
    await waitForButton('Ask')

    await shown.server.hurry(false)
    await page.run(press)
    await page.waitUntil((answer) => {
      const text = document.querySelector('#app p')?.textContent
      return document.querySelector('#app button')?.textContent === 'Stop' && text !== '' && text !== answer
    }, answer)
    await page.run(press)
    await waitForButton('Ask')
    await shown.server.waitOpenStreams(0)

    await page.run(press)
    await shown.server.waitOpenStreams(1)
    await page.run(() => unmount())
    await shown.server.waitOpenStreams(0)
    expect(await shown.server.requestsTo(CHAT), `${way}`).toHaveLength(3)
    await shown.expectNoFailure()
  }
}

// Node's own server with the middleware in front of it. A page may send every header that needs to be allowed.
testWithoutPage('the server of the troubleshooting guide lets a page in', async () => {
  const middlewares = scriptsIn('cors')
  expect(middlewares).toHaveLength(1)
  const printed = await runModule(`${middlewares[0]!.code}
    import { createServer } from 'node:http'
    const server = createServer((request, response) => allowStreams(request, response, () => response.end('next')))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = \`http://127.0.0.1:\${server.address().port}\`
    const headers = { Origin: 'http://page.test' }
    for (const method of ['OPTIONS', 'GET']) {
      const response = await fetch(url, { method, headers })
      const sent = [...response.headers].filter(([name]) => name.startsWith('access-control'))
      console.log(JSON.stringify([response.status, await response.text(), Object.fromEntries(sent)]))
    }
    server.close()
    server.closeAllConnections()`)
  const responses = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const always = {
    'access-control-allow-origin': 'http://page.test',
    'access-control-expose-headers': 'Retry-After',
  }
  expect(responses).toEqual([
    [
      204,
      '',
      {
        ...always,
        'access-control-allow-headers': 'Authorization, Content-Type, Last-Event-ID',
        'access-control-max-age': '7200',
      },
    ],
    [200, 'next', always],
  ])
})

// The development server with that configuration, in front of a server that disappears in the middle of a response.
testWithoutPage("Vite's proxy passes on that the server is gone", async () => {
  const configuration = scriptsIn('hidingProxy').at(-1)!
  const script = `
    import { createServer as createHttpServer, get } from 'node:http'
    import { once } from 'node:events'
    import { writeFile } from 'node:fs/promises'
    import { createServer } from 'vite'

    const { CONFIGURATION, FOLDER } = process.env
    let response
    const server = createHttpServer((_, answer) => {
      response = answer.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('data: 1\\n\\n')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const file = FOLDER + '/vite.config.mjs'
    await writeFile(FOLDER + '/index.html', '<!doctype html>')
    await writeFile(file, CONFIGURATION.replace('3000', server.address().port))
    const configuration = (await import(file)).default
    const vite = await createServer({
      configFile: false, root: FOLDER, logLevel: 'silent', ...configuration,
      server: { ...configuration.server, host: '127.0.0.1', port: 0, ws: false },
    })
    await vite.listen()
    const [seen] = await once(get('http://127.0.0.1:' + vite.httpServer.address().port + '/events'), 'response')
    console.log(String((await once(seen, 'data'))[0]).trim())
    const broken = once(seen, 'error')
    response.socket.destroy()
    console.log((await broken)[0].message)
    await vite.close()
    server.close()`
  const { stdout } = await promisify(execFile)('node', ['--input-type=module', '--eval', script], {
    cwd: fromRoot('.'),
    env: { ...process.env, FOLDER: newFolder(), CONFIGURATION: configuration.code },
    timeout: 60_000,
  })
  expect(stdout).toBe('data: 1\naborted\n')
})

testWithoutPage('the Jest environment is the one that is tested', () => {
  const shown = scriptsIn('jest')
  expect(shown).toHaveLength(1)
  const tested = textOf('tests/packaging/projects/jest/node-globals.environment.js')
  // Without the lines that say what it is for.
  expect(shown[0]!.code).toBe(tested.slice(tested.indexOf('\n\n') + 2))
})
