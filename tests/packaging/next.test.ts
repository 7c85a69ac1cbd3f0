// The package in Next.js: a page that is rendered on the server and continues in the browser, and a route of the edge runtime.

import { App, expect, expectNoWarnings, once } from './fixture/index.ts'

once('in development', async ({ page, projects }) => {
  await using server = await (await projects.shared('next')).serve('npm run dev -- --port 0')
  await (await App.start(page)).runsInFramework(server.url)
  expectNoWarnings(server.printed())
})

once('built', async ({ page, projects }) => {
  const project = await projects.shared('next')
  // Next.js itself advises against the edge runtime and, on a CI machine, to keep a cache.
  expectNoWarnings((await project.run('npm run build')).printed, /edge runtime|build cache/)
  await using server = await project.serve('npm run start -- --port 0')
  const app = await App.start(page)
  await app.runsInFramework(server.url)
  await app.wasRendered()
  await app.runsAtTheEdge()
  const hasWasm = project.files('.next/server/edge').some((file) => file.endsWith('.wasm'))
  expect(hasWasm, 'the wasm for the edge runtime is a file').toBe(true)
  expectNoWarnings(server.printed())
})
