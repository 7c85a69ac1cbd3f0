// The package in Vite: in its development server and built, with React, with Vue, and without a framework.

import { writeFileSync } from 'node:fs'

import { App, DemoServer, expect, expectNothingLeft, expectNoWarnings, once, type Project, test } from './fixture/index.ts'

/** How `vite-vanilla` gives the slim entry the address of its wasm. */
const WASM_SOURCES = ['&wasm=default', '&wasm=new-url', '&wasm=imported-url']

const develop = (project: Project) => project.serve('npm run dev -- --port 0')

/** Builds the project, and serves the result. */
async function build(project: Project): Promise<DemoServer> {
  expectNoWarnings((await project.run('npm run build')).printed)
  return DemoServer.start({ pages: project.file('dist') })
}

test('React, built', async ({ page, projects }) => {
  const { url } = await build(await projects.fresh('vite-react'))
  await (await App.start(page)).runsInFramework(url)
})

once('Vue, built', async ({ page, projects }) => {
  const { url } = await build(await projects.fresh('vite-vue'))
  await (await App.start(page)).runsInFramework(url)
})

for (const [framework, name] of Object.entries({ React: 'vite-react', Vue: 'vite-vue' })) {
  once(`${framework}, in development`, async ({ page, projects }) => {
    await using server = await develop(await projects.fresh(name))
    await (await App.start(page)).runsInFramework(server.url)
    expectNoWarnings(server.printed())
  })
}

once('all entries, in development', async ({ page, projects }) => {
  await using server = await develop(await projects.shared('vite-vanilla'))
  const app = await App.start(page)
  await app.runsAllEntries(server.url)
  await app.runsWithoutWebAssembly(server.url)
  for (const source of WASM_SOURCES) await app.runsSlim(server.url, source)
  expectNoWarnings(server.printed())
})

// Before version 8, the development server moves a script to a folder where its wasm is not.
for (const version of [5, 6, 7]) {
  once(`the slim entry, in development with Vite ${version}`, async ({ page, projects }) => {
    const [project, vite] = [await projects.shared('vite-older'), `vite-${version}`]
    // The versions would share a cache.
    writeFileSync(project.file(`${vite}.config.js`), `export default { cacheDir: 'node_modules/.${vite}' }`)
    await using server = await project.serve(`node node_modules/${vite}/bin/vite.js --config ${vite}.config.js --port 0`)
    await (await App.start(page)).runsSlim(server.url)
    expectNoWarnings(server.printed())
  })
}

once('all entries, built', async ({ page, projects }) => {
  const project = await projects.shared('vite-vanilla')
  const { url } = await build(project)
  const app = await App.start(page)
  await app.runsAllEntries(url)
  expect(await app.runsWithoutWebAssembly(url)).toBe(1)
  for (const source of WASM_SOURCES) await app.runsSlim(url, source)
  expectNothingLeft(project, 'dist/assets', 'unused')
})
