// Events of the page: network, visibility, back/forward cache. A worker gets at most those of the network (in Firefox), a server
// none. Test environments and libraries for servers replace `document`, `window` and `navigator` by stubs: events that a stub
// does not have are not watched, and errors of stubs are ignored.

import {
  INPUT_ENTERED_BFCACHE,
  INPUT_HIDDEN,
  INPUT_LEFT_BFCACHE,
  INPUT_OFFLINE,
  INPUT_ONLINE,
  INPUT_VISIBLE,
} from '../generated/session.ts'
import { guarded, tryTo } from './report.ts'

/** Called with an input of the session. */
type Report = (input: number) => void

type Watched = [target: EventTarget, type: string, listener: (event: any) => void]

/** All clients that watch the page share one set of listeners: browsers take their time to add and remove one. */
const clients = new Set<Report>()
let watched: Watched[] = []

/**
 * Calls `look` with what the state of the page is now, and from then on `client` with every change of it. Returns a function that
 * stops that.
 */
export function watch(client: Report, look: Report): () => void {
  const hasNetwork = knowsNetwork()
  const page = visiblePage()
  if (hasNetwork) lookAtNetwork(look)
  if (page) {
    look(INPUT_LEFT_BFCACHE)
    lookAtVisibility(page, look)
  }
  // In Node there is nothing to watch, and the set would keep a client that the application has dropped in memory.
  if (!hasNetwork && !page) return () => {}
  if (clients.size === 0) listen(hasNetwork, page)
  clients.add(client)
  return () => {
    if (clients.delete(client) && clients.size === 0) {
      for (const [target, type, listener] of watched) tryTo(() => target.removeEventListener(type, listener))
      watched = []
    }
  }
}

function listen(hasNetwork: boolean, page: Document | undefined): void {
  if (hasNetwork) {
    watched.push(
      [globalThis, 'offline', () => reportToAll(INPUT_OFFLINE)],
      [globalThis, 'online', () => reportToAll(INPUT_ONLINE)],
    )
  }
  if (page) {
    watched.push(
      [page, 'visibilitychange', () => lookAtVisibility(page, reportToAll)],
      // If `persisted` is false, the page is destroyed, and there is nothing to report.
      [globalThis, 'pagehide', ({ persisted }) => persisted && reportToAll(INPUT_ENTERED_BFCACHE)],
      [globalThis, 'pageshow', ({ persisted }) => persisted && comeBack(page)],
    )
  }
  for (const [target, type, listener] of watched) tryTo(() => target.addEventListener(type, listener))
}

/**
 * Tells the clients in the order in which they began to watch, but for those that stop while the others are told. The error of
 * one client does not keep the others from being told.
 */
function reportToAll(input: number): void {
  for (const client of [...clients]) if (clients.has(client)) guarded(() => client(input))
}

/** A page in the back/forward cache gets no events, so everything is looked at when it leaves. */
function comeBack(page: Document): void {
  lookAtNetwork(reportToAll)
  lookAtVisibility(page, reportToAll)
  reportToAll(INPUT_LEFT_BFCACHE)
}

const isOnLine = () => tryTo(() => navigator.onLine)

const lookAtNetwork = (report: Report) => report(isOnLine() === false ? INPUT_OFFLINE : INPUT_ONLINE)

const lookAtVisibility = (page: Document, report: Report) =>
  report(tryTo(() => page.visibilityState) === 'hidden' ? INPUT_HIDDEN : INPUT_VISIBLE)

/** Whether listeners can be added and also removed: some stubs cannot remove them. */
const isTarget = (target: EventTarget | undefined): target is EventTarget =>
  tryTo(() => typeof target!.addEventListener === 'function' && typeof target!.removeEventListener === 'function') === true

/** Chromium's workers know that they are offline, and are never told that they are online again. */
const knowsNetwork = () => typeof isOnLine() === 'boolean' && 'ononline' in globalThis && isTarget(globalThis)

/** If only one of the two could be watched, a page might be hidden for the client and never visible again. */
function visiblePage(): Document | undefined {
  const page = tryTo(() => globalThis.document)
  return isTarget(page) && isTarget(globalThis) ? page : undefined
}
