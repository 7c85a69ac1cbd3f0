// The package in React Native: Metro bundles it, and Hermes, which has no WebAssembly, runs it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, once, type Project, packageFolder } from './fixture/index.ts'

// Hermes compiles and runs on these machines from npm.
const PLATFORM = { linux: 'linux64-bin', darwin: 'osx-bin' }[process.platform as string]

async function bundle(project: Project, platform: string): Promise<string> {
  const file = `${platform}.js`
  await project.run(`npx metro build src/main.js --out ${file} --platform ${platform} --minify false`)
  return file
}

once('Metro bundles the build without WebAssembly, and not the wasm', async ({ projects }) => {
  const project = await projects.shared('react-native')
  const code = readFileSync(project.file(await bundle(project, 'ios')), 'utf8')
  const encodedWasm = /[0-9a-f]{10000}/
  expect(encodedWasm.test(readFileSync(join(packageFolder(), 'index.js'), 'utf8')), 'what pages load').toBe(true)
  expect(encodedWasm.test(code), 'the bundle').toBe(false)
  expect(code.includes('instantiate'), 'the bundle has the other build').toBe(true)
})

once('Hermes receives events', async ({ projects, skip }) => {
  skip(PLATFORM === undefined, 'npm has no Hermes for this machine')
  const project = await projects.shared('react-native')
  const file = await bundle(project, 'android')
  // The compiler of React Native today: it has no program that runs what it compiles.
  await project.run(`node_modules/hermes-compiler/hermesc/${PLATFORM}/hermesc -w -O -emit-binary -out main.hbc ${file}`)
  const { stdout } = await project.run(`node_modules/hermes-engine-cli/${PLATFORM}/hermes -w ${file}`)
  expect(JSON.parse(stdout)).toStrictEqual(['undefined', '1: Die Fähre legt ab ⛴', 3_000_000, 'done', null])
})
