// What happens to the page. Workers and servers have no `document`, and nothing of the kind happens to them.

// What is told (page.rs).
const OFFLINE = 0
const ONLINE = 1
const HIDDEN = 2
const VISIBLE = 3
const FROZEN = 4
const THAWED = 5

const ignore = () => {}

/** Tells how things are with the page, and whenever that changes. Returns what ends it. */
export function watch(tell) {
  const { document: page } = globalThis
  if (!page?.addEventListener) return ignore
  const network = () => tell(globalThis.navigator?.onLine === false ? OFFLINE : ONLINE)
  const visibility = () => tell(page.visibilityState === 'hidden' ? HIDDEN : VISIBLE)
  const wanted = [
    [globalThis, 'offline', () => tell(OFFLINE)],
    [globalThis, 'online', () => tell(ONLINE)],
    [page, 'visibilitychange', visibility],
    // Not persisted: the page is going for good, and everything with it.
    [globalThis, 'pagehide', ({ persisted }) => persisted && tell(FROZEN)],
    [globalThis, 'pageshow', ({ persisted }) => persisted && tell(THAWED)],
  ]
  for (const [target, type, listener] of wanted) target.addEventListener(type, listener)
  tell(THAWED)
  network()
  visibility()
  return () => {
    for (const [target, type, listener] of wanted) target.removeEventListener(type, listener)
  }
}
