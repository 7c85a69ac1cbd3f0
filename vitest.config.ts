// The tests of the npm package in browsers: `npx vitest run --project chromium tests/client/auth.test.ts`.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { defineConfig } from 'vitest/config'

import { ENGINES } from './tests/webdriver/engines.ts'
import { webdriver } from './tests/webdriver/vitest.ts'

/** Where cargo writes. */
const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('target', import.meta.url))

/** Where `cargo xtask test` writes the wasm that the tests run on. */
const wasm = process.env.SSE_FETCH_TEST_WASM ?? resolve(target, 'xtask/test-wasm')

if (!existsSync(`${wasm}/sse-fetch.wasm`)) {
  throw new Error(
    `The wasm of the tests is not in ${wasm}. 'cargo xtask test --only client --engine chromium' builds it; ` +
      'SSE_FETCH_TEST_WASM names another folder.',
  )
}

/** The same for the build without WebAssembly. */
const withoutWasm = process.env.SSE_FETCH_TEST_WITHOUT_WASM ?? resolve(target, 'xtask/test-without-wasm')

/** The topics that depend on what runs in wasm: parser and session. They also run on the build without WebAssembly. */
const TOPICS = [
  'connection',
  'delivery-options',
  'dispatch',
  'dispatch-random',
  'dispatch-single-events',
  'driver',
  'hostile-input',
  'idle-timeout',
  'pause',
  'reconnection',
  'reentrancy',
  'response',
]

const instances = [
  ...Object.keys(ENGINES).map((browser) => ({ browser, name: browser })),
  {
    browser: 'chromium',
    name: 'chromium-without-wasm',
    include: TOPICS.map((topic) => `tests/client/${topic}.test.ts`),
    setupFiles: ['tests/client/fixture/no-webassembly.ts'],
  },
]

export default defineConfig({
  resolve: { alias: { 'test-wasm': wasm, 'test-without-wasm': withoutWasm } },
  server: { fs: { allow: ['.', wasm, withoutWasm] }, watch: { ignored: ['**/target/**', '**/pkg/**'] } },
  test: {
    include: ['tests/client/*.test.ts'],
    // Reached only by a test that hangs.
    testTimeout: 60_000,
    // What tests write to the console is shown if they fail.
    silent: 'passed-only',
    // A browser may take long to close on a busy machine.
    teardownTimeout: 30_000,
    browser: {
      enabled: true,
      provider: webdriver(),
      headless: true,
      ui: false,
      screenshotFailures: false,
      instances: instances as never,
    },
  },
})
