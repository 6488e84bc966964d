/**
 * The table of commands. Only the module of the command in use is loaded.
 *
 * @module
 */

import { AUTHORING } from "./authoring_commands.ts";
import type { CommandSpec } from "./command.ts";
import { HOSTING } from "./hosting_commands.ts";

const COMPLETIONS: CommandSpec = {
  name: "completions",
  summary: "Print what completes command lines in a shell",
  usage: "bash|zsh|fish",
  operands: { min: 1, max: 1 },
  operandNames: ["<shell>"],
  operandChoices: ["bash", "zsh", "fish"],
  description: [
    'Prints a script for the shell, which then completes commands, options and their values, files and folders of the command "pulp". It needs no permission. The script is made from the commands of this version: print it anew after an update.',
  ],
  options: [],
  examples: [
    ["completions bash > ~/.pulp.bash", "to be sourced in ~/.bashrc"],
    ["completions zsh > ~/.zfunc/_pulp", "~/.zfunc has to be in fpath"],
    ["completions fish > pulp.fish", "in ~/.config/fish/completions"],
  ],
  load: () => import("./commands/completions.ts"),
};

const HELP: CommandSpec = {
  name: "help",
  summary: "Show the help of a command, with examples",
  usage: "[<command>]",
  operands: { min: 0, max: 1 },
  operandNames: ["<command>"],
  description: [
    "Prints what the command does, its options and examples: the same as --help behind the command. Without a command, it lists all of them.",
  ],
  options: [],
  examples: [
    ["help", "every command"],
    ["help call", "one of them"],
  ],
  load: () => import("./commands/help.ts"),
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  ...HOSTING,
  ...AUTHORING,
  COMPLETIONS,
  HELP,
];
