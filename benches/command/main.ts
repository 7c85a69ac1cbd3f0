// `cargo xtask bench browser`: sse-fetch beside other libraries in real browsers, the same streams through each of them.
// Prints tables, and writes the figures as JSON.

import { spawn } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

import type { EngineName } from '../../tests/webdriver/engines.ts'
import { messageOf } from '../engine/measure.ts'
import { FULL, PARTS, type Part, QUICK, restricted } from '../engine/plan.ts'
import { type Measured, type Size, thresholds } from '../engine/thresholds.ts'
import { toJson } from './json.ts'
import { measureAll } from './measure.ts'
import { Page } from './page.ts'
import { tables } from './tables.ts'

const { values: options } = parseArgs({
  options: {
    /** The browsers, separated by commas. */
    engine: { type: 'string', default: 'chromium,firefox,webkit' },
    /** The parts to measure, separated by commas. */
    only: { type: 'string', default: PARTS.join(',') },
    /** Measures little, to see that everything works. */
    quick: { type: 'boolean', default: false },
    /** The program that serves the page, the package and the events. */
    server: { type: 'string', default: '' },
    /** The folder of the bundled page. */
    bundle: { type: 'string', default: '' },
    /** Where browser.json is written to. */
    output: { type: 'string', default: '' },
  },
})

/** Starts the server; the first line that it prints ends with its address. */
async function serve(): Promise<{ address: string; end(): void }> {
  const args = ['--port', '0', '--quiet', '--bench', options.bundle]
  const server = spawn(options.server, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  process.on('exit', () => server.kill())
  for await (const line of createInterface(server.stdout)) {
    return { address: line.split(' ').at(-1)!, end: () => server.kill() }
  }
  throw new Error(`${options.server} did not start`)
}

const plan = restricted(options.quick ? QUICK : FULL, options.only.split(',') as Part[])
const failures: string[] = []
const browsers: Measured[] = []
const sizes: Size[] = JSON.parse(await readFile(join(options.bundle, 'sizes.json'), 'utf8'))
const server = await serve()
for (const engine of options.engine.split(',') as EngineName[]) {
  console.error(`Measuring in ${engine}…`)
  try {
    const measured = await measureAll(new Page(engine, `${server.address}/bench/`), plan)
    browsers.push(measured)
    failures.push(...measured.failures.map((failure) => `${engine}: ${failure}`))
  } catch (error) {
    // The figures of the other browsers are published all the same.
    failures.push(`${engine}: ${messageOf(error)}`)
  }
}
server.end()

const all = thresholds(browsers, sizes)
console.log(tables(browsers, sizes, all))
await mkdir(options.output, { recursive: true })
const file = join(options.output, 'browser.json')
await writeFile(file, `${JSON.stringify(toJson({ plan, browsers, sizes, thresholds: all, failures }), undefined, 2)}\n`)
console.log(`wrote ${file}`)
if (failures.length > 0) {
  console.error(`not everything was measured:\n  ${failures.join('\n  ')}`)
  process.exitCode = 1
}
