# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: mem=1G dimm=512M native sets=long timeout=300 suites=bookworm
# Linux alone, before there is a Xen: memory that was added and left offline is
# used where it is asked for, what is short is found, and nobody waits for the
# lock of a memory map.

. /bed/doctor.sh

MIB=1024

# --- memory that was added ----------------------------------------------------
assert_status 3 doctor
cat "$SAID"
assert_eq "$(sed -n 's/^findings\.[0-9]*\.severity=//p' "$SAID" |
    grep -vcx note)" 1 "what is wrong"
assert_eq "$(found hotplug-offline severity)" warning "memory left offline"
total=$(meminfo_kb MemTotal)

# Without Xen it may lie there on purpose.
assert_status 3 doctor --fix
assert_eq "$(said result)" refused "memory that nobody named"
assert_eq "$(meminfo_kb MemTotal)" "$total" MemTotal
assert_status 0 doctor --fix hotplug-offline
cat "$SAID"
assert_eq "$(said result)" cured "onlining ($(said why))"
result offline_before_kb "$(said before)"
result offline_after_kb "$(said after)"
refute grep -q offline /sys/devices/system/memory/memory*/state
result memtotal_kb "$total, then $(meminfo_kb MemTotal)"
assert_eq "$(meminfo_kb MemTotal)" $((total + 512 * MIB)) MemTotal

# --- little that can be had ---------------------------------------------------
mkdir -p /run/full
mount -t tmpfs -o size=2G none /run/full
dd if=/dev/zero of=/run/full/it bs=1024 \
    count=$(($(meminfo_kb MemAvailable) - 48 * MIB)) 2>/dev/null
result squeezed_kb "$(meminfo_kb MemAvailable)"
assert_status 3 doctor --only low-memory
cat "$SAID"
assert_eq "$(found low-memory severity)" warning "what is short"
assert_eq "$(found low-memory fixable)" false "whether dom0 could grow"
umount /run/full

# --- a memory map's lock ------------------------------------------------------
nobody_waits_for_a_map
