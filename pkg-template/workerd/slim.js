// The slim entry, which need not load anything here: the wasm is a module.

import wasm from '../sse-fetch.wasm?module'
import { init as load } from '../slim.js'

export const init = (source = wasm) => load(source)

export { SSEAuth, SSEClient } from '../core.js'
export { SSEError } from '../error.js'
