/**
 * The failures of an outbound request.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import type { EgressDenial, EgressTarget } from "../net/egress.ts";

/** The manifest does not let the cell reach the target. */
export function deniedBy(
  { reason, hint }: EgressDenial,
  { host, port }: EgressTarget,
): PulpError {
  return new PulpError(
    "permission",
    `Cannot fetch from "${host}:${port}": ${reason}`,
    hint === "" ? {} : { hint: `add to the manifest: ${hint}` },
  );
}

/** The manifest does, Deno does not. */
export function deniedByDeno(
  { host, port }: EgressTarget,
  cause: unknown,
): PulpError {
  return new PulpError(
    "permission",
    `Cannot fetch from "${host}:${port}": Deno does not grant it`,
    { cause, hint: `run with --allow-net=${host}:${port}` },
  );
}
