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
