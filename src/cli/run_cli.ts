/**
 * The command line as a function.
 *
 * @module
 */

import { EXIT } from "../errors.ts";
import { asksForHelp, parseCommandArgs } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { CliIo } from "./io.ts";
import {
  exitCodeWritten,
  reportError,
  type Reporting,
  reportingOf,
} from "./report.ts";

/**
 * Runs one command line and resolves to the exit code. Everything that goes
 * wrong is printed on standard error; nothing is thrown.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  let reporting: Reporting = {};
  try {
    const [name, ...rest] = argv;
    if (name === undefined) {
      io.stderr.write(programHelp(COMMANDS));
      return EXIT.usage;
    }
    const isVersion = name === "--version" || name === "-V";
    if (
      name === "--help" || name === "-h" || (isVersion && asksForHelp(rest))
    ) {
      io.stdout.write(programHelp(COMMANDS));
      return EXIT.ok;
    }
    if (isVersion) {
      const { versionText } = await import("./version_text.ts");
      io.stdout.write(versionText(rest, io));
      return EXIT.ok;
    }
    const command = COMMANDS.find((it) => it.name === name);
    if (command === undefined) {
      if (asksForHelp(argv)) {
        io.stdout.write(programHelp(COMMANDS));
        return EXIT.ok;
      }
      const { unknownCommand } = await import("./unknown_command.ts");
      throw unknownCommand(name, COMMANDS);
    }
    if (asksForHelp(rest)) {
      io.stdout.write(commandHelp(command));
      return EXIT.ok;
    }
    const args = parseCommandArgs(command, rest);
    reporting = reportingOf(args);
    const { run } = await command.load();
    return exitCodeWritten(await run({ args, argv, io }), io, reporting);
  } catch (error) {
    return reportError(error, io, reporting);
  }
}
