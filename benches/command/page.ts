// The page of the benchmarks in a browser that is driven over WebDriver.

import type { EngineName } from '../../tests/webdriver/engines.ts'
import { Session } from '../../tests/webdriver/session.ts'
import type { Benchmark, Host } from '../engine/measure.ts'

/** How long the slowest library may take with the longest stream, in ms. */
const SCRIPT_TIMEOUT = 120_000

/**
 * Makes a function of the page itself out of the script, because Firefox runs the scripts of its driver in a sandbox with other
 * globals. The argument and the result cross as JSON.
 */
const BRIDGE = `
  const [body, argument, done] = arguments
  const run = new window.Function('argument', 'return (async (argument) => {' + body + '})(JSON.parse(argument))')
  run(argument).then(
    (value) => done(JSON.stringify({ value: value ?? null })),
    (error) => done(JSON.stringify({ error: String(error) })),
  )`

/** The module of the page has run when the page is loaded. To import it again gives the same one, or its error. */
const IMPORT = `
  await import(new URL('benchmark.js', location.href))
  return Boolean(globalThis.benchmark)`

/**
 * WebKit offers no way to collect garbage. So the page allocates until the engine does so, which shows when an unreferenced
 * object is gone. A weak reference holds its object until the end of the turn.
 */
const ALLOCATE_UNTIL_COLLECTED = `
  const { port1, port2 } = new MessageChannel()
  const turn = () => new Promise((resolve) => { port1.onmessage = resolve; port2.postMessage(0) })
  const garbage = (() => new WeakRef({}))()
  for (let n = 0; n < 1000; n++) {
    await turn()
    if (!garbage.deref()) break
    new ArrayBuffer(1024 * 1024)
  }
  port1.close()`

const FUNCTIONS: (keyof Benchmark)[] = ['list', 'prepare', 'parse', 'verify', 'network', 'verifyNetwork', 'start', 'memory']

/** What a browser needs besides, so that it measures and does nothing else. */
const OPTIONS = {
  scriptTimeout: SCRIPT_TIMEOUT,
  chromiumArguments: ['--disable-extensions', '--disable-renderer-backgrounding', '--disable-background-timer-throttling'],
  firefoxPreferences: {
    // The page can collect garbage, and see what is left.
    'dom.testing.testutils.enabled': true,
    'dom.enable_memory_stats': true,
    // A page that computes for long does not hang.
    'dom.max_script_run_time': 0,
    'dom.min_background_timeout_value': 4,
  },
}

/** A page in a browser of its own, which starts with the first {@link renew} and after each {@link end}. */
export class Page implements Host {
  readonly engine: EngineName
  readonly benchmark: Benchmark
  readonly #address: string
  #session?: Session

  constructor(engine: EngineName, address: string) {
    this.engine = engine
    this.#address = address
    const call = (name: string) => (argument: object) => this.#run(`return globalThis.benchmark.${name}(argument)`, argument)
    this.benchmark = Object.fromEntries(FUNCTIONS.map((name) => [name, call(name)])) as unknown as Benchmark
  }

  async renew(): Promise<void> {
    if (!this.#session) {
      this.#session = await Session.start(this.engine, OPTIONS)
      if (this.engine === 'chromium') await this.#devTools('Performance.enable')
    }
    await this.#session.open(this.#address)
    if (!(await this.#run(IMPORT))) throw new Error(`${this.#address} does not set \`globalThis.benchmark\``)
  }

  /** Ends the browser. */
  async end(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await session?.end()
  }

  userAgent(): Promise<string> {
    return this.#run('return navigator.userAgent')
  }

  async collectGarbage(): Promise<void> {
    if (this.engine === 'chromium') await this.#devTools('HeapProfiler.collectGarbage')
    else await this.#run(this.engine === 'firefox' ? 'await TestUtils.gc()' : ALLOCATE_UNTIL_COLLECTED)
  }

  /** Without the memory of wasm, where the engine tells the two apart. */
  async heap(): Promise<number | undefined> {
    // What a finalizer of the first collection frees is garbage of the next.
    for (let n = 0; n < 3; n += 1) await this.collectGarbage()
    switch (this.engine) {
      case 'chromium': {
        const usage = await this.#devTools('Runtime.getHeapUsage')
        return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
      }
      case 'firefox':
        return this.#run('const { gcBytes, mallocBytes } = performance.mozMemory.gc.zone; return gcBytes + mallocBytes')
      case 'webkit':
        return undefined
    }
  }

  async busy(): Promise<number | undefined> {
    if (this.engine !== 'chromium') return undefined
    const { metrics } = await this.#devTools('Performance.getMetrics')
    return metrics.find(({ name }: { name: string }) => name === 'TaskDuration').value * 1000
  }

  get #started(): Session {
    if (!this.#session) throw new Error('the browser has ended')
    return this.#session
  }

  /** Sends a command of the DevTools protocol, which only Chromium knows. */
  #devTools(cmd: string, params: object = {}): Promise<any> {
    return this.#started.command('POST', 'goog/cdp/execute', { cmd, params })
  }

  /** Runs the body of an `async` function in the page; it sees `argument`. */
  async #run(body: string, argument: object | null = null): Promise<any> {
    const args = [body, JSON.stringify(argument)]
    const answer = await this.#started.command('POST', 'execute/async', { script: BRIDGE, args })
    const { value, error } = JSON.parse(answer)
    if (error !== undefined) throw new Error(error)
    return value
  }
}
