/**
 * Whether a cell takes long over its events.
 *
 * @module
 */

/** An event that takes this long, in milliseconds, keeps others waiting who notice. */
const LONG_MS = 10;
/** A long one is remembered for so many times as long. */
const MEMORY = 100;
/** Longer ones are remembered no longer: a clock may jump. */
const MOST_MS = 1_000;

/** The pace of one cell. Times are those of any one clock, in milliseconds. */
export class Pace {
  #began: number | undefined;
  #slowUntil = -Infinity;

  /** The guest is entered. */
  begins(now: number): void {
    this.#began = now;
  }

  /** What the guest was entered for is done. */
  ends(now: number): void {
    if (this.#began === undefined) return;
    const took = Math.min(now - this.#began, MOST_MS);
    this.#began = undefined;
    if (took >= LONG_MS) this.#slowUntil = now + MEMORY * took;
  }

  /** Whether the next event may well take long, as one of the last did. */
  isSlow(now: number): boolean {
    return now < this.#slowUntil;
  }
}
