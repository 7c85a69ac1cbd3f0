// Which rows there are: what is measured in the quick set, and what in the full one.

import { Row } from './row.js';

/** A sample of everything: the streams that differ most. */
const QUICK = ['chat', 'named', 'tokens', 'chinese', 'payloads-16k', 'one-per-chunk'];
const JSON_QUICK = ['chat'];
const JSON_FULL = ['chat', 'named', 'ids', 'payloads-16k'];

/** A heat that is warm before anything counts, and then has so many rounds. */
const heat = (rounds, warmUp = 0) => ({ rounds, warmUp });

/**
 * `scale`: how large the streams are; `heats`: how often they are read, from memory by those that everybody is measured by
 * (a multiple of the 6 orders that three have) and by the others, and over the network; `events`: how many come from the server.
 */
export const SETS = {
  quick: { scale: 0.5, heats: { memory: [heat(12, 4), heat(7, 1)], network: [heat(3)] }, events: 50_000, starts: 9, writes: [0], isIn: (name) => QUICK.includes(name), isJson: (name) => JSON_QUICK.includes(name) },
  full: { scale: 1, heats: { memory: [heat(18, 4), heat(9, 1)], network: [heat(5)] }, events: 200_000, starts: 21, writes: [0, 50], isIn: () => true, isJson: (name) => JSON_FULL.includes(name) },
};

const MEGABYTE = 1e6;

const CHUNKS = {
  '64k': '64 KiB chunks',
  '4k': '4 KiB chunks',
  '1k': '1 KiB chunks',
  'per-event': 'as the server flushes',
  '8-bytes': 'as a bad proxy cuts',
  '4-bytes': 'at worst',
};

/** The rows of a set, by the panel they belong to. `benchmark` is what `/bench/benchmark.js` exports. */
export function rowsOf(set, benchmark) {
  const { contestants, workloads } = benchmark.list();
  const takers = (kind, workload) => contestants
    .filter(({ kinds }) => kinds.includes(kind))
    .map(({ name, skips, flaws }) => ({ name, skipped: skips[workload], flaw: flaws[workload] }));

  const inMemory = (kind, { name: workload, title, chunkings }) => chunkings
    .filter((chunking, i) => i === 0 || set === SETS.full)
    .map(({ name: chunking }) => {
      const row = { workload, chunking, json: kind === 'json', scale: set.scale };
      return new Row({
        title,
        label: CHUNKS[chunking],
        contestants: takers(kind, workload),
        run: (contestant) => benchmark.parse({ contestant, ...row }),
        verify: (contestant) => benchmark.verify({ contestant, ...row }),
        amount: () => benchmark.prepare(row).bytes / MEGABYTE,
        unit: 'MB/s',
        isNet: true,
      });
    });

  const fromServer = (kind, perWrite) => {
    const url = `/api/blast?payload=chat&count=${set.events}&bytes=200${perWrite ? `&per_write=${perWrite}` : ''}`;
    return new Row({
      title: kind === 'network' ? 'Text' : 'JSON',
      label: perWrite ? `${perWrite} events per write` : 'as fast as they go',
      contestants: takers(kind),
      run: (contestant) => benchmark.network({ contestant, url, count: set.events, json: kind === 'network-json' }),
      amount: () => set.events / 1000,
      unit: 'thousand/s',
    });
  };

  return {
    parse: workloads.filter(({ name }) => set.isIn(name)).flatMap((workload) => inMemory('parse', workload)),
    json: workloads.filter(({ name }) => set.isJson(name)).flatMap((workload) => inMemory('json', workload)),
    network: set.writes.flatMap((perWrite) => ['network', 'network-json'].map((kind) => fromServer(kind, perWrite))),
  };
}
