/**
 * `step`: steps of a cell, by hand.
 *
 * @module
 */

import { encodeEvent } from "../../abi/envelope.ts";
import { EXIT, PulpError } from "../../errors.ts";
import type { Invocation } from "../command.ts";
import { withCell } from "../one_off.ts";
import { jsonPayload } from "../payload.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const kind = args.text("event");
  if (kind === undefined && args.has("payload")) {
    throw new PulpError(
      "usage",
      'Cannot use "--payload" without "--event": a payload belongs to an event',
    );
  }
  const payload = jsonPayload(args.text("payload") ?? "{}", io);
  const count = args.integer("count") ?? 1;
  await withCell(
    invocation,
    async () =>
      kind === undefined ? undefined : encodeEvent(kind, await payload.read()),
    async (cell, event) => {
      for (let done = 0; done < count; done++) {
        io.stdout.write(`${await cell.step(event)}\n`);
      }
    },
  );
  return EXIT.ok;
}
