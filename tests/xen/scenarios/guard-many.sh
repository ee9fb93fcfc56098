# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full,smoke share=guard timeout=300
# Twenty domUs started at one instant where some have room: as many run as
# would one after another, and the others are told why not.

N=20

# dom0 has nothing to give, so that what is refused is refused for good.
guard_on enforce 'dom0_floor = "1G"'

free=$(host_free_mib)
# Room for nine.
MIB=$(((free - 72) * 2 / 19))
result mib "$MIB"

# One after another until one is refused: so many have room.
k=0
while paused_pv "seq$k" $MIB 2>/run/refusal; do
    k=$((k + 1))
    assert_le "$k" "$N" "domUs one after another"
done
cat /run/refusal
assert_match "seq$k is not created: it does not fit" /run/refusal
assert_match 'would start now|xl shutdown|xl destroy' /run/refusal
refute grep 'libxl: error' /run/refusal
result have_room "$k"
result free_when_full_mib "$(host_free_mib)"
destroy_all
assert_near "$(host_free_mib)" "$free" 1 "free memory"
assert_eq "$(ledger_entries)" 0 "reservations"

i=0
pids=()
while [ $i -lt $N ]; do
    (
        r=0
        paused_pv "at$i" $MIB 2>"/run/at$i.err" || r=$?
        echo "$r" >"/run/at$i.rc"
    ) &
    pids+=($!)
    i=$((i + 1))
done
wait "${pids[@]}"

refused=0 ran=0
i=0
while [ $i -lt $N ]; do
    if [ "$(cat /run/at$i.rc)" = 0 ]; then
        ran=$((ran + 1))
    else
        refused=$((refused + 1))
        assert_match "at$i is not created: it does not fit" "/run/at$i.err"
        # Not by the builder, half-way.
        refute grep 'libxl: error' "/run/at$i.err"
    fi
    i=$((i + 1))
done
result ran "$ran"
result refused "$refused"
assert_eq "$ran" "$k" "domUs that run"
assert_eq "$(dom_count)" "$k" "domUs that xl lists"
assert_eq "$refused" $((N - k)) "refusals"
assert_eq "$(ledger_entries)" 0 "reservations"
# One line in syslog for each verdict: the refusal in turn, and the race's.
assert_eq "$(grep -c 'xlmem-guard.*: refuse' "$GUARD_LOG")" \
    $((N - k + 1)) "refusals in syslog"
keep /run/refusal
destroy_all
guard_off
