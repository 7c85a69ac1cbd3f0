// Keeps a scrolling list at its newest line, until the reader scrolls up to read something older.

/** Closer to the end than this counts as "at the end", in CSS pixels. */
const SLACK = 32

export class StickToEnd {
  #list
  #following = true

  constructor(list, onChange = () => {}) {
    this.#list = list
    list.addEventListener(
      'scroll',
      () => {
        const following = list.scrollHeight - list.scrollTop - list.clientHeight < SLACK
        if (following === this.#following) return
        this.#following = following
        onChange(following)
      },
      { passive: true },
    )
    // A list that becomes shorter (window, on-screen keyboard) must not lose its end.
    new ResizeObserver(() => this.follow()).observe(list)
  }

  /** After something was added: to the end, if the reader is there. */
  follow() {
    if (this.#following) this.#list.scrollTop = this.#list.scrollHeight
  }

  /** To the end, wherever the reader is. */
  jump() {
    this.#list.scrollTop = this.#list.scrollHeight
  }
}
