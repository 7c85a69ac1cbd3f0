// The page of the benchmarks: runs what is asked for, and shows the figures as they come.

import { part, stamp } from '../dom.js';
import { Chart, drawMeans, nameOf } from './chart.js';
import { browserName } from './browser.js';
import { geometricMean, grown, median, number, percent, spread, times } from './figures.js';
import { growth } from './memory.js';
import { Realm } from './realm.js';
import { FLOOR, OURS } from './row.js';
import { SETS, rowsOf } from './rows.js';
import { drawSizes } from './sizes.js';

/** The peer of the headline. */
const FASTEST_PEER = 'eventsource-parser';

const WHOLE = new Intl.NumberFormat('en-GB');

/** Lets the page be painted, also where nobody looks. */
const breath = () => new Promise((resolve) => setTimeout(resolve));

class Page {
  #catalogue;
  #realm = new Realm();
  #isRunning = false;

  constructor(catalogue) {
    this.#catalogue = catalogue;
    part('bench-start').disabled = false;
    part('bench-start').addEventListener('click', () => this.#press());
    this.#say('Ready.');
  }

  async #press() {
    if (this.#isRunning) {
      this.#isRunning = false;
      return this.#say('Stopping after this repetition.');
    }
    this.#isRunning = true;
    document.body.dataset.running = '';
    try {
      await this.#run(SETS[document.querySelector('input[name="set"]:checked').value]);
      this.#say(this.#isRunning ? 'Done.' : 'Stopped.');
    } catch (error) {
      console.error(error);
      this.#say(`It failed: ${error.message}`);
    }
    this.#realm.close();
    this.#isRunning = false;
    delete document.body.dataset.running;
  }

  async #run(set) {
    const { parse, json, network } = rowsOf(set, this.#catalogue, this.#realm);
    const panels = [
      { rows: parse, heats: set.heats.memory, chart: new Chart(part('bench-parse'), parse), title: 'Parse and dispatch' },
      { rows: json, heats: set.heats.memory, chart: new Chart(part('bench-json'), json), title: 'JSON' },
      { rows: network, heats: set.heats.network, chart: new Chart(part('bench-network'), network), title: 'End to end' },
    ];
    part('bench-results').hidden = false;
    part('bench-summary').hidden = true;
    const progress = part('bench-progress');
    progress.max = panels.reduce((sum, { rows, heats }) => sum + rows.length * heats.reduce((all, { rounds }) => all + rounds, 1), 2);
    progress.value = 0;
    part('bench-start-time').textContent = '';
    for (const name of ['bench-memory-wasm', 'bench-memory-heap']) part(name).textContent = '';

    await this.#starts(set.starts);
    progress.value += 1;
    for (const { rows, heats, chart, title } of panels) {
      for (const row of rows) {
        if (!this.#isRunning) return;
        this.#say(`${title}: ${row.name}`);
        await this.#row(row, heats, chart, progress);
        if (rows === parse) this.#summarise(parse);
      }
    }
    if (!this.#isRunning) return;
    await this.#memory(set.watched);
    progress.value += 1;
  }

  async #row(row, heats, chart, progress) {
    chart.draw(row, { isRunning: true });
    await this.#realm.renew();
    await row.verify();
    progress.value += 1;
    const isWanted = () => this.#isRunning;
    for (const [i, names] of row.heats.entries()) {
      await row.warmUp(names, heats[i].warmUp, isWanted);
      for (let n = 0; n < heats[i].rounds && isWanted(); n += 1) {
        await row.round(names, n, isWanted);
        chart.draw(row, { isRunning: true });
        progress.value += 1;
        await breath();
      }
    }
    chart.draw(row, { isRunning: false });
  }

  async #starts(count) {
    this.#say('Start');
    await this.#realm.renew();
    const samples = [];
    for (let n = 0; n < count && this.#isRunning; n += 1) {
      samples.push((await this.#realm.benchmark.start()).ms);
      await breath();
    }
    if (samples.length === 0) return;
    const [middle, half] = [median(samples), spread(samples)];
    part('bench-start-time').textContent = `${number(middle)} ms${half === undefined ? '' : ` ${percent(half / middle)}`}`;
  }

  async #memory(events) {
    this.#say(`Memory: ${WHOLE.format(events)} events, then the browser collects its garbage when it likes.`);
    await this.#realm.renew();
    const { wasm, heap } = await growth(this.#realm.benchmark, events);
    part('bench-memory-wasm').textContent = grown(wasm);
    part('bench-memory-heap').textContent = heap === undefined ? 'not told by this browser' : grown(heap);
    part('bench-memory-events').textContent = `From the first thousand events to the last of ${WHOLE.format(events)}.`;
  }

  /** The geometric mean over the rows so far, for each peer. */
  #summarise(rows) {
    const names = this.#catalogue.contestants.filter(({ name, kinds }) => kinds.includes('parse') && name !== FLOOR).map(({ name }) => name);
    const means = names.map((name) => meanOf(name, rows)).filter(({ mean }) => mean > 0);
    if (!means.some(({ name }) => name === OURS)) return;
    part('bench-summary').hidden = false;
    drawMeans(part('bench-means'), means);
    const peer = means.find(({ name }) => name === FASTEST_PEER);
    part('bench-headline').textContent = peer ? times(peer.mean) : '';
  }

  #say(text) {
    part('bench-status').textContent = text;
  }
}

function meanOf(name, rows) {
  const compared = rows.map((row) => ({ row, ratio: row.ratio(name) })).filter(({ ratio }) => ratio > 0);
  compared.sort((a, b) => a.ratio - b.ratio);
  return {
    name,
    mean: compared.length > 0 ? geometricMean(compared.map(({ ratio }) => ratio)) : 0,
    least: compared[0],
    most: compared.at(-1),
    rows: compared.length,
    voids: rows.filter((row) => row.entries.get(name)?.reason).length,
  };
}

/** Who takes part, in which version. */
function introduce({ contestants }) {
  part('bench-contestants').replaceChildren(...contestants.map(({ name, version }) => {
    const item = stamp('bench-contestant-template');
    item.querySelector('b').textContent = nameOf(name);
    item.querySelector('span').textContent = /^\d/.test(version) ? version : '';
    return item;
  }));
}

part('bench-browser').textContent = browserName();
part('bench-coarse').hidden = globalThis.crossOriginIsolated === true;
try {
  const realm = new Realm();
  await realm.renew();
  const catalogue = await realm.benchmark.list();
  realm.close();
  introduce(catalogue);
  await drawSizes(part('bench-sizes'));
  new Page(catalogue);
} catch (error) {
  console.error(error);
  part('banner').hidden = false;
  part('bench-status').textContent = 'Not available.';
}
