// The page of the benchmarks: runs what is asked for, and shows the figures as they come.

import { part, stamp } from '../dom.js';
import { Chart, drawMeans, nameOf } from './chart.js';
import { browserName } from './browser.js';
import { geometricMean, grown, median, number, percent, spread, times } from './figures.js';
import { growth } from './memory.js';
import { Realm } from './realm.js';
import { FLOOR, OURS, breath } from './row.js';
import { SETS, rowsOf } from './rows.js';
import { drawSizes } from './sizes.js';

/** The peer of the headline. */
const FASTEST_PEER = 'eventsource-parser';

const WHOLE = new Intl.NumberFormat('en-GB');

/** How long a repetition may go on after it is no longer wanted, in ms: that of a server that is stuck has no end. */
const GRACE = 5000;

/**
 * What `working` comes to, unless it has been stopped and does not end. Should it end later, another run may be under way: it
 * touches nothing of the page any more.
 */
async function unlessStuck(working, signal) {
  let timer;
  const stuck = new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      timer = setTimeout(() => reject(new Error('it does not end')), GRACE);
    });
  });
  try {
    await Promise.race([working, stuck]);
  } finally {
    clearTimeout(timer);
  }
}

class Page {
  #catalogue;
  #realm = new Realm();
  /** What ends the run that is under way. */
  #run;

  constructor(catalogue) {
    this.#catalogue = catalogue;
    part('bench-start').disabled = false;
    part('bench-start').addEventListener('click', () => this.#press());
    this.#say('Ready.');
  }

  #press() {
    if (!this.#run) return this.#start();
    this.#run.abort();
    // Not `disabled`, which would take the focus from whoever uses the keyboard.
    part('bench-start').setAttribute('aria-disabled', 'true');
    this.#say('Stopping after this repetition.');
  }

  async #start() {
    this.#run = new AbortController();
    const { signal } = this.#run;
    document.body.dataset.running = '';
    try {
      await unlessStuck(this.#everything(SETS[document.querySelector('input[name="set"]:checked').value], signal), signal);
      this.#say(signal.aborted ? 'Stopped.' : 'Done.');
    } catch (error) {
      console.error(error);
      this.#say(signal.aborted ? 'Stopped.' : `It failed: ${error.message}`);
    } finally {
      this.#realm.close();
      this.#run = undefined;
      part('bench-start').removeAttribute('aria-disabled');
      delete document.body.dataset.running;
    }
  }

  async #everything(set, signal) {
    const { parse, json, network } = rowsOf(set, this.#catalogue, this.#realm);
    const panels = [
      { rows: parse, heats: set.heats.memory, chart: new Chart(part('bench-parse'), parse), title: 'Parse and dispatch' },
      { rows: json, heats: set.heats.memory, chart: new Chart(part('bench-json'), json), title: 'JSON' },
      { rows: network, heats: set.heats.network, chart: new Chart(part('bench-network'), network), title: 'End to end' },
    ];
    part('bench-results').hidden = false;
    part('bench-summary').hidden = true;
    for (const name of ['bench-start-time', 'bench-memory-wasm', 'bench-memory-heap', 'bench-memory-events']) part(name).textContent = '';
    const progress = part('bench-progress');
    progress.max = panels.reduce((sum, { rows, heats }) => sum + rows.length * heats.reduce((all, { rounds }) => all + rounds, 1), 2);
    progress.value = 0;

    await this.#orReason('bench-start-time', signal, () => this.#starts(set.starts, signal));
    if (signal.aborted) return;
    progress.value += 1;
    for (const { rows, heats, chart, title } of panels) {
      for (const row of rows) {
        this.#say(`${title}: ${row.name}`);
        await this.#row(row, heats, chart, progress, signal);
        if (signal.aborted) return;
        if (rows === parse) this.#summarise(parse);
      }
    }
    await this.#orReason('bench-memory-wasm', signal, () => this.#memory(set.watched, signal));
    if (!signal.aborted) progress.value += 1;
  }

  /** Measures, or says in the place of the figure why there is none. */
  async #orReason(name, signal, measure) {
    try {
      await measure();
    } catch (error) {
      console.error(error);
      if (!signal.aborted) part(name).textContent = `not measured: ${error.message}`;
    }
  }

  /** What goes wrong in a row makes it void, and leaves the others theirs. */
  async #row(row, heats, chart, progress, signal) {
    const end = progress.value + heats.reduce((all, { rounds }) => all + rounds, 1);
    chart.draw(row, { isRunning: true });
    try {
      await this.#rounds(row, heats, chart, progress, () => !signal.aborted);
    } catch (error) {
      console.error(error);
      row.fail(error.message);
    }
    if (!signal.aborted) progress.value = end;
    chart.draw(row, { isRunning: false });
  }

  async #rounds(row, heats, chart, progress, isWanted) {
    await this.#realm.renew();
    await row.verify(isWanted);
    if (!isWanted()) return;
    progress.value += 1;
    for (const [i, names] of row.heats.entries()) {
      await row.warmUp(names, heats[i].warmUp, isWanted);
      for (let n = 0; n < heats[i].rounds && isWanted(); n += 1) {
        await row.round(names, n, isWanted);
        if (!isWanted()) return;
        chart.draw(row, { isRunning: true });
        progress.value += 1;
      }
    }
  }

  async #starts(count, signal) {
    this.#say('Start');
    await this.#realm.renew();
    const samples = [];
    for (let n = 0; n < count && !signal.aborted; n += 1) {
      samples.push((await this.#realm.benchmark.start()).ms);
      await breath();
    }
    if (signal.aborted) return;
    const [middle, half] = [median(samples), spread(samples)];
    part('bench-start-time').textContent = middle === 0 ? 'less than the clock of this page tells' : `${number(middle)} ms ${percent(half / middle)}`.trim();
  }

  async #memory(events, signal) {
    this.#say(`Memory: ${WHOLE.format(events)} events, then the browser collects its garbage when it likes.`);
    await this.#realm.renew();
    const grew = await growth(this.#realm.benchmark, events, signal);
    if (!grew) return;
    part('bench-memory-wasm').textContent = grown(grew.wasm);
    part('bench-memory-heap').textContent = heapOf(grew);
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
    part('bench-headline').parentElement.hidden = !peer;
    if (!peer) return;
    part('bench-headline').textContent = times(peer.mean);
    part('bench-headline-rows').textContent = `${peer.rows} of ${rows.length} streams`;
  }

  #say(text) {
    part('bench-status').textContent = text;
  }
}

function heapOf({ heap, isLate }) {
  if (isLate) return 'not told within a minute';
  return heap === undefined ? 'not told by this browser' : grown(heap);
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
    lost: rows.filter((row) => row.isLost(name)).length,
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
const realm = new Realm();
try {
  await drawSizes(part('bench-sizes'));
  await realm.renew();
  const catalogue = await realm.benchmark.list();
  introduce(catalogue);
  new Page(catalogue);
} catch (error) {
  console.error(error);
  part('banner').hidden = false;
  part('bench-status').textContent = 'Not available.';
} finally {
  realm.close();
}
