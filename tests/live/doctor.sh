#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# How often the doctor asks a xenstored, beside a real one, on a host that is
# made of tests/live/fakehost.c.
set -eu

builddir=${XLMEM_BUILDDIR:?}
# shellcheck source=tests/live/lib.sh
. "${XLMEM_SRCDIR:?}/tests/live/lib.sh"

inside_alone "$builddir/libxlmem/sys/.libs/live.so" "$@"

fail()
{
    echo "FAIL: $*"
    cat /run/out /run/err
    exit 1
}

doctor()
{
    FAKEHOST_DOMS=10 FAKEHOST_MODULE=$builddir/libxlmem/sys/.libs/live.so \
        LD_LIBRARY_PATH=$builddir/libxlmem/.libs \
        LD_PRELOAD=$builddir/tests/live/.libs/fakehost.so \
        "$builddir/xl-plugin/xl-memguard" doctor "$@" >/run/out 2>/run/err || :
}

mount -t tmpfs none /run

echo "who loses one connection is asked once more"
doctor -j
grep -q xenstored /run/err && fail "somebody is refused"
mv /run/out /run/expected
FAKEHOST_CONNECTS=0 doctor -j
[ "$(grep -c "xenstored is not running" /run/err)" = 1 ] ||
    fail "not one is refused"
cmp /run/out /run/expected || fail "it is judged otherwise"

echo "one that is not there is asked twice"
export XENSTORED_PATH=/run/nowhere
doctor -j
[ "$(grep -c "xenstored is not running" /run/err)" = 2 ] ||
    fail "not asked twice"
cmp -s /run/out /run/expected && fail "it is judged all the same"
exit 0
