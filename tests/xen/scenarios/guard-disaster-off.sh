# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=4G sets=long share=disaster timeout=480
# What guard-disaster.sh is without the guard: the last create takes what dom0
# lives on, and fails; nobody gives it back, though memory lies free afterwards.
# A guard that only warns changes nothing of it.

# disaster NAME SIZE...: the last of them is the one that fails.
disaster()
{
    local name=$1 i=0 full

    shift
    xl mem-set 0 "$((at_boot / 1024))m"
    wait_for 30 mib_at_least Domain-0 $((at_boot / 1024))
    while [ $# -gt 1 ]; do
        assert paused_pv "d$i" "$1"
        i=$((i + 1))
        shift
    done
    refute paused_pv "d$i" "$1" 2>/run/err
    cat /run/err
    assert_match 'failed to free memory for the domain' /run/err
    full=$(dom_mib Domain-0)
    result "${name}_dom0_mib" "$full"
    result "${name}_target_kb" "$(balloon_kb target_kb)"
    result "${name}_available_kb" "$(meminfo_kb MemAvailable)"
    assert_le "$(balloon_kb target_kb)" "$floor" "dom0's target"
    assert_le "$(meminfo_kb MemAvailable)" 65536 "dom0's MemAvailable"

    # Three of 480 MiB, or as much.
    xl destroy d0
    [ "$name" = warns ] || { xl destroy d1 && xl destroy d2; }
    sleep 1
    assert_eq "$(dom_mib Domain-0)" "$full" "dom0's memory in MiB"
    assert_ge "$(host_free_mib)" 1600 "Xen's free memory"
    destroy_all
}

guard_off
at_boot=$(balloon_kb target_kb)
floor=$(xl-memguard size -k | sed -n 's/^floor_kb=//p')
disaster without 480 480 480 480 480 480 480 480
# The same sum in fewer domUs.
guard_on warn
disaster warns 1440 1440 480 480
refute grep -q 'target .* kB, was' "$GUARD_LOG"
# What it would have done, once for each, before xl shrinks dom0.
assert_eq "$(grep -c 'would refuse d3' "$GUARD_LOG")" 1 "warnings"
assert_eq "$(grep -c 'xlmem-guard.* d[0-3]: needs' "$GUARD_LOG")" 4 "verdicts"
assert_eq "$(ledger_entries)" 0 "reservations"
guard_off
xl mem-set 0 "$((at_boot / 1024))m"
