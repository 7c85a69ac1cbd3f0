// Draws the plots of all benchmarks whose figures are in a folder.

import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { browserPlots } from './browser.ts'
import { nativePlots } from './native.ts'
import { reconnectStormPlots } from './reconnect-storm.ts'

const PLOTS = { browser: browserPlots, native: nativePlots, 'reconnect-storm': reconnectStormPlots }

const [folder = '.'] = process.argv.slice(2)
for (const [benchmark, plots] of Object.entries(PLOTS)) {
  const figures = join(folder, `${benchmark}.json`)
  if (!existsSync(figures)) continue
  // A plot of an earlier run may have no figures now.
  const old = (await readdir(folder)).filter((name) => name.startsWith(benchmark) && name.endsWith('.svg'))
  for (const name of old) await rm(join(folder, name))
  for (const [name, plot] of Object.entries(plots(JSON.parse(await readFile(figures, 'utf8'))))) {
    await writeFile(join(folder, name), plot)
    console.log(`wrote ${join(folder, name)}`)
  }
}
