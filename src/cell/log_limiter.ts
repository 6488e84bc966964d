/**
 * Bounds what one cell writes into the log.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import type { LogFields, Logger, LogLevel } from "../logger.ts";

const WINDOW_MS = 1000;

/**
 * Passes records on, up to a number and a size in each second. What is over
 * is counted, and one record says so when the second is over.
 */
export class LogLimiter implements Logger {
  readonly #to: Logger;
  readonly #now: () => number;
  #windowEnd = 0;
  #records = 0;
  #chars = 0;
  #dropped = 0;

  /** Passes on to `to`; `now` is a clock in milliseconds. */
  constructor(to: Logger, now: () => number = () => performance.now()) {
    this.#to = to;
    this.#now = now;
  }

  /** Takes a record, or counts it. */
  log(level: LogLevel, message: string, fields?: LogFields): void {
    const now = this.#now();
    if (now >= this.#windowEnd) {
      this.flush();
      this.#windowEnd = now + WINDOW_MS;
      this.#records = 0;
      this.#chars = 0;
    }
    this.#records++;
    this.#chars += message.length + charsOf(fields);
    if (this.#records > LIMITS.logRecords || this.#chars > LIMITS.logChars) {
      this.#dropped++;
    } else this.#to.log(level, message, fields);
  }

  /** Tells what was dropped and not told yet. */
  flush(): void {
    if (this.#dropped === 0) return;
    this.#to.log("warn", "log records dropped", { dropped: this.#dropped });
    this.#dropped = 0;
  }
}

/** Characters of fields: some are the guest's words, such as the name of what it calls. */
export function charsOf(fields: LogFields = {}): number {
  let chars = 0;
  for (const value of Object.values(fields)) {
    if (typeof value === "string") chars += value.length;
  }
  return chars;
}
