// The wasm as a file beside the script.

/** The folder to which the development servers of Vite 5 to 7 move the script, without the wasm beside it. */
const MOVED = /\/node_modules\/\..*\/deps\/(?=sse-fetch\.wasm$)/

export function wasmSource(): URL {
  try {
    const beside = new URL('sse-fetch.wasm', import.meta.url)
    return new URL(beside.href.replace(MOVED, '/node_modules/sse-fetch/'))
  } catch (cause) {
    // The bundle is not a module.
    throw new TypeError('SSEClient: init: this script has no URL, as a module has: give the URL of sse-fetch.wasm', { cause })
  }
}
