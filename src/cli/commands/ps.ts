/**
 * `ps`: what the cells of a running host do.
 *
 * @module
 */

import { messageToJson } from "../../abi/json.ts";
import { EXIT } from "../../errors.ts";
import { encodeCells } from "../../host/control/messages.ts";
import type { Invocation } from "../command.ts";
import { ask } from "../control_client.ts";
import { table } from "../table.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const cells = await ask(invocation, { op: "status" });
  io.stdout.write(
    args.has("json") ? messageToJson(encodeCells(cells), 2) + "\n" : table(
      ["cell", "state", "steps"],
      cells.map(({ name, state, steps }) => [name, state, String(steps)]),
      "",
    ),
  );
  return EXIT.ok;
}
