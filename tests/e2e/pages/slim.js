// Fresh copies of the slim entry: each of them has to load the wasm.

/** Where the wasm is. */
export const WASM = '/pkg/sse-fetch.wasm'

/** The functions of `WebAssembly` that were called, once `instantiations` was called. */
let noted

/** A copy whose `init` was not called yet. Modules are shared in a window, so each copy has a window of its own. */
export async function fresh() {
  // One copy is enough in a worker.
  if (!globalThis.document) return import('/pkg/slim.js')
  const frame = document.createElement('iframe')
  frame.srcdoc = '<!doctype html>'
  const loaded = new Promise((resolve) => (frame.onload = resolve))
  document.body.append(frame)
  await loaded
  if (noted) note(frame.contentWindow.WebAssembly)
  // The function is created in the frame, so it imports in the frame.
  return frame.contentWindow.Function('address', 'return import(address)')(new URL('/pkg/slim.js', location.href).href)
}

/** The data of the first event that a client of this copy receives. */
export async function received({ SSEClient }, url) {
  const client = new SSEClient(url)
  const data = new Promise((resolve, reject) => {
    client.once('message', resolve)
    client.once('close', ({ error }) => reject(error ?? new Error('it closed')))
  })
  client.connect()
  try {
    return await data
  } finally {
    client.disconnect()
  }
}

/** Notes the name of every function of `WebAssembly` that makes an instance for a copy, from now on. */
export function instantiations() {
  return (noted = [])
}

function note(WebAssembly) {
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name]
    WebAssembly[name] = (...given) => (noted.push(name), original.apply(WebAssembly, given))
  }
}

/** What a promise is rejected with, as a page sees it. */
export async function failure(promise) {
  try {
    await promise
  } catch (error) {
    return { name: error.name, message: error.message }
  }
  throw new Error('it did not fail')
}
