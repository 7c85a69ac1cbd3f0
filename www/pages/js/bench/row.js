// One row: a stream that every contestant gets in turn, several times, and what came of it.

import { median, net, spread } from './figures.js';

/** The contestant that is compared with, the one that is asked what is right, and the one that throws the bytes away. */
export const OURS = 'sse-fetch';
const JUDGE = 'eventsource-parser';
export const FLOOR = 'floor';

/** By whom everybody is measured. */
const MEASURES = [OURS, JUDGE, FLOOR];
const isMeasure = (name) => MEASURES.includes(name);

/** A peer that has taken so long in a row gets no further turns beyond two, in ms. */
const LONG = 2500;

/** In a heat of those by whom everybody is measured none gets further turns once one of them has taken so long. */
const LONG_FOR_MEASURES = 2 * LONG;

/** Lets what is left to be done be done, the page be painted, and a click be heard. */
export const breath = () => new Promise((resolve) => { setTimeout(resolve); });

/**
 * The order of a round. After as many rounds as there are names, or twice as many where that is odd, each has begun one, and
 * come after each of the others, equally often (Williams' design): whoever comes next pays for the garbage one leaves.
 */
function orderOf(names, round) {
  const { length } = names;
  const zigzag = names.map((_, place) => (place % 2 === 0 ? place / 2 : length - (place + 1) / 2));
  const order = zigzag.map((place) => names[(place + round) % length]);
  return length % 2 === 1 && Math.floor(round / length) % 2 === 1 ? order.reverse() : order;
}

/** What two contestants make of the same stream; undefined if it is the same. */
function difference(one, right) {
  if (one.events !== right.events) return `${one.events} events instead of ${right.events}`;
  return one.checksum === right.checksum ? undefined : 'other data than the rest';
}

/** Who says what is right is not to be short itself. */
function ensureAll({ events }, expected = events) {
  if (events !== expected) throw new Error(`${events} events instead of ${expected}`);
}

export class Row {
  /** By contestant: `{ samples, outcome, reason }`, where a reason makes it void, and all its samples had the same outcome. */
  entries = new Map();
  /** The unit of `speed`. */
  unit;
  title;
  label;
  #contestants;
  #run;
  #verify;
  #amount;
  #quantity = 0;
  #events;
  #expected = {};
  #above;

  /**
   * `run(contestant)` is one repetition, `verify(contestant)` what is not timed, if that is something else; both answer
   * `{ events, checksum }`. `amount()` says how much there is of what `unit` counts, and `events()` how many events there are,
   * `verified` and `timed`, where that is known. `isNet`: the floor is taken away.
   */
  constructor({ title, label, contestants, run, verify, amount, unit, isNet, events = () => ({}) }) {
    this.title = title;
    this.label = label;
    this.unit = unit;
    this.#contestants = contestants;
    this.#run = run;
    this.#verify = verify ?? run;
    this.#amount = amount;
    this.#events = events;
    this.#above = isNet;
    for (const { name } of contestants) this.entries.set(name, { samples: [], outcome: undefined, reason: undefined });
  }

  /** For a sentence. */
  get name() {
    return `${this.title}, ${this.label}`;
  }

  /** Compares what the contestants make of the stream. Those that are wrong are void. */
  async verify(isWanted = () => true) {
    if (!isWanted()) return;
    let right;
    try {
      right = await this.#verify(JUDGE);
      this.#quantity = this.#amount();
      this.#expected = this.#events();
      ensureAll(right, this.#expected.verified);
    } catch (error) {
      return this.fail(`${JUDGE}: ${error.message}`);
    }
    for (const { name, skipped, flaw } of this.#contestants) {
      await breath();
      if (!isWanted()) return;
      if (skipped) this.#void(name, skipped);
      else if (name !== JUDGE) await this.#compare(name, right, flaw);
    }
    this.#failWithoutMeasure();
  }

  /** Nobody has a figure in this row. */
  fail(reason) {
    for (const name of this.entries.keys()) this.#void(name, reason);
  }

  /** Without the one that says what is right there is nothing to compare with, and without the floor nothing net of it. */
  #failWithoutMeasure() {
    for (const name of this.#above ? [JUDGE, FLOOR] : [JUDGE]) {
      const reason = this.entries.get(name)?.reason;
      if (reason) this.fail(`${name}: ${reason}`);
    }
  }

  async #compare(name, right, flaw) {
    try {
      const outcome = await this.#verify(name);
      const wrong = name === FLOOR ? undefined : difference(outcome, right);
      if (wrong) this.#void(name, flaw ?? wrong);
    } catch (error) {
      this.#void(name, flaw ?? error.message);
    }
  }

  /** The first reason stands. */
  #void(name, reason) {
    this.entries.get(name).reason ??= reason;
  }

  /**
   * Who takes turns with whom, of those who are not void. From memory, those by whom the others are measured are among
   * themselves: some peers leave so much garbage that whoever comes next is measured by it.
   */
  get heats() {
    const names = [...this.entries.keys()].filter((name) => !this.entries.get(name).reason);
    if (!this.#above) return [names];
    return [names.filter(isMeasure), names.filter((name) => !isMeasure(name))];
  }

  /** Some rounds of a heat that do not count: engines make their fastest code late. */
  async warmUp(names, rounds, isWanted) {
    for (let n = 0; n < rounds; n += 1) {
      for (const name of orderOf(names, n)) {
        await breath();
        if (!isWanted()) return;
        await this.#turn(name);
      }
    }
    this.#failWithoutMeasure();
  }

  /** Everyone of a heat once. */
  async round(names, n, isWanted) {
    if (names.every(isMeasure) && names.some((name) => this.#hasTaken(name, LONG_FOR_MEASURES))) return;
    for (const name of orderOf(names, n)) {
      await breath();
      if (!isWanted()) break;
      if (!isMeasure(name) && this.#hasTaken(name, LONG)) continue;
      const sample = await this.#turn(name);
      if (sample) this.#take(name, sample);
    }
    this.#judge(names);
  }

  /** One repetition of a contestant that is not void, and does not become it. */
  async #turn(name) {
    if (this.entries.get(name).reason) return undefined;
    try {
      const sample = await this.#run(name);
      if (name === JUDGE) ensureAll(sample, this.#expected.timed);
      return sample;
    } catch (error) {
      this.#void(name, error.message);
      return undefined;
    }
  }

  #take(name, { ms, events, checksum }) {
    const entry = this.entries.get(name);
    entry.samples.push(ms);
    entry.outcome ??= { events, checksum };
    const other = difference({ events, checksum }, entry.outcome);
    if (other) this.#void(name, `not the same every time: ${other}`);
  }

  /** What is timed has to be right as well. */
  #judge(names) {
    const right = this.entries.get(JUDGE)?.outcome;
    for (const name of names) {
      const { outcome } = this.entries.get(name);
      const wrong = right && outcome && name !== FLOOR ? difference(outcome, right) : undefined;
      if (wrong) this.#void(name, wrong);
    }
    this.#failWithoutMeasure();
  }

  /** Whether a contestant's turns took so many ms, of which it gets two in any case. */
  #hasTaken(name, limit) {
    const { samples } = this.entries.get(name);
    return samples.length >= 2 && samples.reduce((sum, ms) => sum + ms, 0) >= limit;
  }

  /** The time a contestant takes, in ms, net of the floor where that is what the row is about. */
  time(name) {
    const { samples, reason } = this.entries.get(name) ?? { samples: [] };
    if (reason || samples.length === 0) return undefined;
    return net(samples, this.#floor);
  }

  /** Whether it is known what is to be taken away. */
  get hasFloor() {
    return !Number.isNaN(this.#floor);
  }

  /** Whether it has figures, or sse-fetch has, that cannot be told from the floor. */
  isLost(name) {
    const isMeasured = (one) => this.entries.get(one) && !this.entries.get(one).reason && this.entries.get(one).samples.length > 0;
    return Boolean(isMeasured(name) && isMeasured(OURS) && this.hasFloor && this.ratio(name) === undefined);
  }

  /** What reading the bytes takes, in ms; NaN if that is not known. */
  get #floor() {
    if (!this.#above) return 0;
    const { samples, reason } = this.entries.get(FLOOR);
    return reason ? NaN : median(samples);
  }

  /** Half the distance between the quartiles of that, as a part of it; undefined where there are too few samples. */
  spread(name) {
    const [time, half] = [this.time(name), spread(this.entries.get(name).samples)];
    return time && half !== undefined ? half / time : undefined;
  }

  /** How much it gets through in a second. */
  speed(name) {
    const time = this.time(name);
    return time && (this.#quantity / time) * 1000;
  }

  /** How many times as long as sse-fetch it takes. */
  ratio(name) {
    const [ours, theirs] = [this.time(OURS), this.time(name)];
    return ours && theirs && theirs / ours;
  }

  /** Whom to show, in the order in which they were given. */
  get shown() {
    return [...this.entries.keys()].filter((name) => name !== FLOOR || !this.#above);
  }
}
