#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# What the live module passes on to the one for captures.
set -eu
dir=${XLMEM_BUILDDIR:?}
# A sanitizer's runtime wants to be the first of all libraries.
grep -q __asan_init "$dir/xl-plugin/xl-memguard" && exit 77
"$dir/tests/live/machine" "$dir/libxlmem/sys/.libs/live.so"
