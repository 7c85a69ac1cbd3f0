// Events of the page: network, visibility, back/forward cache. Workers get only those of the network, and only in Firefox.
// Servers get none. Test environments and libraries for servers replace `document`, `window` and `navigator` by stubs. Events
// that a stub does not have are not watched, and errors of stubs are ignored.

import {
  INPUT_ENTERED_BFCACHE,
  INPUT_HIDDEN,
  INPUT_LEFT_BFCACHE,
  INPUT_OFFLINE,
  INPUT_ONLINE,
  INPUT_VISIBLE,
} from '../generated/session.ts'
import { tryTo } from './report.ts'

/** Is called with an input of the session. */
type Report = (input: number) => void

type Watched = [target: EventTarget, type: string, listener: (event: any) => void]

/** Reports the state of the page, and every change of it. Returns a function that stops this. */
export function watch(report: Report): () => void {
  const wanted = [...network(report), ...visibility(report)]
  for (const [target, type, listener] of wanted) tryTo(() => target.addEventListener(type, listener))
  return () => {
    for (const [target, type, listener] of wanted) tryTo(() => target.removeEventListener(type, listener))
  }
}

const isOnLine = () => tryTo(() => navigator.onLine)
const pageOf = () => tryTo(() => globalThis.document)
/** Whether listeners can be added and removed. Some stubs cannot remove them. */
const isTarget = (target: EventTarget | undefined): target is EventTarget =>
  tryTo(() => [target!.addEventListener, target!.removeEventListener].every((it) => typeof it === 'function')) === true

const lookAt = (page: Document, report: Report) =>
  report(tryTo(() => page.visibilityState) === 'hidden' ? INPUT_HIDDEN : INPUT_VISIBLE)

/** A page in the back/forward cache gets no events, so its whole state is reported when it leaves. */
function comeBack(page: Document, report: Report): void {
  report(isOnLine() === false ? INPUT_OFFLINE : INPUT_ONLINE)
  lookAt(page, report)
  report(INPUT_LEFT_BFCACHE)
}

function network(report: Report): Watched[] {
  const onLine = isOnLine()
  // Chromium's workers have `navigator.onLine`, but get no events. They would never notice that they are online again.
  if (typeof onLine !== 'boolean' || !('ononline' in globalThis) || !isTarget(globalThis)) return []
  report(onLine ? INPUT_ONLINE : INPUT_OFFLINE)
  return [
    [globalThis, 'offline', () => report(INPUT_OFFLINE)],
    [globalThis, 'online', () => report(INPUT_ONLINE)],
  ]
}

function visibility(report: Report): Watched[] {
  const page = pageOf()
  // If only one of them could be watched, a page could be hidden for the client and never be visible again.
  if (!isTarget(page) || !isTarget(globalThis)) return []
  const look = () => lookAt(page, report)
  report(INPUT_LEFT_BFCACHE)
  look()
  return [
    [page, 'visibilitychange', look],
    // If `persisted` is false, the page is destroyed, and there is nothing to report.
    [globalThis, 'pagehide', ({ persisted }) => persisted && report(INPUT_ENTERED_BFCACHE)],
    [globalThis, 'pageshow', ({ persisted }) => persisted && comeBack(page, report)],
  ]
}
