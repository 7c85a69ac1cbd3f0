// Counts down to a moment, in whole seconds.

/**
 * Calls `show` with the seconds that are left until `at`, now and whenever they change.
 *
 * @param {number} at as `Date.now()` counts
 * @param {(seconds: number) => void} show
 * @returns {() => void} ends it early
 */
export function countDown(at, show) {
  let shown = -1
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((at - Date.now()) / 1000))
    if (seconds === 0) clearInterval(timer)
    if (seconds !== shown) show((shown = seconds))
  }
  const timer = setInterval(tick, 200)
  tick()
  return () => clearInterval(timer)
}
