# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=2G xen="dom0_mem=1G,max:1G" sets=full share=guard timeout=300
# A domain's file was copied with its uuid: twelve creates at once where four
# have room, and more of them than one reservation could mistake for its own.

N=12
UUID=9d0f2a54-6a35-4d55-8f4e-0a5b7f6f1c33

guard_on enforce 'dom0_floor = "1G"'
MIB=$((($(host_free_mib) - 72) * 2 / 9))
i=0
pids=()
while [ $i -lt $N ]; do
    (
        r=0
        paused_pv "at$i" $MIB "uuid = \"$UUID\"" 2>"/run/at$i.err" || r=$?
        echo "$r" >"/run/at$i.rc"
    ) &
    pids+=($!)
    i=$((i + 1))
done
wait "${pids[@]}"
ran=0
i=0
while [ $i -lt $N ]; do
    if [ "$(cat /run/at$i.rc)" = 0 ]; then
        ran=$((ran + 1))
    else
        assert_match "at$i is not created: it does not fit" "/run/at$i.err"
        refute grep 'libxl: error' "/run/at$i.err"
    fi
    i=$((i + 1))
done
result ran "$ran"
assert_eq "$ran" 4 "domUs that run"
assert_eq "$(dom_count)" 4 "domUs that xl lists"
assert_eq "$(ledger_entries)" 0 "reservations"
destroy_all

i=0
while [ $i -lt 24 ]; do
    assert paused_pv "small$i" 8 "uuid = \"$UUID\"" 2>/run/err
    refute grep -q unguarded /run/err
    i=$((i + 1))
done
refute grep unguarded "$GUARD_LOG"
destroy_all
guard_off
