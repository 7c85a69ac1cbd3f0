// How bodies are read, which only a real network shows: in Chromium into buffers of the client, and completely even if someone else
// reads them, too.

import { type DemoServer, expect, type Page, test } from './fixture/index.ts'

/** Events of a flood, 150 bytes each: more than all the buffers it may be read into. */
const EVENTS = 40_000

/** Runs a client with what a test adds: what it does at each event, and its options. */
async function readWhole(
  page: Page,
  lab: DemoServer,
  { each = () => {}, options = {} }: { each?: (client: any, n: number) => void; options?: object },
) {
  const seen = await page.run(
    ({ url, each, options }) => {
      const seen = {
        count: 0,
        inOrder: true,
        requests: 0,
        reason: '',
        /** How readers were requested. */
        modes: [] as string[],
        /** The size of the buffer of each read. */
        buffers: [] as number[],
      }
      const { getReader } = ReadableStream.prototype
      ReadableStream.prototype.getReader = function (this: any, options?: any) {
        seen.modes.push(options?.mode ?? 'default')
        return getReader.call(this, options)
      } as typeof getReader
      if ('ReadableStreamBYOBReader' in globalThis) {
        const { read } = ReadableStreamBYOBReader.prototype
        ReadableStreamBYOBReader.prototype.read = function (this: any, view: any) {
          seen.buffers.push(view.byteLength)
          return read.call(this, view)
        } as typeof read
      }
      const client = new SSEClient(url, { reconnect: 'never', parse: 'text', ...options })
      client.on('state', ({ state }: any) => {
        if (state === 'connecting') seen.requests += 1
      })
      client.on('message', (text: any, { id }: any) => {
        seen.count += 1
        if (Number(id) !== seen.count || !text.startsWith(`{"n":${id},`)) seen.inOrder = false
        each(client, seen.count)
      })
      return new Promise<typeof seen>((resolve) => {
        client.on('close', ({ reason }: any) => resolve({ ...seen, reason }))
        client.connect()
      })
    },
    { url: `/api/load?from=1&bytes=150&count=${EVENTS}`, each, options },
  )
  await lab.waitOpenStreams(0)
  expect(seen).toMatchObject({ count: EVENTS, inOrder: true, reason: 'server' })
  return seen
}

/** How the client reads a flood: in Chromium into buffers of its own, after the first large chunk. */
const modesOf = (page: Page) => (page.engine === 'chromium' ? ['default', 'byob'] : ['default'])

test('Chromium reads into buffers of the client', async ({ page, lab }) => {
  const { requests, modes, buffers } = await readWhole(page, lab, {})
  expect(requests).toBe(1)
  expect(modes).toEqual(modesOf(page))
  if (page.engine === 'chromium') {
    expect(buffers[0]).toBe(64 * 1024)
    expect(buffers).toEqual(buffers.toSorted((a, b) => a - b))
    expect(buffers.filter((size) => ![65_536, 262_144, 1_048_576].includes(size))).toEqual([])
  } else {
    expect(buffers).toEqual([])
  }
})

test('a flood is complete however it is paused', async ({ page, lab }) => {
  // In Firefox a late timer may make the client cancel a flood that it can request again: other tests are about that.
  await readWhole(page, lab, {
    each: (client, n) => {
      if (n % 997 > 0) return
      client.pause()
      setTimeout(() => client.resume())
    },
  })
})

declare global {
  /** How many bytes of the copy were read. */
  var copied: number
}

test('a flood is complete when a copy of it is read, too', async ({ page, lab }) => {
  const { requests, modes } = await readWhole(page, lab, {
    options: {
      fetch: async (...request: Parameters<typeof fetch>) => {
        const response = await fetch(...request)
        const reader = response.clone().body!.getReader()
        globalThis.copied = 0
        const read = async () => {
          for (;;) {
            const { done, value } = await reader.read()
            if (done) return
            copied += value.length
          }
        }
        // Until the client is done, and aborts the request.
        read().catch(() => {})
        return response
      },
    },
  })
  expect(requests).toBe(1)
  expect(modes, 'the reader of the copy is the first').toEqual(['default', ...modesOf(page)])
  expect(await page.run(() => copied)).toBeGreaterThan(0)
})

test('a response that the page makes itself is read without buffers of the client', async ({ page, lab }) => {
  const { requests, buffers } = await readWhole(page, lab, {
    options: {
      fetch: async (...request: Parameters<typeof fetch>) => {
        const response = await fetch(...request)
        const bytes = new Uint8Array(await response.arrayBuffer())
        const parts = [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
        // It closes while a read is under way, and does not answer that.
        const pull = (controller: any) => {
          const part = parts.shift()
          if (part) controller.enqueue(part.slice())
          else controller.close()
        }
        try {
          return new Response(new ReadableStream({ type: 'bytes', pull }), response)
        } catch {
          // WebKit cannot make a response of a stream of bytes.
          return new Response(new ReadableStream({ pull }), response)
        }
      },
    },
  })
  expect(requests).toBe(1)
  expect(buffers).toEqual([])
})
