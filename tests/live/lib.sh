# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-only
# What runs beside a real xenstored, on a host that is made of
# tests/live/fakehost.c, in a mount namespace of its own, so that /run/xlmem is
# nobody else's.

# inside_alone FILE "$@": once more there, with the word `inside`; skipped
# without FILE, and where nobody may.
inside_alone()
{
    # A sanitizer's runtime wants to be the first of all libraries.
    grep -q __asan_init "$XLMEM_BUILDDIR/xl-plugin/xl-memguard" && exit 77
    [ -f "$1" ] || exit 77
    [ "${2-}" != inside ] || return 0
    unshare -m true 2>/dev/null || exit 77
    exec unshare -m --propagation private \
        "$XLMEM_SRCDIR/tests/xenstore/with-xenstored" "$0" inside
}
