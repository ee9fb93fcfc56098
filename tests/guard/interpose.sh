#!/usr/bin/env bash
# The guard in front of a libxl made for the test, in a program that is linked
# to it and in one that loads it for itself.
set -eu
dir=${XLMEM_BUILDDIR:?}/tests/guard
guard=$XLMEM_BUILDDIR/xl-plugin/guard/.libs/libxlmem-guard.so
# On a Xen host that is guarded already somebody else stands in front.
[ -z "${LD_PRELOAD-}" ] || { echo "skipped: LD_PRELOAD is set"; exit 77; }

# Callers import a version, and the guard, which has none, satisfies it.
if command -v readelf >/dev/null; then
    readelf -W --dyn-syms "$dir/test_interpose" |
        grep -q 'UND libxl_domain_create_new@VERS_9.9.0' ||
        { echo "the test imports no version"; exit 1; }
fi

# A sanitizer's runtime wants to be the first of all libraries.
export ASAN_OPTIONS=verify_asan_link_order=0
export LD_LIBRARY_PATH=$dir/.libs
LD_PRELOAD=$guard "$dir/test_interpose"
LD_PRELOAD=$guard "$dir/loader" "$dir/.libs/interpose_module.so"
