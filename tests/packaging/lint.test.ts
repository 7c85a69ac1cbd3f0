// What the package is before anything runs: its files, its manifest, and what npm and the linters say about it.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect, fromRoot, once, type Project, packageFolder, tarball } from './fixture/index.ts'

/** The entries, after which files are named. */
const ENTRIES = ['index', 'slim', 'eventsource', 'fetch-event-source', 'react', 'vue']

/** The documents for users. Those for contributors (`docs/architecture.md`, `docs/decisions`) are not in the package. */
const GUIDES = [
  'docs/moving-from-a-fetch-loop.md',
  'docs/moving-from-eventsource.md',
  'docs/moving-from-fetch-event-source.md',
  'docs/troubleshooting.md',
]

/** Files that belong to no entry. */
const OTHERS = [
  'CHANGELOG.md',
  'LICENSE-APACHE',
  'LICENSE-MIT',
  'README.md',
  'core.js',
  'core.js.map',
  'dist/sse-fetch.global.d.ts',
  'dist/sse-fetch.global.js',
  'dist/sse-fetch.global.js.map',
  'error.js',
  'error.js.map',
  'dist/sse-fetch.without-wasm.js',
  'node/core.js',
  'node/core.js.map',
  'node/error.js',
  'node/error.js.map',
  'node/package.json',
  'node/without-wasm.js',
  'react-native/package.json',
  'without-wasm.js',
  'package.json',
  'sse-fetch.wasm',
]

/**
 * The most bytes that npm may have to load. Most of them are the source maps: they contain the sources, and those the documentation
 * of all types. The build without WebAssembly is there three times (for `import`, for `require`, for the script tag), with 20 KB each.
 */
const BUDGET = 625_000

once('publint has nothing to say', async ({ projects }) => {
  const project = await projects.shared('pages')
  const publint = `node ${fromRoot('node_modules/publint/src/cli.js')} run --strict`
  expect((await project.run(publint, [await tarball()])).printed).toContain('All good!')
})

once('types are right for every way to resolve them', async ({ projects }) => {
  const project = await projects.shared('pages')
  const attw = `node ${fromRoot('node_modules/@arethetypeswrong/cli/dist/index.js')} --profile strict --format ascii --no-emoji`
  // These two have no types: one is bytes, and one is for `<script>`.
  const excluded = ['--exclude-entrypoints', 'sse-fetch.wasm', 'dist/sse-fetch.global.js', '--']
  const { stdout } = await project.run(attw, [...excluded, await tarball()])
  for (const entry of ['', '/slim', '/eventsource', '/fetch-event-source', '/react', '/vue'])
    expect(stdout).toContain(`"sse-fetch${entry}"\n\nnode10: OK`)
})

interface Report {
  size: number
  files: { path: string }[]
}

/** The report and the warnings of `npm publish --dry-run`. */
async function dryRun(project: Project): Promise<{ report: Report; warnings: string[] }> {
  const publish = 'npm publish --dry-run --json --ignore-scripts'
  const { stdout, stderr } = await project.run(publish, [packageFolder()], { env: { npm_config_loglevel: 'notice' } })
  const warnings = stderr.split('\n').filter((line) => /^npm (warn|error)/.test(line))
  const report = JSON.parse(stdout)
  return {
    // By name since one of the npms of version 11.
    report: report['sse-fetch'] ?? report,
    // These two are about who runs the test, and not about the package.
    warnings: warnings.filter((line) => !/requires you to be logged in|Unknown user config/.test(line)),
  }
}

once('npm would publish it without a warning', async ({ projects }) => {
  const { report, warnings } = await dryRun(await projects.shared('pages'))
  expect(warnings).toStrictEqual([])
  expect(report.size, 'bytes that npm would load; say here why there may be more').toBeLessThanOrEqual(BUDGET)
})

once('the package has its files and no others', async ({ projects }) => {
  const { report } = await dryRun(await projects.shared('pages'))
  const ofEntries = ENTRIES.flatMap((entry) => [
    ...['workerd', 'edge-light'].map((folder) => `${folder}/${entry}.js`),
    // React Native has nothing that the slim entry could load.
    ...(entry === 'slim' ? [] : [`react-native/${entry}.js`]),
    ...['js', 'js.map', 'mjs', 'd.ts'].map((ending) => `node/${entry}.${ending}`),
    ...['js', 'js.map', 'd.ts'].map((ending) => `${entry}.${ending}`),
  ])
  const files = report.files.map(({ path }) => path).sort()
  const isOfSources = (path: string) => /^(node\/)?types\//.test(path)
  expect(files.filter((path) => !isOfSources(path))).toStrictEqual([...GUIDES, ...ofEntries, ...OTHERS].sort())

  // Declarations of the sources, which those of the entries export: the same for both forms of modules.
  const declarations = files.filter((path) => path.startsWith('types/'))
  expect(declarations).toContain('types/client/api.d.ts')
  expect(declarations.length, 'files of sources that no entry needs').toBeLessThan(30)
  expect(files.filter(isOfSources)).toStrictEqual([...declarations.map((path) => `node/${path}`), ...declarations].sort())
  for (const file of declarations) expect(file).toMatch(/\.d\.ts$/)
})

once('no file contains a path of the machine that built it', async ({ projects }) => {
  const project = await projects.shared('pages')
  for (const file of project.files('node_modules/sse-fetch')) {
    const text = readFileSync(file, 'latin1')
    for (const place of [fromRoot('.').replace(/\/$/, ''), homedir()])
      expect(text.includes(place), `${file}: ${place}`).toBe(false)
  }
})

once('a debugger shows the sources', async ({ projects }) => {
  const project = await projects.shared('pages')
  for (const file of project.files('node_modules/sse-fetch')) {
    const name = /\n\/\/# sourceMappingURL=(\S+)/.exec(readFileSync(file, 'utf8'))?.[1]
    if (name === undefined) continue
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(dirname(file), name), 'utf8'))
    expect(sources.length, file).toBeGreaterThan(0)
    expect(sourcesContent, file).toHaveLength(sources.length)
    expect(
      sourcesContent.every((text: unknown) => typeof text === 'string'),
      file,
    ).toBe(true)
  }
  // A wrong option is reported with its line in the file that checks options, however Node loads the package.
  for (const load of ["require('sse-fetch')", "await import('sse-fetch')"]) {
    const mistake = `(async () => new (${load}).SSEClient('https://a.test', { retries: 3 }))()`
    const { stderr } = await project.finish('node --enable-source-maps -e', [mistake])
    expect(stderr).toMatch(/pkg-template\/src\/client\/settings\.ts:/)
  }
})

once("React Native's Metro can parse every script", async ({ projects }) => {
  const project = await projects.shared('pages')
  for (const file of project.files('node_modules/sse-fetch')) {
    if (/\.m?js$/.test(file)) expect(/static ?\{/.test(readFileSync(file, 'utf8')), `${file} has a static block`).toBe(false)
  }
})

// Whatever minified them: the build of this package, and that of an application.
once('classes have their names in logs', async ({ projects }) => {
  const script = `
    const { SSEAuth, SSEClient, SSEError } = await import('sse-fetch')
    const { EventSource } = await import('sse-fetch/eventsource')
    console.log(SSEAuth.name, SSEClient.name, SSEError.name, EventSource.name)
    const client = new SSEClient('https://a.test')
    client.on('message', (data, event) => console.log(event.constructor.name))
    client.emit('message')
    const { inspect } = await import('node:util')
    console.log(inspect(new SSEError('network')).split(':')[0])
    class Mine extends SSEClient {}
    console.log(Mine.name)`
  const { stdout } = await (await projects.shared('pages')).run('node --input-type=module -e', [script])
  expect(stdout).toBe('SSEAuth SSEClient SSEError EventSource\nSSEEvent\nSSEError\nMine\n')
})

once('importing an entry does nothing', async ({ projects }) => {
  expect(JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')).sideEffects).toBe(false)
  const { stdout } = await (await projects.shared('runtimes')).run('node untouched.mjs')
  const entries = ['', '/slim', '/eventsource', '/fetch-event-source', '/react', '/vue']
  expect(stdout).toBe(entries.map((entry) => `sse-fetch${entry}: read nothing, left nothing\n`).join(''))
})

// Every page would load them. They name the place of a panic in the source, and bring the formatting of messages with them.
once('the wasm has no messages of panics', async () => {
  const wasm = readFileSync(join(packageFolder(), 'sse-fetch.wasm'), 'latin1')
  for (const part of ['.rs', 'panicked', 'out of range', 'out of bounds', 'overflow']) {
    const at = wasm.indexOf(part)
    const found = at < 0 ? undefined : wasm.slice(Math.max(0, at - 60), at + part.length)
    expect(found, 'an index for which `get` would do, or a `Vec` without a check').toBeUndefined()
  }
})
