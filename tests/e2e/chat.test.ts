// The demo page when all is well: a user signs in, sends a message, watches the answer being typed, stops it, and sends it again.

import { answerTo, CHAT, indexOf, messageOf } from './fixture/chat.ts'
import { DemoPage } from './fixture/demo-page.ts'
import { expect, test } from './fixture/index.ts'

test('an answer is typed token by token', async ({ page }) => {
  const question = 'Why Rust and wasm?'
  const demo = await DemoPage.openSlow(page, 150)
  await demo.signIn()
  await demo.server.silent(true)
  await demo.send(question)
  await demo.server.waitOpenStreamsAt(CHAT, 1)
  await page.waitUntil(() => !part('cursor').hidden && part('answer-text').textContent === '')

  await page.record('answer-text')
  await demo.server.silent(false)
  await page.waitUntil(() => !part('cursor').hidden && (globalThis as any).recorded['answer-text'].length > 11)
  await demo.expectWholeAnswer(question)

  const steps = await page.recorded('answer-text')
  expect(steps.length).toBeGreaterThan(10)
  for (const [n, step] of steps.slice(1).entries()) expect(step.startsWith(steps[n]!), step).toBe(true)
})

test('the server gets one POST with JSON and a token', async ({ page }) => {
  const question = 'Hello, bonjour, 你好'
  const demo = await DemoPage.open(page)
  await demo.signIn()
  await demo.send(question)
  await demo.expectWholeAnswer(question)

  const requests = await demo.requests()
  expect(requests).toHaveLength(1)
  const [request] = requests
  expect(request!.method).toBe('POST')
  expect(request!.json).toEqual({ message: question })
  expect(request!.header('content-type')).toBe('application/json')
  expect(request!.header('accept')).toBe('text/event-stream')
  expect(request!.lastEventId).toBeUndefined()
  expect(request!.header('authorization'), 'a JWT has three parts').toMatch(/^Bearer [^.]+\.[^.]+\.[^.]+$/)
  await demo.server.waitOpenStreamsAt(CHAT, 0)
})

test('stop closes the stream and keeps the half answer', async ({ page }) => {
  const question = 'What are server-sent events?'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  await page.click('stop')
  await demo.waitForPhase('stopped')
  await demo.server.waitOpenStreamsAt(CHAT, 0)

  const whole = (await answerTo(question)).join('')
  const half = await page.text('answer-text')
  expect(half.length).toBeGreaterThan(20)
  expect(half.length).toBeLessThan(whole.length)
  expect(whole.startsWith(half), half).toBe(true)
  expect(await page.text('chat-state')).toBe('Closed')
  expect(await demo.requests()).toHaveLength(1)
})

test('a stopped answer continues where it was stopped', async ({ page }) => {
  const question = 'Write me a poem'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  await page.click('stop')
  await demo.waitForPhase('stopped')
  const lastId = await page.text('chat-last-event-id')

  await page.click('chat-connect')
  await demo.expectWholeAnswer(question)
  const requests = await demo.requests()
  expect(requests).toHaveLength(2)
  expect(requests[1]!.lastEventId).toBe(lastId)
  await demo.expectNeverTwoStreams()
})

test('regenerate requests the answer from the start', async ({ page }) => {
  const question = 'Write me a haiku'
  const demo = await DemoPage.open(page)
  await demo.signIn()
  await demo.send(question)
  await demo.expectWholeAnswer(question)

  await demo.server.silent(true)
  await page.click('regenerate')
  await page.waitUntil(() => part('answer-text').textContent === '')
  await demo.server.silent(false)
  await demo.expectWholeAnswer(question)
  const requests = await demo.requests()
  expect(requests.map(messageOf)).toEqual([question, question])
  expect(requests[1]!.lastEventId).toBeUndefined()
  expect(await page.run(() => document.querySelectorAll('.message').length)).toBe(2)
})

test('a wrong password is refused on the demo page', async ({ page }) => {
  await DemoPage.open(page)
  await page.write('password', 'x')
  await page.click('sign-in')
  await page.waitUntil(() => !part('login-error').hidden)
  expect(await page.text('login-error')).not.toBe('')
  expect(await page.run(() => part('talk').hidden)).toBe(true)
})

test('notifications appear when the server publishes them', async ({ page }) => {
  const demo = await DemoPage.open(page)
  const { server } = demo
  const ids = [await server.notify('First', 'of two'), await server.notify('第二', '<b>not markup</b> & 🎉')]
  await server.push('system', { cpu: 12, memory: 34, connections: 5 })
  await server.push('heartbeat', { at: 0 })

  await demo.expectNotifications(...ids)
  await page.waitForText('metric-cpu', '12%')
  await page.waitForText('metric-memory', '34%')
  await page.waitForText('metric-connections', '5')
  // “just now” is shown for a second only, which may have passed.
  await page.waitUntil(() => /^(Heartbeat just now|Last heartbeat \d+ s ago)$/.test(part('heartbeat-text').textContent))
  const newest = await page.run(() =>
    ['h3', 'p'].map((name) => document.querySelector(`[data-testid=notification] ${name}`)!.textContent),
  )
  expect(newest).toEqual(['第二', '<b>not markup</b> & 🎉'])
})

test('the page shows the state and the last event id', async ({ page }) => {
  const demo = await DemoPage.open(page)
  expect(await page.text('feed-last-event-id')).toBe('none')
  expect(await page.text('chat-state')).toBe('Idle')
  const id = await demo.server.notify('A', 'B')
  await page.waitForText('feed-last-event-id', String(id))
  expect(await page.text('feed-attempt')).toBe('0')

  await demo.signIn()
  await page.record('chat-state')
  await demo.send('hello')
  await demo.expectWholeAnswer('hello')
  await page.waitForText('chat-state', 'Closed')
  expect(await page.recorded('chat-state')).toEqual(['Idle', 'Connecting', 'Open', 'Closed'])
  expect(await page.text('chat-reason')).toBe('complete')
  // The mark that ends the answer has an id of its own; the mark is not delivered, but its id counts.
  const last = indexOf(await page.text('chat-last-event-id'))
  expect(last).toBeGreaterThanOrEqual((await answerTo('hello')).length - 1)
})

test('the log lists what was sent and received', async ({ page }) => {
  const demo = await DemoPage.open(page)
  await demo.signIn()
  await demo.send('hello')
  await demo.expectWholeAnswer('hello')
  await page.waitUntil(() => document.querySelector('.log-line[data-connection=chat][data-kind=close]'))
  const lines = await page.run(() =>
    [...document.querySelectorAll<HTMLElement>('.log-line[data-connection=chat]')].map((line) => ({
      kind: line.dataset.kind,
      text: line.querySelector('.log-text')!.textContent,
    })),
  )
  const kinds = lines.map(({ kind }) => kind)
  expect(kinds).toEqual(['state', 'request', 'state', 'open', 'event', 'state', 'close'])
  expect(lines[1]!.text).toBe('POST /api/chat/stream')
  const tokens = await answerTo('hello')
  expect(lines[4]!.text).toMatch(new RegExp(`^message × ${tokens.length}, id `))
})

test('disconnect closes the feed and connect continues it', async ({ page }) => {
  const demo = await DemoPage.open(page)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)

  await page.click('feed-disconnect')
  await demo.server.waitOpenStreams(0)
  await page.waitForText('feed-reason', 'disconnected')
  const meanwhile = await demo.server.notify('meanwhile')

  await page.click('feed-connect')
  const after = await demo.server.notify('after')
  await demo.expectNotifications(before, meanwhile, after)
  const requests = await demo.server.requestsTo('/events')
  expect(requests.at(-1)!.lastEventId).toBe(String(before))
  await demo.expectNeverTwoStreams()
})
