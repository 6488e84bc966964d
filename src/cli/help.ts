/**
 * The help texts.
 *
 * @module
 */

import type { CommandSpec, OptionSpec } from "./command.ts";

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ["0", "everything went well"],
  ["1", "the cell failed, or the host could not do its part"],
  ["2", "the command line, a manifest or a module cannot be used"],
  ["3", "a permission is missing"],
  ["4", "a deadline passed"],
  ["130", "interrupted"],
];

/** What every command takes besides its own options. */
export const HELP_OPTION: OptionSpec = {
  name: "help",
  short: "h",
  summary: "Show this help",
};

/** What is taken without a command. */
export const PROGRAM_OPTIONS: readonly OptionSpec[] = [
  {
    name: "help",
    short: "h",
    summary: "Show help; after a command, the help of that command",
  },
  {
    name: "version",
    short: "V",
    summary: "Show the version",
  },
];

/** What differs between the help of this program and that of an executable. */
export interface ProgramTexts {
  /** The first line. */
  readonly title: string;
  /** How it is started. */
  readonly usage: string;
  /** The last paragraph. */
  readonly footer: string;
}

const PULP: ProgramTexts = {
  title:
    "pulp - runs WebAssembly cells with what their manifests declare and Deno grants",
  usage: "pulp <command> [options]",
  footer: 'A manifest is a file, or a folder that holds "pulp.cell.toml".\n' +
    '"pulp help <command>" shows what a command takes, with examples.',
};

/** The help of the program: its commands, and what its exit codes mean. */
export function programHelp(
  commands: readonly CommandSpec[],
  { title, usage, footer }: ProgramTexts = PULP,
): string {
  return [
    `${title}\n`,
    `Usage: ${usage}\n`,
    section("Commands", commands.map((it) => [it.name, it.summary])),
    section(
      "Options",
      PROGRAM_OPTIONS.map((it) => [optionName(it), it.summary]),
    ),
    section("Exit codes", EXIT_CODES),
    `${footer}\n`,
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: CommandSpec): string {
  const { program = "pulp" } = command;
  const options = [...command.options, HELP_OPTION];
  return [
    `${command.summary}\n`,
    `Usage: ${program} ${command.name} ${command.usage}\n`,
    ...command.description.map((it) => fill(it).join("\n") + "\n"),
    section("Options", options.map((it) => [optionName(it), optionText(it)])),
    section(
      "Examples",
      command.examples.map(([line, shows]) => [
        `${program} ${line}`.trimEnd(),
        shows,
      ]),
    ),
    section("Exit codes", EXIT_CODES),
  ].join("\n");
}

function section(
  title: string,
  rows: readonly (readonly [string, string])[],
): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  const indent = " ".repeat(width + 4);
  return `${title}:\n` + rows.map(([left, right]) => {
    const lines = fill(right, Math.max(79 - indent.length, 30));
    return `  ${left.padEnd(width)}  ${lines.join(`\n${indent}`)}\n`;
  }).join("");
}

function optionName(option: OptionSpec): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value = option.value === undefined ? "" : ` <${option.value}>`;
  return `${short}--${option.name}${value}`;
}

function optionText(option: OptionSpec): string {
  const notes: string[] = [];
  if (option.choices !== undefined) notes.push(option.choices.join(", "));
  if (option.default !== undefined) notes.push(`default: ${option.default}`);
  if (option.repeatable) notes.push("repeatable");
  return notes.length === 0
    ? option.summary
    : `${option.summary} (${notes.join("; ")})`;
}

/** Breaks a text into lines of at most `width` characters. */
function fill(text: string, width = 79): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
