#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# --config: the file it names is what every command that has a policy goes by,
# of whichever host; what is wrong with it is said with file, line and key.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/qemu-16g
conf=$scratch/memguard.conf

# has LINE: the report of the last run.
has()
{
    grep -qxF -- "$1" "$scratch/out" || fail "the report does not say: $1"
}

printf 'mode = "enforce"\nxen_headroom = "3G"\n' >"$conf"
for before in "" yes; do
    if [ "$before" ]; then
        exits 0 --config "$conf" status -k --sysroot $host
    else
        exits 0 status -k --sysroot $host --config="$conf"
    fi
    has "guard.mode=enforce"
    has "guard.from=$conf"
    has "books.headroom_kb=3145728"
done

# Every command that decides by a policy.
exits 0 check 1G -k --sysroot $host
has "usable_kb=14438400"
exits 0 check 1G -k --sysroot $host --config "$conf"
has "usable_kb=11366400"
exits 0 reserve 1G -N -k --sysroot $host --config "$conf"
has "verdict=admit"
exits 0 reserve 12G -N -k --sysroot $host --config "$conf"
has "verdict=plan"

# In place of the capture's own.
cp -r $host "$scratch/host"
mkdir -p "$scratch/host/etc/xen"
echo 'mode = "off"' >"$scratch/host/etc/xen/memguard.conf"
exits 0 status -k --sysroot "$scratch/host"
has "guard.mode=off"
exits 0 status -k --sysroot "$scratch/host" --config "$conf"
has "guard.mode=enforce"

# What would be written goes to it, and a dry run writes nothing.
run enable --force -N -k --sysroot $host --config "$conf"
has "file=$conf"
has "was=enforce"

printf 'mode = "enforce"\n\nheadroom = 3\n' >"$conf"
for words in "status" "check 1G" "check --all tests/fixtures/auto" \
    "reserve 1G -N" "release -N x" "dom0" "enable -N"; do
    exits 1 $words --sysroot $host --config "$conf"
    says "$conf: line 3:"
    silent
done
exits 1 status --sysroot $host --config "$scratch/none.conf"
says "$scratch/none.conf: No such file or directory"
exits 1 status --sysroot $host --config "$scratch"
says "$scratch: Is a directory"
truncate -s 2M "$conf"
exits 1 status --sysroot $host --config "$conf"
says "$conf: File too large"

# A command without a policy has nothing to read it for.
exits 0 map --sysroot $host --config "$scratch/none.conf"
exit $failed
