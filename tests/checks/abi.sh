#!/usr/bin/env bash
# The public interface is the one that is kept in tests/abi: no function, type
# or number of it is gone or another.  "abi.sh --update" (make update-abi) keeps
# today's, after something was added.
#
#     libxlmem.abi   functions and their types, for abidiff
#     numbers        what quantities and codes are called by: as they are passed
#                    as integers, no function's type knows them
. "${XLMEM_SRCDIR:?}/tests/checks/lib.sh"
library=$builddir/libxlmem/.libs/libxlmem.so
kept=tests/abi/libxlmem.abi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

bash tests/abi/numbers.sh libxlmem >"$scratch/now"
[ "$(wc -l <"$scratch/now")" -gt 150 ] ||
    complain "the enumerations of the header were not found"
if [ "${1-}" = --update ]; then
    cp "$scratch/now" tests/abi/numbers
else
    diff tests/abi/numbers "$scratch/now" ||
        complain "numbers that were (<) and are (>).  Added: run" \
            "'make update-abi'.  Gone or changed: programs break"
fi
[ $bad = 0 ] || exit $bad

requires abidiff
requires readelf

[ -f "$library" ] || { complain "$library is not built"; exit 1; }
readelf -SW "$library" | grep -q '\.debug_info' ||
    { echo "skipped: built without debugging information"; exit 77; }

# What has the version of the public header; the rest is nobody's but ours.
{
    echo "[abi_whitelist]"
    awk '$1 ~ /^XLMEM_/ { on = $1 != "XLMEM_PRIVATE" }
        on && /^\txlmem_/ { gsub(/[\t;]/, ""); print "  " $0 }' \
        libxlmem/libxlmem.sym
} >"$scratch/list"
# Types that no public header lays out are opaque.
look=(--kmi-whitelist "$scratch/list" --drop-private-types)

if [ "${1-}" = --update ]; then
    abidw "${look[@]}" --headers-dir libxlmem/xlmem --no-corpus-path \
        --no-comp-dir-path --no-show-locs --no-elf-needed \
        --out-file "$kept" "$library"
    exit
fi
abidiff "${look[@]}" --headers-dir2 libxlmem/xlmem "$kept" "$library" \
    >"$scratch/diff" 2>&1 || {
    cat "$scratch/diff"
    complain "the interface is not that of $kept.  Added: run" \
        "'make update-abi'.  Gone or changed: programs break (a new soname)"
}

# That it would be seen: a function gone, a number changed.
sed 's/xlmem_host_free/xlmem_host_gone/g' "$kept" >"$scratch/gone.abi"
sed "/XLMEM_SIDE_DOM0/s/value='[0-9]*'/value='9'/" "$kept" \
    >"$scratch/changed.abi"
for other in gone changed; do
    cmp -s "$kept" "$scratch/$other.abi" &&
        complain "$kept has not what is changed in it here"
    abidiff "${look[@]}" --headers-dir2 libxlmem/xlmem \
        "$scratch/$other.abi" "$library" >"$scratch/diff" 2>&1 &&
        complain "another interface ($other) is not noticed"
done
exit $bad
