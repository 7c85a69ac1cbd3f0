// A fresh copy of everything that is measured. What the engine has learnt about the code of everybody in one row is not to weigh
// on the next, and nothing of that row is kept. (When it is collected is the engine's business.)

/** The page that `cargo xtask bench` drives as well. */
const PAGE = '/bench/';

export class Realm {
  #frame;
  /** What `/bench/benchmark.js` exports, in the copy of this row. */
  benchmark;

  /** Lets the last copy go, and makes another. */
  async renew() {
    this.close();
    const frame = document.createElement('iframe');
    frame.hidden = true;
    frame.src = PAGE;
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    document.body.append(frame);
    this.#frame = frame;
    await loaded;
    this.benchmark = frame.contentWindow.benchmark;
    if (!this.benchmark) throw new Error(`${PAGE} is not there, or not what it should be`);
  }

  close() {
    this.#frame?.remove();
    this.#frame = undefined;
    this.benchmark = undefined;
  }
}
