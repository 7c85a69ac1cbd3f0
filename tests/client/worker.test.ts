// The client in a dedicated worker. What runs there is in `worker/scenarios.ts`.

import { afterAll, beforeAll } from 'vitest'

import { expect, test } from './fixture/index.ts'
import type * as scenarios from './worker/scenarios.ts'

let worker: Worker

const nextMessage = () =>
  new Promise<any>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message || 'the worker could not be loaded'))
  })

beforeAll(async () => {
  worker = new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module' })
  await nextMessage()
})

afterAll(() => worker.terminate())

/** Runs a scenario in the worker. */
async function run(name: keyof typeof scenarios): Promise<any> {
  const message = nextMessage()
  worker.postMessage(name)
  const { error, result } = await message
  if (error) throw error
  return result
}

test('this is a worker', async () => {
  expect(await run('globals')).toStrictEqual(['undefined', 'undefined', 'function'])
})

test('a relative URL is resolved against the worker', async () => {
  const url = `${location.origin}/events`
  expect(await run('relativeUrl')).toStrictEqual([url, url])
})

test('events are delivered', async () => {
  expect(await run('events')).toStrictEqual([{ a: 1 }, '🎈'])
})

test('a broken stream is resumed', async () => {
  expect(await run('resumption')).toStrictEqual(['7', 1])
})

test('a listener that throws is reported to the worker', async () => {
  expect(await run('throwingListener')).toStrictEqual([true, 'open'])
})

test('disconnect cancels the request', async () => {
  expect(await run('disconnect')).toStrictEqual([true, true, 'closed'])
})

test('page events have no effect in a worker', async () => {
  expect(await run('pageEvents')).toStrictEqual([[], 'open'])
})

test('failures while offline do not count in workers that have network events', async () => {
  const { hasNetworkEvents, seen } = await run('networkEvents')
  expect(seen).toStrictEqual(hasNetworkEvents ? ['network', 'reconnecting', 'open'] : ['network', 'closed'])
})

test('a refused token is refreshed', async () => {
  expect(await run('refresh')).toStrictEqual(['Bearer old', 'Bearer new'])
})

test('a stream that sends nothing is reopened after idleTimeout', async () => {
  expect(await run('silence')).toBe('idle')
})

test('a loop gets events one by one', async () => {
  expect(await run('loop')).toStrictEqual([['a', 'b'], 'closed', ['b']])
})

test('a paused client delivers nothing until it is resumed', async () => {
  expect(await run('pause')).toStrictEqual(['paused', [], 'a'])
})
