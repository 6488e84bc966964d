/**
 * Completions for bash, from 3.2 on.
 *
 * @module
 */

import { shellQuote } from "../shell.ts";
import {
  type Completed,
  type CompletedCommand,
  type CompletionTable,
  spellings,
} from "./table.ts";

/** The script. It completes `pulp` when it is sourced. */
export function bashScript({ commands, options }: CompletionTable): string {
  const first = [
    ...commands.map((command) => command.name),
    ...options.flatMap(spellings),
  ];
  return `# Completions of pulp for bash, printed by "pulp completions bash".
${HELPERS}
_pulp() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} before=
  local options= valued= option= ended= operand=0 i word
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _pulp_words ${shellQuote(first.join(" "))}
    return
  fi
  case $command in
${commands.map(optionsCase).join("\n")}
    *) return ;;
  esac
${WALK}
  case "$command $option" in
${commands.flatMap(valueCases).join("\n")}
    *' ') ;;
    *) return ;;
  esac
  if [[ -z $ended && $cur == -* ]]; then
    _pulp_words "$options"
    return
  fi
  case "$command $operand" in
${commands.flatMap(operandCases).join("\n")}
  esac
}

complete -F _pulp pulp
`;
}

/**
 * Each offers what begins with `cur`, behind `before`. Paths are looked up
 * without their quotes, which bash puts back for file names.
 */
const HELPERS = `
_pulp_words() {
  local IFS=$' \\t\\n' word
  for word in $1; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$before$word"); fi
  done
}

_pulp_paths() {
  local path word=$cur
  compopt -o filenames 2> /dev/null
  case $word in
    [\\"\\']*) word=\${word:1} ;;
    *) word=\${word//\\\\/} ;;
  esac
  while IFS= read -r path; do
    COMPREPLY+=("$before$path")
  done < <(compgen "$1" -- "$word")
}
`;

/**
 * Finds out which option's value is completed, or which argument. Bash makes
 * words of their own of "=" and ":", unless it is told otherwise.
 */
const WALK = `  for ((i = 2; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $ended ]]; then
      ((operand += 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == [:=]* ]]; then
      ((i += 1))
    elif [[ " $valued " == *" $word "* ]]; then
      option=$word
      ((i += 1))
      [[ \${COMP_WORDS[i]} == = ]] && ((i += 1))
    elif [[ $word != -?* ]]; then
      ((operand += 1))
    fi
  done
  if ((i == COMP_CWORD)); then
    option=
    if [[ -z $ended && $cur == -*=* ]]; then
      option=\${cur%%=*}
      before=$option=
      cur=\${cur#*=}
    fi
  elif [[ $cur == = ]]; then
    cur=
  fi`;

function optionsCase({ name, options }: CompletedCommand): string {
  const all = options.flatMap(spellings).join(" ");
  const valued = options.filter((option) => option.value !== undefined)
    .flatMap(spellings).join(" ");
  return `    ${name}) options=${shellQuote(all)} valued=${
    shellQuote(valued)
  } ;;`;
}

function valueCases({ name, options }: CompletedCommand): string[] {
  return options.flatMap((option) => {
    if (option.value === undefined) return [];
    const action = actionFor(option.value);
    const patterns = spellings(option).map((it) => `'${name} ${it}'`);
    return action === undefined
      ? []
      : [`    ${patterns.join(" | ")}) ${action}; return ;;`];
  });
}

function operandCases(command: CompletedCommand): string[] {
  const { name, operands, repeats } = command;
  return operands.flatMap(({ value }, index) => {
    const action = actionFor(value);
    if (action === undefined) return [];
    const isLast = index === operands.length - 1;
    const pattern = repeats && isLast ? `'${name} '*` : `'${name} ${index}'`;
    return [`    ${pattern}) ${action} ;;`];
  });
}

function actionFor(value: Completed): string | undefined {
  switch (value) {
    case "anything":
      return undefined;
    case "file":
      return "_pulp_paths -f";
    case "folder":
      return "_pulp_paths -d";
    default:
      return `_pulp_words ${shellQuote(value.join(" "))}`;
  }
}
