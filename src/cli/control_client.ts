/**
 * What `ps`, `stop` and `reload` have in common: a host that runs elsewhere.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import {
  controlPermissions,
  missingControlPermissions,
} from "../host/control/access.ts";
import { askHost } from "../host/control/client.ts";
import type { ControlRequest, ReportedCell } from "../host/control/messages.ts";
import { leastFlags } from "./command_line.ts";
import type { Invocation } from "./command.ts";
import {
  CONTROL_VARIABLE,
  type ControlPath,
  controlPath,
} from "./control_path.ts";
import { Progress } from "./progress.ts";
import { RefusedError } from "./refused.ts";
import { shownPath } from "./shell.ts";

/**
 * Asks the host that the command line means, and gives the cells of its
 * answer, if there are any.
 *
 * @throws {PulpError} `permission` with the command line to run instead;
 * `host` when no host answers, or when it says no; `deadline` when it takes
 * longer than `--timeout`
 */
export async function ask(
  invocation: Invocation,
  request: ControlRequest,
): Promise<readonly ReportedCell[]> {
  const { args, io } = invocation;
  const socket = controlPath(args, io);
  if (socket === undefined) {
    throw new PulpError(
      "usage",
      `Cannot reach a host: ${CONTROL_VARIABLE} is empty, which turns the control socket off`,
      { hint: "--ctl <path> names the socket" },
    );
  }
  const missing = missingControlPermissions(
    socket.path,
    (descriptor) => io.queryPermission(descriptor),
  );
  if (missing.length > 0) throw await refusal(socket, invocation);
  const withinMs = Number(args.required("timeout")) * 1000;
  using progress = new Progress(io);
  progress.showIfLong(
    `waiting for the host at ${shownPath(socket.path, io.cwd)}`,
  );
  const reply = await askHost(socket.path, request, withinMs)
    .catch((error) => {
      throw withHint(error, socket, invocation);
    });
  if (!reply.ok) {
    throw new PulpError(
      "host",
      reply.error,
      reply.error.endsWith("the host has no such cell")
        ? { hint: `"${io.embedded?.program ?? "pulp"} ps" shows its cells` }
        : {},
    );
  }
  return reply.cells ?? [];
}

async function refusal(
  socket: ControlPath,
  { argv, io }: Invocation,
): Promise<RefusedError> {
  const { runInstead } = await import("./denied.ts");
  const requests = controlPermissions(socket.path);
  const missing = missingControlPermissions(
    socket.path,
    (descriptor) => io.queryPermission(descriptor),
  );
  const needed = socket.namedBy === CONTROL_VARIABLE
    ? [
      ...requests,
      {
        kind: "env",
        target: CONTROL_VARIABLE,
        reason: "the path of the socket",
      } as const,
    ]
    : requests;
  return new RefusedError(
    `Cannot reach a host at "${shownPath(socket.path, io.cwd)}": ${
      io.embedded === undefined ? "Deno" : "this executable"
    } was not given ${leastFlags(missing, io.cwd).join(" ")}`,
    `\n${runInstead(needed, argv, io)}`,
  );
}

/** Says what to do about a host that is not there. */
function withHint(
  error: unknown,
  socket: ControlPath,
  { io }: Invocation,
): unknown {
  const isAbsent = error instanceof PulpError && error.code === "host" &&
    error.message.startsWith("Cannot reach");
  if (!isAbsent || error.hint !== undefined) return error;
  const flags = leastFlags(controlPermissions(socket.path), io.cwd).join(" ");
  const path = shownPath(socket.path, io.cwd);
  const hint = socket.namedBy === "default"
    ? `is a host running in this folder? "run" opens ${path} when Deno gives it ${flags}; --ctl names another socket`
    : `is a host running with ${path} as its socket? "run" opens it when Deno gives it ${flags}`;
  return new PulpError(error.code, error.message, { cause: error.cause, hint });
}
