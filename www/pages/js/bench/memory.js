// What a million events leave behind.

/** After so many events everything has found its size. */
const FIRST = 1000;

/** Where the server of this page has them. */
const streamOf = (events) => `/api/blast?payload=chat&bytes=200&count=${events}`;

/** Browsers collect garbage before they count, but not at once; by then they have. In ms. */
const PATIENCE = 60_000;

/**
 * By how many bytes the memory of wasm, and what scripts hold after a collection, has grown from the first thousand events to
 * the last of so many, the client still connected. `heap` is undefined where the browser does not tell.
 */
export async function growth(benchmark, events) {
  await benchmark.memory({ events: FIRST, url: streamOf(FIRST) });
  const before = await heldByScripts();
  const { events: seen, wasmAfterFirst, wasmAfter } = await benchmark.memory({ events, url: streamOf(events) });
  if (seen !== events) throw new Error(`${seen} events came where ${events} were asked for`);
  const after = await heldByScripts();
  return { wasm: wasmAfter - wasmAfterFirst, heap: before !== undefined && after !== undefined ? after - before : undefined };
}

/** The bytes that the scripts of this page and its frames hold, garbage collected: Chromium tells pages that are isolated. */
async function heldByScripts() {
  if (!globalThis.crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return undefined;
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
  const told = await Promise.race([performance.measureUserAgentSpecificMemory(), late]);
  return told?.breakdown.filter(({ types }) => types.includes('JavaScript')).reduce((sum, { bytes }) => sum + bytes, 0);
}
