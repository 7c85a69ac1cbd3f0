// The types of `sse-fetch/slim`. This file is not run: it passes if it compiles, and if the lines marked as errors do not.

import { SSEClient as DefaultClient } from 'sse-fetch'
import { init, SSEAuth, SSEClient, SSEError, type SSEEvent, type WasmSource } from 'sse-fetch/slim'

type Is<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
const holds = <T extends true>(): T => true as T

// The wasm, in all its forms.
const loaded: Promise<void> = init()
const sources: WasmSource[] = [
  '/sse-fetch.wasm',
  new URL('https://example.test/sse-fetch.wasm'),
  new Request('/sse-fetch.wasm'),
  new Response(),
  new ArrayBuffer(8),
  new Uint8Array(8),
  new WebAssembly.Module(new Uint8Array(8)),
]
init(fetch('/sse-fetch.wasm'))
for (const source of sources) init(source)
// @ts-expect-error not a source
init(7)

// The class is that of the default entry.
const client = new SSEClient<{ progress: number }>('/events', { auth: new SSEAuth({ getToken: () => 'token' }) })
client.on('progress', (progress, event) => holds<Is<typeof progress, number>>() && holds<Is<typeof event, SSEEvent>>())
client.on('error', (error) => error instanceof SSEError && error.code)
class Notes extends SSEClient {}
const asDefault: DefaultClient = new Notes('/events')
const defaultClass: typeof DefaultClient = SSEClient
// @ts-expect-error unknown option
new SSEClient('/events', { retries: 3 })

void [loaded, asDefault, defaultClass]
