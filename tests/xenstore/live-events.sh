#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# How the live module hears of events, and reads and writes nodes, against the
# real server.
set -eu
# The server cannot be given a library that was built with sanitizers.
grep -q __asan_init "${XLMEM_BUILDDIR:?}/xl-plugin/xl-memguard" && exit 77
exec "${XLMEM_SRCDIR:?}/tests/xenstore/with-xenstored" \
    "${XLMEM_BUILDDIR:?}/tests/xenstore/test_live_events"
