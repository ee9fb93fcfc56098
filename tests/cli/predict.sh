#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-only
# What predict says of a line is what lint says of it on the same host, in
# every format, and people are told nothing twice.
# shellcheck disable=SC1091,SC2054,SC2086,SC2154 # commas are of options
. "$(dirname "$0")/lib.sh"

lines=(
    dom0_mem=2G,max:2G
    dom0_mem=2G
    dom0_mem=-1G
    dom0_mem=2G,max:3G
    dom0_mem=3G,max:2G
    'dom0_mem=2G max=2G'
    'dom0_mem=2G,max=2G'
    dom0_mem=900G
    dom0_mem=max:2G
    dom0_mem=50%,max:8G
    'console=com1 dom0_mem=2G dom0_mem=3G'
    noreboot
)

# findings: those of the last run's -k.
findings()
{
    grep -E '^items\.[0-9]+\.(severity|code|text)=' "$scratch/out"
}

predicted=0
for host in qemu-4g-nomax qemu-16g zfs-64g no-map-32g; do
    for line in "${lines[@]}"; do
        what="$host: $line"
        run lint "$line" -k --sysroot tests/fixtures/hosts/$host
        findings >"$scratch/lint"
        run predict "$line" -k --sysroot tests/fixtures/hosts/$host
        [ "$status" != 0 ] && continue
        predicted=$((predicted + 1))
        findings >"$scratch/predict"
        same "$what" "$scratch/lint" "$scratch/predict"
        # Each code stands in the table, as a word of a row.
        exits 0 predict "$line" --sysroot tests/fixtures/hosts/$host
        while IFS= read -r code; do
            grep -qE "^  (error|warning|note) +$code " "$scratch/out" ||
                fail "$what: people are not told of $code"
        done < <(sed -n 's/^items\.[0-9]*\.code=//p' "$scratch/lint")
        [ -s "$scratch/lint" ] || ! grep -q 'lint finds' "$scratch/out" ||
            fail "$what: a title of nothing"
        exits 0 predict "$line" -j --sysroot tests/fixtures/hosts/$host
        [ "$(grep -c '"code"' "$scratch/out")" = \
            "$(grep -c code= "$scratch/lint")" ] ||
            fail "$what: JSON has other findings"
    done
done
[ $predicted -ge 40 ] || fail "only $predicted lines were predicted"

# The same of max: once for people, in the words that say how to write it;
# programs have both.
host=tests/fixtures/hosts/qemu-16g
exits 0 predict dom0_mem=2G --sysroot $host
[ "$(grep -cE 'without max:|no max:' "$scratch/out")" = 1 ] ||
    fail "people are told twice of max:"
exits 0 predict dom0_mem=2G -k --sysroot $host
[ "$(grep -cE "^(warnings|items).*(without max:|no max:)" "$scratch/out")" = 2 ] ||
    fail "programs are not told"
exit $failed
