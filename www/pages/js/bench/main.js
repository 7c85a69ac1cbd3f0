// The page of the benchmarks: runs what is asked for, and shows the figures as they come.

import { part, stamp } from '../dom.js';
import { Chart, drawMeans, nameOf } from './chart.js';
import { browserName } from './browser.js';
import { geometricMean, median, number, times } from './figures.js';
import { FLOOR, OURS } from './row.js';
import { SETS, rowsOf } from './rows.js';

/** The peer of the headline. */
const FASTEST_PEER = 'eventsource-parser';

/** Lets the page be painted, also where nobody looks. */
const breath = () => new Promise((resolve) => setTimeout(resolve));

class Page {
  #benchmark;
  #isRunning = false;

  constructor(benchmark) {
    this.#benchmark = benchmark;
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
    this.#isRunning = false;
    delete document.body.dataset.running;
  }

  async #run(set) {
    const { parse, json, network } = rowsOf(set, this.#benchmark);
    const panels = [
      { rows: parse, heats: set.heats.memory, chart: new Chart(part('bench-parse'), parse), title: 'Parse and dispatch' },
      { rows: json, heats: set.heats.memory, chart: new Chart(part('bench-json'), json), title: 'JSON' },
      { rows: network, heats: set.heats.network, chart: new Chart(part('bench-network'), network), title: 'End to end' },
    ];
    part('bench-results').hidden = false;
    part('bench-summary').hidden = true;
    const progress = part('bench-progress');
    progress.max = panels.reduce((sum, { rows, heats }) => sum + rows.length * heats.reduce((all, { rounds }) => all + rounds, 1), 1);
    progress.value = 0;

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
  }

  async #row(row, heats, chart, progress) {
    chart.draw(row, { isRunning: true });
    await breath();
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
    const samples = [];
    for (let n = 0; n < count && this.#isRunning; n += 1) {
      samples.push((await this.#benchmark.start()).ms);
      await breath();
    }
    if (samples.length > 0) part('bench-start-time').textContent = `${number(median(samples))} ms`;
  }

  /** The geometric mean over the rows so far, for each peer. */
  #summarise(rows) {
    const names = this.#benchmark.list().contestants.filter(({ name, kinds }) => kinds.includes('parse') && name !== FLOOR).map(({ name }) => name);
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
  const benchmark = await import('/bench/benchmark.js');
  introduce(benchmark.list());
  new Page(benchmark);
} catch (error) {
  console.error(error);
  part('banner').hidden = false;
  part('bench-status').textContent = 'Not available.';
}
