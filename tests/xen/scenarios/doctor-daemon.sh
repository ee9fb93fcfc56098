# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=1200
# What the daemon finds is logged when it has stood and when it is over, and it
# sets memory online where auto_remedy names that.

. /bed/doctor.sh

MIB=1024

guard_on enforce 'balance = "on"' 'auto_remedy = "online"'
trap 'keep $DAEMON_LOG $GUARD_LOG' EXIT

# Memory that was added, and that nobody sets online.
echo offline >/sys/devices/system/memory/auto_online_blocks
xl mem-set 0 1024m
xl mem-max 0 1400
xl mem-set 0 1280m || true
wait_for 30 eval "grep -q offline /sys/devices/system/memory/memory*/state"

# And little that is available, so that a page more of it would be critical.
mkdir -p /run/full
mount -t tmpfs -o size=2G none /run/full
dd if=/dev/zero of=/run/full/it bs=1024 \
    count=$(($(meminfo_kb MemAvailable) - 80 * MIB)) 2>/dev/null
result squeezed_kb "$(meminfo_kb MemAvailable)"

daemon_start
sleep 20
refute grep 'doctor:' "$DAEMON_LOG"
wait_for 120 grep 'doctor: warning: low-memory' "$DAEMON_LOG"
wait_for 120 grep 'doctor: warning: hotplug-offline' "$DAEMON_LOG"
sleep 60
assert_eq "$(grep -c 'doctor: ' "$DAEMON_LOG")" 2 "lines that it said"
umount /run/full

# Whoever has just started rests first: ten minutes, and a minute to stand.
wait_for 720 grep 'auto_remedy: online: cured' "$DAEMON_LOG"
refute grep -q offline /sys/devices/system/memory/memory*/state
wait_for 720 grep 'doctor: over: low-memory; it was warning for' "$DAEMON_LOG"
cat "$DAEMON_LOG"
result lines "$(grep -c 'doctor: ' "$DAEMON_LOG")"
assert daemon_end TERM
guard_off
