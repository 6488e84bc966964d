/**
 * Watches, from another thread, how long entry points run.
 *
 * A cell counts a word up when an entry point begins and again when it ends:
 * odd means busy. The watcher looks at that word from time to time and takes
 * the time itself, so a call costs the cell two additions and no clock.
 *
 * @module
 */

/** One cell that is watched. */
export interface Watched {
  /** Word 0 is the count: odd while an entry point runs. */
  readonly pulse: Int32Array;
  /** Word 0 stops the guest when it is 1; absent until the guest is there. */
  readonly guard?: Int32Array;
  /** The deadline in milliseconds. */
  readonly timeoutMs: number;
  /** What to say once an entry point has run for over a second. Default: nothing. */
  readonly notice?: string | undefined;
}

/** A set of watched cells. */
export interface Watcher {
  /** Watches a cell, or what is known of it anew. */
  set(id: number, watched: Watched): void;
  /** Watches it no longer. */
  delete(id: number): void;
}

/**
 * Makes a watcher that runs by timers of the thread it is made on. `expired`
 * is told once for each entry point that ran out of time, `say` what there is
 * to say, once for each cell.
 *
 * The function is handed to another thread as text: it must not use anything
 * from outside of it.
 */
export function makeWatcher(
  expired: (id: number) => void,
  say: (notice: string) => void = () => {},
): Watcher {
  // Twelve looks in a deadline: what is seen late by one of them is within
  // the tenth that a deadline may be late by.
  const LOOKS = 12;
  const LEAST_MS = 2;
  const MOST_MS = 250;
  const LONG_MS = 1_000;
  const cells = new Map<number, {
    watched: Watched;
    seen: number;
    since: number;
    told: boolean;
    notice: string | undefined;
  }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastLook = performance.now();
  let paceMs = MOST_MS;

  const look = (): void => {
    const now = performance.now();
    for (const [id, cell] of cells) {
      const count = Atomics.load(cell.watched.pulse, 0);
      if (count !== cell.seen) {
        cell.seen = count;
        // It began between the last look and this one. A look that came late
        // says nothing: an entry point must not be ended before its time.
        cell.since = now - Math.min(now - lastLook, paceMs) / 2;
        cell.told = false;
      }
      if ((count & 1) === 0) continue;
      const busyMs = now - cell.since;
      if (busyMs < cell.watched.timeoutMs) {
        if (cell.notice !== undefined && busyMs >= LONG_MS) {
          const { notice } = cell;
          cell.notice = undefined;
          try {
            say(notice);
          } catch {
            // A terminal that is gone must not end the watching.
          }
        }
        continue;
      }
      if (cell.watched.guard !== undefined) {
        Atomics.store(cell.watched.guard, 0, 1);
        Atomics.notify(cell.watched.guard, 0);
      }
      if (cell.told) continue;
      cell.told = true;
      expired(id);
    }
    lastLook = now;
    schedule();
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (cells.size === 0) return;
    const shortest = Math.min(
      ...[...cells.values()].map((cell) => cell.watched.timeoutMs),
    );
    paceMs = Math.max(LEAST_MS, Math.min(MOST_MS, shortest / LOOKS));
    timer = setTimeout(look, paceMs);
  };
  return {
    set(id, watched): void {
      const known = cells.get(id);
      cells.set(id, {
        watched,
        seen: known?.seen ?? Atomics.load(watched.pulse, 0),
        since: known?.since ?? performance.now(),
        told: known?.told ?? false,
        notice: known === undefined ? watched.notice : known.notice,
      });
      schedule();
    },
    delete(id): void {
      cells.delete(id);
      schedule();
    },
  };
}
