/**
 * The programs of one instance of a cell, and their results.
 *
 * @module
 */

import type { ProcessResult } from "../../abi/process.ts";
import type { Logger } from "../../logger.ts";
import { LIMITS } from "../../limits.ts";
import { OutputBudget } from "./output_budget.ts";
import { type ProgramStart, RunningProgram } from "./running_program.ts";

interface Finished {
  readonly result: ProcessResult;
  /** `performance.now()` from which on it is forgotten. */
  readonly expiresAt: number;
}

/** What a cell learns of a program: `undefined` = no such, `"pending"` = it runs. */
export type Outcome = ProcessResult | "pending" | undefined;

/** What runs, and what has ended but was not asked for yet. */
export class CellProcesses {
  readonly #logger: Logger;
  readonly #running = new Map<number, RunningProgram>();
  readonly #endless = new Set<number>();
  /** Oldest first. */
  readonly #finished = new Map<number, Finished>();
  readonly #budget = new OutputBudget(
    LIMITS.processOutputsBytes,
    () => this.#forgetOldest("their output takes too much room"),
  );
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** Has none yet. */
  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Programs with a deadline that run. */
  get pending(): number {
    return this.#running.size - this.#endless.size;
  }

  /** Programs without a deadline that run. */
  get endless(): number {
    return this.#endless.size;
  }

  /** Starts a program. Throws what Deno says when that fails. `onEnd` runs once when it is gone. */
  start(id: number, start: ProgramStart, onEnd: () => void): void {
    const program = new RunningProgram(start, this.#budget);
    this.#running.set(id, program);
    if (start.timeoutMs === undefined) this.#endless.add(id);
    program.ended.then(({ result, isCut }) => {
      this.#running.delete(id);
      this.#endless.delete(id);
      onEnd();
      if (isCut) {
        this.#logger.log("warn", "process output cut", {
          program: start.program,
          id,
          kept_bytes: bytesOf(result),
        });
      }
      if (this.#isClosed) return;
      this.finish(id, result);
    });
  }

  /** Keeps a result until it is read. */
  finish(id: number, result: ProcessResult): void {
    if (this.#finished.size === LIMITS.processResults) {
      this.#forgetOldest(`there are more than ${LIMITS.processResults}`);
    }
    const expiresAt = performance.now() + LIMITS.processResultMs;
    this.#finished.set(id, { result, expiresAt });
    this.#expire();
  }

  /** What became of a program. The result stays until {@linkcode forget}. */
  outcome(id: number): Outcome {
    if (this.#running.has(id)) return "pending";
    this.#expire();
    return this.#finished.get(id)?.result;
  }

  /** Drops a result. */
  forget(id: number): void {
    const finished = this.#finished.get(id);
    if (finished === undefined) return;
    this.#finished.delete(id);
    this.#budget.give(bytesOf(finished.result));
  }

  /** Ends a program. `false` when it isn't running. */
  cancel(id: number): boolean {
    return this.#running.get(id)?.stop("it was cancelled") ?? false;
  }

  /** Ends all programs and waits until they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#finished.clear();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LIMITS.processPipesMs);
    await Promise.all(
      [...this.#running].map(async ([id, program]) => {
        program.stop("its cell was closed");
        const isGone = await Promise.race([
          program.gone().then(() => true),
          late.promise.then(() => false),
        ]);
        await program.letGo();
        if (isGone) await program.ended;
        else {
          // The system itself holds it: a file server that does not answer.
          this.#logger.log("error", "process left behind", {
            id,
            pid: program.pid,
          });
        }
      }),
    );
    clearTimeout(timer);
  }

  #forgetOldest(why: string): boolean {
    const [id] = this.#finished.keys();
    if (id === undefined) return false;
    this.forget(id);
    this.#logger.log("warn", "process result dropped", { id, reason: why });
    return true;
  }

  /** Each result has the same time, so the oldest is always the next. */
  #expire(): void {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.#finished) {
      if (expiresAt > now) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#expire(), expiresAt - now + 1);
        // Nobody waits for it.
        Deno.unrefTimer(this.#timer);
        return;
      }
      this.forget(id);
    }
  }
}

function bytesOf({ stdout, stderr }: ProcessResult): number {
  return stdout.length + stderr.length;
}
