// The tests of the benchmarks, in Node: `npx vitest run --config benches/vitest.config.ts`.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['page/test/*.test.js', 'test/*.test.ts'], testTimeout: 60_000 },
})
