// The page of code that was written for another client and runs with this one unchanged.

import { answerTo, CHAT } from './fixture/chat.ts'
import { DEMO, DemoServer, expect, Reply, test } from './fixture/index.ts'

test('code written for another client runs unchanged', async ({ page }) => {
  const server = await DemoServer.start(DEMO)
  await page.open(`${server.url}/snippet.html`)
  const tokens = await answerTo('Hello')
  await page.waitForText('snippet-count', String(tokens.length + 1))

  const source = await page.text('snippet-source')
  expect(source).toContain('new SSEClient(url, {')
  expect(source).toContain("client.on('notification', data =>")
  expect(source).toContain("client.on('max-reconnects-reached', () =>")

  const events = await page.run(() =>
    [...document.querySelectorAll<HTMLElement>('[data-testid=snippet-event]')].map((item) => ({
      parsed: item.dataset.parsed,
      data: item.querySelector('code')!.textContent,
    })),
  )
  expect(events.pop(), 'what is not JSON is text').toEqual({ parsed: 'false', data: '[DONE]' })
  expect(events.map(({ parsed, data }) => ({ parsed, ...JSON.parse(data) }))).toEqual(
    tokens.map((token, index) => ({ parsed: 'true', index, token })),
  )

  const requests = await server.requestsTo(CHAT)
  expect(requests, 'a finished POST is not sent again').toHaveLength(1)
  expect(requests[0]!.json).toEqual({ message: 'Hello', conversation: 'snippet' })
  expect(requests[0]!.header('content-type')).toBe('application/json')
  expect(await page.text('snippet-status'), 'nothing failed').toBe('started')
})

test('its disconnect closes the stream', async ({ page }) => {
  const server = await DemoServer.start(DEMO)
  const note = 'event: notification\ndata: {"title":"A"}\n\n'
  await server.script('notes', Reply.eventStream().send(note).hang())
  await page.open(`${server.url}/snippet.html?url=/api/script/notes`)
  await page.waitForText('snippet-count', '1')
  expect(await page.run(() => part('snippet-event').dataset.type)).toBe('notification')

  await page.click('snippet-disconnect')
  await server.waitOpenStreams(0)
  await page.click('snippet-connect')
  await page.waitForText('snippet-count', '2')
  expect(await server.mostOpenStreams()).toBe(1)
})

test('its listener is called when all reconnects have failed', async ({ page }) => {
  const server = await DemoServer.start(DEMO)
  await server.script('away', Reply.status(503))
  await page.open(`${server.url}/snippet.html?url=/api/script/away&max=2`)
  await page.waitForText('snippet-status', 'max-reconnects-reached')
  expect(await server.requestsTo('/api/script/away'), 'the first request and two reconnects').toHaveLength(3)
})
