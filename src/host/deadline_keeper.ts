/**
 * Deadlines of cells in workers, kept by the main thread.
 *
 * @module
 */

import { makeWatcher } from "../cell/watcher.ts";

/** Watches workers, and tells when one does not stop although it was told to. */
export class DeadlineKeeper {
  readonly #expired = new Map<number, () => void>();
  readonly #watcher = makeWatcher((id) => this.#expired.get(id)?.());
  #next = 0;

  /**
   * Watches the entry points of a cell. When one runs out of time the guest is
   * stopped; when that does not help within a little while, `stuck` is told.
   */
  watch(
    pulse: Int32Array,
    timeoutMs: number,
    stuck: () => void,
  ): { attach(guard: Int32Array): void; end(): void } {
    const id = this.#next++;
    // A guest that can be stopped is, within microseconds of having a core.
    const graceMs = Math.max(LEAST_GRACE_MS, timeoutMs * GRACE_SHARE);
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#expired.set(id, () => {
      const count = Atomics.load(pulse, 0);
      timer = setTimeout(() => {
        if (Atomics.load(pulse, 0) === count) stuck();
      }, graceMs);
    });
    this.#watcher.set(id, { pulse, timeoutMs });
    return {
      attach: (guard) => this.#watcher.set(id, { pulse, timeoutMs, guard }),
      end: () => {
        clearTimeout(timer);
        this.#watcher.delete(id);
        this.#expired.delete(id);
      },
    };
  }
}

const LEAST_GRACE_MS = 20;
const GRACE_SHARE = 0.05;
