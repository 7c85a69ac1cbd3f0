// The examples: the chat in React and in Vue, as a person uses them. They look alike, so one test is for both.

import { existsSync } from 'node:fs'

import { answerTo, CHAT, cutOffNextAnswer, indexOf, messageOf } from './fixture/chat.ts'
import type { Config } from './fixture/demo-server.ts'
import { DEMO, DemoServer, expect, fromRoot, type Page, type Request, test } from './fixture/index.ts'

const FRAMEWORKS = ['react', 'vue'] as const
type Framework = (typeof FRAMEWORKS)[number]

/** The Enter key, as WebDriver names it. */
const ENTER = '\ue007'

/** Where `cargo xtask` writes the examples. */
function built(folder: string): string {
  const path = fromRoot(`target/xtask/${folder}`)
  if (!existsSync(path)) throw new Error(`there is no ${path}: \`cargo xtask test\` builds the examples`)
  return path
}

const config = (): Config => ({ ...DEMO, examples: built('examples') })

/** One of the two, with a server behind it. */
class Chat {
  readonly page: Page
  readonly server: DemoServer

  private constructor(page: Page, server: DemoServer) {
    this.page = page
    this.server = server
  }

  /** With fast answers. */
  static open(page: Page, framework: Framework): Promise<Chat> {
    return Chat.openWith(page, `/${framework}/?tokenDelay=2`, config())
  }

  /** With answers so slow that there is time to disturb them. */
  static openSlow(page: Page, framework: Framework): Promise<Chat> {
    return Chat.openWith(page, `/${framework}/?tokenDelay=60`, config())
  }

  static async openWith(page: Page, path: string, config: Config): Promise<Chat> {
    const server = await DemoServer.start(config)
    await page.open(server.url + path)
    await page.waitUntil(() => part('sign-in'))
    return new Chat(page, server)
  }

  async signIn(): Promise<void> {
    await this.page.click('sign-in')
    await this.page.waitUntil(() => part('question'))
  }

  async send(message: string): Promise<void> {
    await this.page.write('question', message)
    await this.page.click('send')
  }

  /** Signs in, sends a message, and returns when some of the answer is there but, because it is slow, not all of it. */
  async startAnswer(message: string): Promise<void> {
    await this.signIn()
    await this.send(message)
    await this.page.waitUntil(() => part('answer-text')?.textContent.length > 20)
  }

  /** Waits until the latest answer is in this phase. */
  waitForPhase(phase: 'typing' | 'waiting' | 'done' | 'stopped' | 'cut' | 'failed'): Promise<void> {
    return this.page.waitUntil((phase) => {
      const answers = document.querySelectorAll<HTMLElement>('[data-testid=message-assistant]')
      return [...answers].at(-1)?.dataset.phase === phase
    }, phase)
  }

  /** Waits for the end of the latest answer, whose rest is typed at once, and compares it with what the server answers. */
  async expectWholeAnswer(message: string): Promise<void> {
    await this.server.hurry(true)
    const whole = (await answerTo(message)).join('')
    // The phase alone could still be that of the answer before.
    await this.page.waitUntil((whole) => {
      const answer = [...document.querySelectorAll('[data-testid=message-assistant]')].at(-1)
      return answer?.querySelector('[data-testid=answer-text]')?.textContent === whole
    }, whole)
    await this.waitForPhase('done')
    const seen = await this.page.run(() => {
      const answer = [...document.querySelectorAll('[data-testid=message-assistant]')].at(-1)!
      return {
        busy: answer.querySelector('[data-testid=answer-body]')!.ariaBusy,
        cursorHidden: answer.querySelector<HTMLElement>('.cursor')!.hidden,
      }
    })
    expect(seen).toEqual({ busy: 'false', cursorHidden: true })
    expect(await this.server.mostOpenStreamsAt(CHAT)).toBe(1)
  }

  requests(): Promise<Request[]> {
    return this.server.requestsTo(CHAT)
  }
}

test('a question is one request and its answer is typed completely', async ({ page }) => {
  const question = 'Hello, bonjour, 你好'
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.open(page, framework)
    await chat.signIn()
    expect(await chat.requests(), `${framework} requests nothing without a question`).toHaveLength(0)
    await chat.send(question)
    await chat.expectWholeAnswer(question)

    const requests = await chat.requests()
    expect(requests, framework).toHaveLength(1)
    expect(requests[0]!.method).toBe('POST')
    expect(requests[0]!.json).toEqual({ message: question, tokenDelay: 2 })
    expect(requests[0]!.header('authorization')).toMatch(/^Bearer /)
    await chat.server.waitOpenStreamsAt(CHAT, 0)
  }
})

// Only a build for development has the strict mode.
test('strict mode causes no second request', async ({ page }) => {
  const chat = await Chat.openWith(page, '/react/?tokenDelay=2', { ...DEMO, examples: built('examples-for-development') })
  await chat.signIn()
  for (const question of ['Why Rust and wasm?', 'What are server-sent events?']) {
    await chat.send(question)
    await chat.expectWholeAnswer(question)
  }
  expect(await chat.requests()).toHaveLength(2)
})

test('stop closes the stream and continue requests the rest', async ({ page }) => {
  const question = 'Write me a poem'
  const whole = (await answerTo(question)).join('')
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.openSlow(page, framework)
    await chat.startAnswer(question)
    await page.click('stop')
    await chat.waitForPhase('stopped')
    await chat.server.waitOpenStreamsAt(CHAT, 0)
    const half = await page.text('answer-text')
    expect(half.length, framework).toBeLessThan(whole.length)
    expect(whole.startsWith(half), `${framework}: ${half}`).toBe(true)
    expect(await page.text('chat-state')).toBe('closed')

    await page.click('continue')
    await chat.expectWholeAnswer(question)
    const requests = await chat.requests()
    expect(requests, framework).toHaveLength(2)
    expect(requests[1]!.lastEventId, `${framework} requests only the rest`).toBeDefined()
  }
})

test('an expired token is refreshed', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.open(page, framework)
    await chat.signIn()
    await chat.server.expireTokens()
    await chat.send('hello')
    await chat.expectWholeAnswer('hello')

    const tokens = (await chat.requests()).map((request) => request.header('authorization'))
    expect(tokens, `${framework}: refused, then accepted`).toHaveLength(2)
    expect(tokens[0]).not.toBe(tokens[1])
    expect(await chat.server.requestsTo('/api/refresh')).toHaveLength(1)
  }
})

test('an answer continues after the server was killed and restarted', async ({ page }) => {
  const question = 'Tell me about events'
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.openSlow(page, framework)
    await chat.startAnswer(question)
    // A new process has a new secret, so the tokens of the page are not valid any more.
    await chat.server.restart(config(), async () => {
      await page.waitForText('chat-state', 'reconnecting')
      await page.waitUntil(() => part('message-assistant').dataset.phase === 'waiting' && part('answer-note'))
    })
    await chat.expectWholeAnswer(question)
    for (const request of await chat.requests()) {
      expect(request.lastEventId, `${framework} requests only the rest`).toBeDefined()
    }
  }
})

test('an answer that fails is shown as failed and can be retried', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    // Every token has expired when it is issued, also those of a refresh.
    const chat = await Chat.openWith(page, `/${framework}/`, { ...config(), accessTokenTtl: 0 })
    await chat.signIn()
    await chat.send('hello')
    await chat.waitForPhase('failed')
    expect(await page.text('answer-error-text')).not.toBe('')
    expect(await page.run(() => part('answer-error').role)).toBe('alert')

    const sent = (await chat.server.requestsTo('/api/chat/stream')).length
    await page.click('retry')
    // The states in between may be over before a frame shows them.
    await chat.server.waitForRequestsTo('/api/chat/stream', sent + 1)
    await chat.waitForPhase('failed')

    await chat.send('hello?')
    await page.waitUntil(() => {
      const count = (testid: string) => document.querySelectorAll(`[data-testid=${testid}]`).length
      return count('answer-error') === 2 && count('retry') === 1
    })
  }
})

test('a second question keeps the first answer and regenerate sends it again', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.open(page, framework)
    await chat.signIn()
    for (const question of ['Write me a haiku', 'hello']) {
      await chat.send(question)
      await chat.expectWholeAnswer(question)
    }
    await chat.server.silent(true)
    await page.click('regenerate')
    // The answer before is gone.
    await page.waitUntil(() => {
      const answer = [...document.querySelectorAll('[data-testid=message-assistant]')].at(-1)
      return !answer?.querySelector('[data-testid=answer-text]')?.textContent
    })
    await chat.server.silent(false)
    await chat.expectWholeAnswer('hello')

    const shown = await page.run(() => [...document.querySelectorAll('.message-text')].map((text) => text.textContent))
    const answers = [(await answerTo('Write me a haiku')).join(''), (await answerTo('hello')).join('')]
    expect(shown, framework).toEqual(['Write me a haiku', answers[0], 'hello', answers[1]])
    expect((await chat.requests()).map(messageOf)).toEqual(['Write me a haiku', 'hello', 'hello'])
  }
})

test('a wrong password is refused and the page says so', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.open(page, framework)
    await page.write('password', 'x')
    await page.click('sign-in')
    await page.waitUntil(() => part('login-error')?.textContent)
    expect(await page.run(() => part('username').value), `${framework} keeps what was typed`).toBe('demo')
    expect(await chat.server.requestsTo('/api/login')).toHaveLength(1)
  }
})

test('the keyboard is enough', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.openSlow(page, framework)
    await page.write('password', ENTER)
    await page.waitUntil(() => part('question') && document.activeElement === part('question'))
    await page.write('question', `Write me a poem${ENTER}`)
    await page.waitUntil(() => part('answer-text')?.textContent.length > 20)
    expect(await page.run(() => part('question').value)).toBe('')
    await page.write('stop', ENTER)
    await chat.waitForPhase('stopped')
    await page.waitUntil(() => document.activeElement === part('question'))
  }
})

test('a cut-off answer is shown as cut off and retry requests the rest', async ({ page }) => {
  const question = 'Write me a poem'
  const tokens = await answerTo(question)
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.open(page, framework)
    await chat.signIn()
    await page.run(cutOffNextAnswer)
    await chat.send(question)
    await chat.waitForPhase('cut')

    expect(await page.text('answer-text'), framework).toBe(tokens.slice(0, 5).join(''))
    expect(await page.text('answer-error-title'), framework).toBe('Cut off')
    expect(await page.text('answer-error-text'), framework).toBe('The answer is gone.')
    expect(await page.text('answer-note'), `${framework}: it does not count as complete`).toBe('')

    await page.click('retry')
    await chat.expectWholeAnswer(question)
    await page.waitUntil(() => !part('answer-error') && document.activeElement === part('question'))
    const requests = await chat.requests()
    expect(requests, `${framework}: the answer that was cut off, and its rest`).toHaveLength(2)
    expect(indexOf(requests[1]!.lastEventId!), framework).toBe(4)
  }
})

test('an answer that waits says when it is requested again', async ({ page }) => {
  const question = 'Write me a poem'
  for (const framework of FRAMEWORKS) {
    const chat = await Chat.openSlow(page, framework)
    await chat.startAnswer(question)
    await page.record('answer-note')
    await chat.server.unavailable(1, 600)
    await chat.server.dropStreams()
    await page.waitUntil(() => /^Trying again in [6-9][0-9][0-9] s \(attempt 2\)$/.test(part('answer-wait')?.textContent))
    await chat.waitForPhase('waiting')
    // The countdown changes each second, and only the note is read aloud.
    const before = await page.text('answer-wait')
    await page.waitUntil((before) => part('answer-wait').textContent !== before, before)
    expect(await page.recorded('answer-note'), framework).toEqual(['', 'Connection lost, continues where it broke off'])

    await page.click('chat-reconnect')
    await chat.expectWholeAnswer(question)
  }
})

test('a silent connection is not shown as open with an answer being typed', async ({ page, engine }) => {
  const question = 'Why Rust and wasm?'
  for (const framework of FRAMEWORKS) {
    const path = `/${framework}/?tokenDelay=60&idleTimeout=600`
    const chat = await Chat.openWith(page, path, { ...config(), keepAlive: 50 })
    await chat.startAnswer(question)
    await chat.server.silent(true)
    await page.waitUntil(() => part('chat-state').textContent !== 'open')
    await chat.waitForPhase('waiting')
    await page.record('chat-state')
    // Firefox keeps the head of a response to itself until the first byte of the body.
    await chat.server.waitForRequestsTo(CHAT, engine === 'firefox' ? 2 : 3)
    expect(await page.recorded('chat-state'), framework).not.toContain('open')
    await chat.waitForPhase('waiting')

    await chat.server.silent(false)
    await chat.expectWholeAnswer(question)
  }
})

test('the demo leads to both', async ({ page }) => {
  for (const framework of FRAMEWORKS) {
    const server = await DemoServer.start(config())
    await page.open(`${server.url}/`)
    await page.click(`to-${framework}`)
    await page.waitUntil((path) => location.pathname === path && part('sign-in'), `/${framework}/`)
    await page.click('to-demo')
    await page.waitUntil(() => location.pathname === '/' && part('feed-connection'))
  }
})
