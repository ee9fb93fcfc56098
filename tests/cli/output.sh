#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What happens to what is printed: full disks, closed descriptors, widths,
# character sets, files that are written.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/zfs-64g

# A report that cannot be written is a failure.
for options in "" -j -k; do
    for command in map status size "lint dom0_mem=2G,max:2G" help version; do
        "$memguard" $command $options --sysroot $host >/dev/full \
            2>"$scratch/err"
        [ $? = 1 ] || fail "$command $options: a full disk is no failure"
        says "standard output"
        "$memguard" $command $options --sysroot $host >&- 2>"$scratch/err"
        [ $? = 1 ] || fail "$command $options: a closed stdout is no failure"
    done
done

# The report goes nowhere else when stdout is closed.
"$memguard" map --sysroot $host --svg "$scratch/a.svg" >&- 2>/dev/null
"$memguard" map --sysroot $host --svg - >"$scratch/b.svg"
same "a file written while stdout is closed" "$scratch/b.svg" "$scratch/a.svg"
if command -v xmllint >/dev/null; then
    xmllint --noout "$scratch/a.svg" || fail "the SVG is not XML"
fi
grep -q '<title>&lt;b&gt;&amp;' "$scratch/a.svg" ||
    fail "a name is not escaped in the SVG"

# Files appear whole or not at all, never over a directory, not in a dry run.
exits 0 map -N --sysroot $host --svg "$scratch/dry.svg"
[ ! -e "$scratch/dry.svg" ] || fail "a dry run writes"
exits 1 map --sysroot $host --svg "$scratch/none/a.svg"
says "No such file or directory"
silent
mkdir "$scratch/dir"
exits 1 map --sysroot $host --svg "$scratch/dir"
says "cannot write"
silent
# What is no file is written into and stays what it is; so does a link.
mkfifo "$scratch/pipe"
cat "$scratch/pipe" >"$scratch/c.svg" &
exits 0 map --sysroot $host --svg "$scratch/pipe"
wait
[ -p "$scratch/pipe" ] || fail "a pipe was replaced by a file"
same "a drawing through a pipe" "$scratch/b.svg" "$scratch/c.svg"
ln -s c.svg "$scratch/link"
exits 0 map --sysroot $host --svg "$scratch/link"
[ -L "$scratch/link" ] || fail "a link was replaced by a file"

set -- "$scratch"/*.svg.* "$scratch"/dir.*
[ "$*" = "$scratch/*.svg.* $scratch/dir.*" ] || fail "left behind: $*"
(umask 077 && "$memguard" map --sysroot $host --svg "$scratch/p.svg") >/dev/null
[ "$(stat -c %a "$scratch/p.svg")" = 600 ] || fail "the umask is not heeded"

# The drawing keeps to the width, whatever it is.
for columns in 60 79 120 160; do
    COLUMNS=$columns "$memguard" map --sysroot $host >"$scratch/out"
    awk -v n=$columns 'length > n { bad = 1 } END { exit bad }' \
        "$scratch/out" || fail "wider than $columns columns"
    grep -q "^  \[.\{$((columns - 6))\}\]\$" "$scratch/out" ||
        fail "no bar of $columns columns"
done
exits 0 help
awk 'length > 79 { bad = 1 } END { exit bad }' "$scratch/out" ||
    fail "help is wider than 79 columns"

# Block characters only where the locale has them; ASCII elsewhere.
LC_ALL=C.UTF-8 "$memguard" map --sysroot $host | grep -q '█' ||
    fail "no UTF-8 in a UTF-8 locale"
"$memguard" map --sysroot $host | LC_ALL=C grep -q '[^ -~]' &&
    fail "more than ASCII in the C locale"

# The three writers say the same numbers.
exits 0 status -k --sysroot $host
sed -n 's/^free_kb=//p' "$scratch/out" >"$scratch/kv"
exits 0 status -j --sysroot $host
sed -n 's/^  "free_kb": \([0-9]*\),$/\1/p' "$scratch/out" >"$scratch/json"
same "-j and -k differ" "$scratch/kv" "$scratch/json"
[ -s "$scratch/kv" ] || fail "no free_kb"

# A dom0 without a maximum has 2^32 - 1 pages of it in Xen, which is no size.
cat >"$scratch/host.json" <<EOF
{"version": 1, "domains_listed": 1, "doms": [
 {"domid": 0, "tot_kb": 1048576, "maxmem_kb": 17179869180},
 {"domid": 1, "tot_kb": 131072, "maxmem_kb": 132096}]}
EOF
exits 0 status --host "$scratch/host.json"
grep -Eq '^ +0 .* 1024\.0 +none$' "$scratch/out" || fail "no maximum: none"
grep -Eq '^ +1 .* 128\.0 +129\.0$' "$scratch/out" || fail "a maximum"
exits 0 status --host "$scratch/host.json" -v
grep -Eq '^ +1 .* 131072 +132096$' "$scratch/out" || fail "no kB with -v"

# One unit in a table: MiB for people, kB with -v, never both.  Sentences are
# in MiB.
fact="^ *[a-zA-Z0-9' ]+: +[0-9.]+"
for options in "predict dom0_mem=2G" status "check 8G" dom0; do
    run $options --sysroot $host
    grep -Eq "$fact kB\$" "$scratch/out" && fail "$options: kB beside MiB"
    run $options --sysroot $host -v
    grep -Eq "$fact MiB\$" "$scratch/out" &&
        fail "$options -v: MiB beside kB"
done
exits 0 status -j --host "$scratch/host.json"
grep -q '"maxmem_kb": null' "$scratch/out" || fail "no maximum: null"

# The terms of a size add up to it.
for h in tests/fixtures/hosts/*; do
    exits 0 size -k --sysroot "$h"
    awk -F= '/^dom0_mem_kb=/ { x = $2 } /^terms\.[0-9]+\.kb=/ { s += $2 }
        END { exit !(x && x == s) }' "$scratch/out" ||
        fail "$h: the terms do not add up"
done

# Only --force forces.
MEMGUARD=warn exits 3 dom0 200M -N --sysroot $host
MEMGUARD=off exits 3 dom0 200M -N --sysroot $host
exits 0 dom0 200M -N --force --sysroot $host
exit $failed
