/**
 * The commands of an executable: those of the program, for the cells that are
 * inside.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import type { EmbeddedCell, EmbeddedSet } from "./embedded_set.ts";
import type { ProgramTexts } from "./help.ts";
import { HOSTING } from "./hosting_commands.ts";

/** A command of an executable, and which of its arguments stand for what. */
export interface EmbeddedCommand extends CommandSpec {
  /** The arguments that the command of the program gets. */
  readonly given: (operands: readonly string[]) => readonly string[];
}

/** Options that name cells or extensions, or stand for what old scripts said. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "ext",
  "manifest",
  "http-port",
  "watch",
]);

/** The commands that an executable has, in the order of its help. */
export function embeddedCommands(set: EmbeddedSet): EmbeddedCommand[] {
  const manifests = set.cells.map((cell) => cell.manifest);
  const one = set.cells.length === 1;
  const name = set.cells[0]?.name ?? "";
  const cell = one ? "[cell]" : "<cell>";
  const example = one ? "" : ` ${name}`;
  const which = one
    ? "The name of the cell may be left out."
    : "The name of the cell comes first.";
  const none = { operands: { min: 0, max: 0 }, operandNames: [] };
  return [
    inside(set, "run", () => manifests, {
      ...none,
      summary: "Host the cells until SIGINT or SIGTERM; also without a command",
      usage: "[options]",
      description: [
        "Starts the cells in the order of their dependencies, serves until SIGINT or SIGTERM asks it to stop, and shuts down in reverse order. Another signal, or the same one over a second later, ends it at once.",
        "What it may do was fixed when it was made. Another address or folder can be used when it was made for that, too; otherwise the command line that makes such an executable is printed, and the exit code is 3.",
        "It answers ps and stop on the control socket that it was made with, to this user alone. It ends when all of its cells were stopped that way.",
      ],
      examples: [["run", "its cells, as they were put in"]],
    }),
    inside(set, "call", (operands) => calledWith(set, operands), {
      usage: `[options] ${cell} <function> [JSON|-]`,
      operands: { min: one ? 1 : 2, max: 3 },
      operandNames: one ? ["<function>"] : ["<cell>", "<function>"],
      also: which,
      examples: [
        [`call${example} <function> '{"name":"Ada"}'`, "JSON in, JSON out"],
        [`call${example} <function> - < in.json`, "JSON from a file"],
      ],
    }),
    inside(set, "step", (operands) => steppedWith(set, operands), {
      usage: `[options] ${cell}`,
      operands: { min: one ? 0 : 1, max: 1 },
      operandNames: ["<cell>"],
      also: which,
      examples: [[`step --count 3${example}`, "three idle ticks"]],
    }),
    inside(set, "check", () => manifests, {
      ...none,
      usage: "[options]",
      also: "The flags of Deno that were put in when the executable was made " +
        "stand at the end.",
      examples: [["check", "what is inside, and what it may do"]],
    }),
    ...["doctor", "ps", "stop"].map((name) =>
      inside(set, name, (operands) => operands, {})
    ),
  ];
}

/** What an executable says of itself. */
export function executableTexts({ program, cells }: EmbeddedSet): ProgramTexts {
  const names = cells.map((cell) => cell.name).join(", ");
  const title = `${program} - hosts ${names}`;
  const count = cells.length === 1 ? "a cell" : `${cells.length} cells`;
  return {
    title: title.length > 79 ? `${program} - hosts ${count}` : title,
    usage: `${program} [command] [options]`,
    footer: "What it may do was fixed when it was made.",
  };
}

/** What is wrong with a word that is no command of an executable. */
export function notInside(
  { program }: EmbeddedSet,
  word: string,
  commands: readonly CommandSpec[],
): PulpError {
  if (word === "compile") {
    return new PulpError(
      "usage",
      "Cannot compile: this is an executable that was compiled",
      { hint: "executables are made by pulp, from manifests" },
    );
  }
  const near = didYouMean(word, commands.map((command) => command.name));
  return new PulpError("usage", `Unknown command "${word}"${near}`, {
    hint: `an executable has commands for its cells; see "${program} --help"`,
  });
}

/** A command of the program, as an executable has it. */
function inside(
  set: EmbeddedSet,
  name: string,
  given: EmbeddedCommand["given"],
  { also, ...changes }: Partial<CommandSpec> & { readonly also?: string },
): EmbeddedCommand {
  const command = HOSTING.find((it) => it.name === name);
  if (command === undefined) throw new TypeError(`there is no "${name}"`);
  const description = [
    ...command.description,
    ...also === undefined ? [] : [also],
  ];
  return {
    ...command,
    description,
    ...changes,
    program: set.program,
    options: command.options
      .filter((option) => !OUTSIDE.has(option.name))
      .map((option) => asMade(set, option)),
    given,
  };
}

/** The option with the default that was put in. */
function asMade({ made }: EmbeddedSet, option: OptionSpec): OptionSpec {
  const value = made.options[option.name]?.[0];
  const summary = option.name === "ctl" ? "The control socket" : option.summary;
  return {
    ...option,
    summary,
    ...value === undefined ? {} : { default: value },
  };
}

/** `[cell] <function> [JSON]` as `<manifest> <function> [JSON]`. */
function calledWith(
  set: EmbeddedSet,
  operands: readonly string[],
): readonly string[] {
  const [first = "", second] = operands;
  const [only] = set.cells;
  const isNamed = set.cells.length > 1 || operands.length === 3 ||
    (first === only?.name && second !== undefined &&
      (only.provides.includes(second) || !only.provides.includes(first)));
  return isNamed || only === undefined
    ? [cellNamed(set, first).manifest, ...operands.slice(1)]
    : [only.manifest, ...operands];
}

function steppedWith(
  set: EmbeddedSet,
  [name]: readonly string[],
): readonly string[] {
  const cell = name === undefined ? set.cells[0] : cellNamed(set, name);
  return cell === undefined ? [] : [cell.manifest];
}

function cellNamed(
  { cells, program }: EmbeddedSet,
  name: string,
): EmbeddedCell {
  const cell = cells.find((it) => it.name === name);
  if (cell !== undefined) return cell;
  const names = cells.map((it) => it.name);
  throw new PulpError(
    "usage",
    `Unknown cell "${name}"${didYouMean(name, names)}`,
    { hint: `${program} holds ${names.join(", ")}` },
  );
}
