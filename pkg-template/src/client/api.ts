// All exports that the entries `sse-fetch` and `sse-fetch/slim` share. Their type declarations are built from this file, because in
// `sse-fetch` the class is the result of a call, which TypeScript would declare as a constant.
//
// TypeScript reads `./error.js` as `error.ts`. In the package, `error.js` is a file that all entries import, so that a page has one
// class `SSEError`. The build finds it by this name (`EXTERNAL` in xtask/src/package/scripts.rs).

export { SSEAuth, type SSEAuthOptions } from '../auth/auth.ts'
export { SSEClient } from './client.ts'
export { SSEError } from './error.js'
export type { SSEBackoff, SSEClientOptions } from './options.ts'
export type {
  Attempt,
  SSECloseReason,
  SSEEvent,
  SSEEventIterator,
  SSELifecycleEvents,
  SSEState,
  SSEStats,
  URLSource,
} from './types.ts'
