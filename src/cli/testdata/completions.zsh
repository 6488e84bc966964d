#compdef pulp
# Completions of pulp for zsh, printed by "pulp completions zsh".

_pulp_commands() {
  local -a commands=(
    'host:Host\: the user'\''s cells [all]'
    'ask:Ask'
    'pick:Pick'
    'help:Help'
  )
  _describe -t commands command commands
}

_pulp() {
  local context curcontext=$curcontext state state_descr line
  typeset -A opt_args
  _arguments -C \
    '(--help -h)--help[Show help; after a command, the help of that command]' '(--help -h)-h[Show help; after a command, the help of that command]' \
    '(--version -V)--version[Show the version]' '(--version -V)-V[Show the version]' \
    '1:command:_pulp_commands' \
    '*:: :->rest' && return
  [[ $state == rest ]] || return 1
  curcontext=${curcontext%:*:*}:pulp-$words[1]:
  case $words[1] in
    host)
      _arguments -S \
        '(--quiet -q)--quiet[A switch]' '(--quiet -q)-q[A switch]' \
        '(--out -o)--out=[A file'\''s name]:file:_files' '(--out -o)-o+[A file'\''s name]:file:_files' \
        '(--root)--root=[A folder]:folder:_files -/' \
        '*--ext=[Several]:file:_files' \
        '(--level)--level=[]:level:(low high)' \
        '(--count)--count=[A back\\slash]:number: ' \
        '(--help -h)--help[Show this help]' '(--help -h)-h[Show this help]' \
        '*:manifest:_files'
      ;;
    ask)
      _arguments -S \
        '(--help -h)--help[Show this help]' '(--help -h)-h[Show this help]' \
        '1:wasm|manifest:_files' \
        '2:function: '
      ;;
    pick)
      _arguments -S \
        '(--help -h)--help[Show this help]' '(--help -h)-h[Show this help]' \
        '1:which:(one two)'
      ;;
    help)
      _arguments -S \
        '(--help -h)--help[Show this help]' '(--help -h)-h[Show this help]' \
        '1:command:(host ask pick help)'
      ;;
    *) return 1 ;;
  esac
}

if [[ $funcstack[1] == _pulp ]]; then
  _pulp "$@"
else
  compdef _pulp pulp
fi
