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
import { tryTo } from './report.ts'

/** Called with an input of the session. */
type Tell = (input: number) => void

type Watched = [target: EventTarget, type: string, listener: (event: any) => void]

/** Says what the state of the page is, and every change of it. Returns a function that stops that. */
export function watch(tell: Tell): () => void {
  const wanted = [...network(tell), ...visibility(tell)]
  for (const [target, type, listener] of wanted) tryTo(() => target.addEventListener(type, listener))
  return () => {
    for (const [target, type, listener] of wanted) tryTo(() => target.removeEventListener(type, listener))
  }
}

const isOnLine = () => tryTo(() => navigator.onLine)
const pageOf = () => tryTo(() => globalThis.document)
/** Whether listeners can be added and also removed: some stubs cannot remove them. */
const isTarget = (target: EventTarget | undefined): target is EventTarget =>
  tryTo(() => [target!.addEventListener, target!.removeEventListener].every((it) => typeof it === 'function')) === true

const lookAt = (page: Document, tell: Tell) => tell(tryTo(() => page.visibilityState) === 'hidden' ? INPUT_HIDDEN : INPUT_VISIBLE)

/** A page in the back/forward cache gets no events, so everything is looked at when it leaves. */
function comeBack(page: Document, tell: Tell): void {
  tell(isOnLine() === false ? INPUT_OFFLINE : INPUT_ONLINE)
  lookAt(page, tell)
  tell(INPUT_LEFT_BFCACHE)
}

function network(tell: Tell): Watched[] {
  const onLine = isOnLine()
  // Chromium's workers know that they are offline, and are never told that they are online again.
  if (typeof onLine !== 'boolean' || !('ononline' in globalThis) || !isTarget(globalThis)) return []
  tell(onLine ? INPUT_ONLINE : INPUT_OFFLINE)
  return [
    [globalThis, 'offline', () => tell(INPUT_OFFLINE)],
    [globalThis, 'online', () => tell(INPUT_ONLINE)],
  ]
}

function visibility(tell: Tell): Watched[] {
  const page = pageOf()
  // If only one could be watched, a page might be hidden for the client and never visible again.
  if (!isTarget(page) || !isTarget(globalThis)) return []
  const look = () => lookAt(page, tell)
  tell(INPUT_LEFT_BFCACHE)
  look()
  return [
    [page, 'visibilitychange', look],
    // Not persisted: the page is going for good, and everything with it.
    [globalThis, 'pagehide', ({ persisted }) => persisted && tell(INPUT_ENTERED_BFCACHE)],
    [globalThis, 'pageshow', ({ persisted }) => persisted && comeBack(page, tell)],
  ]
}
