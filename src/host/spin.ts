/**
 * A moment of looking again and again before a thread sleeps.
 *
 * To put a thread to sleep and to wake it costs more than a whole call between
 * cells. So who expects an answer at once looks for it first.
 *
 * @module
 */

/** Looks in one go: some 12 us. */
const MOST = 256;
/** Looks where long ones did not help of late. */
const LEAST = 4;
/** That many in vain in a row, and only one wait in {@linkcode RETRY} looks long. */
const VAIN = 3;
/** With more threads than processors every look is in vain: it must cost next to nothing there. */
const RETRY = 16;

/** How long to look is learned from whether it helped. */
export class Spin {
  /** Waits in a row for which {@linkcode MOST} looks did not do. */
  #vain = 0;

  /** Looks until `done`, for a moment at most; `false` when it is time to sleep. */
  until(done: () => boolean): boolean {
    const long = this.#vain < VAIN || this.#vain % RETRY === 0;
    for (let looks = long ? MOST : LEAST; looks > 0; looks--) {
      if (done()) {
        if (long) this.#vain = 0;
        return true;
      }
      Atomics.pause();
    }
    this.#vain++;
    return false;
  }
}
