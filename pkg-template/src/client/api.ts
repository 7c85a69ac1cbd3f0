// Everything that the entries `sse-fetch` and `sse-fetch/slim` have in common. Their declarations are made of this file, because in
// the former the class is the result of a call, which TypeScript would declare as a constant.
//
// `./error.js` is `error.ts` for TypeScript. In the package it is a file that all entries import, so the build must find it under the
// name that it has there (`EXTERNAL` in xtask/src/package/scripts.rs). Thus a page has one class `SSEError`.

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
