/**
 * Arguments of a command, checked against what the command declares.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { PulpError } from "../errors.ts";
import { didYouMean } from "../nearest.ts";
import type { ArgumentSpec, OptionSpec } from "./command.ts";

/** Whether help is asked for. It is answered whatever else is wrong with the line. */
export function asksForHelp(argv: readonly string[]): boolean {
  return beforeDashes(argv).some((arg) => arg === "--help" || arg === "-h");
}

/** Arguments that passed every check. */
export class ParsedArgs {
  /** What is not an option, in order. */
  readonly operands: readonly string[];
  readonly #options: ReadonlyMap<string, OptionSpec>;
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** Takes the operands, and the values that were given for each option. */
  constructor(
    operands: readonly string[],
    options: readonly OptionSpec[],
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.operands = operands;
    this.#options = new Map(options.map((option) => [option.name, option]));
    this.#values = values;
  }

  /** The same options with other operands. */
  withOperands(operands: readonly string[]): ParsedArgs {
    return new ParsedArgs(
      operands,
      [...this.#options.values()],
      this.#values,
    );
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Every value of an option, in order. */
  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of an option, or its default. */
  text(name: string): string | undefined {
    return this.list(name)[0] ?? this.#options.get(name)?.default;
  }

  /** The value of an option that has a default. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw new TypeError(`--${name} has no default`);
    return value;
  }

  /** The value of a whole-number option, or its default. */
  integer(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }
}

/**
 * Parses the arguments that follow a command's name. `--name value`,
 * `--name=value` and everything after `--` mean what they do elsewhere.
 *
 * Throws a `PulpError` (`usage`) that names the first thing that is wrong.
 */
export function parseCommandArgs(
  command: ArgumentSpec,
  argv: readonly string[],
): ParsedArgs {
  const switches = command.options.filter((it) => it.value === undefined);
  const valued = command.options.filter((it) => it.value !== undefined);
  const parsed = parseArgs(unambiguous(command, argv), {
    "--": true,
    string: ["_", ...valued.map((option) => option.name)],
    boolean: switches.map((option) => option.name),
    // Collected, so that a repeat is seen and refused instead of lost.
    collect: command.options.map((option) => option.name),
    unknown: (arg, key) => key === undefined || unknownOption(command, arg),
  });
  const values = new Map<string, readonly string[]>();
  for (const option of command.options) {
    const given = parsed[option.name];
    if (!Array.isArray(given) || given.length === 0) continue;
    const texts = given.map(String);
    checkValues(command, option, texts);
    if (option.value !== undefined || texts[0] === "true") {
      values.set(option.name, texts);
    }
  }
  const operands = [...parsed._.map(String), ...(parsed["--"] ?? [])];
  checkOperands(command, operands);
  return new ParsedArgs(operands, command.options, values);
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
}

/**
 * The same line with each switch written as `--name=true`. parseArgs would
 * otherwise take a following `true`, which is valid JSON for a cell, as the
 * switch's value, and `--no-name=value` as a value of `name`.
 */
function unambiguous(
  command: ArgumentSpec,
  argv: readonly string[],
): readonly string[] {
  const given = beforeDashes(argv);
  const long = given.map((arg) => longForm(command, arg));
  const head = joinedDashes(command, long).map((arg) => {
    const option = command.options.find((it) =>
      it.value === undefined &&
      (arg === `--${it.name}` ||
        (it.short !== undefined && arg === `-${it.short}`))
    );
    if (option !== undefined) return `--${option.name}=true`;
    if (arg.startsWith("--no-")) {
      const name = arg.slice(2).split("=", 1)[0];
      if (!command.options.some((it) => it.name === name)) {
        unknownOption(command, arg);
      }
    }
    const [name, value] = splitOption(arg);
    const plain = command.options.find((it) => it.name === name);
    if (
      plain !== undefined && plain.value === undefined &&
      value !== undefined && value !== "true" && value !== "false"
    ) {
      throw usage(
        command,
        `Cannot use "${arg}": --${plain.name} takes no value`,
      );
    }
    return arg;
  });
  return [...head, ...argv.slice(given.length)];
}

/** `-o` and `-o=value` as `--output` and `--output=value`. */
function longForm(command: ArgumentSpec, arg: string): string {
  const [, short, rest = ""] = /^-([A-Za-z])(=.*)?$/s.exec(arg) ?? [];
  const option = command.options.find((it) =>
    it.value !== undefined && it.short !== undefined && it.short === short
  );
  return option === undefined ? arg : `--${option.name}${rest}`;
}

/** `--name -` as `--name=-`: parseArgs takes no value that starts with a dash. */
function joinedDashes(
  command: ArgumentSpec,
  argv: readonly string[],
): readonly string[] {
  const isValued = (arg: string | undefined): boolean =>
    command.options.some((it) =>
      it.value !== undefined && arg === `--${it.name}`
    );
  return argv.flatMap((arg, index) => {
    if (isValued(arg) && argv[index + 1] === "-") return [`${arg}=-`];
    return arg === "-" && isValued(argv[index - 1]) ? [] : [arg];
  });
}

function splitOption(arg: string): [name: string, value: string | undefined] {
  if (!arg.startsWith("--")) return ["", undefined];
  const equals = arg.indexOf("=");
  return equals === -1
    ? [arg.slice(2), undefined]
    : [arg.slice(2, equals), arg.slice(equals + 1)];
}

function unknownOption(command: ArgumentSpec, arg: string): never {
  const given = arg.split("=", 1)[0] ?? arg;
  const near = meantOption(command, given.replace(/^-+/, ""));
  const isNumber = /^-[0-9.]/.test(arg);
  throw usage(
    command,
    `Unknown option "${given}" for "${command.name}"${isNumber ? "" : near}`,
    isNumber
      ? `put "--" before an argument that starts with a dash`
      : undefined,
  );
}

/** ` (did you mean "--x"?)`, or nothing. */
function meantOption({ options }: ArgumentSpec, name: string): string {
  const asked = (meant: string): string => ` (did you mean "${meant}"?)`;
  const valued = options.find((it) => it.choices?.includes(name));
  if (valued !== undefined) return asked(`--${valued.name} ${name}`);
  const names = [...options.map((option) => option.name), "help"];
  const near = didYouMean(`--${name}`, names.map((it) => `--${it}`));
  if (near !== "" || name === "") return near;
  // A short form, or one word of several.
  const longer = names.filter((it) =>
    it.startsWith(name) || it.split("-").includes(name)
  );
  return longer.length === 1 ? asked(`--${longer[0]}`) : "";
}

function checkValues(
  command: ArgumentSpec,
  option: OptionSpec,
  values: readonly string[],
): void {
  const name = `--${option.name}`;
  if (values.length > 1 && !option.repeatable) {
    throw usage(command, `Cannot use "${name}" twice: it takes one value`);
  }
  if (option.value === undefined) return;
  for (const value of values) {
    if (value === "") {
      throw usage(
        command,
        `Cannot use "${name}": its value <${option.value}> is missing`,
        `a value that starts with a dash is given as ${name}=<value>`,
      );
    }
    if (option.choices !== undefined && !option.choices.includes(value)) {
      const { hints = {} } = option;
      const word = value.toLowerCase();
      const hint = Object.hasOwn(hints, word) ? hints[word] : undefined;
      throw usage(
        command,
        `Cannot use "${value}" for "${name}": it takes ${
          option.choices.join(", ")
        }${hint === undefined ? didYouMean(value, option.choices) : ""}`,
        hint,
      );
    }
    if (option.integer !== undefined) {
      const { min, max } = option.integer;
      const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : NaN;
      if (!(number >= min && number <= max)) {
        throw usage(
          command,
          `Cannot use "${value}" for "${name}": ` +
            `it takes a whole number from ${min} to ${max}`,
        );
      }
    }
  }
}

function checkOperands(
  command: ArgumentSpec,
  operands: readonly string[],
): void {
  const { min, max } = command.operands;
  if (operands.length < min) {
    const missing = command.operandNames[operands.length] ?? "argument";
    throw usage(command, `Cannot run "${command.name}": ${missing} is missing`);
  }
  const extra = operands[max];
  if (extra !== undefined) {
    throw usage(
      command,
      `Unexpected argument "${extra}" for "${command.name}"`,
    );
  }
  const { operandChoices: choices, operandNames: [name] } = command;
  const [first] = operands;
  if (first === undefined || choices === undefined) return;
  if (!choices.includes(first)) {
    throw usage(
      command,
      `Cannot use "${first}" as ${name}: it takes ${choices.join(", ")}${
        didYouMean(first, choices)
      }`,
    );
  }
}

function usage(
  command: ArgumentSpec,
  message: string,
  hint = `see "${command.program ?? "pulp"} ${command.name} --help"`,
): PulpError {
  return new PulpError("usage", message, { hint });
}
