# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=300
# dom0's size: a balloon that gave up is woken, a static-max below the target is
# put right, and memory that was added and left offline is used.

. /bed/doctor.sh

MIB=1024
NODES=/local/domain/0/memory
rm -f "$GUARD_CONF"
boot=$(balloon_kb info/current_kb)

is_kb()
{
    [ "$(balloon_kb info/current_kb)" = "$1" ]
}

# mended ID NAME: by its remedy.
mended()
{
    assert_eq "$(said remedy)" "$2" "the remedy of $1 ($(said why))"
    assert_eq "$(said result)" cured "$1 ($(said why))"
    result "${2//-/_}_before" "$(said before)"
    result "${2//-/_}_after" "$(said after)"
}

# Xen refuses what is above max_pages: four tries, in 14 s, and then the balloon
# sleeps for an hour, though it might have it meanwhile.
xl mem-set 0 800m
wait_for 30 is_kb $((800 * MIB))
xenstore-write "$NODES/target" $((900 * MIB))
sleep 40
xl mem-max 0 1024
sleep 10
assert_eq "$(balloon_kb target_kb)" $((900 * MIB)) "dom0's target"
assert is_kb $((801 * MIB))
assert_status 3 doctor --watch 36
assert_eq "$(found balloon-stuck severity)" warning "a balloon that sleeps"
assert_status 0 doctor --fix --watch 36 balloon-stuck
cat "$SAID"
mended balloon-stuck wake
assert is_kb $((900 * MIB))

# A limit below what dom0 was given.
xenstore-write "$NODES/static-max" $((850 * MIB))
assert_status 3 doctor
assert_eq "$(found targets-contradict severity)" warning "static-max"
doctor --fix targets-contradict || true
cat "$SAID"
mended targets-contradict sizes
assert_eq "$(xs "$NODES/static-max")" $((900 * MIB)) static-max

# Grown beyond its maximum at boot by xl, with nobody who sets memory online.
total=$(meminfo_kb MemTotal)
echo offline >/sys/devices/system/memory/auto_online_blocks
xl mem-max 0 1400
xl mem-set 0 1280m || true
wait_for 30 eval "grep -q offline /sys/devices/system/memory/memory*/state"
assert_status 3 doctor
assert_eq "$(found hotplug-offline severity)" warning "memory left offline"
result offline_memtotal_kb "$(meminfo_kb MemTotal)"
doctor --fix hotplug-offline || true
cat "$SAID"
mended hotplug-offline online
refute grep -q offline /sys/devices/system/memory/memory*/state
wait_for 30 is_kb $((1280 * MIB))
result online_memtotal_kb "$(meminfo_kb MemTotal)"
assert_ge "$(meminfo_kb MemTotal)" $((total + 300 * MIB)) MemTotal
xl mem-set 0 $((boot / MIB))m
