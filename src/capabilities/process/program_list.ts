/**
 * Which programs a cell may start.
 *
 * @module
 */

import { isAbsolutePath } from "../../manifest/paths.ts";

/**
 * `[permissions] run`. An item is a bare name, which Deno looks up in its own
 * `PATH`, or an absolute path. Anything else would be found or not depending
 * on the folder that a program starts in, so it matches nothing.
 */
export class ProgramList {
  readonly #items: readonly string[];

  /** Without a list nothing may be started. */
  constructor(list: readonly string[] = []) {
    this.#items = list.filter((item) => isBare(item) || isAbsolutePath(item));
  }

  /**
   * The item that `argv[0]` stands for: the same text, or, for a bare name,
   * a listed path that ends in it. `undefined` when it is not listed.
   */
  find(program: string): string | undefined {
    if (this.#items.includes(program)) return program;
    return isBare(program)
      ? this.#items.find((item) => item.split(SEPARATOR).at(-1) === program)
      : undefined;
  }
}

const SEPARATOR = Deno.build.os === "windows" ? /[\\/]/ : "/";

/** Whether a program is named and not located. */
export function isBare(program: string): boolean {
  return !/^\.{0,2}$|[\\/\0]/.test(program) && !/^[A-Za-z]:/.test(program);
}
