#!/bin/sh
# Pipes, JSON and exit codes: what a script relies on. POSIX sh, with no other
# tools than deno, sed, grep, head, tail, sort, tr, cat and sleep.
#
# sh pipeline.sh <project> <scratch> <port>
#
# <scratch> is an empty folder but for a cell "loops", of which the function
# "loop" never ends. No path has a space in it.

set -eu

cd "$1"
scratch=$2
listen=127.0.0.1:$3
ctl=$scratch/pulp.ctl
host=

fail() {
  echo "FAILED: $*" >&2
  if [ -s "$scratch/err" ]; then cat "$scratch/err" >&2; fi
  if [ -s "$scratch/log" ]; then cat "$scratch/log" >&2; fi
  exit 1
}

end() {
  if [ -n "$host" ]; then kill "$host" 2> /dev/null || :; fi
}
trap end EXIT

# What Deno grants, for the commands that follow.
allow=--allow-read=cells/hello

pulp() {
  # shellcheck disable=SC2086 # several flags
  deno run --no-prompt --quiet $allow main.ts "$@"
}

# same <expected> <actual>
same() {
  [ "$1" = "$2" ] || fail "expected \"$1\", got \"$2\""
}

# ends <exit code> <command>...: runs it; its output is in $scratch/out and err
ends() {
  want=$1
  shift
  code=0
  "$@" > "$scratch/out" 2> "$scratch/err" < /dev/null || code=$?
  [ "$code" = "$want" ] || fail "\"$*\" ended with $code, not $want"
}

# field <name>: the texts of a field in the JSON on standard input
field() {
  sed -n "s/.*\"$1\": \{0,1\}\"\([^\"]*\)\".*/\1/p"
}

echo "# answers go through pipes"
same '{"message":"Hello, Ada!"}' \
  "$(echo '{"name":"Ada"}' | pulp call cells/hello greet -)"
same "Hello, Grace!" \
  "$(pulp call cells/hello greet '{"name":"Grace"}' | field message)"
same '{"message":"Hello, Hello, Ada!!"}' \
  "$(pulp call cells/hello greet '{"name":"Ada"}' |
    sed 's/"message"/"name"/' | pulp call cells/hello greet -)"
same "HELLO, WORLD!" \
  "$(pulp call cells/hello greet | field message | tr a-z A-Z)"

echo "# bytes go through them as they are"
same "Hello, Eve!" \
  "$(printf '\201\244name\243Eve' | pulp call --raw cells/hello greet - |
    tail -c 11)"

echo "# steps are numbers, a line each"
same "0 0 0 " "$(pulp step --count 3 cells/hello | tr '\n' ' ')"

echo "# each kind of failure has its exit code, and no output"
ends 0 pulp call cells/hello greet
[ ! -s "$scratch/err" ] || fail "a call that went well says something"
ends 1 pulp call cells/hello gret
[ ! -s "$scratch/out" ] || fail "a call that failed has output"
grep -q 'did you mean "greet"' "$scratch/err" || fail "no near miss"
ends 2 pulp call cells/hello greet '{name: Ada}'
ends 2 pulp cal cells/hello greet
ends 2 pulp call --rwa cells/hello greet
ends 2 pulp
ends 3 pulp call cells/notes greet
[ ! -s "$scratch/out" ] || fail "a refused call has output"
allow=--allow-read=$scratch/loops
ends 4 pulp call "$scratch/loops" loop
[ ! -s "$scratch/out" ] || fail "a call that was ended has output"

echo "# the line that a refused call prints is the one that works"
allow=
ends 3 pulp call cells/hello greet '{"name":"Ada"}'
line=$(sed -n 's/^  deno run/deno run/p' "$scratch/err")
same '{"message":"Hello, Ada!"}' "$(eval "$line")"

echo "# errors are JSON where the log is"
ends 3 pulp call --log-format json cells/hello greet
same permission "$(field code < "$scratch/err")"
allow=--allow-read=cells/hello
ends 1 pulp call --log-format json cells/hello gret
same call "$(field code < "$scratch/err")"

echo "# versions are JSON"
pulp --version --json | grep -q '"version":"[0-9]' || fail "no version"

echo "# check --json says which flags are missing, and they are enough"
allow=--allow-read=cells/notes
check() {
  pulp check --json --listen "$listen" --storage-root "$scratch/data" cells/notes
}
ends 3 check
grep -q '^  "ok": false,$' "$scratch/out" || fail "ok without its flags"
grep -q '^  "exitCode": 3,$' "$scratch/out" || fail "another exit code"
flags=$(grep -B 1 '"state": "missing"' "$scratch/out" | field flag | sort -u |
  tr '\n' ' ')
allow="$allow $flags"
ends 0 check
grep -q '^  "ok": true,$' "$scratch/out" || fail "not ok with its flags"

echo "# a host runs in the background, and ps and stop reach it"
hosted=$allow
client="--allow-read=$ctl --allow-write=$ctl --allow-net=unix:$ctl"
allow="$hosted $client"
# exec, so that $! is the host and not a shell around it
(
  # shellcheck disable=SC2086
  exec deno run --no-prompt --quiet $allow main.ts run --listen "$listen" \
    --storage-root "$scratch/data" --ctl "$ctl" cells/notes
) 2> "$scratch/log" &
host=$!
allow=$client
tries=0
until pulp ps --json --ctl "$ctl" > "$scratch/ps" 2> "$scratch/err"; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || fail "no host"
  sleep 0.2 2> /dev/null || sleep 1
done
same "notes ready" "$(field name < "$scratch/ps") $(field state < "$scratch/ps")"
ends 1 pulp stop --ctl "$ctl" nots
ends 0 pulp reload --ctl "$ctl" notes
[ ! -s "$scratch/out" ] || fail "reload has output"
ends 0 pulp stop --ctl "$ctl" --all
code=0
wait "$host" || code=$?
host=
same 0 "$code"
grep -q 'msg="pulp exit clean"' "$scratch/log" || fail "no clean end"
ends 1 pulp ps --ctl "$ctl"

echo "# a reader that goes away is no error"
allow=--allow-read=cells/hello
same "{" "$(pulp check --json cells/hello 2> "$scratch/err" | head -n 1)"
[ ! -s "$scratch/err" ] || fail "a broken pipe says something"
same "0" "$(pulp step --count 100000 cells/hello 2> "$scratch/err" | head -n 1)"
[ ! -s "$scratch/err" ] || fail "a broken pipe says something"

echo "# what is no terminal gets no colours"
allow=--allow-read=cells/hello
for setting in "" 1; do
  export NO_COLOR="$setting"
  ends 3 pulp run --log-format pretty cells/hello cells/notes
  cat "$scratch/out" "$scratch/err" > "$scratch/all"
  if grep -q "$(printf '\033')" "$scratch/all"; then fail "colours"; fi
done

echo "# all of it holds"
