/**
 * Deadlines of cells in workers, kept by the main thread.
 *
 * @module
 */

import { makeWatcher, type Watcher } from "../cell/watcher.ts";
import { LIMITS } from "../limits.ts";

/** One cell that is watched. */
export interface Watch {
  /** Takes the word that stops the guest. */
  attach(guard: Int32Array): void;
  /** Stops the guest whatever its deadline, now or as soon as it can be stopped. */
  stop(): void;
  /** Watches it no longer. */
  end(): void;
}

/** Watches workers, and tells when one does not stop although it was told to. */
export class DeadlineKeeper {
  readonly #expired = new Map<number, () => void>();
  readonly #watcher: Watcher;
  #next = 0;

  /** `say` is handed the notice of a cell, once it has run for over a second. */
  constructor(say?: (notice: string) => void) {
    this.#watcher = makeWatcher((id) => this.#expired.get(id)?.(), say);
  }

  /**
   * Watches the entry points of a cell. When one runs out of time the guest is
   * stopped, and `expired` is told. When that does not help within a little while, `late` is told,
   * and `stuck` when it did not help in a long while.
   */
  watch(
    pulse: Int32Array,
    timeoutMs: number,
    { expired, late, stuck }: {
      readonly expired: () => void;
      readonly late: () => void;
      readonly stuck: () => void;
    },
    notice?: string,
  ): Watch {
    const id = this.#next++;
    const graceMs = Math.max(LEAST_GRACE_MS, timeoutMs * GRACE_SHARE);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let guard: Int32Array | undefined;
    let isOver = false;
    const stop = (): void => {
      isOver = true;
      if (guard === undefined) return;
      Atomics.store(guard, 0, 1);
      Atomics.notify(guard, 0);
    };
    this.#expired.set(id, () => {
      const count = Atomics.load(pulse, 0);
      // It has ended by itself meanwhile.
      if ((count & 1) === 0) return;
      expired();
      const after = (ms: number, tell: () => void): void => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          if (Atomics.load(pulse, 0) === count) tell();
        }, ms);
      };
      after(graceMs, () => {
        // A guest that can be stopped is, within microseconds of having a
        // core, which on a busy machine it may not have yet.
        after(LIMITS.stuckMs, stuck);
        late();
      });
    });
    this.#watcher.set(id, { pulse, timeoutMs, notice });
    return {
      attach: (given) => {
        guard = given;
        if (isOver) stop();
        this.#watcher.set(id, { pulse, timeoutMs, guard });
      },
      stop,
      end: () => {
        clearTimeout(timer);
        this.#watcher.delete(id);
        this.#expired.delete(id);
      },
    };
  }
}

const LEAST_GRACE_MS = 10;
const GRACE_SHARE = 0.05;
