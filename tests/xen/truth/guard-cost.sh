# bed: xen="dom0_mem=1G,max:1G" timeout=300
# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the guard adds to the time of an `xl create`: in pairs, with it and
# without it in turn, so that both see the same machine.

PAIRS=${1:-15}

# took XL: the milliseconds of one create.
took()
{
    local start=$EPOCHREALTIME end

    "$1" create -q -p /run/bed-cost.cfg
    end=$EPOCHREALTIME
    echo $(((${end/./} - ${start/./}) / 1000))
    /usr/lib/xlmem/real/xl destroy cost
}

median()
{
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

guard_on enforce
config cost 'type = "pv"' 'memory = 32' "kernel = \"$GUESTS/tiny-pv\""
: "$(took /usr/lib/xlmem/real/xl) $(took /usr/sbin/xl)"
for ((i = 0; i < PAIRS; i++)); do
    without=$(took /usr/lib/xlmem/real/xl)
    with=$(took /usr/sbin/xl)
    echo "$without $with $((with - without))"
done | tee "$BED_OUT/pairs"
assert_eq "$(grep -c 'xlmem-guard.*: admit cost' "$GUARD_LOG")" \
    $((PAIRS + 1)) "verdicts"
printf '%s\t%s\t%s\t%s\n' "$PAIRS" "$(cut -d' ' -f1 "$BED_OUT/pairs" | median)" \
    "$(cut -d' ' -f2 "$BED_OUT/pairs" | median)" \
    "$(cut -d' ' -f3 "$BED_OUT/pairs" | median)" >"$BED_OUT/cost.tsv"
cat "$BED_OUT/cost.tsv"
