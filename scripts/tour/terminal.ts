/**
 * A shell on a terminal: what commands print there, styles and all.
 *
 * @module
 */

/** What a command printed, and how it ended. */
export interface Printed {
  /** Its lines end as those of programs do, without the `\r` of a terminal. */
  readonly output: string;
  readonly code: number;
}

/** Why no terminal can be had here, or `undefined`: `script` of util-linux makes it. */
export async function terminalProblem(): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command("script", {
      args: ["--version"],
      stdin: "null",
      stderr: "null",
    }).output();
    const version = new TextDecoder().decode(stdout);
    return version.includes("util-linux") ? undefined : "script is another one";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "script is not installed";
    throw error;
  }
}

/** Stands around the exit code behind the output of each command. */
const MARK = "\x1e";
const CODE = new RegExp(`${MARK}(\\d+)${MARK}`);

/** Reads commands line by line. There is no job control, which would add its own words. */
const LOOP = [
  "stty -echo",
  "trap 'kill $(jobs -p) 2>/dev/null' EXIT",
  `mark() { printf '\\036%s\\036' "$1"; }`,
  "mark 0",
  `while IFS= read -r line; do eval "$line"; mark $?; done`,
].join("\n");

/** The longest that a shell may live. */
const MOST_MS = 120_000;

/** A shell whose terminal nobody looks at. */
export class Terminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  /** What was printed and belongs to no command yet. */
  #rest = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#output = child.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
  }

  /** Starts a shell in `cwd`. Throws when it does not begin. */
  static async start(
    cwd: string,
    env: Readonly<Record<string, string>>,
  ): Promise<Terminal> {
    const terminal = new Terminal(
      new Deno.Command("script", {
        args: ["--quiet", "--return", "--command", LOOP, "/dev/null"],
        cwd,
        env: { ...env, SHELL: "/bin/bash", TERM: "xterm-256color" },
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
        signal: AbortSignal.timeout(MOST_MS),
      }).spawn(),
    );
    await terminal.#taken(CODE);
    return terminal;
  }

  /**
   * Runs a command to its end, or, if it is left running by `&`, to the end of
   * the line that matches `until`. Throws with the output when the shell ends.
   */
  async run(command: string, until?: RegExp): Promise<Printed> {
    // Behind `\` a command goes on; a line is all that the shell reads.
    const line = `${command.replaceAll("\\\n", " ")}\n`;
    await this.#input.write(new TextEncoder().encode(line));
    const ended = await this.#taken(CODE);
    let output = ended.before;
    if (until !== undefined) {
      const pattern = new RegExp(`(?:${until.source})[^\\n]*\\n`);
      const up = await this.#taken(pattern);
      output += up.before + up.match[0];
    }
    const code = Number(ended.match[1]);
    return { output: output.replaceAll("\r\n", "\n"), code };
  }

  /** Ends the shell and what it left running. */
  async [Symbol.asyncDispose](): Promise<void> {
    // It may have ended by itself, which was said where it mattered.
    await this.#input.close().catch(() => {});
    await this.#output.cancel();
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
  }

  /** Waits for a match, and takes the output up to its end. */
  async #taken(
    pattern: RegExp,
  ): Promise<{ readonly before: string; readonly match: RegExpExecArray }> {
    for (;;) {
      const match = pattern.exec(this.#rest);
      if (match !== null) {
        const before = this.#rest.slice(0, match.index);
        this.#rest = this.#rest.slice(match.index + match[0].length);
        return { before, match };
      }
      const { done, value } = await this.#output.read();
      if (done) throw new Error(`The shell ended:\n${this.#rest}`);
      this.#rest += value;
    }
  }
}
