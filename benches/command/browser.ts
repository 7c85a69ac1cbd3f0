// What is done in a browser that is driven over WebDriver.

import type { Session } from '../../tests/webdriver/session.ts'

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

/** What a browser needs besides, so that it measures and does nothing else. */
export const OPTIONS = {
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

/** Sends a command of the DevTools protocol, which only Chromium knows. */
export const devTools = (session: Session, cmd: string, params: object = {}): Promise<any> =>
  session.command('POST', 'goog/cdp/execute', { cmd, params })

/** For how long tasks of the main thread have run, in ms. */
export async function taskDuration(session: Session): Promise<number> {
  const { metrics } = await devTools(session, 'Performance.getMetrics')
  return metrics.find(({ name }: { name: string }) => name === 'TaskDuration').value * 1000
}

/** Runs the body of an `async` function in the page; it sees `argument`. */
export async function callPage(session: Session, body: string, argument: object | null = null): Promise<any> {
  const args = [body, JSON.stringify(argument)]
  const answer = await session.command('POST', 'execute/async', { script: BRIDGE, args })
  const { value, error } = JSON.parse(answer)
  if (error !== undefined) throw new Error(error)
  return value
}
