#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# A machine that nobody has: what is said of it, against what machines of that
# size had; and what is no machine.
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# near WHAT VALUE TRUTH: within 1 %.
near()
{
    local off=$(($2 > $3 ? $2 - $3 : $3 - $2))

    [ $((off * 100)) -le "$3" ] || fail "$1 is $2, not $3"
}

of()
{
    sed -n "s/^$1=//p" "$scratch/out"
}

declare -A xen=([bullseye]=4.14 [bookworm]=4.17 [trixie]=4.20)
declare -A linux=([bullseye]=5.10 [bookworm]=6.1 [trixie]=6.12)

# Every machine of two CPUs that was booted (truth.md).
n=0
while read -r suite ram args memtotal dom0 free; do
    exits 0 predict -k --ram "$ram" --cpus 2 --xen "${xen[$suite]}" \
        --linux "${linux[$suite]}" "$args"
    near "MemTotal of $suite, $ram, $args" "$(of memtotal_kb)" "$memtotal"
    near "dom0 of $suite, $ram, $args" $(($(of nr_pages) / 256)) "$dom0"
    near "what is free of $suite, $ram, $args" \
        $(($(of host_free_kb) / 1024)) "$free"
    n=$((n + 1))
done < <(awk -F'\t' '$4 == "" && $3 ~ /^dom0_mem=/ { print $1, $2, $3, $5, $7, $9 }' \
    tests/fixtures/truth/grid.tsv)
[ "$n" -ge 20 ] || fail "only $n boots were compared"

exits 0 size --ram 256G --domus 40 --hvm 10
shows()
{
    tr -s '\n ' ' ' <"$scratch/out" | grep -qF -- "$1" ||
        fail "nothing says: $1"
}
shows "(an estimate)"
shows "a machine that is assumed: a PC with 256 GiB, 64 CPUs, the newest Xen"
grep -q 'How many domUs' "$scratch/out" && fail "it was told how many domUs"
exits 0 size --ram 256G
shows "How many domUs there will be is not known"
exits 0 predict --ram 8G --xen 4.20 --linux 6.12 dom0_mem=1G
grep -q 'there are no figures' "$scratch/out" && fail "what is known is not"
exits 0 predict --ram 8G --xen 4.21 --linux 99.1 dom0_mem=1G
shows "Of Xen 4.21 there are no figures: it is taken for 4.20, the newest known."
shows "Of Linux 99.1 there are no figures: it is taken for 6.12, the newest known."
exits 0 size --ram 64G --linux 99.1
shows "measured at boots of Linux 6.12"
exits 0 size --ram 64G --linux 5.17
shows "measured at boots of Linux 5.10"
exits 0 map --ram 8G -k
[ "$(of usable_kb)" = $((8 << 20)) ] || fail "not 8 GiB of RAM"
exits 0 map --ram 8G
shows "assumed: that of a PC"
exits 3 lint --ram 8G dom0_mem=9G,max:9G
exits 3 size --ram 100M

exits 2 size --cpus 4
says "describes the machine of --ram SIZE"
exits 2 size --ram 8G --sysroot x
says "--ram and --sysroot exclude each other"
exits 2 predict --ram 8G --host x dom0_mem=1G
says "--ram and --host exclude each other"
for bad in 5 -1G 1P 32T 63M 99999999999999T G; do
    exits 2 size --ram "$bad"
    says "--ram"
done
for bad in 4 four 4. .17 4.x 4.17x 4,17 99999999999999999999.1; do
    exits 2 size --ram 8G --xen "$bad"
    says "is no release; write it like 4.17"
done
exits 2 size --ram 8G --linux 6
says "is no release; write it like 6.1"
exits 0 size --ram 8G --xen 4.17.5-pre --linux 6.1.0-37-amd64
for bad in 0 16384 x; do
    exits 2 size --ram 8G --cpus "$bad"
    says "--cpus"
done
exit "$failed"
