#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# A daemon of a thousand domains at rest is not woken: not once in longer than
# any clock of its own goes.  Without a service manager there is no watchdog.
set -eu

# shellcheck source=tests/live/daemon-lib.sh
. "${XLMEM_SRCDIR:?}/tests/live/daemon-lib.sh"

inside_alone "$daemon" "$@"

STRETCH=32 # s; a look at the host's memory would be each 30

# What it has waited for so far.
waits()
{
    sed -n 's/^voluntary_ctxt_switches:\s*//p' "/proc/$pid/status"
}

is_quiet()
{
    local before

    before=$(waits)
    sleep 3
    [ "$(waits)" = "$before" ]
}

mount -t tmpfs none /run
conf_is 'balance = "on"'
unset NOTIFY_SOCKET WATCHDOG_USEC
DOMS=1000 start >"$log" 2>&1 &
pid=$!
wait_for state_is balancing
wait_for is_quiet
# The machine's own memory may be short of a moment, which is an event: a clock
# would strike in each stretch.
for ((tries = 1; ; tries++)); do
    before=$(waits)
    sleep $STRETCH
    after=$(waits)
    [ "$after" != "$before" ] || break
    [ $tries -lt 3 ] ||
        fail "woken $((after - before)) times in $STRETCH s without an event"
done
kill "$pid"
wait "$pid"
echo "not woken once in $STRETCH s"
