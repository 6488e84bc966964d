/**
 * `reload`: puts the module that is on disk now in the place of the one that
 * runs.
 *
 * @module
 */

import { EXIT, PulpError } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { ask } from "../control_client.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const [cell = ""] = invocation.args.operands;
  if (cell === "") {
    throw new PulpError("usage", 'Cannot reload "": the cell has no name');
  }
  await ask(invocation, { op: "reload", cell });
  return EXIT.ok;
}
