// The packaging tests, in Node: `cargo xtask test --only packaging`, or
// `npx vitest run --config tests/packaging/vitest.config.ts --project chromium tests/packaging/vite.test.ts`.

import { defineConfig } from 'vitest/config'

import { EngineByEngine } from '../webdriver/engine-by-engine.ts'
import { ENGINES, type EngineName } from '../webdriver/engines.ts'

const root = new URL('../..', import.meta.url).pathname

export default defineConfig({
  root,
  test: {
    sequence: { sequencer: EngineByEngine },
    projects: Object.keys(ENGINES).map((engine) => ({
      root,
      test: {
        name: engine,
        include: ['tests/packaging/*.test.ts'],
        provide: { engine: engine as EngineName },
        // A process keeps its browser and its projects for all its files.
        isolate: false,
        pool: 'forks',
        maxWorkers: 3,
        // Installing a project takes long.
        testTimeout: 300_000,
        hookTimeout: 60_000,
        // Removing them, too.
        teardownTimeout: 120_000,
      },
    })),
  },
})
