# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" clock=count timeout=300
# What the guard adds to an `xl create`, dispatcher included: in pairs, with it
# and without it in turn, so that both see the same machine.  By a clock that
# counts instructions a thousand of them are a microsecond; a processor does
# that many in a third of the time or less.

PAIRS=${1:-3}
LIMIT_US=${2:-10000}

# took XL: the microseconds of one create.
took()
{
    local start=$EPOCHREALTIME end

    "$1" create -q -p /run/bed-cost.cfg
    end=$EPOCHREALTIME
    echo $((${end/./} - ${start/./}))
    /usr/lib/xlmem/real/xl destroy cost
}

# median COLUMN
median()
{
    cut -d' ' -f"$1" "$BED_OUT/pairs" | sort -n |
        awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
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
printf '%s\t%s\t%s\t%s\n' "$PAIRS" "$(median 1)" "$(median 2)" "$(median 3)" |
    tee "$BED_OUT/cost.tsv"
result added_us "$(median 3)"
assert [ "$(median 3)" -le "$LIMIT_US" ]
