// The end-to-end tests, in Node: each drives a page over WebDriver. `cargo xtask test --only end-to-end`, or
// `npx vitest run --config tests/e2e/vitest.config.ts --project 'chromium*' tests/e2e/reconnection.test.ts`.

import { defineConfig } from 'vitest/config'

import { EngineByEngine } from '../webdriver/engine-by-engine.ts'
import { ENGINES, type EngineName } from '../webdriver/engines.ts'

const root = new URL('../..', import.meta.url).pathname

/** Tests that measure: no other test runs meanwhile, and each has a browser of its own. */
const MEASURING = ['tests/e2e/memory.test.ts', 'tests/e2e/throughput.test.ts']

const engines = Object.keys(ENGINES) as EngineName[]

const common = {
  // A process keeps its browser for all its files.
  isolate: false,
  pool: 'forks' as const,
  testTimeout: 180_000,
  teardownTimeout: 20_000,
}

export default defineConfig({
  root,
  test: {
    sequence: { sequencer: EngineByEngine },
    projects: engines.flatMap((engine) => [
      {
        root,
        test: {
          ...common,
          name: engine,
          include: ['tests/e2e/*.test.ts'],
          exclude: MEASURING,
          provide: { engine, keepsBrowser: true },
          // More than two cores have work for, because a test often waits for its browser.
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      {
        root,
        test: {
          ...common,
          name: `${engine}-alone`,
          include: MEASURING,
          provide: { engine, keepsBrowser: false },
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ]),
  },
})
