// The URL of a request: absolute, with a scheme that `fetch` accepts, and without user name and password.

import { describe, tagOf } from './kind.ts'
import { tryTo } from './report.ts'

/** A host with a port: `new URL()` may read the host as a scheme and the port as a path. */
const HOST_AND_PORT = /^[\w.-]+:\d+(?=[/?#]|$)/

/**
 * The absolute URL, resolved against the page or worker, and its origin. `what` names it in errors. Throws a TypeError if it is
 * wrong.
 */
export function resolveUrl(given: string | URL, what = 'the URL'): { url: string; origin: string } {
  const fail = (shown: unknown, accepted: string): never => {
    throw new TypeError(`SSEClient: ${what}: ${describe(shown)} was given; it must be ${accepted}`)
  }
  if (typeof given !== 'string' && !(given instanceof URL) && tagOf(given) !== 'URL') fail(given, 'a string or a URL')
  const text = String(given)
  const parsed = parse(text)
  if (parsed?.username || parsed?.password) {
    throw new TypeError(`SSEClient: ${what} holds a user name or password, which fetch refuses; send an Authorization header`)
  }
  if (parsed && isAccepted(parsed)) return { url: parsed.href, origin: parsed.origin }
  const shown = shownOf(text)
  if (HOST_AND_PORT.test(text)) fail(shown, `an absolute URL, such as 'http://${shown}'`)
  if (!parsed) return fail(shown, 'an absolute URL, or one relative to the page or worker')
  return fail(shown, `a URL of http:, https:, blob: or data:, and not of ${parsed.protocol}`)
}

/** For messages: without the query and without anything before an @, because both may hold a token. */
const shownOf = (text: string) => text.split(/[?#]/, 1)[0]!.replace(/[^/]*@/, '')

/** Pages of apps and browser extensions have their own scheme, which `fetch` accepts there. */
const isAccepted = ({ protocol }: URL) => ['http:', 'https:', 'blob:', 'data:'].includes(protocol) || protocol === ownScheme()

function ownScheme() {
  const scheme = tryTo(() => location.protocol)
  return ['file:', 'about:'].includes(scheme!) ? undefined : scheme
}

/** The base URLs, in the order in which they are tried. A worker that was created from a blob has an origin, but no path. */
const BASES = [
  () => globalThis.document?.baseURI,
  () => globalThis.location?.href,
  () => globalThis.location?.origin,
  () => undefined,
]

function parse(url: string): URL | undefined {
  for (const base of BASES) {
    const resolved = tryTo(() => new URL(url, base()))
    if (resolved) return resolved
  }
  return undefined
}
