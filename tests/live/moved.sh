#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# Who waits for the decision lock while its directory is moved.
set -eu
dir=${XLMEM_BUILDDIR:?}
# A sanitizer's runtime wants to be the first of all libraries.
grep -q __asan_init "$dir/xl-plugin/xl-memguard" && exit 77
"$dir/tests/live/moved" "$dir/libxlmem/sys/.libs/live.so"
