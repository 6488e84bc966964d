/**
 * Completions for fish.
 *
 * @module
 */

import type {
  Completed,
  CompletedCommand,
  CompletedOption,
  CompletionTable,
} from "./table.ts";

/** The script. It completes `pulp` when it is sourced. */
export function fishScript({ commands, options }: CompletionTable): string {
  const first = "-n __pulp_first";
  return `# Completions of pulp for fish, printed by "pulp completions fish".

function __pulp_first
    test (count (commandline -opc)) -eq 1
end

# Whether a command was typed; with a number, only this many words behind it.
function __pulp_in --argument-names command words
    set -l typed (commandline -opc)
    test (count $typed) -ge 2; and test "$typed[2]" = "$command"; or return 1
    test -z "$words"; or test (count $typed) -eq (math 2 + $words)
end

# Folders, for what stands behind "--name=" as well.
function __pulp_folders
    __fish_complete_directories (string replace -r '^-[^=]*=' '' -- (commandline -ct))
end

complete -c pulp -f
${options.map((option) => optionLine(first, option)).join("\n")}
${commands.flatMap((command) => commandLines(first, command)).join("\n")}
`;
}

function commandLines(first: string, command: CompletedCommand): string[] {
  const { name, summary, options, operands, repeats } = command;
  const within = `-n ${quote(`__pulp_in ${name}`)}`;
  const lines = [
    `complete -c pulp ${first} -a ${name} -d ${quote(summary)}`,
    ...options.map((option) => optionLine(within, option)),
  ];
  const [operand] = operands;
  if (operand === undefined || operand.value === "anything") return lines;
  // Where options may stand in between, words are not counted.
  const where = options.length === 1 && !repeats
    ? `-n ${quote(`__pulp_in ${name} 0`)}`
    : within;
  return [...lines, `complete -c pulp ${where} ${valueFlags(operand.value)}`];
}

function optionLine(where: string, option: CompletedOption): string {
  const { name, short, summary, value } = option;
  return [
    `complete -c pulp ${where}`,
    short === undefined ? "" : ` -s ${short}`,
    ` -l ${name}`,
    value === undefined ? "" : ` -r ${valueFlags(value)}`,
    ` -d ${quote(summary)}`,
  ].join("");
}

function valueFlags(value: Completed): string {
  switch (value) {
    case "anything":
      return "-f";
    case "file":
      return "-F";
    case "folder":
      return "-f -a '(__pulp_folders)'";
    default:
      return `-f -a ${quote(value.join(" "))}`;
  }
}

/** A word as fish takes it back: only these two are special between quotes. */
function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
