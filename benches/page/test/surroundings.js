// What the libraries expect to find, in Node.

import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Nothing but the names of a page, for `fetch-event-source`, which cannot do without. */
globalThis.window = globalThis
globalThis.document = Object.assign(new EventTarget(), { hidden: false, visibilityState: 'visible' })

const folder = process.env.SSE_FETCH_PACKAGE
  ? pathToFileURL(`${process.env.SSE_FETCH_PACKAGE}/`)
  : new URL('../../../pkg/', import.meta.url)
const entry = new URL('index.js', folder)

/** Imports the package under test: the one in `pkg/`, or in the folder that SSE_FETCH_PACKAGE names. */
export async function load() {
  if (!existsSync(entry)) throw new Error(`${fileURLToPath(entry)} is missing: run “cargo xtask build” first`)
  return import(entry.href)
}
