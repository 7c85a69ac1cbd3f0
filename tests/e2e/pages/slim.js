// The slim entry, copy after copy: each is to be given the wasm anew.

/** Where the wasm is. */
export const WASM = '/pkg/sse-fetch.wasm'

let copies = 0

/** A copy that nobody has called `init` of. */
export const fresh = () => import(`/pkg/slim.js?copy=${copies++}`)

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

/** Notes the name of every function of `WebAssembly` that makes an instance, from now on. */
export function instantiations() {
  const noted = []
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name]
    WebAssembly[name] = (...given) => (noted.push(name), original.apply(WebAssembly, given))
  }
  return noted
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
