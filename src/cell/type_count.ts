/**
 * How many types the modules of this process have. V8 keeps those of all that
 * it has seen for as long as the process lives, and ends it when they are two
 * million.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

const seen = new Set<string>();
let total = 0;

/**
 * Counts the types of a module, once for each checksum.
 *
 * @throws {PulpError} `module` when they would be too many for this process
 */
export function countTypes(
  path: string,
  types: number,
  sha256: string,
): void {
  if (seen.has(sha256)) return;
  if (total + types > LIMITS.processTypes) {
    throw new PulpError(
      "module",
      `Cannot load "${path}": the modules that this process has opened have ` +
        `${total} types, this one ${types} more, and ${LIMITS.processTypes} ` +
        "are the most",
      {
        hint: "start the process again, or have another one host some of them",
      },
    );
  }
  seen.add(sha256);
  total += types;
}
