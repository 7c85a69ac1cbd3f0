// The package in bundlers, with no settings but where to begin and where to write.

import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  App,
  DemoServer,
  expect,
  expectNothingLeft,
  expectNoWarnings,
  once,
  type Project,
  packageFolder,
} from './fixture/index.ts'

interface Bundle {
  name: string
  line: string
  /** The folder that the bundler writes to. */
  folder: string
  /** Where the wasm of the slim entry is after bundling. */
  wasm?: 'bundled' | 'copied' | 'not found'
  /** The bundler writes one script, so the build without WebAssembly is no script of its own. */
  isOneScript?: true
}

const BUNDLES: Bundle[] = [
  {
    name: 'webpack',
    line: 'webpack --mode production --entry ./src/main.js --output-path dist/webpack',
    folder: 'dist/webpack',
    wasm: 'bundled',
  },
  {
    name: 'webpack, for development',
    line: 'webpack --mode development --entry ./src/main.js --output-path dist/webpack-development',
    folder: 'dist/webpack-development',
    wasm: 'bundled',
  },
  { name: 'Rollup', line: 'rollup --plugin node-resolve --input src/main.js --dir dist/rollup', folder: 'dist/rollup' },
  { name: 'Rolldown', line: 'rolldown src/main.js --dir dist/rolldown', folder: 'dist/rolldown' },
  {
    name: 'esbuild',
    line: 'esbuild src/main.js --bundle --splitting --format=esm --outdir=dist/esbuild',
    folder: 'dist/esbuild',
  },
  {
    name: 'esbuild, to a classic script',
    line: 'esbuild src/main.js --bundle --minify --outdir=dist/esbuild-classic',
    folder: 'dist/esbuild-classic',
    // A classic script does not know its own address, so the slim entry must be given that of the wasm.
    wasm: 'not found',
    isOneScript: true,
  },
]

for (const { name, line, folder, wasm = 'copied', isOneScript = false } of BUNDLES) {
  once(name, async ({ page, projects }) => {
    const project = await projects.shared('bundlers')
    expectNoWarnings((await project.run(`npx ${line}`)).printed)
    const copy = (file: string, to: string) => copyFileSync(project.file(file), join(project.file(folder), to))
    copy('index.html', 'index.html')
    // As the documentation tells users of a bundler that does not take the wasm along.
    if (wasm === 'copied') copy('node_modules/sse-fetch/sse-fetch.wasm', 'sse-fetch.wasm')
    const { url } = await DemoServer.start({ pages: project.file(folder) })
    const app = await App.start(page)
    await app.runsAllEntries(url)
    expect(await app.runsWithoutWebAssembly(url)).toBe(isOneScript ? 0 : 1)
    if (wasm !== 'not found') await app.runsSlim(url)
  })
}

/** Bundles a script with each bundler. */
async function bundleWithAll(project: Project, script: string, folder: string): Promise<string[]> {
  const webpack = `webpack --mode production --entry ./src/${script}.js --output-filename ${script}.js`
  const lines = {
    webpack: `${webpack} --output-path dist/${folder}/webpack`,
    rollup: `rollup --plugin node-resolve --input src/${script}.js --dir dist/${folder}/rollup`,
    rolldown: `rolldown src/${script}.js --dir dist/${folder}/rolldown`,
    esbuild: `esbuild src/${script}.js --bundle --outdir=dist/${folder}/esbuild`,
  }
  for (const line of Object.values(lines)) expectNoWarnings((await project.run(`npx ${line}`)).printed)
  return Object.keys(lines).map((bundler) => `dist/${folder}/${bundler}`)
}

once('entries that are not used are left out', async ({ projects }) => {
  const project = await projects.shared('bundlers')
  for (const folder of await bundleWithAll(project, 'unused', 'unused')) expectNothingLeft(project, folder, 'unused')
})

once('importing only the error brings no client and no wasm', async ({ projects }) => {
  const project = await projects.shared('bundlers')
  for (const folder of await bundleWithAll(project, 'only', 'only')) {
    const code = readFileSync(project.file(`${folder}/only.js`), 'utf8')
    expect(code, folder).toContain('SSEError')
    expect(code.length, folder).toBeLessThan(8_000)
  }
})

/** The conditions that Nitro, with which Nuxt builds, sets for every runtime but Node. By default it loads no wasm. */
const NITRO = ['production', 'wintercg', 'worker', 'web', 'browser', 'workerd', 'edge-light', 'netlify', 'edge-routine', 'deno']

/** Bundles a script with these conditions, and with nothing that loads wasm. */
async function bundledForEdge(project: Project, script: string, folder: string, conditions: string[]): Promise<string> {
  const quoted = conditions.map((condition) => `'${condition}'`).join(', ')
  const plugin = ['--plugin', `node-resolve={exportConditions: [${quoted}]}`]
  await project.run(`npx rollup --input src/${script}.js --dir dist/${folder} --external react,vue`, plugin)
  return readFileSync(project.file(`dist/${folder}/${script}.js`), 'utf8')
}

/** How the wasm begins in a script that contains it. */
function encodedWasm(): string {
  const code = readFileSync(join(packageFolder(), 'index.js'), 'utf8')
  const text = code.match(/"([^"\\<]{10000,})"/)?.[1]
  if (text === undefined) throw new Error('the default entry contains no wasm')
  return text.slice(0, 40)
}

once('Nuxt builds for edge runtimes without any setting', async ({ projects }) => {
  const project = await projects.shared('bundlers')
  const code = await bundledForEdge(project, 'edge', 'nitro', [...NITRO, 'import', 'default'])
  expect(code.includes(encodedWasm()), 'the client is in it').toBe(true)
})

once('hooks bring no wasm to edge runtimes', async ({ projects }) => {
  const project = await projects.shared('bundlers')
  const conditions = { nitro: [...NITRO, 'import', 'default'], workerd: ['workerd'], edge: ['edge-light'] }
  for (const [name, list] of Object.entries(conditions)) {
    const code = await bundledForEdge(project, 'hooks', `hooks-${name}`, list)
    expect(code.includes('.wasm') || code.includes(encodedWasm()), name).toBe(false)
    expect(code.length, name).toBeLessThan(70_000)
  }
})

const MINIFIED = {
  // Terser removes a class that is not used, but keeps what its static fields did.
  'terser minifies a bundle that uses one class': { folder: 'terser', flags: ['--compress'] },
  'properties that begin with an underscore may be renamed': { folder: 'mangled', flags: ['--mangle-props', 'regex=/^_/'] },
}

for (const [name, { folder, flags }] of Object.entries(MINIFIED)) {
  once(name, async ({ projects }) => {
    const [project, dist] = [await projects.shared('bundlers'), `dist/${folder}`]
    await project.run(`npx esbuild src/minified.js --bundle --format=esm --outfile=${dist}/bundle.mjs`)
    const terser = `node node_modules/terser/bin/terser ${dist}/bundle.mjs --module --mangle`
    await project.run(terser, [...flags, '--output', `${dist}/minified.mjs`])
    // It makes a client, which starts the wasm.
    expect((await project.run(`node ${dist}/minified.mjs`)).stdout).toBe('idle 1\n')
  })
}

once('import and require give one class', async ({ projects }) => {
  const project = await projects.shared('bundlers')
  for (const line of [
    'rolldown src/mixed.js --dir dist/mixed',
    'esbuild src/mixed.js --bundle --format=esm --outdir=dist/mixed',
  ]) {
    expectNoWarnings((await project.run(`npx ${line}`)).printed)
    // It was bundled for pages, but does nothing that only a page can.
    expect((await project.run('node dist/mixed/mixed.js')).stdout, line).toBe('true true function\n')
  }
})
