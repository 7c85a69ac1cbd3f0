// Which rows there are: what is measured in the quick set, and what in the full one.

import { Row } from './row.js';

/** A sample of everything: the streams that differ most, each in its largest chunks. */
const QUICK = ['chat', 'named', 'tokens', 'chinese', 'payloads-16k', 'one-per-chunk'];
const JSON_QUICK = ['chat'];

/** How much of a stream over the network is compared in full, before anything counts. */
const VERIFIED = 0.2;

/** A heat that is warm before anything counts, and then has so many rounds. */
const heat = (rounds, warmUp = 0) => ({ rounds, warmUp });

/**
 * `scale`: how large the streams are; `heats`: how often they are read, from memory by those that everybody is measured by
 * (a multiple of the 6 orders that three have) and by the others, and over the network; `events`: how many come from the server;
 * `watched`: over how many the memory is watched.
 */
export const SETS = {
  quick: {
    scale: 1,
    heats: { memory: [heat(12, 4), heat(5, 1)], network: [heat(5, 1)] },
    events: 50_000,
    starts: 9,
    watched: 100_000,
    writes: [0],
    isIn: (kind, workload, place) => place === 0 && (kind === 'json' ? JSON_QUICK : QUICK).includes(workload),
  },
  full: {
    scale: 1,
    heats: { memory: [heat(18, 4), heat(9, 1)], network: [heat(9, 1)] },
    events: 200_000,
    starts: 21,
    watched: 1_000_000,
    writes: [0, 50],
    isIn: () => true,
  },
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

/** The rows of a set, by the panel they belong to. `realm.benchmark` is what measures, at the time. */
export function rowsOf(set, { contestants, workloads }, realm) {
  const takers = (kind, workload) => contestants
    .filter(({ kinds }) => kinds.includes(kind))
    .map(({ name, skips, flaws }) => ({ name, skipped: skips[workload], flaw: flaws[workload] }));

  const inMemory = (kind) => workloads.flatMap(({ name: workload, title, chunkings }) => chunkings
    .filter(({ json }, place) => (kind === 'parse' || json) && set.isIn(kind, workload, place))
    .map(({ name: chunking }) => {
      const row = { workload, chunking, json: kind === 'json', scale: set.scale };
      return new Row({
        title,
        label: CHUNKS[chunking],
        contestants: takers(kind, workload),
        run: (contestant) => realm.benchmark.parse({ contestant, ...row }),
        verify: (contestant) => realm.benchmark.verify({ contestant, ...row }),
        amount: () => realm.benchmark.prepare(row).bytes / MEGABYTE,
        events: () => {
          const { events } = realm.benchmark.prepare(row);
          return { verified: events, timed: events };
        },
        unit: 'MB/s',
        isNet: true,
      });
    }));

  const fromServer = (kind, perWrite) => {
    const verified = Math.ceil(set.events * VERIFIED);
    const stream = (contestant, count) => {
      const url = `/api/blast?payload=chat&count=${count}&bytes=200${perWrite ? `&per_write=${perWrite}` : ''}`;
      return { contestant, url, count, json: kind === 'network-json' };
    };
    return new Row({
      title: kind === 'network' ? 'Text' : 'JSON',
      label: perWrite ? `${perWrite} events per write` : 'as fast as they go',
      contestants: takers(kind),
      run: (contestant) => realm.benchmark.network(stream(contestant, set.events)),
      verify: (contestant) => realm.benchmark.verifyNetwork(stream(contestant, verified)),
      amount: () => set.events / 1000,
      events: () => ({ verified, timed: set.events }),
      unit: 'thousand/s',
    });
  };

  return {
    parse: inMemory('parse'),
    json: inMemory('json'),
    network: set.writes.flatMap((perWrite) => ['network', 'network-json'].map((kind) => fromServer(kind, perWrite))),
  };
}
