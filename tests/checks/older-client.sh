#!/usr/bin/env bash
# A program that was built against an older header goes on working: since then
# a fact has been put into the middle of dom0's (tests/fixtures/older-api has
# the header from before).
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
libs=$builddir/libxlmem/.libs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -f "$libs/libxlmem.so" ] || { complain "libxlmem.so is not built"; exit 1; }
# A program without sanitizers cannot load a library with them.
grep -q __asan_init "$libs/libxlmem.so" && exit 77
# Facts are added, and what there is stays: the older header is within today's.
gone=$(comm -23 <(bash tests/abi/numbers.sh tests/fixtures/older-api) \
    <(bash tests/abi/numbers.sh libxlmem))
[ -z "$gone" ] || complain "gone, or another number: $gone"

# build NAME HEADERS FLAG...: a client.
build()
{
    local name=$1 headers=$2
    shift 2
    ${CC:-cc} -std=c99 -pedantic -Wall -Wextra -Werror "$@" -I"$headers" \
        -o "$scratch/$name" tests/abi/client.c -L"$libs" -lxlmem \
        -Wl,-rpath,"$libs" || complain "the $name client does not build"
}
build older tests/fixtures/older-api
build newer libxlmem -DWITH_HUGETLB
# One of the hosts has the new fact.
cp -a tests/fixtures/hosts/zfs-64g "$scratch/huge"
echo 'Hugetlb:         4096 kB' >>"$scratch/huge/proc/meminfo"
for host in tests/fixtures/hosts/* "$scratch/huge"; do
    for client in older newer; do
        r=0
        ${XLMEM_WRAPPER-} "$scratch/$client" "$host" >"$scratch/$client.out" \
            2>"$scratch/$client.err" || r=$?
        [ $r = 0 ] || complain "$client on ${host##*/}: status $r" \
            "$(cat "$scratch/$client.err")"
    done
    [ "$(wc -l <"$scratch/older.out")" -gt 15 ] ||
        complain "the older client gets nothing of ${host##*/}"
    # The one sees what the other does not know of, and else the same.
    diff "$scratch/older.out" <(grep -v '^hugetlb ' "$scratch/newer.out") ||
        complain "the older (<) and the newer (>) on ${host##*/} differ"
    grep -q '^hugetlb ' "$scratch/newer.out" ||
        complain "the newer one has no fact more"
done
grep -qx 'hugetlb 4096' "$scratch/newer.out" ||
    complain "the new fact is not seen: $(grep hugetlb "$scratch/newer.out")"
# Of that last one, facts that are behind the new one inside.
grep -qx 'linux_major 6' "$scratch/older.out" ||
    complain "not what it was: $(grep linux_major "$scratch/older.out")"
grep -qx 'load1 1200' "$scratch/older.out" ||
    complain "not what it was: $(grep load1 "$scratch/older.out")"
exit $bad
