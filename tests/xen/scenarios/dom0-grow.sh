# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=full,smoke timeout=240
# dom0 of fixed size is moved by hand: grown beyond its maximum at boot by
# memory hotplug, shrunk, grown again; and refused what it cannot have.

MIB=1024
BEFORE=$((1024 * MIB))
GROWN=$((1536 * MIB))

dom0()
{
    asked dom0 "$@"
}

# is_kb KB: the balloon has come to rest there.
is_kb()
{
    balloon_is "$1" && [ "$(balloon_kb target_kb)" = "$1" ]
}

rm -f "$GUARD_CONF"
refute xenstore-exists /local/domain/0/memory
total=$(meminfo_kb MemTotal)
result memtotal_1024m_kb "$total"

# How far it could go, and what growing would take: nothing happens.
assert dom0
assert_eq "$(said current_kb)" "$BEFORE" "dom0's size"
assert_eq "$(said boot_max_kb)" "$BEFORE" "its maximum at boot"
assert_eq "$(said reach_kb)" "$BEFORE" "its reach without hotplug"
assert_eq "$(said hotplug)" true "memory hotplug"
assert_near "$(said most_kb)" $((BEFORE + ($(host_free_mib) - 72) * MIB)) \
    $((2 * MIB)) "as far as it can be grown"
result floor_kb "$(said floor_kb)"
assert dom0 -N 1536M
assert_eq "$(said result)" possible "a dry run"
assert_eq "$(said hotplug_kb)" $((512 * MIB)) "memory to be added"
assert is_kb "$BEFORE"
refute xenstore-exists /local/domain/0/memory

# What it cannot have, with the numbers.
assert_status 3 dom0 100M
assert_eq "$(said reasons.0.code)" floor "the reason"
assert_status 3 dom0 8G
assert_eq "$(said reasons.0.code)" xen-short "the reason"
assert is_kb "$BEFORE"

# free_kb: free pages, those on the CPUs' own lists with them.  MemFree leaves
# the lists out, and since Linux 6.7 they grow with use: 30 MiB of them on
# two CPUs with 6.12, 4 MiB with 6.1.
free_kb()
{
    awk '/^MemFree:/ { free = $2 }
        $1 == "count:" { lists += $2 }
        END { print free + lists * 4 }' /proc/meminfo /proc/zoneinfo
}

# grow: to 1536 MiB; MemTotal grows by as much, to the kilobyte.
grow()
{
    assert dom0 1536M
    assert_eq "$(said result)" "done" "growing"
    assert_eq "$(said reached_kb)" "$GROWN" "dom0's size"
    assert is_kb "$GROWN"
    assert_eq "$(meminfo_kb MemTotal)" $((total + GROWN - BEFORE)) MemTotal
}

free=$(free_kb)
grow
result grow_ms "$(said took_ms)"
result memtotal_1536m_kb "$(meminfo_kb MemTotal)"
paid=$((free + GROWN - BEFORE - $(free_kb)))
result price_kb "$(said price_kb)"
result paid_kb "$paid"
assert_near "$paid" "$(said price_kb)" "$MIB" "what growing took"
assert_eq "$(cat /sys/devices/system/memory/auto_online_blocks)" online \
    "auto_online_blocks"
assert_eq "$(xs /local/domain/0/memory/static-max)" "$GROWN" static-max

# Down, and up again: what was added stays, and nothing is added any more.
assert dom0 900M
assert is_kb $((900 * MIB))
result shrink_ms "$(said took_ms)"
assert dom0 -N 1536M
assert_eq "$(said hotplug_kb)" 0 "memory to be added"
grow

# After xl has set Xen's ceiling to the target, and after sysfs was written
# behind xenstore's back.
xl mem-set 0 1400m
wait_for 30 is_kb $((1400 * MIB))
assert dom0 1500M
assert is_kb $((1500 * MIB))
echo $((1450 * MIB)) >"$BALLOON/target_kb"
wait_for 30 is_kb $((1450 * MIB))
assert dom0 1500M
assert is_kb $((1500 * MIB))

# Beyond what it was grown to before.
assert dom0 1700M
assert is_kb $((1700 * MIB))

# The configured floor, and the way around it.
echo 'dom0_floor = "1650M"' >"$GUARD_CONF"
assert_status 3 dom0 1600M
assert is_kb $((1700 * MIB))
assert dom0 --force 1600M
assert is_kb $((1600 * MIB))
assert_eq "$(said reasons.0.code)" floor "what was overridden"
assert_eq "$(ledger_entries)" 0 "reservations"
refute grep -q Over-allocation <(xl dmesg)
rm "$GUARD_CONF"
