/**
 * The command line as a function.
 *
 * @module
 */

import { EXIT, PulpError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import { asksForHelp, parseCommandArgs } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { CliIo } from "./io.ts";
import { reportError } from "./report.ts";

/**
 * Runs one command line and resolves to the exit code. Everything that goes
 * wrong is printed on standard error; nothing is thrown.
 */
export async function runCli(
  argv: readonly string[],
  io: CliIo,
): Promise<number> {
  let debug = false;
  try {
    const [name, ...rest] = argv;
    if (name === undefined) {
      io.stderr.write(programHelp(COMMANDS));
      return EXIT.usage;
    }
    if (name === "--help" || name === "-h") {
      io.stdout.write(programHelp(COMMANDS));
      return EXIT.ok;
    }
    if (name === "--version" || name === "-V") {
      const { VERSION } = await import("./version.ts");
      io.stdout.write(`pulp ${VERSION} (Deno ${io.denoVersion})\n`);
      return EXIT.ok;
    }
    const command = COMMANDS.find((it) => it.name === name);
    if (command === undefined) {
      if (asksForHelp(argv)) {
        io.stdout.write(programHelp(COMMANDS));
        return EXIT.ok;
      }
      throw unknownCommand(name);
    }
    if (asksForHelp(rest)) {
      io.stdout.write(commandHelp(command));
      return EXIT.ok;
    }
    const args = parseCommandArgs(command, rest);
    debug = args.text("log-level") === "debug";
    const { run } = await command.load();
    return await run({ args, argv, io });
  } catch (error) {
    return reportError(error, io, { debug });
  }
}

function unknownCommand(name: string): PulpError {
  if (!name.startsWith("-")) {
    const near = didYouMean(name, COMMANDS.map((command) => command.name));
    return new PulpError("usage", `Unknown command "${name}"${near}`, {
      hint: 'see "pulp --help"',
    });
  }
  const given = name.split("=", 1)[0] ?? name;
  const long = `--${given.replace(/^-+/, "")}`;
  const owner = COMMANDS.find((command) =>
    command.options.some((option) => `--${option.name}` === long)
  );
  const near = didYouMean(long, ["--help", "--version"]);
  return new PulpError(
    "usage",
    owner === undefined
      ? `Unknown option "${given}"${near}`
      : `Cannot use "${given}": no command stands before it`,
    {
      hint: owner === undefined
        ? 'see "pulp --help"'
        : `run it as: pulp ${owner.name} ${long} ...`,
    },
  );
}
