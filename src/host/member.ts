/**
 * One cell of a host: its worker, what it does now, and its restarts.
 *
 * @module
 */

import type { InboundServer } from "../capabilities/http/inbound_server.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { CellPlan, ReadyModule } from "./cell_plan.ts";
import { Restarts } from "./restarts.ts";
import type { WorkerLinks } from "./sibling_links.ts";
import { WorkerCell, type WorkerCellOptions } from "./worker_cell.ts";

/** What a hosted cell does now. `failed` cells may come back; `stopped` ones don't. */
export type CellState = "ready" | "failed" | "stopped";

/** What a member needs of its host. */
export type MemberOptions =
  & Pick<
    WorkerCellOptions,
    "env" | "program" | "onRing" | "onLate" | "deadlines"
  >
  & {
    readonly logger: Logger;
    /** Where the main thread accepts requests for cells. */
    readonly inbound: InboundServer;
    /** The links that its manifest declares now. */
    readonly links: () => WorkerLinks;
    /** Told when its manifest is another one, before a worker is started with it. */
    readonly onManifest: (spec: CellSpec) => void;
    /** Told when calls may go to the cell, and when they may not; `gone` when its thread is, too. */
    readonly onState: (state: CellState, gone: boolean) => void;
    /** Told when its thread is gone before calls could go to it. */
    readonly onGone: () => void;
    /** Counts a thread that was given up; `false` when there were too many. */
    readonly loseThread: () => boolean;
  };

/** A cell that is kept running. */
export class Member {
  readonly #options: MemberOptions;
  #plan: CellPlan;
  #restarts: Restarts;
  #worker: WorkerCell | undefined;
  #state: CellState = "failed";
  #steps = 0;
  #driving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A worker that starts, until it has. */
  #starting: Promise<void> | undefined;
  #replacing: Promise<void> | undefined;
  /** What requests wait for while the cell is being replaced. */
  #successor: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  /** Prepares; nothing is started yet. */
  constructor(plan: CellPlan, options: MemberOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#restarts = new Restarts(plan.spec.restart);
  }

  /** What the cell runs as now. */
  get plan(): CellPlan {
    return this.#plan;
  }

  /** What its manifest says. */
  get spec(): CellSpec {
    return this.#plan.spec;
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

  /** Tells the worker about links that others have made or ended. */
  relink(): void {
    this.#worker?.relink(this.#options.links());
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
   * Puts another cell in the place of the one that runs, or the same one with
   * another module. The old instance is shut down first; what comes in between
   * waits. With another manifest it gets another worker.
   *
   * @throws {PulpError} when the new one does not come up; the old one then
   * runs again
   */
  replace(next: CellPlan | ReadyModule): Promise<void> {
    const replaced = this.#replacing?.catch(() => {}) ?? Promise.resolve();
    const replacing = replaced.then(() =>
      this.#replace("spec" in next ? next : { ...this.#plan, ...next })
    );
    this.#replacing = replacing;
    return replacing.finally(() => {
      if (this.#replacing === replacing) this.#replacing = undefined;
    });
  }

  /**
   * Shuts the cell down; it stays down. A start that is under way is ended.
   * Twice is fine: the second waits for the first.
   */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#calmDown();
    const worker = this.#worker;
    const starting = this.#starting;
    this.#setState("stopped");
    if (worker === undefined) return;
    this.#steps = worker.steps;
    try {
      if (starting === undefined) await worker.stop();
      else {
        worker.abort();
        // Who started it is told why it did not come up.
        await starting.catch(() => {});
      }
    } catch (error) {
      this.#shutdownFailed(error);
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

  async #replace(next: CellPlan): Promise<void> {
    this.#demandNotStopped();
    const isWanted = this.#state === "ready" || this.#timer !== undefined ||
      this.#starting !== undefined;
    await this.#starting?.catch(() => {});
    this.#calmDown();
    const before = this.#plan;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#successor = promise;
    try {
      await this.#leave(promise, next.spec === before.spec);
      this.#adopt(next);
      try {
        await this.#bring();
      } catch (error) {
        this.#adopt(before);
        if (isWanted) await this.#bringBack(error);
        throw error;
      }
      // Another program: what the one before did says nothing about it.
      this.#restarts = new Restarts(next.spec.restart);
    } finally {
      this.#successor = undefined;
      resolve();
      this.#worker?.resume();
    }
  }

  /** Shuts down what runs. The worker stays, or ends once its clients have what is under way. */
  async #leave(successor: Promise<void>, stays: boolean): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    try {
      if (this.#state === "ready" || !stays) {
        await worker.release(successor, !stays);
      }
    } catch (error) {
      this.#shutdownFailed(error);
    }
    this.#steps = this.steps;
    // A stop that came meanwhile ends it.
    if (stays || this.#worker !== worker || this.#stopping !== undefined) {
      return;
    }
    this.#worker = undefined;
    void worker.leave();
  }

  #adopt(plan: CellPlan): void {
    const isOther = plan.spec !== this.#plan.spec;
    this.#plan = plan;
    if (isOther) this.#options.onManifest(plan.spec);
  }

  /** Starts again what ran before, as what was to follow did not come up. */
  async #bringBack(reason: unknown): Promise<void> {
    try {
      await this.#bring();
    } catch (error) {
      this.#failed(error);
      this.#again(reasonOf(error, reason));
    }
  }

  #bring(): Promise<void> {
    const starting = this.#start();
    this.#starting = starting;
    return starting.finally(() => {
      if (this.#starting === starting) this.#starting = undefined;
    });
  }

  async #start(): Promise<void> {
    this.#demandNotStopped();
    const worker = this.#worker ??= this.#makeWorker();
    try {
      await worker.start(this.#plan.compiled, this.#steps, this.#successor);
      this.#demandNotStopped();
    } catch (error) {
      worker.terminate(this.#successor);
      if (this.#worker === worker) {
        this.#worker = undefined;
        this.#options.onGone();
      }
      throw error;
    }
    this.#setState("ready");
    this.#options.logger.log("info", "init complete", { cell: this.spec.name });
    if (this.#driving) worker.drive();
  }

  #makeWorker(): WorkerCell {
    const { inbound, links, ...options } = this.#options;
    const { spec, environ, permissions, listens } = this.#plan;
    const worker: WorkerCell = new WorkerCell({
      ...options,
      ...(listens ? {} : { inbound }),
      spec,
      environ,
      permissions,
      links: links(),
      onEnd: (error, lost) => this.#ended(worker, error, lost),
    });
    return worker;
  }

  #ended(worker: WorkerCell, error: PulpError, lost: boolean): void {
    // Also when it was still starting, or stopping.
    if (lost && !this.#options.loseThread()) {
      this.#restarts.end(`${LIMITS.lostThreads} threads were given up`);
    }
    if (this.#state !== "ready" || this.#worker !== worker) return;
    this.#steps = worker.steps;
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
    this.#again(error);
  }

  /** Starts the cell again, if the policy and the breaker let it. */
  #again(error: PulpError): void {
    if (this.#state === "stopped") return;
    const { logger } = this.#options;
    const cell = this.spec.name;
    const decision = this.#restarts.decide(error, performance.now());
    if (!decision.restart) {
      logger.log("error", "cell stays down", { cell, reason: decision.reason });
      return;
    }
    this.#timer = setTimeout(async () => {
      this.#timer = undefined;
      try {
        await this.#bring();
        logger.log("warn", "cell restarted", {
          cell,
          restarts: this.#restarts.recent,
        });
      } catch (next) {
        this.#failed(next);
        // Another instance comes anyway.
        if (this.#replacing === undefined) this.#again(reasonOf(next, error));
      }
    }, decision.afterMs);
  }

  /** Goes on without an instance: the one that was to come up did not. */
  #failed(error: unknown): void {
    if (this.#state === "stopped") return;
    this.#setState("failed");
    this.#options.logger.log("error", "restart failed", {
      cell: this.spec.name,
      err: messageOf(error),
    });
  }

  /** Gives up a restart that is to come. */
  #calmDown(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #shutdownFailed(error: unknown): void {
    this.#options.logger.log("error", "shutdown failed", {
      cell: this.spec.name,
      err: messageOf(error),
    });
  }

  #demandNotStopped(): void {
    if (this.#state === "stopped") throw this.#down();
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

/** What a restart is decided by: why an instance did not come up, or why the one before ended. */
function reasonOf(error: unknown, before: unknown): PulpError {
  const reason = [error, before].find((it) => it instanceof PulpError);
  return reason ?? new PulpError("host", messageOf(error));
}
