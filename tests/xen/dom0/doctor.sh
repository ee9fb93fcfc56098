# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the doctor's scenarios share: a host is made sick, and what the doctor
# says of it is read.

SAID=/run/said
SICK=

doctor()
{
    xl-memguard doctor "$@" -k >"$SAID" 2>&1
}

# said KEY [N]: of the first treatment, or that of this number.
said()
{
    sed -n "s/^fixes\.${2:-0}\.$1=//p" "$SAID"
}

# found ID KEY: of the first finding of that name.
found()
{
    local at

    at=$(sed -n "s/^findings\.\([0-9]*\)\.id=$1\$/\1/p" "$SAID" | head -n 1)
    [ -z "$at" ] || sed -n "s/^findings\.$at\.$2=//p" "$SAID"
}

# sicken SECONDS WAY...: dom0/sick.c does it; also_sick beside what is done.
sicken()
{
    SICK=
    also_sick "$@"
}

also_sick()
{
    : >/run/sick.ok
    sick "${@:2}" >/run/sick.ok 2>&1 &
    SICK="$! $SICK"
    echo $! >/run/sick.pid
    wait_for "$1" grep -q . /run/sick.ok
    assert_eq "$(cat /run/sick.ok)" ok "making dom0 sick: $*"
}

heal()
{
    local pid

    for pid in $SICK; do
        kill "$pid"
        wait "$pid" || true
    done
    SICK=
}

# fix_fragmented: as if nothing had been done before.
fix_fragmented()
{
    local r=0

    rm -f /run/xlmem/compacted /run/xlmem/dropped
    doctor --fix fragmented || r=$?
    cat "$SAID"
    return "$r"
}

# is_fragmented: by the doctor.
is_fragmented()
{
    doctor --only fragmented || [ $? = 3 ] || fail "doctor ended with $?"
    case $(found fragmented severity) in
    warning | critical) return 0 ;;
    esac
    grep -H DMA32 /proc/buddyinfo
    cat "$SAID"
    return 1
}

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

# in_usual_time COMMAND MS: it took so long while no map was locked; fails where
# it takes half as long again, and 0.3 s.
in_usual_time()
{
    local now

    now=$(ms_of xl-memguard "$1")
    result "$1_ms" "$now, $2 without"
    assert_le "$now" $(($2 * 3 / 2 + 300)) "$1's time"
}

# two_wait PID: of its threads, for what does not come.
two_wait()
{
    [ "$(grep -l ') D ' /proc/"$1"/task/*/stat | wc -l)" = 2 ]
}

# nobody_waits_for_a_map: the lock of a process' memory map is held, and whoever
# asks for its command line waits; doctor and status do not, and it is named.
nobody_waits_for_a_map()
{
    local doctor_ms status_ms pid

    doctor_ms=$(ms_of xl-memguard doctor)
    status_ms=$(ms_of xl-memguard status)
    modprobe nbd nbds_max=1 max_part=0
    sicken 30 fault
    pid=$(cat /run/sick.pid)
    wait_for 20 two_wait "$pid"
    cat "/proc/$pid/cmdline" >/run/cmdline 2>&1 &
    sleep 2
    refute test -s /run/cmdline
    in_usual_time doctor "$doctor_ms"
    in_usual_time status "$status_ms"
    assert_status 3 doctor --watch 5 --only stuck-mmap-lock
    cat "$SAID"
    assert_eq "$(found stuck-mmap-lock severity)" warning "threads that wait"
    found stuck-mmap-lock subject >/run/text
    assert_match "sick" /run/text
}
