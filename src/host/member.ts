/**
 * One cell of a host: its worker, what it does now, and its restarts.
 *
 * @module
 */

import type { CompiledCell } from "../cell/compile.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { Restarts } from "./restarts.ts";
import { WorkerCell, type WorkerCellOptions } from "./worker_cell.ts";

/** What a hosted cell does now. `failed` cells may come back; `stopped` ones don't. */
export type CellState = "ready" | "failed" | "stopped";

/** What a member needs of its host. */
export type MemberOptions =
  & Omit<WorkerCellOptions, "spec" | "onEnd">
  & {
    readonly logger: Logger;
    /** Told when calls may go to the cell, and when they may not; `gone` when its thread is, too. */
    readonly onState: (state: CellState, gone: boolean) => void;
    /** Counts a thread that was given up; `false` when there were too many. */
    readonly loseThread: () => boolean;
  };

/** A cell that is kept running. */
export class Member {
  readonly spec: CellSpec;
  readonly #options: MemberOptions;
  readonly #restarts: Restarts;
  #compiled: CompiledCell;
  #worker: WorkerCell | undefined;
  #state: CellState = "failed";
  #steps = 0;
  #driving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replacing: Promise<void> | undefined;

  /** Prepares; nothing is started yet. */
  constructor(spec: CellSpec, compiled: CompiledCell, options: MemberOptions) {
    this.spec = spec;
    this.#compiled = compiled;
    this.#options = options;
    this.#restarts = new Restarts(spec.restart);
  }

  /** What the cell does now. */
  get state(): CellState {
    return this.#state;
  }

  /** Steps begun, over all instances. */
  get steps(): number {
    return this.#worker?.steps ?? this.#steps;
  }

  /**
   * Starts and initialises the cell.
   *
   * @throws {PulpError} when it does not come up
   */
  async start(): Promise<void> {
    await this.#bring();
  }

  /** Has the cell look into its mailboxes, if it is there. */
  ring(): void {
    this.#worker?.ring();
  }

  /** Lets idle steps begin, now and after each restart. */
  drive(): void {
    this.#driving = true;
    if (this.#state === "ready") this.#worker?.drive();
  }

  /** As `Cell.call`. While the cell is being replaced, calls wait. */
  async call(name: string, args: Uint8Array): Promise<Uint8Array> {
    return await (await this.#ready()).call(name, args);
  }

  /** As `Cell.step`. */
  async step(payload: Uint8Array): Promise<number> {
    return await (await this.#ready()).step(payload);
  }

  /**
   * Puts another module in the place of the one that runs. The old instance
   * is shut down first; what comes in between waits.
   *
   * @throws {PulpError} when the new module does not come up; the old one then
   * runs again
   */
  reload(compiled: CompiledCell): Promise<void> {
    const replaced = this.#replacing?.catch(() => {}) ?? Promise.resolve();
    const replacing = replaced.then(() => this.#replace(compiled));
    this.#replacing = replacing;
    return replacing.finally(() => {
      if (this.#replacing === replacing) this.#replacing = undefined;
    });
  }

  /** Shuts the cell down; it stays down. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#setState("stopped");
    if (worker === undefined) return;
    this.#steps = worker.steps;
    try {
      await worker.stop();
    } catch (error) {
      this.#options.logger.log("error", "shutdown failed", {
        cell: this.spec.name,
        err: messageOf(error),
      });
    } finally {
      this.#worker = undefined;
      // Who waits for an answer waited for a thread that is gone now.
      this.#options.onState("stopped", true);
    }
  }

  async #ready(): Promise<WorkerCell> {
    await this.#replacing?.catch(() => {});
    if (this.#worker === undefined || this.#state !== "ready") {
      throw this.#down();
    }
    return this.#worker;
  }

  async #replace(compiled: CompiledCell): Promise<void> {
    if (this.#state === "stopped") throw this.#down();
    clearTimeout(this.#timer);
    const before = this.#compiled;
    try {
      if (this.#state === "ready") await this.#worker?.release();
    } catch (error) {
      this.#options.logger.log("error", "shutdown failed", {
        cell: this.spec.name,
        err: messageOf(error),
      });
    }
    this.#steps = this.steps;
    this.#compiled = compiled;
    try {
      await this.#bring();
    } catch (error) {
      this.#compiled = before;
      try {
        await this.#bring();
      } catch (next) {
        this.#failed(next, error);
      }
      throw error;
    } finally {
      this.#worker?.resume();
    }
  }

  async #bring(): Promise<void> {
    if (this.#state === "stopped") throw this.#down();
    const worker = this.#worker ??= new WorkerCell({
      ...this.#options,
      spec: this.spec,
      onEnd: (error, lost) => this.#ended(error, lost),
    });
    try {
      await worker.start(this.#compiled, this.#steps);
    } catch (error) {
      worker.terminate();
      if (this.#worker === worker) this.#worker = undefined;
      throw error;
    }
    this.#setState("ready");
    if (this.#driving) worker.drive();
  }

  #ended(error: PulpError, lost: boolean): void {
    // Counted also when it was still starting, or stopping.
    const isOneTooMany = lost && !this.#options.loseThread();
    if (this.#state !== "ready") return;
    this.#steps = this.#worker?.steps ?? this.#steps;
    if (lost || error.code === "host") this.#worker = undefined;
    this.#setState("failed");
    const { logger } = this.#options;
    const cell = this.spec.name;
    logger.log("error", "cell ended", {
      cell,
      code: error.code,
      err: error.message,
    });
    // Another instance comes anyway.
    if (this.#replacing !== undefined) return;
    if (isOneTooMany) {
      logger.log("error", "cell stays down", {
        cell,
        reason: `${LIMITS.lostThreads} threads were given up`,
      });
      return;
    }
    this.#again(error);
  }

  /** Starts the cell again, if the policy and the breaker let it. */
  #again(error: PulpError): void {
    const { logger } = this.#options;
    const cell = this.spec.name;
    const decision = this.#restarts.decide(error, performance.now());
    if (!decision.restart) {
      logger.log("error", "cell stays down", { cell, reason: decision.reason });
      return;
    }
    this.#timer = setTimeout(async () => {
      try {
        await this.#bring();
        logger.log("warn", "cell restarted", {
          cell,
          restarts: this.#restarts.recent,
        });
      } catch (next) {
        this.#failed(next, error);
      }
    }, decision.afterMs);
  }

  /** Goes on without an instance: the one that was to come up did not. */
  #failed(error: unknown, before: unknown): void {
    if (this.#state === "stopped") return;
    this.#setState("failed");
    this.#options.logger.log("error", "restart failed", {
      cell: this.spec.name,
      err: messageOf(error),
    });
    const reason = [error, before].find((it) => it instanceof PulpError);
    this.#again(reason ?? new PulpError("host", messageOf(error)));
  }

  #setState(state: CellState): void {
    if (this.#state === "stopped") return;
    this.#state = state;
    this.#options.onState(state, this.#worker === undefined);
  }

  #down(): PulpError {
    return new PulpError(
      "closed",
      `Cannot use cell "${this.spec.name}": it is ${
        this.#state === "stopped" ? "stopped" : "down"
      }`,
    );
  }
}
