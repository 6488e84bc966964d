/**
 * What is wrong with a word that is no command.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { CommandSpec } from "./command.ts";
import { PROGRAM_OPTIONS } from "./help.ts";

/** The error for a word that stands where a command has to. */
export function unknownCommand(
  word: string,
  commands: readonly CommandSpec[],
): PulpError {
  if (word.startsWith("-")) return unknownOption(word, commands);
  const near = didYouMean(word, commands.map((command) => command.name));
  return new PulpError("usage", `Unknown command "${word}"${near}`, {
    hint: 'see "pulp --help"',
  });
}

function unknownOption(
  word: string,
  commands: readonly CommandSpec[],
): PulpError {
  const given = word.split("=", 1)[0] ?? word;
  const long = `--${given.replace(/^-+/, "")}`;
  const owner = commands.find((command) =>
    command.options.some((option) => `--${option.name}` === long)
  );
  const near = didYouMean(long, PROGRAM_OPTIONS.map((it) => `--${it.name}`));
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
