/**
 * A worker's records, on their way to the main thread.
 *
 * @module
 */

import { charsOf } from "../cell/log_limiter.ts";
import { LIMITS } from "../limits.ts";
import type { LogFields, Logger, LogLevel } from "../logger.ts";
import type { Channel } from "./channel.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/**
 * Sends records in order with all else. A guest may log for as long as its
 * deadline lets it, and the turn ends no sooner: what waits goes before that
 * when it is much or old, so that it is read in time and lost with no thread.
 */
export class WorkerLog implements Logger {
  readonly #channel: Channel<FromWorker, ToWorker>;
  /** Characters since records were last sent from here. */
  #chars = 0;

  /** Sends through `channel`. */
  constructor(channel: Channel<FromWorker, ToWorker>) {
    this.#channel = channel;
  }

  /** Takes a record. */
  log(level: LogLevel, message: string, fields?: LogFields): void {
    this.#channel.send({
      type: "log",
      level,
      message,
      ...(fields === undefined ? {} : { fields }),
    });
    this.#chars += message.length + charsOf(fields);
    if (
      this.#chars < LIMITS.logHeldChars &&
      !this.#channel.hasWaited(LIMITS.logHeldMs)
    ) return;
    this.#chars = 0;
    try {
      this.#channel.flush();
    } catch (error) {
      // The guest has used up the stack: the end of the turn sends it.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}
