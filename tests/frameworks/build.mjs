// Bundles the pages of the tests into a folder: `node build.mjs FOLDER`. The package is the one in `pkg/`. The frameworks are the
// development builds with all their warnings, and with React's StrictMode. Each is used in its current version, and in the oldest
// version that the package's manifest allows.

import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const FRAMEWORKS = [
  { name: 'react', source: 'react.jsx' },
  { name: 'react-18', source: 'react.jsx', alias: { react: 'react-18', 'react-dom': 'react-dom-18' } },
  { name: 'vue', source: 'vue.js' },
  { name: 'vue-3.2', source: 'vue.js', alias: { vue: 'vue-3.2' } },
]

const folder = process.argv[2]
const here = (path) => fileURLToPath(new URL(path, import.meta.url))

function bundle(name, source, alias = {}) {
  buildSync({
    entryPoints: { [name]: here(source) },
    outdir: folder,
    bundle: true,
    format: 'esm',
    // The renderers for servers are large, and loaded by the pages that use them.
    splitting: true,
    target: 'es2022',
    jsx: 'automatic',
    logLevel: 'warning',
    alias: {
      'sse-fetch': here('../../pkg/index.js'),
      'sse-fetch/react': here('../../pkg/react.js'),
      'sse-fetch/vue': here('../../pkg/vue.js'),
      ...alias,
    },
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'true',
    },
  })
}

const page = readFileSync(here('page.html'), 'utf8')
const strictPage = readFileSync(here('strict.html'), 'utf8')
for (const { name, source, alias } of FRAMEWORKS) {
  bundle(name, source, alias)
  writeFileSync(`${folder}/${name}.html`, page.replace('FRAMEWORK', name))
  writeFileSync(`${folder}/${name}-strict.html`, strictPage.replace('FRAMEWORK', name))
}
copyFileSync(here('strict.js'), `${folder}/strict.js`)
bundle('worker', 'worker.js')
