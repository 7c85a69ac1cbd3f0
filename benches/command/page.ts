// The page of the benchmarks in a browser that is driven over WebDriver.

import type { EngineName } from '../../tests/webdriver/engines.ts'
import { Session } from '../../tests/webdriver/session.ts'
import type { Benchmark, ChatPage, Host } from '../engine/measure.ts'
import { callPage, devTools, OPTIONS, taskDuration } from './browser.ts'
import { openChatPage } from './chat-page.ts'

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

  openChat(throttling: number, traced: boolean): Promise<ChatPage> {
    return openChatPage(`${this.#address}chat/`, throttling, traced)
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
    return taskDuration(this.#started)
  }

  get #started(): Session {
    if (!this.#session) throw new Error('the browser has ended')
    return this.#session
  }

  /** Sends a command of the DevTools protocol, which only Chromium knows. */
  #devTools(cmd: string, params: object = {}): Promise<any> {
    return devTools(this.#started, cmd, params)
  }

  /** Runs the body of an `async` function in the page; it sees `argument`. */
  #run(body: string, argument: object | null = null): Promise<any> {
    return callPage(this.#started, body, argument)
  }
}
