// The browser engines: how each is found, driven, and kept quiet.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export type EngineName = 'chromium' | 'firefox' | 'webkit'

export interface Engine {
  /** The WebDriver program. */
  driver: string
  driverArguments(port: number): string[]
  /** Variables for the driver, which passes them on to the browser. */
  environment: Record<string, string>
  /** The browser has no headless mode. */
  needsDisplay: boolean
  /**
   * `inShell` means: Chromium's headless shell where it is installed. It hides no tab and keeps no page for later, but three files of
   * end-to-end tests take 39 s of CPU time in it, and 56 s in the browser.
   */
  capabilities(inShell: boolean): Record<string, unknown>
}

const WIDTH = 1280
const HEIGHT = 1024

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

export const ENGINES: Record<EngineName, Engine> = {
  chromium: {
    driver: 'chromedriver',
    driverArguments: (port) => [`--port=${port}`],
    environment: {},
    needsDisplay: false,
    capabilities: (inShell) => ({
      browserName: 'chrome',
      'goog:chromeOptions': {
        binary: inShell ? findProgram('chromium-headless-shell', ...CHROMIUM) : findProgram(...CHROMIUM),
        args: [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-dev-shm-usage',
          '--no-first-run',
          `--window-size=${WIDTH},${HEIGHT}`,
        ],
      },
    }),
  },
  firefox: {
    driver: 'geckodriver',
    // The second port is for WebDriver BiDi; by default every geckodriver takes the same one.
    driverArguments: (port) => ['--port', String(port), '--websocket-port', '0'],
    environment: {},
    needsDisplay: false,
    capabilities: () => ({
      browserName: 'firefox',
      'moz:firefoxOptions': {
        binary: findProgram('firefox', 'firefox-esr'),
        args: ['-headless', `--width=${WIDTH}`, `--height=${HEIGHT}`],
      },
    }),
  },
  webkit: {
    driver: 'WebKitWebDriver',
    driverArguments: (port) => [`--port=${port}`],
    environment: {
      // A container has nothing to build the sandbox with, and the pages are this repository's own.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
    needsDisplay: true,
    capabilities: () => ({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { args: ['--automation'] } }),
  },
}

/** The path of the first of these programs that is on the `PATH`. */
export function findProgram(...names: string[]): string {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const folders = (process.env.PATH ?? '').split(delimiter)
  const path = names.flatMap((name) => folders.map((folder) => join(folder, name + suffix))).find(isExecutable)
  if (!path) throw new Error(`there is no ${names[0]} on the PATH; \`cargo xtask test\` installs it or says how`)
  return path
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
