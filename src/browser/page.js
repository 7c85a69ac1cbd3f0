// What happens to the page. A worker is told of the network at most (in Firefox), and a server of nothing.

import { FROZEN, HIDDEN, OFFLINE, ONLINE, THAWED, VISIBLE } from './numbers.js'

/** Tells how things are with the page, and whenever that changes. Returns what ends it. */
export function watch(tell) {
  const wanted = [...network(tell), ...visibility(tell)]
  for (const [target, type, listener] of wanted) target.addEventListener(type, listener)
  return () => {
    for (const [target, type, listener] of wanted) target.removeEventListener(type, listener)
  }
}

const lookAt = (page, tell) => tell(page.visibilityState === 'hidden' ? HIDDEN : VISIBLE)

/** A page in the cache is told of nothing. */
function comeBack(tell) {
  tell(navigator.onLine === false ? OFFLINE : ONLINE)
  lookAt(document, tell)
  tell(THAWED)
}

function network(tell) {
  // Chromium's workers know that they are offline, and are never told that they are online again.
  if (typeof globalThis.navigator?.onLine !== 'boolean' || !('ononline' in globalThis)) return []
  tell(navigator.onLine ? ONLINE : OFFLINE)
  return [
    [globalThis, 'offline', () => tell(OFFLINE)],
    [globalThis, 'online', () => tell(ONLINE)],
  ]
}

function visibility(tell) {
  const { document: page } = globalThis
  if (!page?.addEventListener) return []
  const look = () => lookAt(page, tell)
  tell(THAWED)
  look()
  return [
    [page, 'visibilitychange', look],
    // Not persisted: the page is going for good, and everything with it.
    [globalThis, 'pagehide', ({ persisted }) => persisted && tell(FROZEN)],
    [globalThis, 'pageshow', ({ persisted }) => persisted && comeBack(tell)],
  ]
}
