// Bundles the pages of the tests into the folder that is named: `node build.mjs FOLDER`. The package is the one in `pkg/`; the
// frameworks are those for developers, with all their warnings, and React's StrictMode.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const folder = process.argv[2]
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

buildSync({
  entryPoints: [here('react.jsx'), here('vue.js'), here('worker.js')],
  outdir: folder,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  logLevel: 'warning',
  alias: {
    'sse-fetch': here('../../pkg/index.js'),
    'sse-fetch/react': here('../../pkg/react.js'),
    'sse-fetch/vue': here('../../pkg/vue.js'),
  },
  define: {
    'process.env.NODE_ENV': '"development"',
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
  },
})
const page = readFileSync(here('page.html'), 'utf8')
for (const framework of ['react', 'vue']) writeFileSync(`${folder}/${framework}.html`, page.replace('FRAMEWORK', framework))
