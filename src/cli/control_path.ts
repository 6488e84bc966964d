/**
 * Where the control socket is, from the command line and the environment.
 *
 * @module
 */

import { resolvePath } from "../manifest/paths.ts";
import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";

/** The variable that names the socket. Empty = no socket. */
export const CONTROL_VARIABLE = "PULP_CTL_SOCK";

/** The socket when nothing names one. */
export const CONTROL_DEFAULT = "./pulp.ctl";

/** A control socket, and what named it. */
export interface ControlPath {
  /** Absolute. */
  readonly path: string;
  readonly namedBy: "--ctl" | typeof CONTROL_VARIABLE | "default";
}

/**
 * `--ctl`, else `PULP_CTL_SOCK` when Deno lets it be read, else `./pulp.ctl`.
 * `undefined` when the variable is empty: there is no socket then.
 */
export function controlPath(
  args: ParsedArgs,
  io: CliIo,
): ControlPath | undefined {
  const option = args.text("ctl");
  if (option !== undefined) {
    return { path: resolvePath(io.cwd, option), namedBy: "--ctl" };
  }
  const variable = io.env(CONTROL_VARIABLE);
  if (variable === "") return undefined;
  return variable === undefined
    ? { path: resolvePath(io.cwd, CONTROL_DEFAULT), namedBy: "default" }
    : { path: resolvePath(io.cwd, variable), namedBy: CONTROL_VARIABLE };
}
