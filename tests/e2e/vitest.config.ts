// The end-to-end tests, in Node: each drives a page over WebDriver. `cargo xtask test --only end-to-end`, or
// `npx vitest run --config tests/e2e/vitest.config.ts --project chromium tests/e2e/reconnection.test.ts`.

import { defineConfig } from 'vitest/config'

import { ENGINES, type EngineName } from '../webdriver/engines.ts'

const root = new URL('../..', import.meta.url).pathname

export default defineConfig({
  root,
  test: {
    projects: Object.keys(ENGINES).map((engine, index) => ({
      root,
      test: {
        name: engine,
        include: ['tests/e2e/*.test.ts'],
        provide: { engine: engine as EngineName },
        // A process keeps its browser for all its files.
        isolate: false,
        pool: 'forks',
        maxWorkers: 2,
        sequence: { groupOrder: index },
        testTimeout: 180_000,
        // The first test starts the browser.
        hookTimeout: 60_000,
        teardownTimeout: 20_000,
      },
    })),
  },
})
