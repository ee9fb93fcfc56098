#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# A guarded create that fits is cheap, on a host of a few domains and of a
# thousand: so many system calls and hypercalls, and no more.
set -eu
dir=${XLMEM_BUILDDIR:?}
# A sanitizer's runtime wants to be the first of all libraries, and calls.
grep -q __asan_init "$dir/xl-plugin/xl-memguard" && exit 77
for doms in 10 1000; do
    "$dir/tests/live/calls" "$dir/libxlmem/sys/.libs/live.so" $doms
done
