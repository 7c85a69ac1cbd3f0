// Outside a page's main thread: module workers, classic workers, shared workers.

import { type DemoServer, expect, type Page, test } from './fixture/index.ts'

/** Starts something that reports what its client receives, and compares it with what the server publishes. */
async function expectEvents(page: Page, lab: DemoServer, start: () => void): Promise<void> {
  await page.run(start)
  await page.run(() => until(() => of('state').some(({ state }) => state === 'open')))
  const titles = ['eins', '二']
  const ids = [await lab.notify('eins'), await lab.notify('二')]
  await page.run(() => until(() => of('title').length === 2))
  expect(await page.told('title')).toEqual(titles.map((title, n) => ({ title, id: String(ids[n]), origin: lab.url })))
  expect(await lab.openStreams()).toBe(1)
}

test('a module worker receives events', async ({ page, lab }) => {
  await expectEvents(page, lab, () => {
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => tell(data)
  })
})

test('a classic worker receives events', async ({ page, lab }) => {
  await expectEvents(page, lab, () => {
    const worker = new Worker('/classic-worker.js')
    worker.onmessage = ({ data }) => tell(data)
  })
})

test('a shared worker receives events', async ({ page, lab }) => {
  await expectEvents(page, lab, () => {
    const worker = new SharedWorker('/shared-worker.js', { type: 'module' })
    worker.port.onmessage = ({ data }) => tell(data)
  })
})

test('a module in the page receives events', async ({ page, lab }) => {
  await expectEvents(page, lab, () => {
    const script = document.createElement('script')
    script.type = 'module'
    script.textContent = `
      import { SSEClient } from '/pkg/index.js'
      const client = new SSEClient('/events')
      client.on('notification', ({ title }, { id, origin }) => tell({ title, id, origin }))
      client.on('state', ({ state }) => tell({ state }))
      client.connect()`
    document.head.append(script)
  })
})

declare global {
  var worker: Worker
  var startWorker: () => Promise<void>
}

test('a terminated worker leaves no stream open', async ({ page, lab }) => {
  await page.run(async () => {
    globalThis.startWorker = () => {
      told.length = 0
      globalThis.worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => tell(data)
      return until(() => of('state').some(({ state }) => state === 'open'))
    }
    await startWorker()
    worker.postMessage('disconnect')
    await until(() => of('state').at(-1).state === 'closed')
  })
  await lab.waitOpenStreams(0)

  await page.run(() => {
    worker.terminate()
    return startWorker()
  })
  await lab.waitOpenStreams(1)
  await page.run(() => worker.terminate())
  await lab.waitOpenStreams(0)
})
