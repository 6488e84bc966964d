/**
 * What is wrong with a word that is no command.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { CommandSpec } from "./command.ts";
import { PROGRAM_OPTIONS } from "./help.ts";
import { shellQuote } from "./shell.ts";

/** What other programs call the same. */
const SYNONYMS: Readonly<Record<string, string>> = {
  build: "compile",
  create: "new",
  exec: "call",
  host: "run",
  init: "new",
  invoke: "call",
  kill: "stop",
  list: "ps",
  ls: "ps",
  restart: "reload",
  serve: "run",
  start: "run",
  status: "ps",
  validate: "check",
  version: "--version",
};

/** The error for a word that stands where a command has to. */
export function unknownCommand(
  word: string,
  commands: readonly CommandSpec[],
): PulpError {
  if (word.startsWith("-")) return unknownOption(word, commands);
  const names = commands.map((command) => command.name);
  const synonym = Object.hasOwn(SYNONYMS, word) ? SYNONYMS[word] : undefined;
  const isThere = synonym?.startsWith("--") || names.includes(synonym ?? "");
  const near = isThere
    ? ` (did you mean "${synonym}"?)`
    : didYouMean(word, names);
  return new PulpError("usage", `Unknown command "${word}"${near}`, {
    hint: isPath(word)
      ? `a command comes first: pulp run ${shellQuote(word)}`
      : 'see "pulp --help"',
  });
}

/** Whether it looks like a manifest, or the folder of a cell. */
function isPath(word: string): boolean {
  return /[/\\]|\.toml$|^\.$/.test(word);
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
