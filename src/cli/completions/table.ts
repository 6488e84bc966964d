/**
 * The table of commands as the shells' completions see it.
 *
 * @module
 */

import type { CommandSpec, OptionSpec } from "../command.ts";
import { HELP_OPTION, PROGRAM_OPTIONS } from "../help.ts";

/** What can stand in a place: one of some words, a file, a folder, or what nobody can guess. */
export type Completed = readonly string[] | "file" | "folder" | "anything";

/** An option, or a switch when it takes no value. */
export interface CompletedOption {
  /** Without dashes. */
  readonly name: string;
  /** One letter, without the dash. */
  readonly short: string | undefined;
  readonly summary: string;
  /** What its value can be; absent = it takes none. */
  readonly value?: Completed;
  /** What the help calls the value. */
  readonly placeholder: string;
  readonly repeatable: boolean;
}

/** An argument of a command. */
export interface CompletedOperand {
  /** What the help calls it, without `<>`. */
  readonly name: string;
  readonly value: Completed;
}

/** A command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** In order; what is not there can't be guessed. */
  readonly operands: readonly CompletedOperand[];
  /** Whether the last argument may be given any number of times. */
  readonly repeats: boolean;
}

/** Everything that can be completed. */
export interface CompletionTable {
  readonly commands: readonly CompletedCommand[];
  /** What is taken in the place of a command. */
  readonly options: readonly CompletedOption[];
}

/** What the scripts are made from. */
export function completionTable(
  commands: readonly CommandSpec[],
): CompletionTable {
  const names = commands.map((command) => command.name);
  return {
    options: PROGRAM_OPTIONS.map(completedOption),
    commands: commands.map((command) => ({
      name: command.name,
      summary: command.summary,
      options: [...command.options, HELP_OPTION].map(completedOption),
      operands: operandsOf(command, names),
      repeats: command.operands.max === Infinity,
    })),
  };
}

/** An option as it is typed: `--name`, and `-n` if it has a letter. */
export function spellings({ name, short }: CompletedOption): string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

function completedOption(option: OptionSpec): CompletedOption {
  const { name, short, summary, value, choices, repeatable } = option;
  return {
    name,
    short,
    summary,
    placeholder: value ?? "",
    repeatable: repeatable ?? false,
    ...value === undefined ? {} : { value: choices ?? completedBy(value) },
  };
}

function operandsOf(
  { operandNames, operandChoices, operands }: CommandSpec,
  commands: readonly string[],
): CompletedOperand[] {
  return operandNames.slice(0, operands.max).map((shown, index) => {
    const name = shown.replace(/^<(.*)>$/, "$1");
    const choices = name === "command" ? commands : operandChoices;
    return {
      name,
      value: index === 0 && choices !== undefined ? choices : completedBy(name),
    };
  });
}

/** What the help calls a value says what it can be. */
function completedBy(placeholder: string): Completed {
  const words = placeholder.toLowerCase().split(/[^a-z]+/);
  const has = (...names: string[]): boolean =>
    names.some((name) => words.includes(name));
  if (has("folder")) return "folder";
  return has("file", "path", "manifest", "wasm") ? "file" : "anything";
}
