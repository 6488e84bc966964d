# Completions of pulp for bash, printed by "pulp completions bash".

_pulp_words() {
  local IFS=$' \t\n' word
  for word in $1; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$before$word"); fi
  done
}

_pulp_paths() {
  local path word=$cur
  compopt -o filenames 2> /dev/null
  case $word in
    [\"\']*) word=${word:1} ;;
    *) word=${word//\\/} ;;
  esac
  while IFS= read -r path; do
    COMPREPLY+=("$before$path")
  done < <(compgen "$1" -- "$word")
}

_pulp() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} before=
  local options= valued= option= ended= operand=0 i word
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _pulp_words 'host ask pick help --help -h --version -V'
    return
  fi
  case $command in
    host) options='--quiet -q --out -o --root --ext --level --count --help -h' valued='--out -o --root --ext --level --count' ;;
    ask) options='--help -h' valued='' ;;
    pick) options='--help -h' valued='' ;;
    help) options='--help -h' valued='' ;;
    *) return ;;
  esac
  for ((i = 2; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ -n $ended ]]; then
      ((operand += 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == [:=]* ]]; then
      ((i += 1))
    elif [[ " $valued " == *" $word "* ]]; then
      option=$word
      ((i += 1))
      [[ ${COMP_WORDS[i]} == = ]] && ((i += 1))
    elif [[ $word != -?* ]]; then
      ((operand += 1))
    fi
  done
  if ((i == COMP_CWORD)); then
    option=
    if [[ -z $ended && $cur == -*=* ]]; then
      option=${cur%%=*}
      before=$option=
      cur=${cur#*=}
    fi
  elif [[ $cur == = ]]; then
    cur=
  fi
  case "$command $option" in
    'host --out' | 'host -o') _pulp_paths -f; return ;;
    'host --root') _pulp_paths -d; return ;;
    'host --ext') _pulp_paths -f; return ;;
    'host --level') _pulp_words 'low high'; return ;;
    *' ') ;;
    *) return ;;
  esac
  if [[ -z $ended && $cur == -* ]]; then
    _pulp_words "$options"
    return
  fi
  case "$command $operand" in
    'host '*) _pulp_paths -f ;;
    'ask 0') _pulp_paths -f ;;
    'pick 0') _pulp_words 'one two' ;;
    'help 0') _pulp_words 'host ask pick help' ;;
  esac
}

complete -F _pulp pulp
