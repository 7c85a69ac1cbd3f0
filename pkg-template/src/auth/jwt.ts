// Reads the expiry of tokens that are JWTs.

/** Whether a token is a JWT whose expiry has passed. `now` is in milliseconds. */
export function hasExpired(token: unknown, now = Date.now()): boolean {
  return expiry(token) <= now / 1000
}

/** The `exp` of a JWT (RFC 7519, 4.1.4), in seconds; NaN for any other token. */
function expiry(token: unknown): number {
  if (typeof token !== 'string') return NaN
  // The signature may be empty: an unsigned JWT.
  const payload = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1]
  if (payload === undefined) return NaN
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0))
    const { exp } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return Number.isFinite(exp) ? exp : NaN
  } catch {
    return NaN
  }
}
