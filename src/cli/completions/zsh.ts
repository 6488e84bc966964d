/**
 * Completions for zsh.
 *
 * @module
 */

import {
  type Completed,
  type CompletedCommand,
  type CompletedOption,
  type CompletionTable,
  spellings,
} from "./table.ts";

/** The script. It is a function for a folder of `fpath`, and can be sourced. */
export function zshScript({ commands, options }: CompletionTable): string {
  return `#compdef pulp
# Completions of pulp for zsh, printed by "pulp completions zsh".

_pulp_commands() {
  local -a commands=(
${
    commands.map(({ name, summary }) =>
      `    ${quote(`${name}:${summary.replaceAll(":", "\\:")}`)}`
    ).join("\n")
  }
  )
  _describe -t commands command commands
}

_pulp() {
  local context curcontext=$curcontext state state_descr line
  typeset -A opt_args
  _arguments -C \\
${options.map((option) => `    ${optionSpec(option)} \\`).join("\n")}
    '1:command:_pulp_commands' \\
    '*:: :->rest' && return
  [[ $state == rest ]] || return 1
  curcontext=\${curcontext%:*:*}:pulp-$words[1]:
  case $words[1] in
${commands.map(commandCase).join("\n")}
    *) return 1 ;;
  esac
}

if [[ $funcstack[1] == _pulp ]]; then
  _pulp "$@"
else
  compdef _pulp pulp
fi
`;
}

function commandCase(command: CompletedCommand): string {
  const specs = [
    ...command.options.map(optionSpec),
    ...operandSpecs(command),
  ];
  return `    ${command.name})
      _arguments -S ${specs.map((spec) => `\\\n        ${spec}`).join(" ")}
      ;;`;
}

/** \`'(-h --help)'{-h,--help}'[summary]'\`, as \`_arguments\` wants it. */
function optionSpec(option: CompletedOption): string {
  const { value, placeholder, summary, repeatable } = option;
  const typed = spellings(option);
  const takes = value === undefined
    ? ""
    : `:${escaped(placeholder)}:${actionFor(value)}`;
  return typed.map((spelling) => {
    const before = repeatable ? "*" : `(${typed.join(" ")})`;
    const equals = value === undefined
      ? ""
      : spelling.startsWith("--")
      ? "="
      : "+";
    return quote(`${before}${spelling}${equals}[${escaped(summary)}]${takes}`);
  }).join(" ");
}

function operandSpecs(command: CompletedCommand): string[] {
  const { operands, repeats } = command;
  return operands.map(({ name, value }, index) => {
    const place = repeats && index === operands.length - 1
      ? "*"
      : String(index + 1);
    return quote(`${place}:${escaped(name)}:${actionFor(value)}`);
  });
}

function actionFor(value: Completed): string {
  switch (value) {
    case "anything":
      return " ";
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    default:
      return `(${value.join(" ")})`;
  }
}

/** A text within a specification. */
function escaped(text: string): string {
  return text.replace(/[\\\[\]:]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
