/**
 * `stop`: shuts down one cell of a running host, or all of them.
 *
 * @module
 */

import { EXIT, PulpError } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { ask } from "../control_client.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io: { embedded } } = invocation;
  const usage = (message: string): PulpError =>
    new PulpError("usage", message, { hint: hintFor(embedded?.program) });
  const [cell] = args.operands;
  if (args.has("all")) {
    if (cell !== undefined) {
      throw usage(
        `Cannot use "${cell}" and "--all" together: it is one or all`,
      );
    }
    await ask(invocation, { op: "shutdown_all" });
    return EXIT.ok;
  }
  if (cell === undefined) throw usage("Cannot stop: <cell> is missing");
  if (cell === "") throw usage('Cannot stop "": the cell has no name');
  await ask(invocation, { op: "shutdown", cell });
  return EXIT.ok;
}

function hintFor(program = "pulp"): string {
  return `${program} stop <cell> stops one cell, ${program} stop --all the whole host`;
}
