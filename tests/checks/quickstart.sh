#!/usr/bin/env bash
# A long step of quickstart gives signs of life, says how far it is, and how
# long it took the last time; one that fails is shown.
# shellcheck disable=SC2154 # of lib.sh
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Its functions, without the command that it is given.
sed '/^case \${1-} in$/,$d; s/^beat_s=.*/beat_s=1/; s|^build=.*|build='"$dir"'|' \
    quickstart >"$dir/functions"
# try COMMAND: what is said, in $dir/said.
try()
{
    r=0
    bash -c ". $dir/functions; $1" "$PWD/quickstart" >"$dir/said" 2>&1 || r=$?
}
says()
{
    grep -q -- "$1" "$dir/said" || complain "not said: $1
$(cat "$dir/said")"
}

# shellcheck disable=SC2016 # for the shell that it is given to
work='i=0; while [ $i -lt 25 ]; do echo "  CC   $i.c"; i=$((i+1)); sleep 0.1; done'
try "step build one 'making one' sh -c '$work'"
[ "$r" = 0 ] || complain "a step that ends well: $r"
says '^=== making one'
says '^    1 s: [0-9]* files made'
says '^    done in [0-9]* s'
grep -q 'last time' "$dir/said" && complain "a first time that is not one"
try "step build one 'making one' sh -c '$work'"
says 'it took [0-9]* s the last time'
says '^    1 s ([0-9]* s last time): [0-9]* of 25 files made'

try "step log two 'making two' sh -c 'sleep 1.5; echo it is so; exit 3'"
[ "$r" = 1 ] || complain "a step that fails: $r"
says '^it is so'
says 'that failed; all of it is in'
[ ! -e "$dir/times/two" ] || complain "the time of a failure is remembered"

apt='echo "0 upgraded, 7 newly installed, 0 to remove"; echo Get:1; echo Get:2'
try "step packages three three sh -c '$apt; sleep 1.5; echo Setting up a; sleep 1'"
says ': 2 of 7 packages fetched'
says ': 1 of 7 packages set up'
try "step bed four four sh -c 'echo bed: building the guests; sleep 1.5'"
says ': building the guests'
exit "$bad"
