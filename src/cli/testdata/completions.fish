# Completions of pulp for fish, printed by "pulp completions fish".

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
complete -c pulp -n __pulp_first -s h -l help -d 'Show help; after a command, the help of that command'
complete -c pulp -n __pulp_first -s V -l version -d 'Show the version'
complete -c pulp -n __pulp_first -a host -d 'Host: the user\'s cells [all]'
complete -c pulp -n '__pulp_in host' -s q -l quiet -d 'A switch'
complete -c pulp -n '__pulp_in host' -s o -l out -r -F -d 'A file\'s name'
complete -c pulp -n '__pulp_in host' -l root -r -f -a '(__pulp_folders)' -d 'A folder'
complete -c pulp -n '__pulp_in host' -l ext -r -F -d 'Several'
complete -c pulp -n '__pulp_in host' -l level -r -f -a 'low high' -d ''
complete -c pulp -n '__pulp_in host' -l count -r -f -d 'A back\\slash'
complete -c pulp -n '__pulp_in host' -s h -l help -d 'Show this help'
complete -c pulp -n '__pulp_in host' -F
complete -c pulp -n __pulp_first -a ask -d 'Ask'
complete -c pulp -n '__pulp_in ask' -s h -l help -d 'Show this help'
complete -c pulp -n '__pulp_in ask 0' -F
complete -c pulp -n __pulp_first -a pick -d 'Pick'
complete -c pulp -n '__pulp_in pick' -s h -l help -d 'Show this help'
complete -c pulp -n '__pulp_in pick 0' -f -a 'one two'
complete -c pulp -n __pulp_first -a help -d 'Help'
complete -c pulp -n '__pulp_in help' -s h -l help -d 'Show this help'
complete -c pulp -n '__pulp_in help 0' -f -a 'host ask pick help'
