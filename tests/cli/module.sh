#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-only
# The module for captures: the library finds it beside itself, says where it
# looked, and takes none of another build.
# shellcheck disable=SC1091,SC2034,SC2154 # of lib.sh, and for it
. "$(dirname "$0")/lib.sh"
host=tests/fixtures/hosts/zfs-64g
libs=$XLMEM_BUILDDIR/libxlmem/.libs
# A sanitizer's runtime wants to be loaded first; the library alone is moved.
grep -q __asan_init "$libs/libxlmem.so" && exit 77

mkdir "$scratch/lib"
cp "$libs/libxlmem.so.0" "$scratch/lib"
module=$scratch/lib/xlmem/capture.so
memguard=$XLMEM_BUILDDIR/xl-plugin/sbin/.libs/xl-memguard
LD_LIBRARY_PATH=$scratch/lib
export LD_LIBRARY_PATH

# What needs none works without.
exits 0 --version
exits 1 size --sysroot "$host"
says "cannot load $module: No such file or directory"
run check 1G --sysroot "$host"
says "cannot load $module: No such file or directory"
silent

mkdir "${module%/*}"
cp "$libs/capture.so" "$module"
exits 0 size --sysroot "$host"

echo "no library" >"$module"
exits 1 size --sysroot "$host"
says "cannot load $module: "

# Of another version, of the same interface.
LC_ALL=C sed 's/0\.1\.0/0.1.1/g' "$libs/capture.so" >"$module"
cmp -s "$module" "$libs/capture.so" && fail "no version in the module"
exits 1 size --sysroot "$host"
says "is of another build; install both from one"
silent
exit "$failed"
