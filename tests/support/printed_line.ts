/**
 * The command line that a refused start prints, as a shell reads it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { runProcess } from "./pulp.ts";

/** The arguments of `deno` in the command line that the program printed. */
export async function printedArgs(printed: string): Promise<string[]> {
  const line = printed.split("\n").find((it) => it.startsWith("  deno run "));
  assert(line !== undefined, `no command line in:\n${printed}`);
  const [deno, ...args] = await shellWords(line);
  assertEquals(deno, "deno");
  return args;
}

/** The words of a line, as a shell reads them. */
export async function shellWords(line: string): Promise<string[]> {
  const script = `set -- ${line}; printf '%s\\0' "$@"`;
  const { code, out } = await runProcess("bash", ["-c", script]);
  assertEquals(code, 0);
  return out.split("\0").slice(0, -1);
}

/** A value that was taken from the flags of a command line. */
export interface Shortened {
  /** What is gone, such as `--allow-read=cells/hello`. */
  readonly flag: string;
  /** The arguments without it. */
  readonly args: readonly string[];
}

/** The command line without each of the values that its flags grant. */
export function shortened(args: readonly string[]): Shortened[] {
  return args.flatMap((arg, index) => {
    const [, name, list] = /^(--allow-\w+)=(.*)$/.exec(arg) ?? [];
    if (name === undefined || list === undefined) return [];
    // A comma within a value is written twice.
    const values = list.match(/(?:[^,]|,,)+/g) ?? [];
    return values.map((value): Shortened => {
      const rest = values.filter((other) => other !== value).join(",");
      const kept = rest === "" ? [] : [`${name}=${rest}`];
      return {
        flag: `${name}=${value}`,
        args: args.toSpliced(index, 1, ...kept),
      };
    });
  });
}
