#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Names that a guest, an image or a careless toolstack wrote: whatever bytes are
# in them, what is printed moves no cursor and turns no line, in every format,
# on every command that prints names, and in messages.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
# ESC and what it does, CSI as one byte and as UTF-8, DEL, a right-to-left
# override, a byte that is no UTF-8, a new line in JSON.
raw=$'e\033[2J\233m\302\2331\177\342\200\256\377e'
json='e\u001b[2J\u009b1\u007f\u202e\ne'

# tame NAME WHAT: the last run said NAME, and nothing but printable ASCII, but
# for what a bar is drawn with.
tame()
{
    cat "$scratch/out" "$scratch/err" |
        LC_ALL=C.UTF-8 sed 's/[█▓▒░·]//g' >"$scratch/said"
    grep -qF "$1" "$scratch/said" || fail "$2: no name at all"
    if LC_ALL=C grep -qaP '[^\x20-\x7e]' "$scratch/said"; then
        cat -v "$scratch/said" >&2
        fail "$2: bytes of a hostile name came through"
    fi
}

host=$scratch/host
cp -r tests/fixtures/hosts/many-domus-128g "$host"
chmod -R u+w "$host"
LC_ALL=C sed -i "s/^guest001/$raw/" "$host/xl/list"
LC_ALL=C sed -i "/\"guest001\"/d; s/\"guest002\"/\"$raw\"/" "$host/xenstore/ls"
mkdir "$scratch/auto"
printf 'name = "%s"\ntype = "pvh"\nmemory = 9999999\n' "$raw" \
    >"$scratch/auto/a.cfg"
printf '{"version": 1, "total_kb": 8388608, "free_kb": 4194304,
 "doms": [{"domid": 0, "tot_kb": 1048576}, {"domid": 1, "tot_kb": 1048576,
  "type": "pvh", "name": "%s"}], "domains_listed": 1}\n' "$json" \
    >"$scratch/host.json"
printf '{"version": 1, "%s": 1,\n "%s": 2}\n' "$json" "$json" \
    >"$scratch/twice.json"

for locale in C C.UTF-8; do
    LC_ALL=$locale
    for format in "" -j -k; do
        name='e\x1b[2J'
        [ "$format" = -j ] && name='e\u001B[2J'
        exits 0 status $format --sysroot "$host"
        tame "$name" "status $format"
        [ "$(grep -cF "$name" "$scratch/said")" = 2 ] || fail 'not both names'
        exits 0 status $format --host "$scratch/host.json"
        tame "$name" "status $format of JSON"
        run check --all "$scratch/auto" $format --sysroot "$host"
        tame "$name" "check --all $format"
    done
    exits 1 status --host "$scratch/twice.json"
    tame 'e?[2J?' "a message"
done
exit $failed
