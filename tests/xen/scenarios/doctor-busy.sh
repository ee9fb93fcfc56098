# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# bed: xen="dom0_mem=1G,max:1G" sets=long timeout=400
# Processes that make a host sick: one that keeps xenstored busy, one that keeps
# a page of a domain that is gone, and one whose memory map is locked, behind
# which doctor and status do not wait.

. /bed/doctor.sh

# --- xenstored ---------------------------------------------------------------
assert_status 0 doctor --watch 5 --only xenstored-busy
sicken 10 xenstore
assert_status 3 doctor --watch 5 --only xenstored-busy
cat "$SAID"
assert_eq "$(found xenstored-busy severity)" warning "xenstored"
result xenstored_ms "$(found xenstored-busy evidence.0.value)"
heal

# --- a grant that is held -----------------------------------------------------
tiny_pvh kept 64
id=$(xl domid kept)
sicken 10 grant "$id" 1
xl destroy kept
wait_for 10 eval "xl list | grep -q '(null)'"
assert_status 3 doctor --watch 62 --only dying-holds
cat "$SAID"
assert_eq "$(found dying-holds severity)" warning "a domain that stays dying"
found dying-holds subject >/run/text
assert_match "id $id|domain $id" /run/text
found dying-holds text >/run/text
assert_match "sick \($(cat /run/sick.pid)\)" /run/text
heal
wait_for 20 eval "! xl list | grep -q '(null)'"

# --- a memory map's lock ------------------------------------------------------
# To 10 ms; busybox' date has whole seconds.
uptime_ms()
{
    local uptime

    read -r uptime _ </proc/uptime
    echo "${uptime/./}0"
}

# ms_of COMMAND...: how long it takes.
ms_of()
{
    local start

    start=$(uptime_ms)
    "$@" >/dev/null 2>&1 || true
    echo $(($(uptime_ms) - start))
}

usual_doctor=$(ms_of xl-memguard doctor)
usual_status=$(ms_of xl-memguard status)
modprobe nbd nbds_max=1 max_part=0
sicken 30 fault
pid=$(cat /run/sick.pid)
cat /proc/"$pid"/task/*/stat | cut -c1-60
cat /proc/"$pid"/task/*/wchan
# Whoever asks for its command line waits.
cat "/proc/$pid/cmdline" >/run/cmdline 2>&1 &
sleep 2
refute test -s /run/cmdline
now=$(ms_of xl-memguard doctor)
result doctor_ms "$now, $usual_doctor without"
assert_le "$now" $((usual_doctor * 3 / 2 + 300)) "the doctor's time"
now=$(ms_of xl-memguard status)
result status_ms "$now, $usual_status without"
assert_le "$now" $((usual_status * 3 / 2 + 300)) "status' time"
assert_status 3 doctor --watch 5 --only stuck-mmap-lock
cat "$SAID"
assert_eq "$(found stuck-mmap-lock severity)" warning "threads that wait"
found stuck-mmap-lock subject >/run/text
assert_match "sick" /run/text
