# Runs in the shell of capture.zsh, which has a terminal.

autoload -Uz compinit
compinit -u -D
source $1
typeset -g lines=$2 output=$3
typeset -ga offered

compadd() {
  local -a hits
  # Calls with these fill arrays, and offer nothing.
  if [[ "${@[1,(i)(-|--)]}" != *-(O|A|D)\ * ]]; then
    builtin compadd -O hits "$@"
    offered+=($hits)
  fi
  builtin compadd "$@"
}

offer() {
  local line
  for line in ${(f)"$(< $lines)"}; do
    offered=()
    BUFFER=$line
    CURSOR=$#line
    zle list-choices
    print -r -- $line$'\t'${(pj:\t:)offered} >> $output
  done
  exit
}

zle -N offer
zle-line-init() { zle offer }
zle -N zle-line-init
