// The way from Rust to the tests, and the only module that is imported when the page loads. The others follow one by
// one, leaves first: the server of wasm-bindgen's test runner (tiny_http) keeps a thread for every connection and can
// leave a fifth one waiting for ever, so a browser must not be given a reason to open more than a few.

const MODULES = [
  '../../../pkg-template/src/driver/kind.js',
  '../../../pkg-template/src/driver/numbers.js',
  '../../../pkg-template/src/driver/clock.js',
  '../../../pkg-template/src/driver/report.js',
  '../../../pkg-template/src/driver/attempt.js',
  '../../../pkg-template/src/driver/body.js',
  '../../../pkg-template/src/driver/head.js',
  '../../../pkg-template/src/driver/page.js',
  '../../../pkg-template/src/driver/url.js',
  '../../../pkg-template/src/driver/request.js',
  '../../../pkg-template/src/driver/driver.js',
  '../../../pkg-template/src/client/error.js',
  '../../../pkg-template/src/client/own.js',
  '../../../pkg-template/src/client/event.js',
  '../../../pkg-template/src/client/listeners.js',
  '../../../pkg-template/src/auth/auth.js',
  '../../../pkg-template/src/client/history.js',
  '../../../pkg-template/src/client/readers.js',
  '../../../pkg-template/src/client/options.js',
  '../../../pkg-template/src/dispatch/deliver.js',
  '../../../pkg-template/src/client/face.js',
  '../../../pkg-template/src/client/client.js',
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
  const { provide } = await import('../../../pkg-template/src/client/client.js')
  provide(() => engine)
}

/** Runs one scenario of a topic (the module's path below `tests`), on a bed of its own. */
export async function perform(topic, scenario, engine, given) {
  await (loading ??= load(engine))
  const scenarios = await import(`../..${topic}`)
  const { Bed } = await import('./bed.js')
  return new Bed(engine).run((bed) => scenarios[scenario](bed, given))
}
