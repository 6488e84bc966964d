/**
 * The environment of a program: what the cell passes, as far as it may.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";

/** What makes a program load code that nobody listed. Deno refuses most of it, too. */
const LOADER = /^(LD|DYLD)_/i;

/**
 * Checks the variables that a cell makes up for a program that it may run;
 * nothing of the host's own environment is added.
 *
 * @throws {PulpError} `permission` for one that may not be passed, `usage` for what is no name or no value
 */
export function checkEnvironment(
  env: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || /[=\0]/.test(name) || value.includes("\0")) {
      throw new PulpError(
        "usage",
        `Cannot pass "${name}": it is no environment variable`,
      );
    }
    if (LOADER.test(name)) {
      throw new PulpError(
        "permission",
        `Cannot pass "${name}": it would make the program load other code`,
      );
    }
  }
}

/** Whether the variables say where programs are looked for. */
export function namesPath(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).some((name) => name.toUpperCase() === "PATH");
}
