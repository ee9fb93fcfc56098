#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Bad input.  A file that cannot be read is named, with its line; the others
# still answer, and the exit status says that not all could be read.  Facts that
# contradict each other are an error, without a report.  Never a crash, never a
# zero in place of what is not known.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
good=tests/fixtures/hosts/qemu-16g
commands=("size" "predict dom0_mem=2G" "lint" "map" "status")

# spoil FILE: a host whose FILE is what stands on standard input.
spoil()
{
    rm -rf "$scratch/host"
    cp -r $good "$scratch/host"
    chmod -R u+w "$scratch/host"
    cat >"$scratch/host/$1"
}

# refused TEXT: every command fails and names TEXT.
refused()
{
    local command
    for command in "${commands[@]}"; do
        exits 1 $command --sysroot "$scratch/host"
        says "$1"
        silent
    done
}

# unread TEXT: every command names TEXT, and does not end as if all were well.
unread()
{
    local command
    for command in "${commands[@]}"; do
        run $command --sysroot "$scratch/host"
        [ "$status" = 1 ] || [ "$status" = 3 ] ||
            fail "$command: exit status $status"
        says "$1"
    done
    exits 1 status -k --sysroot "$scratch/host"
    [ -s "$scratch/out" ] || fail "one bad file, and no report at all"
}

# survives: whatever is made of it, nothing crashes.
survives()
{
    local command
    for command in "${commands[@]}"; do
        run $command --sysroot "$scratch/host"
        [ "$status" -lt 64 ] || fail "$command: exit status $status"
    done
}

# Numbers at and past 2^64, in each file that holds any.
spoil proc/meminfo <<<'MemTotal:       18446744073709551616 kB'
unread 'proc/meminfo: line 1:'
spoil proc/meminfo <<<'MemTotal:       18446744073709551615 kB'
survives
spoil xl/info <<<$'nr_cpus : 2\ntotal_memory : 18446744073709551616'
unread 'xl/info: line 2:'
spoil xl/info <<<'total_memory : 18446744073709551615'
unread 'xl/info: line 1:'
spoil xen/e820 <<<$'0 9fbff 1\n100000 1ffffffffffffffff 1'
unread 'xen/e820: line 2:'
spoil xen/e820 <<<'0 ffffffffffffffff 1'
survives

# Malformed text.
spoil proc/meminfo <<<$'MemTotal: 100000 kB\nMemFree: lots kB'
unread 'proc/meminfo: line 2:'
spoil xen/e820 <<<$'0 9fbff 1\n100000 zzz 1'
unread 'xen/e820: line 2:'
spoil xen/e820 <<<'ffff 0 1'
unread 'xen/e820: line 1:'

# A map without any RAM, and an empty one.
spoil xen/e820 <<<'0 ffffff 2'
unread 'RAM'
spoil xen/e820 </dev/null
unread 'xen/e820:'

# More ranges than Xen or Linux has room for, and as many as it may have: in
# the worst map, of types that all differ and hardly any RAM.
seq -f '%.0f' 1 4097 | while read -r n; do
    printf '%x %x %d\n' $((n * 4096)) $((n * 4096 + 4095)) "$n"
done >"$scratch/ranges"
spoil xen/e820 <"$scratch/ranges"
unread "4097 ranges, more than any machine's map has (4096)"
head -n 4096 "$scratch/ranges" | spoil xen/e820
survives

# Unsorted and overlapping ranges are put in order, not refused.
spoil xen/e820 <<<$'100000 bfffffff 1\n0 9fbff 1\nb0000000 bfffffff 2'
exits 0 map -k --sysroot "$scratch/host"
grep -qx 'ranges.0.start=0' "$scratch/out" || fail "the map is not in order"
grep -qx 'ranges.2.type=reserved' "$scratch/out" || fail "no overlap resolved"

# Contradictory: dom0 larger than the host.
spoil xl/list <<EOF
Name                                        ID   Mem VCPUs	State	Time(s)
Domain-0                                     0 99999999     2     r-----       1.0
Name                                        ID   Mem VCPUs	State	Time(s)
Domain-0                                     0 99999999     2     r-----       1.0
EOF
survives

# dom0's kernel with more memory than the machine, and with none.
spoil proc/meminfo <<<'MemTotal: 999999999 kB'
refused 'proc/meminfo: MemTotal of dom0, 999999999 kB, is more than'
spoil proc/meminfo <<<'MemTotal: 0 kB'
refused 'proc/meminfo: MemTotal is 0'

# Truncated, at a few lengths of each file.
for file in proc/meminfo xl/info xl/dmesg xen/e820 proc/zoneinfo; do
    size=$(stat -c %s $good/$file)
    for part in 1 7 $((size / 3)) $((size / 2)) $((size - 2)); do
        head -c $part $good/$file | spoil $file
        survives
    done
done

# Binary, and with NUL bytes.
for file in proc/meminfo xl/info xl/dmesg xen/e820 proc/zoneinfo xl/list; do
    head -c 4096 /bin/sh | spoil $file
    survives
done

# 100 MB: refused before it is read.
spoil proc/meminfo </dev/null
truncate -s 100M "$scratch/host/proc/meminfo"
unread 'proc/meminfo'

# What is not there.
exits 1 map --sysroot "$scratch/none"
says "$scratch/none"
silent
mkdir "$scratch/empty"
for command in size "predict dom0_mem=2G" lint map; do
    exits 1 $command --sysroot "$scratch/empty"
    silent
done

# Nobody is called healthy of whom nothing is known, or not what was asked.
exits 5 doctor --sysroot "$scratch/empty" -j
grep -q '"healthy": null' "$scratch/out" || fail "an empty host: healthy"
exits 5 doctor --sysroot "$scratch/empty" --html -
exits 5 doctor --sysroot "$scratch/empty" --fix -N
mkdir -p "$scratch/load/proc"
echo '0.10 0.10 0.10 1/200 4000' >"$scratch/load/proc/loadavg"
exits 0 doctor --sysroot "$scratch/load"
exits 5 doctor --sysroot "$scratch/load" --only fragmented
grep -q 'proc/buddyinfo: fragmented' "$scratch/out" ||
    fail "what is missing is not said"
# Half of what was asked is no verdict either, and said: the second list is cut.
printf 'Node %s, zone Normal %s' 0 '90 90 90 90 900 90 90 90 90 90 900
' 1 '90 90' >"$scratch/load/proc/buddyinfo"
exits 5 doctor --sysroot "$scratch/load" --only fragmented
grep -q '^No verdict: a part could not be judged' \
    "$scratch/out" || fail "that half was judged is not said"
grep -q 'proc/buddyinfo: fragmented' "$scratch/out" ||
    fail "what is missing of the other half is not said"
sed -i 1d "$scratch/load/proc/buddyinfo"
exits 5 doctor --sysroot "$scratch/load" --only fragmented
grep -q '^Too little is known' "$scratch/out" || fail "none was judged"

# A recorded snapshot in JSON.
for text in '' '{' '[]' '{"version": 99}' \
    '{"version": 1, "total_kb": 18446744073709551616}' "$(printf '\377')"; do
    printf '%s' "$text" >"$scratch/host.json"
    exits 1 size --host "$scratch/host.json"
    says "$scratch/host.json"
    silent
done
printf '%s\n' '{' '  "version": 1,' '  "doms": [' '    {' \
    '      "domid": 0,' '      "tot_kb": "all"' '    }' '  ]' '}' \
    >"$scratch/host.json"
exits 1 size --host "$scratch/host.json"
says "host.json: line 6: doms[0].tot_kb: not a number of 64 bits"
printf '%s\n' '{' '  "version": 1,' '  "doms": [' >"$scratch/host.json"
exits 1 size --host "$scratch/host.json"
says "host.json: line 3: not JSON: 'parse error: premature EOF'"
exits 1 size --host "$scratch/none.json"
says "$scratch/none.json"

exits 1 size --host "$scratch"
says "it is a directory, not a file"
truncate -s 100M "$scratch/host.json"
exits 1 size --host "$scratch/host.json"
says "host.json: larger than 32 MiB"

# The list of a domain's file: a bad one is an error, whatever else is well.
for list in '"dynamic_min=4"' '"dynamic_min=2G"' '"dynamic_max=2G"' '"dynmin=1G"' \
    '"weight=1", "weight=1"' '["weight=1"]' '"dynamic_min=64M'; do
    printf 'name = "vm"\nmemory = 512\nmemguard = [ %s ]\n' "$list" >"$scratch/vm.cfg"
    exits 1 check "$scratch/vm.cfg" --sysroot $good
    says "$scratch/vm.cfg: "
    silent
done
printf 'name = "vm"\nmemory = 512\nmemguard = [ "dynamic_min=4" ]\n' >"$scratch/vm.cfg"
exits 1 check "$scratch/vm.cfg" --sysroot $good
says "vm.cfg: line 3: dynamic_min is a size of 1M or more: '4'"

# A damaged archive.
tar -C $good -czf "$scratch/host.tar.gz" .
head -c 900 "$scratch/host.tar.gz" >"$scratch/cut.tar.gz"
exits 1 map --sysroot "$scratch/cut.tar.gz"
silent
exits 0 map --sysroot "$scratch/host.tar.gz"
exits 1 map --sysroot "$scratch/vm.cfg"
says "vm.cfg: neither a directory nor a .tar.gz or .tar"
silent
exit $failed
