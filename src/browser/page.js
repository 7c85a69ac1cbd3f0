// What happens to the page. A worker is told of the network at most (in Firefox), and a server of nothing. Test set-ups and
// libraries for servers put stubs in the place of `document`, `window` and `navigator`: what those cannot tell is not
// watched, and what throws is left alone.

import { FROZEN, HIDDEN, OFFLINE, ONLINE, THAWED, VISIBLE } from './numbers.js'
import { tryTo } from './report.js'

/** Tells how things are with the page, and whenever that changes. Returns what ends it. */
export function watch(tell) {
  const wanted = [...network(tell), ...visibility(tell)]
  for (const [target, type, listener] of wanted) tryTo(() => target.addEventListener(type, listener))
  return () => {
    for (const [target, type, listener] of wanted) tryTo(() => target.removeEventListener(type, listener))
  }
}

const isOnLine = () => tryTo(() => navigator.onLine)
const pageOf = () => tryTo(() => globalThis.document)
/** What cannot be removed is not added. */
const isTarget = (target) => tryTo(() => [target.addEventListener, target.removeEventListener].every((it) => typeof it === 'function'))

const lookAt = (page, tell) => tell(tryTo(() => page.visibilityState) === 'hidden' ? HIDDEN : VISIBLE)

/** A page in the cache is told of nothing. */
function comeBack(page, tell) {
  tell(isOnLine() === false ? OFFLINE : ONLINE)
  lookAt(page, tell)
  tell(THAWED)
}

function network(tell) {
  const onLine = isOnLine()
  // Chromium's workers know that they are offline, and are never told that they are online again.
  if (typeof onLine !== 'boolean' || !('ononline' in globalThis) || !isTarget(globalThis)) return []
  tell(onLine ? ONLINE : OFFLINE)
  return [
    [globalThis, 'offline', () => tell(OFFLINE)],
    [globalThis, 'online', () => tell(ONLINE)],
  ]
}

function visibility(tell) {
  const page = pageOf()
  // Without both, a page that is hidden might never be seen again.
  if (!isTarget(page) || !isTarget(globalThis)) return []
  const look = () => lookAt(page, tell)
  tell(THAWED)
  look()
  return [
    [page, 'visibilitychange', look],
    // Not persisted: the page is going for good, and everything with it.
    [globalThis, 'pagehide', ({ persisted }) => persisted && tell(FROZEN)],
    [globalThis, 'pageshow', ({ persisted }) => persisted && comeBack(page, tell)],
  ]
}
