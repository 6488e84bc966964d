/**
 * `run` in a process of its own: its log, and its end.
 *
 * @module
 */

import { within } from "../../src/testing/until.ts";
import { denoArgs, ROOT } from "./pulp.ts";

/** A record as the log has it. */
export interface LogRecord {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: string;
}

/** A process that hosts until it is told to stop. */
export class HostProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #done: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #log = "";
  #ended = false;

  /** Starts `run <argv>`. */
  static run(
    argv: readonly string[],
    allow: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): HostProcess {
    return new HostProcess(denoArgs(["run", ...argv], allow), env);
  }

  /** Starts Deno, or another program, with these arguments. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    cwd: string = ROOT,
    program: string = Deno.execPath(),
  ) {
    this.#child = new Deno.Command(program, {
      args: [...args],
      cwd,
      env: { ...env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#done = this.#follow();
  }

  /** The log so far. */
  get log(): string {
    return this.#log;
  }

  /** The process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** `http://host:port` of the listener, once it is there. */
  async url(): Promise<string> {
    const [, address] = await this.line(
      /msg="http server started" (?:.* )?addr="?([^\s"]+)/,
    );
    return `http://${address}`;
  }

  /** The cell is ready. */
  async ready(cell: string): Promise<void> {
    await this.line(new RegExp(`msg="cell ready" (?:.* )?cell=${cell}\\b`));
  }

  /**
   * Waits for the log to match. Throws with the log when it ends before, or
   * when that does not come.
   */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.logged(
      `${pattern}`,
      (log) => pattern.exec(log) ?? undefined,
    );
  }

  /** The same for what a look at the log finds; `what` is for the message. */
  async logged<T>(
    what: string,
    find: (log: string) => T | undefined,
  ): Promise<T> {
    const looking = async (): Promise<T> => {
      for (;;) {
        const found = find(this.#log);
        if (found !== undefined) return found;
        if (this.#ended) {
          throw new Error(`The log ends without ${what}:\n${this.#log}`);
        }
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
    };
    return await within(what, looking(), () => this.#log);
  }

  /** Sends a signal, unless it ended. */
  kill(signal: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end; the exit code. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    this.kill(signal);
    return await this.ended();
  }

  /** Waits for the end; the exit code. */
  async ended(): Promise<number> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 30_000);
    try {
      await this.#done;
      return (await this.#child.status).code;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Stops the process, if that was not done before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #follow(): Promise<void> {
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const part of text) {
      this.#log += part;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The logfmt records of a log; lines that are none are left out. */
export function records(log: string): LogRecord[] {
  return log.split("\n").filter((line) => line.startsWith("time=")).map(
    (line) => {
      const record: Record<string, string> = {};
      for (const pair of line.matchAll(/(\S+?)=("(?:[^"\\]|\\.)*"|\S*)/g)) {
        const [, key = "", value = ""] = pair;
        record[key] = value.startsWith('"')
          ? JSON.parse(value.replace(/\\x([0-9a-f]{2})/g, "\\u00$1")) as string
          : value;
      }
      const { level = "", msg = "" } = record;
      return { ...record, level, msg };
    },
  );
}
