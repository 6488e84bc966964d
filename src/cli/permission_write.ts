/**
 * A permission set put into a deno.json.
 *
 * @module
 */

import { fromFileUrl, SEPARATOR } from "@std/path";
import { folderOf } from "../manifest/paths.ts";
import type { Invocation } from "./command.ts";
import { readConfig, writeConfig } from "./deno_config_file.ts";
import { withPermissionSet } from "./deno_config_text.ts";
import type { HostingReport } from "./hosting_report.ts";
import type { CliIo } from "./io.ts";
import type { WriteTarget } from "./permission_access.ts";
import { escapeUnprintable } from "./record_text.ts";
import { shownPath } from "./shell.ts";

/**
 * Writes the set, unless it is there already, and says on standard error what
 * was done.
 *
 * @throws {PulpError} when the file can't be changed; it is then as it was
 */
export async function writeSet(
  { name, set, line }: HostingReport,
  { path, file }: WriteTarget,
  { args, io }: Invocation,
): Promise<void> {
  const config = await readConfig(path, file);
  const shown = escapeUnprintable(shownPath(path, io.cwd));
  const text = withPermissionSet(config.text, {
    path,
    name,
    set,
    force: args.has("force"),
  });
  if (text === config.text) {
    io.stderr.write(`"${shown}" has permission set "${name}" already\n`);
  } else {
    await writeConfig(config, text);
    io.stderr.write(`Wrote permission set "${name}" to "${shown}"\n`);
  }
  if (isReadBy(path, io)) {
    io.stderr.write(`Host the cells with: ${line}\n`);
  } else {
    const main = escapeUnprintable(io.mainModule);
    io.stderr.write(
      `Deno looks for permission sets beside and above the program, "${main}", and this file is elsewhere\n`,
    );
  }
}

/** Deno looks for it in the folder of the program, and in those above. */
function isReadBy(path: string, io: CliIo): boolean {
  if (!io.mainModule.startsWith("file:")) return true;
  const main = fromFileUrl(io.mainModule);
  const folder = folderOf(path);
  return main.startsWith(
    folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR,
  );
}
