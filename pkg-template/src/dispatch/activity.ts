// When the last bytes arrived: for the idle timeout, for checks after the computer was asleep, and for `stats()`.

import { now, wallClock } from '../driver/clock.ts'

/**
 * Each moment is stored by two clocks: `…At` by the page's clock, which may stand still while the computer sleeps, and `…On` by the
 * computer's clock, which the user may set.
 */
export class Activity {
  /** The last activity: bytes, or the end of a pause. */
  #activeAt = 0
  #activeOn = 0
  /** The last bytes of this stream, or the beginning of the stream. */
  #byteAt = 0
  #byteOn = 0
  /** The last bytes of any stream. */
  #lastByteAt: number | undefined
  /** The computer's clock at the moment when both clocks were last read for bytes of this stream. */
  #readOn: number | undefined
  /** More bytes have arrived since then, in the same millisecond. */
  #hasUnread = false

  /** A stream begins. */
  begin(): void {
    this.restart()
    this.#byteAt = this.#activeAt
    this.#byteOn = this.#activeOn
    this.#readOn = undefined
    this.#hasUnread = false
  }

  /** Resets the idle clock: nothing could have arrived until now. */
  restart(): void {
    this.#activeAt = now()
    this.#activeOn = wallClock()
  }

  /**
   * Bytes have arrived. Chunks may arrive every microsecond, so the page's clock is read only once per millisecond. If it is read
   * for each chunk, a stream in chunks of 1 KB takes 15 % longer (Chromium, without a network).
   */
  markActivity(): void {
    const on = wallClock()
    if (on === this.#readOn) this.#hasUnread = true
    else this.#mark(on)
  }

  #mark(on: number): void {
    this.#hasUnread = false
    this.#readOn = this.#byteOn = this.#activeOn = on
    this.#lastByteAt = this.#byteAt = this.#activeAt = now()
  }

  /** If a test has stopped the computer's clock, `markActivity` skips all later bytes. They count as arriving now. */
  catchUp(): void {
    const on = wallClock()
    if (this.#hasUnread && on === this.#readOn) this.#mark(on)
  }

  /** For how many milliseconds there has been no activity. */
  get idleTime(): number {
    this.catchUp()
    return since(this.#activeAt, this.#activeOn)
  }

  /** How many milliseconds ago the last bytes arrived, or the stream began. */
  get timeSinceLastByte(): number {
    this.catchUp()
    return since(this.#byteAt, this.#byteOn)
  }

  /** When the last bytes arrived, by the page's clock; undefined if there were none. */
  get lastByteAt(): number | undefined {
    this.catchUp()
    return this.#lastByteAt
  }
}

const since = (at: number, on: number): number => Math.max(now() - at, wallClock() - on)
