// What a million events leave behind.

/** After so many events everything has found its size. */
const FIRST = 1000;

/** Where the server of this page has them. */
const streamOf = (events) => `/api/blast?payload=chat&bytes=200&count=${events}`;

/** Browsers collect garbage before they count, but not at once; by then they have, or are given up. In ms. */
const PATIENCE = 60_000;

/** What stands for a figure that was not told by then. */
const LATE = 'late';

/**
 * By how many bytes the memory of wasm, and what scripts hold after a collection, has grown from the first thousand events to
 * the last of so many, the client still connected. `heap` is undefined where the browser does not tell, and `isLate` if it has
 * not told yet. Undefined if `signal` is aborted before it is known.
 */
export async function growth(benchmark, events, signal) {
  const { wasmAfterFirst } = await received(benchmark, FIRST);
  const before = await heldByScripts(signal);
  if (signal.aborted) return undefined;
  const { wasmAfter } = await received(benchmark, events);
  const after = typeof before === 'number' ? await heldByScripts(signal) : undefined;
  if (signal.aborted) return undefined;
  const wasm = wasmAfter - wasmAfterFirst;
  if (before === LATE || after === LATE) return { wasm, isLate: true };
  const isTold = before !== undefined && after !== undefined;
  return { wasm, heap: isTold ? after - before : undefined };
}

async function received(benchmark, events) {
  const memory = await benchmark.memory({ events, url: streamOf(events) });
  if (memory.events !== events) throw new Error(`${memory.events} events came where ${events} were asked for`);
  return memory;
}

/**
 * The bytes that the scripts of this page and its frames hold, garbage collected: Chromium tells pages that are isolated.
 * Undefined where a browser does not.
 */
async function heldByScripts(signal) {
  if (signal.aborted || !globalThis.crossOriginIsolated || !performance.measureUserAgentSpecificMemory) return undefined;
  let timer;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE, LATE);
    signal.addEventListener('abort', () => resolve());
  });
  // It may refuse, where it cannot tell the pages of a process apart.
  const told = await Promise.race([performance.measureUserAgentSpecificMemory().catch(() => undefined), over]);
  clearTimeout(timer);
  if (told === LATE) return LATE;
  return told?.breakdown.filter(({ types }) => types.includes('JavaScript')).reduce((sum, { bytes }) => sum + bytes, 0);
}
