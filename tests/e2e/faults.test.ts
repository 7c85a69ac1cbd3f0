// The fault switches of the demo page: whatever the server does, the answer is complete in the end.

import { answerTo, CHAT, cutOffNextAnswer, indexOf } from './fixture/chat.ts'
import { DemoPage } from './fixture/demo-page.ts'
import { expect, test } from './fixture/index.ts'

test('a dropped answer continues at the next token', async ({ page }) => {
  const question = 'How does a stream resume?'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)

  await page.click('fault-drop')
  const after = await demo.server.notify('after')
  await demo.server.waitForRequestsTo(CHAT, 2)
  await demo.expectWholeAnswer(question)
  await demo.expectNotifications(before, after)

  const requests = await demo.requests()
  expect(requests).toHaveLength(2)
  expect(indexOf(requests[1]!.lastEventId!)).toBeGreaterThan(0)
  expect(requests[0]!.body).toBe(requests[1]!.body)
  await demo.expectNeverTwoStreams()
})

test('refusals are counted and waited out with a countdown', async ({ page }) => {
  const demo = await DemoPage.open(page)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)
  for (const part of ['feed-state', 'feed-attempt', 'feed-countdown']) await page.record(part)

  await page.click('fault-unavailable')
  await page.waitUntil(() => part('fault-state').textContent.startsWith('503 for the next 3'))
  await page.click('fault-drop')
  // Not before the old stream is gone, which could still bring it.
  await demo.server.waitForRequestsTo('/events', 2)
  const meanwhile = await demo.server.notify('meanwhile')
  await demo.expectNotifications(before, meanwhile)

  const ids = (await demo.server.requestsTo('/events')).map(({ lastEventId }) => lastEventId)
  expect(ids, 'the first one, three refused, one accepted').toEqual([undefined, ...Array(4).fill(String(before))])
  expect(await page.recorded('feed-state')).toEqual(['Open', 'Reconnecting', 'Open'])
  expect((await page.recorded('feed-attempt')).slice(0, 5)).toEqual(['0', '1', '2', '3', '4'])
  const countdown = await page.recorded('feed-countdown')
  expect(countdown).toContainEqual(expect.stringMatching(/^next attempt in 0\./))
  expect(await page.text('feed-countdown')).toBe('')
})

test('reconnect now does not wait for the countdown', async ({ page }) => {
  const demo = await DemoPage.open(page)
  await demo.server.unavailable(1, 600)
  await page.click('fault-drop')
  await page.waitUntil(() => Number.parseFloat(part('feed-countdown').textContent.slice('next attempt in'.length)) > 500)

  await page.click('feed-reconnect')
  await page.waitForText('feed-state', 'Open')
  expect(await page.text('feed-attempt')).toBe('0')
  await demo.expectNeverTwoStreams()
})

test('silence loses nothing', async ({ page }) => {
  const question = 'Why Rust and wasm?'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  await page.click('fault-silent')
  await page.waitUntil(() => part('fault-silent').getAttribute('aria-pressed') === 'true')
  const ids: number[] = []
  for (const n of [1, 2, 3]) ids.push(await demo.server.notify(`number ${n}`))
  await demo.expectBothStreams()
  expect(await page.text('chat-state')).toBe('Open')

  await page.click('fault-silent')
  await demo.expectWholeAnswer(question)
  await demo.expectNotifications(...ids)
  expect(await demo.requests(), 'it was the same stream all the time').toHaveLength(1)
})

test('an expired token is refreshed once', async ({ page }) => {
  const question = 'What is a token?'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  await page.click('fault-expire-tokens')
  await demo.server.waitForRequestsTo('/api/faults/expire-tokens', 1)
  await page.click('fault-drop')
  await demo.server.waitForRequestsTo(CHAT, 3)
  await demo.expectWholeAnswer(question)

  const requests = await demo.requests()
  expect(requests, 'the first one, refused, and with a fresh token').toHaveLength(3)
  const tokens = requests.map((request) => request.header('authorization'))
  expect(tokens[0]).toBe(tokens[1])
  expect(tokens[1]).not.toBe(tokens[2])
  expect(requests[1]!.lastEventId).toBe(requests[2]!.lastEventId)
  expect(await demo.server.requestsTo('/api/refresh')).toHaveLength(1)
  expect(await demo.server.requestsTo('/api/login')).toHaveLength(1)
})

test('an answer survives a closed port', async ({ page }) => {
  const question = 'Am I still there when you are offline?'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)
  await page.record('chat-state')
  await page.click('fault-outage')
  await demo.server.waitListening(false)
  const meanwhile = await demo.server.notify('meanwhile')
  await page.waitForText('chat-state', 'Reconnecting')
  // Ends the outage before its time.
  await demo.server.resetFaults()
  await demo.server.waitListening(true)

  await demo.expectWholeAnswer(question)
  await demo.expectNotifications(before, meanwhile)
  expect(await page.recorded('chat-state')).toEqual(['Open', 'Reconnecting', 'Open', 'Closed'])
  expect(await demo.requests()).toHaveLength(2)
  await demo.expectNeverTwoStreams()
})

test('a cut-off answer is shown as cut off and retry requests the rest on the demo page', async ({ page }) => {
  const question = 'Write me a poem'
  const demo = await DemoPage.open(page)
  await demo.signIn()
  await page.run(cutOffNextAnswer)
  await demo.send(question)
  await demo.waitForPhase('cut')

  const tokens = await answerTo(question)
  expect(await page.text('answer-text')).toBe(tokens.slice(0, 5).join(''))
  expect(await page.text('answer-error-title')).toBe('Cut off after 5 tokens')
  expect(await page.text('answer-error-text')).toBe('The answer is gone. (status 410)')
  await page.waitUntil(() => part('cursor').hidden && part('answer-error').role === 'alert')
  expect(await page.text('answer-note'), 'it does not count as complete').toBe('')
  expect(await page.text('chat-state')).toBe('Closed')

  await page.click('retry')
  await demo.expectWholeAnswer(question)
  await page.waitUntil(() => part('answer-error').hidden && document.activeElement === part('question'))
  const requests = await demo.requests()
  expect(requests, 'the answer that was cut off, and its rest').toHaveLength(2)
  expect(indexOf(requests[1]!.lastEventId!)).toBe(4)
})

test('an answer that waits says when it is requested again on the demo page', async ({ page }) => {
  const question = 'Write me a poem'
  const demo = await DemoPage.openSlow(page)
  await demo.startAnswer(question)
  await page.record('answer-note')
  // One for the chat, one for the feed.
  await demo.server.unavailable(2, 600)
  await page.click('fault-drop')
  await page.waitUntil(() => /^Trying again in [6-9][0-9][0-9] s \(attempt 2\)$/.test(part('answer-wait').textContent))
  await demo.waitForPhase('waiting')
  // The countdown changes each second, and only the note is read aloud.
  const before = await page.text('answer-wait')
  await page.waitUntil((before) => part('answer-wait').textContent !== before, before)
  expect(await page.run(() => [part('answer-note').role, part('answer-wait').ariaLive])).toEqual(['status', 'off'])
  const notes = await page.recorded('answer-note')
  expect(notes).toEqual([expect.any(String), expect.stringMatching(/^Connection lost after token /)])

  await page.click('chat-reconnect')
  await demo.expectWholeAnswer(question)
  expect(await page.text('answer-wait')).toBe('')
})

test('a silent connection is not shown as open on the demo page', async ({ page, engine }) => {
  const question = 'Why Rust and wasm?'
  const demo = await DemoPage.openImpatient(page)
  await demo.startAnswer(question)
  await demo.server.silent(true)
  await page.waitUntil(() => part('chat-state').textContent !== 'Open' && part('feed-state').textContent !== 'Open')
  await demo.waitForPhase('waiting')
  const states = ['chat-state', 'feed-state']
  for (const state of states) await page.record(state)
  // Firefox keeps the head of a response to itself until the first byte of the body.
  const requests = engine === 'firefox' ? 2 : 3
  for (const path of [CHAT, '/events']) await demo.server.waitForRequestsTo(path, requests)
  for (const state of states) expect(await page.recorded(state), state).not.toContain('Open')
  await demo.waitForPhase('waiting')

  await demo.server.silent(false)
  await page.waitForText('feed-state', 'Open')
  await demo.expectWholeAnswer(question)
})
