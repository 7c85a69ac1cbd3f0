// The conformance tests of `EventSource`: runs lists of cases, one for each sentence of the standard, against any class that
// claims to be one. The replies of the server are part of the address (see fixture/plan-server.ts).

/** How long anything may take, in ms; only a failure takes that long. */
const PATIENCE = 20_000

/** The lists, by what they are about. */
const LISTS = ['interface', 'request', 'processing', 'last-event-id', 'parsing', 'interpreting', 'garbage', 'options']

const EXPECTED = 'something else was expected'

/**
 * Runs the cases of one list, one after another, and returns those that failed: `{ name: why }`. `ours` means that the class
 * takes options; `servers` are the origin of the page and another one; the cases in `except` are left out.
 */
export async function run(EventSource, list, { ours, servers, except = [] }) {
  if (!LISTS.includes(list)) throw new Error(`there is no list ${list}`)
  const { cases } = await import(`./eventsource-${list}.js`)
  const failures = {}
  for (const [name, run] of Object.entries(cases)) {
    if (except.includes(name)) continue
    const bench = new Bench(EventSource, ours, servers)
    try {
      await inTime(run(bench))
    } catch (error) {
      failures[name] = `${error?.name}: ${error?.message} (received: ${bench.received})`
    }
    bench.clear()
  }
  return { failures, count: Object.keys(cases).length }
}

let plans = 0

/** What a case works with. */
class Bench {
  EventSource
  ours
  /** There is a document, with its origin and what belongs to it. */
  isPage = typeof document === 'object'
  /** There is an origin to be the same or another, and an address to be relative to. */
  hasOrigin = typeof location === 'object'
  #servers
  #watched = []
  #cleanups = []

  constructor(EventSource, ours, servers) {
    Object.assign(this, { EventSource, ours })
    this.#servers = servers
  }

  /** An address that answers the first request so, the second one so, and all further ones as the last. */
  url(...replies) {
    return this.#plan(this.#servers[0], replies)
  }

  /** The same at another origin. */
  elsewhere(...replies) {
    return this.#plan(this.#servers[1], replies)
  }

  #plan(server, replies) {
    return `${server}/plan?plan=${plans++}&replies=${encodeURIComponent(JSON.stringify(replies))}`
  }

  /** A source that is closed when the case ends, and what it dispatched. */
  watch(url, init, ...types) {
    const source = init === undefined ? new this.EventSource(url) : new this.EventSource(url, init)
    const watched = new Watched(source, types)
    this.#watched.push(watched)
    return watched
  }

  /** The same, which reconnects soon also where no stream can set the time. The engines' own class has no such option. */
  watchQuick(url, ...types) {
    return this.watch(url, this.ours ? { backoff: { initial: 5 } } : undefined, ...types)
  }

  /** Opens a gate at which an answer waits. */
  async open(gate) {
    await fetch(`${this.#servers[0]}/open?gate=${gate}`)
  }

  /** The requests to an address so far: method, headers, body. */
  async requests(url) {
    return (await fetch(url.replace('/plan?', '/requests?'), { credentials: 'omit' })).json()
  }

  /** Waits until the server has seen the end of all requests to an address so far. */
  async over(url) {
    await fetch(url.replace('/plan?', '/over?'), { credentials: 'omit' })
  }

  /** Waits until another source has made three requests; what would have happened meanwhile has happened. */
  async quiet(reconnectionTime = 1) {
    const url = this.url(ending(`retry: ${reconnectionTime}\n\n`), ending('\n\n'), stream('data: x\n\n'))
    const other = this.watch(url)
    await other.until(() => other.of('message').length === 1)
    other.source.close()
  }

  /** Registers a function that is called when the case ends. */
  finally(cleanup) {
    this.#cleanups.push(cleanup)
  }

  clear() {
    for (const { source } of this.#watched) source.close()
    for (const cleanup of this.#cleanups) cleanup()
  }

  get received() {
    return JSON.stringify(this.#watched.map(({ log }) => log.map(({ type, state, event }) => [type, state, event.data])))
  }
}

/** A source and the log of its events: the type, the `readyState` meanwhile, the event itself. */
class Watched {
  source
  log = []
  #waiting = new Set()

  constructor(source, types) {
    this.source = source
    for (const type of ['open', 'message', 'error', ...types]) source.addEventListener(type, (event) => this.#note(type, event))
  }

  of(type) {
    return this.log.filter((entry) => entry.type === type)
  }

  /** The log, in short: `['open 1', 'error 0']`. */
  get story() {
    return this.log.map(({ type, state }) => `${type} ${state}`)
  }

  /** The messages, as `[type, data, lastEventId]`. */
  get messages() {
    return this.log.filter(({ event }) => event instanceof MessageEvent).map(({ type, event }) => [type, event.data, event.lastEventId])
  }

  /** Waits until the condition holds, which is checked now and after every event. */
  until(holds) {
    return new Promise((resolve) => {
      const check = () => {
        if (!holds()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  waitFor(type, count = 1) {
    return this.until(() => this.of(type).length >= count)
  }

  #note(type, event) {
    this.log.push({ type, state: this.source.readyState, event })
    for (const check of this.#waiting) check()
  }
}

function inTime(promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${PATIENCE} ms`)), PATIENCE)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** An answer that is an event stream and stays open. Chunks are text, lists of bytes, or what `gate` makes. */
export const stream = (...chunks) => ({ chunks, end: 'hang' })

/** The same that ends. */
export const ending = (...chunks) => ({ chunks, end: 'proper' })

/** The same that breaks off. A cut overtakes what was sent before, so there should be a gate. */
export const lost = (...chunks) => ({ chunks, end: 'cut' })

/** A network error: browsers block this port (Fetch, "bad port"). A connection that breaks is another one, but browsers may send the request again by themselves. */
export const unreachable = { status: 302, headers: { location: 'http://127.0.0.1:1/' } }

/** No answer, and the connection stays open. */
export const silence = { end: 'silence' }

/** An answer with this status and these headers. */
export const answer = (status, headers = {}, ...chunks) => ({ status, headers, chunks })

let gates = 0

/** A name for `open`, and the chunk that waits for it. */
export function gate() {
  const name = `gate${gates++}`
  return { name, wait: { wait: name } }
}

/** Throws unless the two are the same, as JSON. */
export function same(seen, expected, what = EXPECTED) {
  const [a, b] = [seen, expected].map((value) => JSON.stringify(value))
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`)
}

export function holds(condition, what = EXPECTED) {
  if (!condition) throw new Error(what)
}

/** What the function throws; throws itself if that is nothing. */
export function thrown(work) {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
