/**
 * The control socket of `run`. A host does without it where it must.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { missingControlPermissions } from "../host/control/access.ts";
import { type ControlledHost, ControlServer } from "../host/control.ts";
import type { Logger } from "../logger.ts";
import type { ParsedArgs } from "./args.ts";
import { leastFlags } from "./command_line.ts";
import { controlPath } from "./control_path.ts";
import type { CliIo } from "./io.ts";

/**
 * Opens the control socket of a host. `undefined` when it is off, or when it
 * can't be had: the log says why, and the host goes on.
 */
export async function openControl(
  args: ParsedArgs,
  host: ControlledHost,
  logger: Logger,
  io: CliIo,
): Promise<ControlServer | undefined> {
  const named = controlPath(args, io);
  if (named === undefined) return undefined;
  const missing = missingControlPermissions(
    named.path,
    (descriptor) => io.queryPermission(descriptor),
  );
  if (missing.length > 0) {
    // Nobody asked for the default one: a host without these flags is as meant.
    logger.log(
      named.namedBy === "default" ? "debug" : "warn",
      "control socket off",
      { addr: named.path, missing: leastFlags(missing, io.cwd).join(" ") },
    );
    return undefined;
  }
  const served = io.embedded === undefined ? host : withoutReload(host);
  try {
    return await ControlServer.open(named.path, served, logger);
  } catch (error) {
    const hint = error instanceof PulpError ? error.hint : undefined;
    logger.log(
      "warn",
      "control socket bind failed; continuing without it",
      {
        addr: named.path,
        err: messageOf(error),
        ...(hint === undefined ? {} : { hint }),
      },
    );
    return undefined;
  }
}

/** What is inside an executable does not change while it runs. */
function withoutReload(host: ControlledHost): ControlledHost {
  return {
    status: () => host.status(),
    stopCell: (name) => host.stopCell(name),
    shutdown: () => host.shutdown(),
    reload: (name) => Promise.reject(cannotReload(name)),
  };
}

/** Why a cell inside an executable can't be reloaded. */
export function cannotReload(cell: string): PulpError {
  return new PulpError(
    "usage",
    `Cannot reload cell "${cell}": its module is inside the executable`,
    { hint: "make the executable anew, and start it in the place of this one" },
  );
}
