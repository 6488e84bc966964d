/**
 * One program that was started, until it is gone.
 *
 * @module
 */

import type { ProcessResult } from "../../abi/process.ts";
import { LIMITS } from "../../limits.ts";
import { Output } from "./output.ts";
import type { OutputBudget } from "./output_budget.ts";

/** How a program is started. Nothing of the host's environment reaches it. */
export interface ProgramStart {
  /** A bare name or an absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absent: without end. */
  readonly timeoutMs?: number;
}

/** How a program ended. */
export interface Ended {
  readonly result: ProcessResult;
  /** Whether output was left out. */
  readonly isCut: boolean;
}

/**
 * A program that runs. To end it, it is told so, as a program that started
 * others passes that on, and killed when it is still there after
 * `LIMITS.processGraceMs`. Deno lets nobody with narrowed permissions signal a
 * process group, so what ignores that outlives the program; its hold on the
 * output is given up.
 */
export class RunningProgram {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Output;
  readonly #stderr: Output;
  #why: string | undefined;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #kill: ReturnType<typeof setTimeout> | undefined;
  #isGone = false;
  /** Settles when the program and its output are at their end. Never rejects. */
  readonly ended: Promise<Ended>;

  /** Starts a program. Throws what Deno says when that fails. */
  constructor(start: ProgramStart, budget: OutputBudget) {
    this.#child = new Deno.Command(start.program, {
      args: [...start.args],
      cwd: start.cwd,
      env: { ...start.env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const keep = (stream: ReadableStream<Uint8Array>): Output =>
      new Output(stream, budget, LIMITS.processOutputBytes);
    this.#stdout = keep(this.#child.stdout);
    this.#stderr = keep(this.#child.stderr);
    const { timeoutMs } = start;
    if (timeoutMs !== undefined) {
      this.#timeout = setTimeout(
        () => this.stop(`it ran longer than ${timeoutMs} ms`),
        timeoutMs,
      );
    }
    this.ended = this.#end();
  }

  /** The id that the system knows it by. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Ends it; the first reason is the one that counts. `false` when it is gone already. */
  stop(why: string): boolean {
    if (this.#isGone) return false;
    if (this.#why !== undefined) return true;
    this.#why = why;
    this.#signal("SIGTERM");
    this.#kill = setTimeout(
      () => this.#signal("SIGKILL"),
      LIMITS.processGraceMs,
    );
    return true;
  }

  /** Gives up the output that others hold open. */
  async letGo(): Promise<void> {
    await Promise.all([this.#stdout.cancel(), this.#stderr.cancel()]);
  }

  /** Settles when the program itself is gone. */
  async gone(): Promise<void> {
    await this.#child.status;
  }

  async #end(): Promise<Ended> {
    const { code, signal } = await this.#child.status;
    this.#isGone = true;
    clearTimeout(this.#timeout);
    clearTimeout(this.#kill);
    const pipes = setTimeout(() => this.letGo(), LIMITS.processPipesMs);
    await Promise.all([this.#stdout.done, this.#stderr.done]);
    clearTimeout(pipes);
    const why = this.#why;
    return {
      result: {
        exitCode: signal !== null || why !== undefined ? -1 : code,
        stdout: this.#stdout.bytes,
        stderr: this.#stderr.bytes,
        ...(why === undefined ? {} : { error: why }),
      },
      isCut: this.#stdout.isCut || this.#stderr.isCut,
    };
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It went by itself just now.
    }
  }
}
