// A client that is paused, loops over events, and what closes the connection of a loop. How much memory a slow reader takes is in
// memory.test.ts.

import { expect, Reply, test } from './fixture/index.ts'

const three = Reply.eventStream().send('data: 1\n\ndata: 2\n\ndata: 3\n\n').hang()

test('a paused listener is not called until resume()', async ({ page, faults }) => {
  await faults.numbered('/numbers', { total: 9 })
  await page.run(() => {
    globalThis.it = client(at('/numbers'))
    it.on('message', (_: unknown, { id }: { id: number }) => {
      if (id % 3 === 0) it.pause()
    })
    it.connect()
  })
  // Everything that was received came in one piece, and still what comes after the pause is kept back.
  for (const expected of [3, 6, 9]) {
    const seen = await page.run(async (expected) => {
      await until(() => of('event').length === expected && it.state === 'paused')
      // Another client receives the whole stream meanwhile.
      await (await fetch(at('/numbers?client=other'))).text()
      it.resume()
      return of('event').length
    }, expected)
    expect(seen).toBe(expected)
  }
  await page.run(() => until(() => of('close').length === 1))
  expect(await page.told('event')).toHaveLength(9)
  expect((await page.told('close'))[0].close).toBe('no-content')
})

test('leaving the loop closes the connection', async ({ page, faults }) => {
  await faults.answer('/three', three)
  // How each loop is left at its second event.
  const loops = {
    break: async () => {
      for await (const { data } of it) {
        tell({ read: data })
        if (data === '2') break
      }
    },
    return: async () => {
      for await (const { data } of it) {
        tell({ read: data })
        if (data === '2') return
      }
    },
    throw: async () => {
      for await (const { data } of it) {
        tell({ read: data })
        if (data === '2') throw new Error('enough')
      }
    },
  }
  for (const [way, loop] of Object.entries(loops)) {
    await page.run(
      async ({ way, loop }) => {
        told.length = 0
        globalThis.it = client(at(`/three?client=${way}`))
        await loop().catch((error: Error) => tell({ thrown: error.message }))
      },
      { way, loop },
    )
    await faults.waitOpen(0)
    expect(await page.told('read'), way).toEqual([{ read: '1' }, { read: '2' }])
    expect(await page.told('close'), way).toEqual([{ close: 'client' }])
    expect(await page.told('thrown'), way).toEqual(way === 'throw' ? [{ thrown: 'enough' }] : [])
  }
  expect(await faults.exchangesTo('/three')).toHaveLength(3)
})

test('cancelling a stream of events closes the connection', async ({ page, faults }) => {
  await faults.answer('/three', three)
  const data = await page.run(async () => {
    const reader = client(at('/three')).stream().getReader()
    const { value } = await reader.read()
    await reader.cancel()
    return value.data
  })
  await (await faults.requestTo('/three', 0)).closedByClient()
  expect(data).toBe('1')
  expect(await page.told('close')).toEqual([{ close: 'client' }])
})
