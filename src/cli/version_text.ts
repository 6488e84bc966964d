/**
 * `--version`.
 *
 * @module
 */

import { parseCommandArgs } from "./args.ts";
import type { ArgumentSpec } from "./command.ts";
import type { CliIo } from "./io.ts";
import { VERSION } from "./version.ts";

const LINE: ArgumentSpec = {
  name: "--version",
  options: [{ name: "json", summary: "One JSON object" }],
  operands: { min: 0, max: 0 },
  operandNames: [],
};

/**
 * The versions of this program and of Deno: a line, or with `--json` one
 * object with `version` and `deno`.
 *
 * Throws a `PulpError` (`usage`) for anything else in `argv`.
 */
export function versionText(argv: readonly string[], io: CliIo): string {
  const args = parseCommandArgs(LINE, argv);
  return args.has("json")
    ? `${JSON.stringify({ version: VERSION, deno: io.denoVersion })}\n`
    : `pulp ${VERSION} (Deno ${io.denoVersion})\n`;
}
