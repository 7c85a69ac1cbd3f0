// The way from Rust to the tests, and the only module that is imported when the page loads. The others follow one by
// one, leaves first: the server of wasm-bindgen's test runner (tiny_http) keeps a thread for every connection and can
// leave a fifth one waiting for ever, so a browser must not be given a reason to open more than a few.

const MODULES = [
  '../../../src/browser/kind.js',
  '../../../src/browser/numbers.js',
  '../../../src/browser/clock.js',
  '../../../src/browser/report.js',
  '../../../src/browser/attempt.js',
  '../../../src/browser/body.js',
  '../../../src/browser/head.js',
  '../../../src/browser/page.js',
  '../../../src/browser/url.js',
  '../../../src/browser/request.js',
  '../../../src/browser/driver.js',
  '../../../src/js/error.js',
  '../../../src/js/own.js',
  '../../../src/js/event.js',
  '../../../src/js/listeners.js',
  '../../../src/js/auth.js',
  '../../../src/js/history.js',
  '../../../src/js/readers.js',
  '../../../src/js/options.js',
  '../../../src/js/deliver.js',
  '../../../src/js/face.js',
  '../../../src/js/client.js',
  './queue.js',
  './replace.js',
  './clock.js',
  './tab.js',
  './expect.js',
  './ear.js',
  './server.js',
  './bed.js',
]

let loading

async function load(engine) {
  for (const module of MODULES) await import(module)
  const { provide } = await import('../../../src/js/client.js')
  provide(() => engine)
}

/** Runs one scenario of a topic (the module's path below `tests`), on a bed of its own. */
export async function perform(topic, scenario, engine, given) {
  await (loading ??= load(engine))
  const scenarios = await import(`../..${topic}`)
  const { Bed } = await import('./bed.js')
  return new Bed(engine).run((bed) => scenarios[scenario](bed, given))
}
