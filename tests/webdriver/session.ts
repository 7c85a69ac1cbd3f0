// A browser that is driven over WebDriver: https://www.w3.org/TR/webdriver2/

import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { ENGINES, type EngineName, findProgram } from './engines.ts'
import { end, firstLine, start } from './process.ts'

/** How long a driver may take to start on a busy machine. */
const DRIVER_TIMEOUT = 30_000
/** How long a browser may take to start. */
const SESSION_TIMEOUT = 60_000
/** How long a browser may take to close. */
const CLOSE_TIMEOUT = 5_000
/** How long a script or the load of a page may take. */
const PAGE_TIMEOUT = 60_000
/** How long the driver may take to answer a command, beyond the time of the script. A browser that has died never answers. */
const COMMAND_TIMEOUT = 60_000

/** What a session may set beside the engine's own capabilities. */
export interface SessionOptions {
  /** How long a script may take, in ms. */
  scriptTimeout?: number
  chromiumArguments?: string[]
  /** Chromium's headless shell will do, where it is installed. */
  inShell?: boolean
  firefoxPreferences?: Record<string, unknown>
  /** Records trace events of these categories, separated by commas: `POST se/log` of `performance` returns them. */
  chromiumTrace?: string
}

/** One browser with its driver, and its display where it needs one. */
export class Session {
  #url: string
  #processes: ChildProcess[]
  /** How long a command may take, in ms. */
  #timeout: number

  private constructor(url: string, processes: ChildProcess[], timeout: number) {
    this.#url = url
    this.#processes = processes
    this.#timeout = timeout
  }

  static async start(name: EngineName, options: SessionOptions = {}): Promise<Session> {
    const engine = ENGINES[name]
    const env = { ...process.env, ...engine.environment }
    const processes: ChildProcess[] = []
    try {
      if (engine.needsDisplay) {
        const display = start(findProgram('Xvfb'), ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'])
        processes.push(display)
        // The X server looks for a free number, and prints it when it is ready.
        env.DISPLAY = `:${await firstLine(display)}`
        delete env.WAYLAND_DISPLAY
      }
      const port = await freePort()
      const driver = start(findProgram(engine.driver), engine.driverArguments(port), { env })
      processes.push(driver)
      driver.stdout!.resume()
      const base = `http://127.0.0.1:${port}`
      await untilReady(base, driver)
      const timeouts = { script: options.scriptTimeout ?? PAGE_TIMEOUT, pageLoad: PAGE_TIMEOUT }
      const capabilities = { alwaysMatch: { ...capabilitiesOf(name, options), timeouts } }
      const { sessionId } = await send('POST', `${base}/session`, SESSION_TIMEOUT, { capabilities })
      const timeout = Math.max(timeouts.script, timeouts.pageLoad) + COMMAND_TIMEOUT
      return new Session(`${base}/session/${sessionId}`, processes, timeout)
    } catch (error) {
      await Promise.all(processes.map(end))
      throw error
    }
  }

  /** Opens a page, and waits until it is loaded. */
  async open(url: string): Promise<void> {
    await this.command('POST', 'url', { url })
  }

  /** A command of the protocol, or one of the driver's own; the path is relative to the session's. */
  command(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<any> {
    return send(method, `${this.#url}/${path}`, this.#timeout, body)
  }

  /** Ends the browser and its driver. */
  async end(): Promise<void> {
    // The browser may be gone already, or hang. Its process ends in any case.
    await send('DELETE', this.#url, CLOSE_TIMEOUT).catch(() => {})
    for (const child of this.#processes.reverse()) await end(child)
  }
}

function capabilitiesOf(name: EngineName, options: SessionOptions) {
  const { inShell = false, chromiumArguments = [], firefoxPreferences = {}, chromiumTrace } = options
  const capabilities = ENGINES[name].capabilities(inShell) as Record<string, any>
  const chromium = capabilities['goog:chromeOptions']
  chromium?.args.push(...chromiumArguments)
  if (chromium && chromiumTrace !== undefined) {
    capabilities['goog:loggingPrefs'] = { performance: 'ALL' }
    chromium.perfLoggingPrefs = { enableNetwork: false, enablePage: false, traceCategories: chromiumTrace }
  }
  if (capabilities['moz:firefoxOptions']) capabilities['moz:firefoxOptions'].prefs = firefoxPreferences
  return capabilities
}

async function untilReady(base: string, driver: ChildProcess): Promise<void> {
  const deadline = Date.now() + DRIVER_TIMEOUT
  for (;;) {
    try {
      const { ready } = await send('GET', `${base}/status`, DRIVER_TIMEOUT)
      if (ready) return
    } catch (error) {
      if (driver.exitCode !== null || Date.now() > deadline)
        throw new Error(`${driver.spawnfile} did not start`, { cause: error })
    }
    await sleep(20)
  }
}

/** Sends a command to the driver, which must answer within `timeout` ms. */
async function send(method: string, url: string, timeout: number, body?: unknown): Promise<any> {
  const signal = AbortSignal.timeout(timeout)
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal })
    const { value } = (await response.json()) as any
    if (!response.ok) throw new Error(`WebDriver: ${value?.error}: ${value?.message}`)
    return value
  } catch (error) {
    if (!signal.aborted) throw error
    throw new Error(`WebDriver: ${method} ${url}: no answer within ${timeout / 1000} s`, { cause: error })
  }
}

/** Ports for drivers, below those that systems give to servers and connections without a number. */
const PORTS = { first: 20_000, count: 10_000 }
/** From one port of a process to its next one. */
const STRIDE = 1009

let ports = 0

/** A port that no process listens on. Each process looks at others first, because a driver does not listen at once. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = PORTS.first + ((process.pid + STRIDE * ports++) % PORTS.count)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}
