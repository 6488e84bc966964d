/**
 * When a file that changes can be read: editors replace it, compilers write it
 * piece by piece.
 *
 * @module
 */

/** What became of a file: it is another one, and whole; or it is not there. */
export type FileNews = "changed" | "gone";

/** How long a file has to stay as it is, in milliseconds. */
export interface SettlingTimes {
  /** Before it is read. */
  readonly settleMs: number;
  /** Before it is said to be gone: most of them come back. */
  readonly goneMs: number;
}

/** Follows one file by what it looks like from time to time. */
export class Settling {
  readonly #times: SettlingTimes;
  /** What it looked like when it was last told of. */
  #told: string | undefined;
  #isToldGone = false;
  #latest: string | undefined;
  #since = -Infinity;

  /** A file that nothing was told of yet: when it is there, it has changed. */
  constructor(times: SettlingTimes) {
    this.#times = times;
  }

  /** Whether it looks as it did when it was last told of. */
  get isSettled(): boolean {
    return this.#latest === undefined
      ? this.#isToldGone
      : this.#latest === this.#told;
  }

  /** Takes note of what it looks like at a time, `undefined` when it is not there. */
  see(look: string | undefined, nowMs: number): FileNews | undefined {
    if (look !== this.#latest || this.#since === -Infinity) {
      this.#latest = look;
      this.#since = nowMs;
      if (look !== undefined) this.#isToldGone = false;
    }
    if (this.isSettled) return undefined;
    const { settleMs, goneMs } = this.#times;
    const waitMs = look === undefined ? goneMs : settleMs;
    if (nowMs - this.#since < waitMs) return undefined;
    if (look === undefined) this.#isToldGone = true;
    else this.#told = look;
    return look === undefined ? "gone" : "changed";
  }
}
