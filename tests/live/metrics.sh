#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# Metrics of a host that runs, which is made of tests/live/fakehost.c beside a
# real xenstored: what no recorded host has.  In a mount namespace of its own,
# so that /run/xlmem is nobody else's.
set -eu

builddir=${XLMEM_BUILDDIR:?}
# shellcheck source=tests/live/lib.sh
. "${XLMEM_SRCDIR:?}/tests/live/lib.sh"
conf=/run/memguard.conf
file=/run/node/xlmem.prom

inside_alone "$builddir/libxlmem/sys/.libs/live.so" "$@"

fail()
{
    echo "FAIL: $*"
    cat "$file" /run/err
    exit 1
}

host_of()
{
    FAKEHOST_DOMS=10 FAKEHOST_MODULE=$builddir/libxlmem/sys/.libs/live.so \
        LD_LIBRARY_PATH=$builddir/libxlmem/.libs \
        LD_PRELOAD=$builddir/tests/live/.libs/fakehost.so \
        "$builddir/xl-plugin/xl-memguard" "$@" --config "$conf" 2>/run/err
}

write_metrics()
{
    host_of metrics --textfile $file || fail "no metrics"
}

has()
{
    grep -qE "^$1\$" $file || fail "not there: $1"
}

mount -t tmpfs none /run
mkdir /run/node
printf 'mode = "enforce"\n' >"$conf"

echo "none is told before anything was decided, or has stood still"
write_metrics
[ "$(stat -c %a $file)" = 644 ] || fail "its mode"
has 'xlmem_build_info\{version="[^"]+",xen="[^"]*",module="xen-[0-9.]+"\} 1'
has 'xlmem_admissions_total\{verdict="refuse",path="reserve"\} 0'
has 'xlmem_admission_mode\{mode="enforce"\} 1'
has 'xlmem_admission_mode\{mode="off"\} 0'
has 'xlmem_unguarded_monitors [0-9]+'
has 'xlmem_ledger_reservations 0'
grep -q '^xlmem_boot_matches_intent' $file && fail "a boot that had no intent"
now=$(date +%s)
at=$(sed -n 's/^xlmem_snapshot_timestamp_seconds //p' $file)
[ "$at" -le "$now" ] || fail "its time: $at"
[ "$at" -gt $((now - 60)) ] || fail "its time: $at"

echo "decisions are counted, and the boot's answer is told"
r=0
host_of reserve 100T --for 60 >/dev/null || r=$?
[ $r != 0 ] || fail "100 TiB are reserved"
printf '{"version": 1, "matches_intent": false, "answer": "differs", "reason": "x"}\n' \
    >/run/xlmem/boot.json
write_metrics
has 'xlmem_admissions_total\{verdict="refuse",path="reserve"\} 1'
has 'xlmem_admissions_total\{verdict="admit",path="reserve"\} 0'
has 'xlmem_boot_matches_intent 0'

echo "a balloon that stands still is seen to by who looks again"
xenstore-write /local/domain/3/memory/target 1048576
write_metrics
[ -s /run/xlmem/balloons ] || fail "no sight was kept"
grep -q 'state="gave_up"' $file && fail "it was only just asked"
# As if that had been an hour ago.
awk '{ $4 = $4 > 3600000 ? $4 - 3600000 : 0; print }' \
    /run/xlmem/balloons >/run/earlier
cat /run/earlier >/run/xlmem/balloons
write_metrics
has 'xlmem_domain_balloon\{.*state="gave_up"\} 1'

echo "what is printed only keeps nothing"
rm /run/xlmem/balloons
host_of metrics >/dev/null
[ ! -e /run/xlmem/balloons ] || fail "a sight was kept"

# killed_at SYNCS ARG...: as that many files are on the disk, and no more.
killed_at()
{
    local r=0
    # The shell says "Killed".
    FAKEHOST_SYNCS=$1 host_of "${@:2}" >/run/err 2>&1 || r=$?
    [ $r = 137 ] || fail "$*: not killed, but $r"
}

echo "who is killed while writing leaves nothing behind"
find /run/xlmem /run/node | sort >/run/before
killed_at 0 metrics --textfile $file
killed_at 1 metrics --textfile $file
killed_at 0 grub verify --record
find /run/xlmem /run/node | sort | diff /run/before - >/run/err ||
    fail "it leaves files"
