/**
 * Runs what a `console` block shows, and compares what it prints.
 *
 * A line `$ command` runs in a shell, in a copy of the project; the lines up
 * to the next one are what it prints on both outputs. `$ command &` leaves the
 * process running once it has printed what is shown, and `$ kill %1` ends it,
 * or `$ wait` waits for its end; what is shown there is the end of its output.
 * `$ alias`, `$ export` and `$ cd` hold for what follows. A command that fails must be
 * followed by `$ echo $?`. A line `...` stands for any number of lines.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mask, type Scratch } from "./scratch.ts";

/** A command and the lines that it prints. */
interface Entry {
  readonly command: string;
  readonly expected: readonly string[];
}

/** The longest that one command of a document may take. */
const COMMAND_MS = 120_000;
/** The longest that a process may run in the background. */
const BACKGROUND_MS = 40_000;

/** A process that was left running. */
class Background {
  readonly #child: Deno.ChildProcess;
  readonly #done: Promise<void>;
  #output = "";
  #ended = false;
  #wake: () => void = () => {};

  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#done = this.#collect();
  }

  get lines(): string[] {
    return linesOf(this.#output);
  }

  /** Waits until `enough` says so of what it printed, or until it ends. */
  async printed(enough: (lines: readonly string[]) => boolean): Promise<void> {
    while (!this.#ended && !enough(this.lines)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** Asks it to stop, and waits for its end. */
  async stop(): Promise<void> {
    if (this.#ended) {
      throw new Error(`a process ended by itself:\n${this.#output}`);
    }
    this.#child.kill("SIGTERM");
    await this.ended();
  }

  /** Waits for its end; the exit code. */
  async ended(): Promise<number> {
    await this.#done;
    return (await this.#child.status).code;
  }

  async #collect(): Promise<void> {
    const text = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const part of text) {
      this.#output += part;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }
}

/** The commands of one document, which share a shell's state. */
export class Session implements AsyncDisposable {
  readonly #scratch: Scratch;
  #background: Background | undefined;
  #exitCode = 0;
  /** Aliases and variables that were set, and where the shell went. */
  #settings = "shopt -s expand_aliases\n";

  /** Runs in `scratch`. */
  constructor(scratch: Scratch) {
    this.#scratch = scratch;
  }

  /** Runs the commands of a block. Throws at the first that differs. */
  async play(text: string): Promise<void> {
    const entries = entriesOf(text);
    for (const [index, entry] of entries.entries()) {
      const next = entries[index + 1]?.command;
      await this.#run(entry);
      if (this.#exitCode !== 0 && next !== "echo $?") {
        throw new Error(
          `"${entry.command}" ended with ${this.#exitCode}, and no "$ echo $?" says so`,
        );
      }
    }
  }

  /** Runs each line of a block, which has to succeed. */
  async runAll(text: string): Promise<void> {
    for (const { command } of entriesOf(text.replaceAll(/^(?=.)/gm, "$ "))) {
      const output = await this.#shell(command);
      if (this.#exitCode !== 0) {
        throw new Error(
          `"${command}" ended with ${this.#exitCode}:\n${output}`,
        );
      }
    }
  }

  /** Ends what still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    // What is wrong with it was said where it was shown.
    await this.#background?.stop().catch(() => {});
  }

  async #run({ command, expected }: Entry): Promise<void> {
    if (command.endsWith(" &")) {
      if (this.#background !== undefined) {
        throw new Error("a second process in the background");
      }
      const background = new Background(this.#spawn(
        `exec ${command.slice(0, -2)}`,
        BACKGROUND_MS,
      ));
      this.#background = background;
      this.#exitCode = 0;
      const beginning = (lines: readonly string[]): string[] | undefined => {
        for (let count = 0; count <= lines.length; count++) {
          const first = lines.slice(0, count);
          if (this.#differs(first, expected) === undefined) return first;
        }
        return undefined;
      };
      await background.printed((lines) => beginning(lines) !== undefined);
      const { lines } = background;
      this.#compare(command, beginning(lines) ?? lines, expected);
    } else if (command === "kill %1" || command === "wait") {
      const background = this.#background;
      if (background === undefined) throw new Error("nothing runs");
      this.#background = undefined;
      if (command === "wait") this.#exitCode = await background.ended();
      else {
        await background.stop();
        this.#exitCode = 0;
      }
      const { lines } = background;
      const tail = lines.slice(lines.length - expected.length);
      this.#compare(command, tail, expected);
    } else {
      const output = await this.#shell(command);
      this.#compare(command, linesOf(output), expected);
    }
  }

  async #shell(command: string): Promise<string> {
    if (/^(?:alias|export|cd) /.test(command)) {
      this.#settings += `${command}\n`;
      return "";
    }
    const before = this.#exitCode;
    const child = this.#spawn(`(exit ${before})\n${command}`);
    const output = await new Response(child.stdout).text();
    this.#exitCode = (await child.status).code;
    return output;
  }

  #spawn(script: string, mostMs = COMMAND_MS): Deno.ChildProcess {
    return new Deno.Command("bash", {
      args: [
        "-c",
        this.#scratch.command(`exec 2>&1\n${this.#settings}${script}`),
      ],
      cwd: this.#scratch.root,
      env: this.#scratch.env,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: AbortSignal.timeout(mostMs),
    }).spawn();
  }

  #compare(
    command: string,
    actual: readonly string[],
    expected: readonly string[],
  ): void {
    const difference = this.#differs(actual, expected);
    if (difference === undefined) return;
    assertEquals(...difference, `what "${command}" prints`);
    throw new Error(`"${command}" prints something else`);
  }

  /** What was printed and what is shown, if they are not the same. */
  #differs(
    actual: readonly string[],
    expected: readonly string[],
  ): [got: string[], want: string[]] | undefined {
    const got = linesOf(this.#scratch.shown(actual.join("\n")));
    const want = linesOf(mask(expected.join("\n")));
    return matches(got, want) ? undefined : [got, want];
  }
}

/** Takes a block apart. A command goes on in the next line behind a `\`. */
function entriesOf(text: string): Entry[] {
  const entries: { command: string; expected: string[] }[] = [];
  let continued = false;
  for (const line of linesOf(text)) {
    const last = entries.at(-1);
    if (continued && last !== undefined) {
      last.command += `\n${line.replace(/^\$ /, "")}`;
    } else if (line.startsWith("$ ")) {
      entries.push({ command: line.slice(2), expected: [] });
    } else if (last === undefined) {
      throw new Error(`output before any command: ${line}`);
    } else last.expected.push(line);
    continued = line.endsWith("\\") &&
      (continued || line.startsWith("$ "));
  }
  return entries;
}

/** Whether the lines are those shown; `...` stands for any number of them. */
function matches(got: readonly string[], want: readonly string[]): boolean {
  const at = want.indexOf("...");
  if (at < 0) {
    return got.length === want.length &&
      got.every((line, i) => line === want[i]);
  }
  const head = want.slice(0, at);
  const rest = want.slice(at + 1);
  if (!head.every((line, i) => line === got[i])) return false;
  for (let from = at; from <= got.length; from++) {
    if (matches(got.slice(from), rest)) return true;
  }
  return false;
}

/** Lines without blanks at their ends, and without blank lines at the end. */
function linesOf(text: string): string[] {
  const lines = text.trimEnd().split("\n").map((line) => line.trimEnd());
  return lines.length === 1 && lines[0] === "" ? [] : lines;
}
