// Makes the same calls of `fetchEventSource` with two libraries, ours and the one it replaces, and notes what each of them does.

import * as ours from '/pkg/fetch-event-source.js'

/** How long a call may take, in ms; only one that never ends does. */
const PATIENCE = 20_000

/** A library by its name. Theirs is a classic script, which the test loads. */
const library = (name) => (name === 'ours' ? ours : globalThis.peer)

/** Values that are not errors; callbacks throw them in some cases. */
const ODD = [undefined, null, false, 0, '', 'text']

const rethrow = (error) => {
  throw error
}

/** What the callbacks of the cases throw. */
class Refused extends Error {
  name = 'Refused'
}

/**
 * Makes one call and notes its callbacks, in order, and how its promise settles.
 *
 * `make` returns `init`, with `input` if that is not the URL. Its argument has what the callbacks need: `url`, `abort()`, `signal`,
 * `times('message')` (how often something was noted so far), `note(entry)`, `breaking`, and callbacks that throw.
 */
async function observe(name, url, make) {
  const log = []
  const note = (entry) => log.push(entry)
  const controller = new AbortController()
  const { signal } = controller
  const times = (kind) => log.filter((entry) => kind in entry).length
  const refuseEnds = (most) => () => {
    if (times('close') <= most) throw new Refused()
  }
  const it = { url, note, times, signal, abort: () => controller.abort(), breaking: breaking(), rethrow, refuseEnds, odd: ODD, Refused }
  const { input = url, ...init } = make(it)
  const { onopen, onmessage, onclose, onerror } = init
  if (onopen) init.onopen = (response) => (note({ open: response.status }), onopen(response))
  init.onmessage = (message) => {
    const { id, event, data } = message
    note({ message: { id, event, data } })
    onmessage?.(message)
  }
  init.onclose = () => (note({ close: true }), onclose?.())
  init.onerror = (error) => (note({ error: shown(error) }), onerror?.(error))
  await Promise.race([
    library(name).fetchEventSource(input, init).then(() => note({ resolved: true }), (error) => note({ rejected: shown(error) })),
    new Promise((tooLate) => setTimeout(tooLate, PATIENCE)),
  ])
  return log
}

/** The name of an error, or the text of anything else that was thrown. */
const shown = (thrown) => thrown?.name ?? String(thrown)

/** A `fetch` whose first stream fails where the server ends it. (When a connection breaks, browsers may drop what came before.) */
function breaking() {
  let requests = 0
  return async (...given) => {
    const response = await fetch(...given)
    if (++requests > 1) return response
    const broken = new TransformStream({ flush: (controller) => controller.error(new TypeError('broken')) })
    return new Response(response.body.pipeThrough(broken), response)
  }
}

/** From now on, each timer is reported with its delay when it is set and when it fires. */
function watchTimers() {
  const { setTimeout, clearTimeout } = globalThis
  const pending = new Map()
  globalThis.setTimeout = (callback, delay, ...given) => {
    const timer = setTimeout(() => {
      pending.delete(timer)
      callback(...given)
      tell({ fired: delay })
    }, delay)
    pending.set(timer, delay)
    tell({ timer: delay })
    return timer
  }
  globalThis.clearTimeout = (timer) => (pending.delete(timer), clearTimeout(timer))
  return { isPending: (delay) => [...pending.values()].includes(delay) }
}

/** Changes the visibility of the page and dispatches the event, as the browser would. */
const become = (visibilityState) => () => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: visibilityState })
  Object.defineProperty(document, 'hidden', { configurable: true, value: visibilityState === 'hidden' })
  document.dispatchEvent(new Event('visibilitychange'))
}

Object.assign(globalThis, { library, observe, watchTimers, hide: become('hidden'), show: become('visible'), Refused })
