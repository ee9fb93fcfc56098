# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# The daemon beside a real xenstored, on a host that is made of
# tests/live/fakehost.c: DOMS domains, 10 unless said.  $conf, $log: its own.
# What runs it is inside_alone (lib.sh).

builddir=${XLMEM_BUILDDIR:?}
# shellcheck source=tests/live/lib.sh
. "${XLMEM_SRCDIR:?}/tests/live/lib.sh"
daemon=$builddir/xl-plugin/daemon/.libs/memguard-daemon
fakehost=$builddir/tests/live/.libs/fakehost.so
conf=/run/memguard.conf
log=/run/daemon.log

fail()
{
    echo "FAIL: $*"
    cat "$log"
    exit 1
}

# wait_for COMMAND...: until it succeeds, for a minute at least: a busy
# machine takes seconds for what needs milliseconds.
wait_for()
{
    local tries

    for ((tries = 0; tries < 1200; tries++)); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    fail "waited in vain: $*"
}

conf_is()
{
    printf 'mode = "enforce"\n%s\n' "$1" >"$conf"
}

# $under, if any: the command that starts it, and its options.
start()
{
    # shellcheck disable=SC2086 # words
    FAKEHOST_DOMS=${DOMS:-10} FAKEHOST_MODULE=$builddir/libxlmem/sys/.libs/live.so \
        LD_LIBRARY_PATH=$builddir/libxlmem/.libs LD_PRELOAD=$fakehost \
        exec ${under-} "$daemon" daemon --config "$conf"
}

state_is()
{
    [ "$(xenstore-read /tool/memguard/daemon/state)" = "$1" ]
}
