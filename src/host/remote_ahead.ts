/**
 * How far a worker may be ahead of the main thread with what it sends there.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";

/** Counts what one instance sent against what the main thread took of it. */
export class Ahead {
  /** Shared with the main thread; see {@linkcode countTaken}. */
  readonly taken = new Int32Array(new SharedArrayBuffer(4));
  #sent = 0;

  /**
   * Counts a message, and blocks while too much is on its way; `flush` sends
   * what waits here. One that is too much by itself goes alone. `false` when
   * the main thread takes nothing any more.
   */
  send(cost: number, flush: () => void): boolean {
    this.#sent = (this.#sent + cost) | 0;
    let taken = Atomics.load(this.taken, 0);
    if (!this.#isTooFar(taken, cost)) return true;
    flush();
    const end = performance.now() + LIMITS.mainThreadMs;
    for (; this.#isTooFar(taken, cost); taken = Atomics.load(this.taken, 0)) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) {
        this.#sent = (this.#sent - cost) | 0;
        return false;
      }
      Atomics.wait(this.taken, 0, taken, leftMs);
    }
    return true;
  }

  #isTooFar(taken: number, cost: number): boolean {
    const ahead = (this.#sent - taken) | 0;
    return ahead > LIMITS.streamAheadBytes && ahead > cost;
  }
}

/** The main thread's side: it took a message of that cost. */
export function countTaken(taken: Int32Array, cost: number): void {
  Atomics.add(taken, 0, cost);
  Atomics.notify(taken, 0);
}
