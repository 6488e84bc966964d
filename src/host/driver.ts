/**
 * Drives a cell that is hosted: idle steps, paced by how quiet the cell is.
 *
 * @module
 */

import { messageOf } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";

/** What a driver needs of a cell. */
export interface Driven {
  readonly name: string;
  readonly steps: number;
  step(): Promise<number>;
}

/** Steps a cell while it idles. Events reach the cell by themselves. */
export class Driver {
  readonly #cell: Driven;
  readonly #logger: Logger;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pauseMs: number = LIMITS.idleStepMinMs;
  #quietSince = performance.now();
  #running: Promise<void> | undefined;
  #stopped = false;

  /** Prepares; nothing runs before `start`. A step that fails ends the driving. */
  constructor(cell: Driven, logger: Logger) {
    this.#cell = cell;
    this.#logger = logger;
  }

  /** Runs the first step at once, and then goes on by itself. */
  start(): void {
    this.#running = this.#tick();
  }

  /** To be told of each step: an event makes the cell busy again. */
  stepped(callNumber: number, event: boolean): void {
    if (callNumber % HEARTBEAT_STEPS === 0) {
      this.#logger.log("info", "step heartbeat", {
        cell: this.#cell.name,
        call_number: callNumber,
      });
    }
    if (!event) return;
    this.#quietSince = performance.now();
    if (this.#pauseMs === LIMITS.idleStepMinMs) return;
    this.#pauseMs = LIMITS.idleStepMinMs;
    this.#schedule();
  }

  /** Ends the idle steps, behind the one that runs now. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #tick(): Promise<void> {
    const callNumber = this.#cell.steps;
    try {
      await this.#cell.step();
    } catch (error) {
      if (this.#stopped) return;
      this.#stopped = true;
      this.#logger.log("error", "step failed", {
        cell: this.#cell.name,
        call_number: callNumber,
        err: messageOf(error),
      });
      return;
    }
    if (performance.now() - this.#quietSince > LIMITS.idleQuietMs) {
      this.#pauseMs = Math.min(this.#pauseMs * 2, LIMITS.idleStepMaxMs);
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#running = this.#tick(), this.#pauseMs);
  }
}

const HEARTBEAT_STEPS = 10_000;
