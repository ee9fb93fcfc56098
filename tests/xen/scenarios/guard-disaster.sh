# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=4G sets=full share=disaster timeout=480
# Debian's defaults on a host of 4 GiB: dom0 owns all memory and every create
# takes from it.  With the guard the eighth is refused, dom0 lives, and gets
# back what is free; guard-disaster-warn.sh and -off.sh are without it.

# fill: domUs of 480 MiB until one is not created; $CREATED of them ran.
fill()
{
    CREATED=0
    while paused_pv "d$CREATED" 480 2>/run/err; do
        CREATED=$((CREATED + 1))
        show "$CREATED created"
        assert_le "$CREATED" 8 "domUs"
    done
    cat /run/err
    show "not created"
}

show()
{
    note "$1: dom0's target $(balloon_kb target_kb) kB," \
        "MemAvailable $(meminfo_kb MemAvailable) kB"
}

at_boot=$(balloon_kb target_kb)
floor=$(xl-memguard size -k | sed -n 's/^floor_kb=//p')
result floor_kb "$floor"
guard_on enforce
fill
result ran "$CREATED"
assert_ge "$CREATED" 6 "domUs that run"
assert_match "d$CREATED is not created: it does not fit" /run/err
refute grep 'libxl: error\|failed to free memory' /run/err
full=$(balloon_kb target_kb)
result target_full_kb "$full"
assert_ge "$full" "$floor" "dom0's target"
result available_full_kb "$(meminfo_kb MemAvailable)"
assert_ge "$(meminfo_kb MemAvailable)" 65536 "dom0's MemAvailable"

# All three, and again the host is as it was.
for name in d0 d1 d2; do
    destroy "$name"
done
show "three destroyed"
assert_ge "$(balloon_kb target_kb)" $((full + 3 * 480 * 1024)) \
    "dom0's target after three have gone"
wait_for 20 mib_at_least Domain-0 $((full / 1024 + 3 * 480))
assert paused_pv again 480
destroy_all
assert_eq "$(balloon_kb target_kb)" "$at_boot" "dom0's target"
assert_eq "$(ledger_entries)" 0 "reservations"
guard_off
