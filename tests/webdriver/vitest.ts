// Runs tests of Vitest's browser mode in browsers that are driven over WebDriver. Vitest's own providers cannot: they do not know
// WebKitGTK, and download browsers or drivers.

import { defineBrowserProvider } from '@vitest/browser'
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node'

import { ENGINES, type EngineName } from './engines.ts'
import { Session } from './session.ts'

class Provider implements BrowserProvider {
  readonly name = 'webdriver'
  readonly supportsParallelism = false
  readonly #engine: EngineName
  readonly #sessions = new Map<string, Session>()

  constructor(project: TestProject) {
    this.#engine = project.config.browser.name as EngineName
  }

  /** What functions that pages call in Node (`commands`) get. */
  getCommandsContext(id: string) {
    return { session: this.#sessions.get(id) }
  }

  async openPage(id: string, url: string) {
    const session = await Session.start(this.#engine, { inShell: true })
    this.#sessions.set(id, session)
    await session.open(url)
  }

  async close() {
    await Promise.all([...this.#sessions.values()].map((session) => session.end()))
    this.#sessions.clear()
  }
}

/** The browser provider. */
export function webdriver(): BrowserProviderOption {
  return defineBrowserProvider({
    name: 'webdriver',
    supportedBrowser: Object.keys(ENGINES),
    options: {},
    providerFactory: (project) => new Provider(project),
  })
}
