// The timeline and the fault lab of the demo page: what happens to each connection is shown, whatever goes wrong with it.

import { answerTo } from './fixture/chat.ts'
import { DemoPage } from './fixture/demo-page.ts'
import { expect, type Page, test } from './fixture/index.ts'

function waitForTrial(page: Page, fault: string, phase: 'passed' | 'stopped'): Promise<void> {
  return page.waitUntil(({ fault, phase }) => part(`trial-${fault}`).dataset.phase === phase, { fault, phase })
}

/** Waits until the bands of a lane are these states, oldest first. */
function waitForBands(page: Page, lane: string, ...states: string[]): Promise<void> {
  return page.waitUntil(
    ({ lane, states }) => {
      const bands: HTMLElement[] = [...part(`lane-${lane}`).querySelectorAll('.band')]
      return bands.map((band) => band.dataset.state).join() === states.join()
    },
    { lane, states },
  )
}

/** The marks of a lane in the order in which they were made. */
function marksOf(page: Page, lane: string): Promise<string[]> {
  return page.run((lane) => {
    const marks: HTMLElement[] = [...part(`lane-${lane}`).querySelectorAll('[data-mark]')]
    return marks.map(({ dataset }) => [dataset.mark, dataset.code, dataset.status].filter(Boolean).join(' '))
  }, lane)
}

test('fault buttons start clients that recover', async ({ page }) => {
  const { server } = await DemoPage.openWithFaultServer(page)
  const faults = ['cut-mid-character', 'reset', 'silent-after', 'unauthorized-once', 'unavailable']
  for (const fault of faults) await page.click(`trial-${fault}-run`)
  for (const fault of faults) {
    await waitForTrial(page, fault, 'passed')
    expect(await page.text(`trial-${fault}-badge`), fault).toBe('Recovered')
    expect(await page.text(`trial-${fault}-count`), fault).toBe('12 of 12, in order')
    const requests = await server.faultServer!.exchangesTo(`/try/${fault}`)
    expect(requests.length, `something went wrong: ${fault}`).toBeGreaterThan(1)
  }
  expect(await server.faultServer!.mostOpenOfAny(), 'no client ever had two requests open').toBe(1)
  expect(await page.text('trial-reset-error')).toMatch(/\(network\)$/)
  expect(await page.text('trial-silent-after-error')).toMatch(/\(idle\)$/)
  expect(await page.text('trial-unavailable-error')).toMatch(/\(status 503\)$/)
})

test('a fault that cannot be recovered from ends its client', async ({ page }) => {
  const { server } = await DemoPage.openWithFaultServer(page)
  const closed = ['idle', 'connecting', 'closed']
  const opened = ['idle', 'connecting', 'open', 'closed']
  const faults: [fault: string, error: string, bands: string[]][] = [
    ['not-a-stream', '(content-type 200)', closed],
    ['endless-line', '(too-large)', opened],
    ['no-content', '', closed],
  ]
  for (const [fault, error, bands] of faults) {
    await page.click(`trial-${fault}-run`)
    await waitForTrial(page, fault, 'passed')
    expect(await page.text(`trial-${fault}-badge`), fault).toBe('Stopped, as expected')
    const shown = await page.text(`trial-${fault}-error`)
    expect(shown.endsWith(error), `${fault}: ${shown}`).toBe(true)
    await waitForBands(page, fault, ...bands)
    expect(await server.faultServer!.exchangesTo(`/try/${fault}`), `${fault} was not tried again`).toHaveLength(1)
  }
})

test('a client of the lab can be stopped', async ({ page }) => {
  const { server } = await DemoPage.openWithFaultServer(page)
  await page.click('trial-endless-comments-run')
  await page.waitUntil(() => part('trial-endless-comments-count').textContent.endsWith(' comments'))
  await page.click('trial-endless-comments-stop')
  await waitForTrial(page, 'endless-comments', 'stopped')
  await server.faultServer!.waitOpen(0)
})

test('a lost connection is drawn with its error, its wait and its requests', async ({ page }) => {
  const { server } = await DemoPage.openWithFaultServer(page)
  await server.unavailable(1)
  await page.click('fault-drop')
  await waitForBands(page, 'feed', 'idle', 'connecting', 'open', 'reconnecting', 'open')
  expect(await marksOf(page, 'feed')).toEqual([
    'request 200',
    'error network',
    'retry',
    'request 503',
    'error status 503',
    'retry',
    'request 200',
  ])
  const summary = await page.run(() => part('lane-feed').querySelector('[role=img]').ariaLabel)
  expect(summary).toBe('feed: open. In the last minute: 3 requests, 2 errors.')
})

test('a token refresh is marked between the refused and the accepted request', async ({ page }) => {
  const question = 'What is a token?'
  const demo = await DemoPage.openWithFaultServer(page)
  await demo.signIn()
  await demo.server.expireTokens()
  await demo.send(question)
  await demo.expectWholeAnswer(question)
  await waitForBands(page, 'chat', 'idle', 'connecting', 'open', 'closed')
  expect(await marksOf(page, 'chat')).toEqual(['request 401', 'refresh', 'request 200'])
})

test('a paused feed shows nothing until it is resumed', async ({ page }) => {
  const demo = await DemoPage.openWithFaultServer(page)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)
  await page.click('feed-pause')
  await page.waitForText('feed-state', 'Paused')
  const meanwhile = await demo.server.notify('meanwhile')

  // When a whole answer has arrived, the notification would have arrived, too.
  await demo.signIn()
  await demo.send('hello')
  await demo.waitForPhase('done')
  expect(await page.text('answer-text')).toBe((await answerTo('hello')).join(''))
  await demo.expectNotifications(before)

  await page.click('feed-pause')
  await demo.expectNotifications(before, meanwhile)
  await page.waitForText('feed-state', 'Open')
  await page.waitUntil(() => part('lane-feed').querySelector('.band[data-state=paused]'))
  await demo.expectNeverTwoStreams()
})

test('going offline is drawn and uses no attempt', async ({ page }) => {
  const demo = await DemoPage.openWithFaultServer(page)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)
  await page.click('client-offline')
  await waitForBands(page, 'page', 'visible', 'offline')
  await page.click('fault-drop')
  await page.waitForText('feed-state', 'Reconnecting')
  const meanwhile = await demo.server.notify('meanwhile')

  await page.click('client-offline')
  await waitForBands(page, 'page', 'visible', 'offline', 'visible')
  await page.waitForText('feed-state', 'Open')
  expect(await page.text('feed-attempt')).toBe('0')
  expect(await marksOf(page, 'feed')).not.toContain('retry')
  await demo.expectNotifications(before, meanwhile)
})

test('an aborted feed continues when it is connected again', async ({ page }) => {
  const demo = await DemoPage.openWithFaultServer(page)
  const before = await demo.server.notify('before')
  await demo.expectNotifications(before)
  await page.click('client-abort')
  await page.waitForText('feed-reason', 'aborted')
  await demo.server.waitOpenStreams(0)
  const meanwhile = await demo.server.notify('meanwhile')

  await page.click('feed-connect')
  await demo.expectNotifications(before, meanwhile)
  await demo.expectNeverTwoStreams()
})

test('what the pointer is on, or what has the focus, is described in words', async ({ page }) => {
  await DemoPage.openWithFaultServer(page)
  await page.run(() => part('lane-feed').querySelector('.lane-picture').focus())
  await page.waitUntil(() => part('timeline-readout').textContent.includes('feed: open for '))
  await page.run(() => {
    document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }))
  })
  await page.waitUntil(() => part('timeline-readout').textContent.endsWith('feed: request, attempt 0: answered 200'))

  await page.click('fault-drop')
  await page.waitUntil(() => part('lane-feed').querySelector('[data-mark=error]'))
  await page.run(() => {
    const error: Element = part('lane-feed').querySelector('[data-mark=error]')
    error.scrollIntoView({ block: 'center' })
    const { x, y, width, height } = error.getBoundingClientRect()
    const target = document.elementFromPoint(x + width / 2, y + height / 2)!
    target.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
  })
  await page.waitUntil(() => part('timeline-readout').textContent.endsWith(' (network)'))
})
