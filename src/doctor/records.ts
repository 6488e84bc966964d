/**
 * The log of an experiment.
 *
 * @module
 */

import type { LogFields, Logger, LogLevel } from "../logger.ts";

/** One record. */
export interface KeptRecord {
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its records, and wakes who waits for one. */
export class Records implements Logger {
  readonly #kept: KeptRecord[] = [];
  readonly #waiting = new Set<() => void>();

  /** Keeps a record. */
  log(_level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#kept.push({ message, fields });
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** All records with that message. */
  all(message: string): readonly KeptRecord[] {
    return this.#kept.filter((record) => record.message === message);
  }

  /** The first record with that message; `undefined` when it does not come within `withinMs`. */
  async first(
    message: string,
    withinMs: number,
  ): Promise<KeptRecord | undefined> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, withinMs);
    let isOver = false;
    over.then(() => isOver = true);
    try {
      for (;;) {
        const [found] = this.all(message);
        if (found !== undefined || isOver) return found;
        const next = new Promise<void>((wake) => this.#waiting.add(wake));
        await Promise.race([next, over]);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}
