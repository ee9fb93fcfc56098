#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# Captures that the command writes are read back as what they were taken from.
# shellcheck disable=SC1091,SC2086,SC2154 # words are split on purpose
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/zfs-64g

exits 0 capture "$scratch/copy" --sysroot $host
grep -q '^files: *[1-9]' "$scratch/out" || fail "it does not count its files"
exits 0 capture "$scratch/copy.tar.gz" --sysroot $host -k
grep -q '^files.0.written=true$' "$scratch/out" || fail "no list of files"

# Everything below says the same of the copies, and of the snapshot in them.
for command in size "predict dom0_mem=2G" lint map status; do
    run $command --sysroot $host
    cp "$scratch/out" "$scratch/original"
    for copy in "--sysroot $scratch/copy" "--sysroot $scratch/copy.tar.gz" \
        "--host $scratch/copy/xlmem/host.json"; do
        run $command $copy
        same "$command $copy" "$scratch/original" "$scratch/out"
    done
done

# Private, and not over something else.
find "$scratch/copy" -type f ! -perm 600 | grep . && fail "not private"
[ "$(stat -c %a "$scratch/copy.tar.gz")" = 600 ] || fail "not private"
exits 1 capture "$scratch/copy" --sysroot $host
says "$scratch/copy"
silent
exits 1 capture "$scratch/copy.tar.gz" --sysroot $host
silent
exits 1 capture "$scratch/none/copy" --sysroot $host
silent
exits 0 capture "$scratch/short.tgz" --sysroot $host
cmp "$scratch/short.tgz" "$scratch/copy.tar.gz" || fail ".tgz is no archive"
exits 1 capture "$scratch/copy.tar" --sysroot $host
says "write $scratch/copy.tar.gz"
silent
exits 2 capture -N "$scratch/dry" --sysroot $host
says "no dry run"
[ ! -e "$scratch/dry" ] || fail "a dry run writes"
exit $failed
