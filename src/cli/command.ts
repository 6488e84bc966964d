/**
 * What a command is: a row of the table of commands.
 *
 * @module
 */

import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";

/** An option of a command: `--name`, or `--name=<value>`. */
export interface OptionSpec {
  /** Without dashes. */
  readonly name: string;
  /** What stands for the value in the help. Absent = a switch without value. */
  readonly value?: string;
  /** One letter, without the dash. */
  readonly short?: string;
  /** What it does; in the help, one line. */
  readonly summary: string;
  /** Shown in the help, and the value when the option is not given. */
  readonly default?: string;
  /** The only values that are taken. */
  readonly choices?: readonly string[];
  /** Hints for other values that people may give, by the value in small letters. */
  readonly hints?: Readonly<Record<string, string>>;
  /** The value is a whole number in this range, both ends included. */
  readonly integer?: { readonly min: number; readonly max: number };
  /** It may be given several times. */
  readonly repeatable?: boolean;
}

/** What a command gets. */
export interface Invocation {
  readonly args: ParsedArgs;
  /** The whole command line, as it was given. */
  readonly argv: readonly string[];
  readonly io: CliIo;
}

/** The module of a command. */
export interface CommandModule {
  /** Does the work; resolves to the exit code. What it throws is printed by the caller. */
  run(invocation: Invocation): Promise<number>;
}

/** A command. */
export interface CommandSpec {
  readonly name: string;
  /** What stands before the name in help and messages. Default: `pulp`. */
  readonly program?: string;
  /** One line. */
  readonly summary: string;
  /** What follows the command's name. */
  readonly usage: string;
  /** How many arguments it takes. */
  readonly operands: { readonly min: number; readonly max: number };
  /** What its arguments are called in a message about one that is missing, in order. */
  readonly operandNames: readonly string[];
  /** The only values that its first argument takes. */
  readonly operandChoices?: readonly string[];
  /** Paragraphs of the help, below the usage. */
  readonly description: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Command lines without the program's name, each with what it shows. */
  readonly examples: readonly (readonly [line: string, shows: string])[];
  /** Loads the code: only that of the command in use is ever loaded. */
  load(): Promise<CommandModule>;
}

/** As much of a command as says which arguments it takes. */
export type ArgumentSpec = Pick<
  CommandSpec,
  | "name"
  | "program"
  | "operands"
  | "operandNames"
  | "operandChoices"
  | "options"
>;
