// What the page of the benchmarks can do, bundled with the other libraries into one file. sse-fetch itself stays outside,
// so that what is measured is the file that ships.

import { Harness } from './harness.js'
import { libraries } from './libraries/index.js'
import { Memory } from './memory.js'
import { start } from './start.js'

const PACKAGE = '/pkg/index.js'

const harness = new Harness(libraries(() => import(PACKAGE)))
const version = versionOf('/pkg/package.json')
const millionEvents = new Memory(PACKAGE)

export async function list() {
  const { libraries, ...rest } = harness.list()
  const ours = await version
  return { libraries: libraries.map((one) => (one.name === 'sse-fetch' ? { ...one, version: ours } : one)), ...rest }
}
export const prepare = (row) => harness.prepare(row)
export const parse = (row) => harness.parse(row)
export const verify = (row) => harness.verify(row)
export const network = (row) => harness.network(row)
export const verifyNetwork = (row) => harness.verifyNetwork(row)
export const memory = (row) => millionEvents.measure(row)
const startOnce = () => start(PACKAGE)

export { startOnce as start }

globalThis.benchmark = { list, prepare, parse, verify, network, verifyNetwork, memory, start: startOnce }

async function versionOf(url) {
  try {
    return (await (await fetch(url)).json()).version
  } catch {
    return 'unknown'
  }
}
