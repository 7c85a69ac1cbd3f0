// For `sse-fetch/fetch-event-source`, which decides by itself what is sent again. The session's rule is `was_not_processed` in
// src/session/policy.rs; a test in tests/client/reconnection.test.ts compares the two.

/** The server says that it did not process the request: Too Early, Too Many Requests, or Service Unavailable with `Retry-After`. */
export const isUnprocessed = ({ status, headers }: Response) =>
  status === 425 || status === 429 || (status === 503 && headers.get('retry-after'))
